# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx settings: ``sphinx-build -W -b dirhtml docs build/docs``. What the code knows is made into pages first."""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE.parent))

import criulint  # noqa: E402
from docs import pages  # noqa: E402

project = "criulint"
author = "The criulint authors"
version = release = criulint.__version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "criulint"
html_baseurl = "https://criulint.readthedocs.io/en/stable/"
# The schema that editors fetch for configuration files.
html_extra_path = ["../schema/criulint.schema.json", "../schema/findings.schema.json"]
myst_heading_anchors = 3
nitpicky = True

pages.write(_HERE)
