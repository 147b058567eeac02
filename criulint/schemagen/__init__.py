# SPDX-License-Identifier: MIT
"""How the schemas under `schema/` are made.

CRIU's documents and binaries give facts; annotations add what neither says.
"""
