# SPDX-License-Identifier: MIT
"""CRIU's files inside other files, their hosts: in what scripts write, in YAML, in documents.

`hosts` says what kind of host a file is, and a module for each kind follows what the host writes:
`find` YAML and JSON (`decode` decodes what is encoded there), `shell` scripts. They hand on what
`hosted` defines. `move` checks the files, and moves findings to where the text stands in the host.
Importing the package alone imports none of these.
"""
