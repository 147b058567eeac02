# SPDX-License-Identifier: MIT
"""Settings of Sphinx: ``python -m sphinx -W -b dirhtml docs build/docs``.

What the code knows is made into pages first, by the package ``generate``.
"""

from __future__ import annotations

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE.parent))

import criulint  # noqa: E402
from docs import generate  # noqa: E402

#: Whether PyPI has the project. It switches the page about installing, and
#: ``tests/docs/test_install.py`` says which other texts have to follow.
ON_PYPI = False

project = "criulint"
author = "The criulint authors"
version = release = criulint.__version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "criulint"
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
html_baseurl = "https://criulint.readthedocs.io/en/stable/"
html_static_path = ["_static"]
html_css_files = ["criulint.css"]
html_search_scorer = str(_HERE / "scorer.js")
# The schemas that editors and other programs fetch.
html_extra_path = [
    "../schema/criulint.schema.json",
    "../schema/findings.schema.json",
    "../schema/inventory.schema.json",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
# `--fix` has to stay as it is typed.
smartquotes = False
# Other programs' output, and blocks of no known language.
highlight_language = "none"

if ON_PYPI:
    tags.add("on_pypi")  # type: ignore[name-defined]  # noqa: F821

generate.write(_HERE)
