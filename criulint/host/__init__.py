# SPDX-License-Identifier: MIT
"""The machine around a file: this host or a directory taken as ``/``, and its criu."""
