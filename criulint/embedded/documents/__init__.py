# SPDX-License-Identifier: MIT
"""Documents that show how CRIU is configured: Markdown, reStructuredText and AsciiDoc.

`markdown`, `rest` and `asciidoc` find the blocks of a document, `blocks` follows what they write,
and `console` finds the commands in a session with its output.
"""
