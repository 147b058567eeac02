# SPDX-License-Identifier: MIT
"""``python -m criulint``."""

import sys

from criulint.cli import main

sys.exit(main())
