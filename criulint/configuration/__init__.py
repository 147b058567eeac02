# SPDX-License-Identifier: MIT
"""criulint's configuration: ``criulint.toml``, ``.criulint.toml``, or ``pyproject.toml``.

`keys` declares the keys, `search` finds the file that applies, `load` reads it, `resolve` combines
files and the command line, and `schema` makes the JSON Schema of the keys.
"""


class ConfigurationError(ValueError):
    """A configuration that cannot be used, in one line, with the file and the line if known."""
