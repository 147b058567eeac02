# SPDX-License-Identifier: MIT
"""View two of a file: how CRIU reads it, and all that is known about CRIU."""
