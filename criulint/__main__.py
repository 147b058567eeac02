# SPDX-License-Identifier: GPL-2.0-only
"""``python -m criulint``."""

import sys

from criulint.cli import main

sys.exit(main())
