# SPDX-License-Identifier: MIT
"""CRIU's files inside other files, their hosts: in what scripts write, in YAML, in documents.

`hosts` says what kind of host a file is, and a module for each kind follows what the host writes:
`shell` scripts, `manifest` YAML and JSON (`decode` decodes what is encoded there), `dockerfile` and
others. They put the commands of a host together as one script (`steps`), and hand on what `hosted`
defines. `move` checks the files, and moves findings to where the text stands in the host.
Importing the package alone imports none of these.
"""
