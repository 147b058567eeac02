# SPDX-License-Identifier: GPL-2.0-only
"""How the schemas under `schema/` are made: documents and binaries give facts, annotations add what neither says."""
