# SPDX-License-Identifier: MIT
"""Family 6xx: layout. CRIU does not mind it, so these rules run only if they are selected."""

from __future__ import annotations

from criulint.rules.formatting.layout import layout

#: For the reading of the whole file.
FILE_RULES = (layout,)
