# SPDX-License-Identifier: GPL-2.0-only
"""What holds for all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# How fast a machine is proves nothing.
settings.register_profile("criulint", deadline=None)
settings.load_profile("criulint")

# On a CI system criulint would choose other formats and count paths from elsewhere.
for name in (
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
    "CI_PROJECT_DIR",
    "BUILD_SOURCESDIRECTORY",
):
    os.environ.pop(name, None)

# A shell that starts the tests in the background ignores it, and so would all programs that they start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
