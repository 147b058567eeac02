# SPDX-License-Identifier: GPL-2.0-only
"""The language server: a module per feature, over `document.Document`, and the `server` itself."""
