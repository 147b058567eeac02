# SPDX-License-Identifier: MIT
"""The language server: a module per feature, over `document.Document`.

`features` says which message each of them handles, and `server` keeps the documents and settings.
"""
