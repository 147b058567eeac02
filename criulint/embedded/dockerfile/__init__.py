# SPDX-License-Identifier: MIT
"""Dockerfiles: `parse` reads the instructions, `expand` the words, `build` says what they run."""
