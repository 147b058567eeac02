# SPDX-License-Identifier: MIT
"""View two of a file: what CRIU makes of it, and all that is known of CRIU."""
