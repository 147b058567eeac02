# SPDX-License-Identifier: GPL-2.0-only
"""View two of a file: what CRIU makes of it, and all that is known of CRIU."""
