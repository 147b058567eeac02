# SPDX-License-Identifier: MIT
"""CRIU's files inside other files, the host files: scripts that write them, YAML, documents.

In this package a *host* is such a file, and not a machine. `hosts` says what kind of host a file
is, and a module for each kind follows what the host writes: `shell` scripts, `manifest` YAML and
JSON (`decode` decodes encoded files there), `dockerfile` and others. They join the commands of a
host into one script (`steps`), and exchange the types in `model`. `criulint.linter.embedded_files`
checks the files, and moves findings to their places in the host. Importing the package alone
imports none of these.
"""
