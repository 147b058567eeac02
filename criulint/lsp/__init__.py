# SPDX-License-Identifier: GPL-2.0-only
"""The language server: a module for each feature, over `document.Document`; `server` speaks the protocol, with pygls."""
