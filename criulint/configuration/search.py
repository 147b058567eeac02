# SPDX-License-Identifier: MIT
"""Which configuration file applies to a directory.

Nothing that reads one is imported before there is one: most runs find none.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.configuration.load import Configuration

_PYPROJECT = "pyproject.toml"
#: The names of the files; of several in one directory, the first of these applies.
NAMES = ("criulint.toml", ".criulint.toml", _PYPROJECT)


class Search:
    """Finds the configuration file for a directory: the nearest one in it or above it.

    In one directory criulint.toml comes before .criulint.toml, and both before pyproject.toml; a
    pyproject.toml without ``[tool.criulint]`` is skipped. Files are read once.
    """

    def __init__(self) -> None:
        self._known: dict[str, Configuration | None] = {}

    def closest(self, directory: str) -> Configuration | None:
        """Return the configuration for the files in `directory`.

        ConfigurationError if the nearest one cannot be used.
        """
        found = None
        passed = []
        try:
            directory = os.path.abspath(directory)
        except OSError:  # the working directory is gone
            return None
        while True:
            if directory in self._known:
                found = self._known[directory]
                break
            passed.append(directory)
            found = self._in(directory)
            above = os.path.dirname(directory)
            if found or above == directory:
                break
            directory = above
        self._known.update(dict.fromkeys(passed, found))
        return found

    def _in(self, directory: str) -> Configuration | None:
        for name in NAMES:
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                from criulint.configuration.load import load_configuration, mentions_section

                if name != _PYPROJECT or mentions_section(path):
                    found = load_configuration(path, optional=name == _PYPROJECT, given=False)
                    if found:
                        return found
        return None
