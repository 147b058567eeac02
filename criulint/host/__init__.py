# SPDX-License-Identifier: MIT
"""The machine around a file: this host, a directory taken as ``/``, and the programs on it."""
