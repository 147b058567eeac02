# SPDX-License-Identifier: MIT
"""The language server: a module per feature, over `document.Document`, and the `server` itself."""
