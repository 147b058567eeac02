# SPDX-License-Identifier: MIT
"""Check that all places name the version of a tag, and print what the changelog says about it.

``python .ci/release.py v0.1.0 > notes.md``; the exit status is 1 if a place names another version.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_TOP = Path(__file__).resolve().parents[1]
# Files that cannot read the version from its home, and where they have it.
_PLACES = {
    "criulint/__init__.py": r'^__version__ = "(.*)"$',
    "README.md": r"^    rev: v(.*)$",
    "docs/guide/ci.md": r"(?:rev: v|criulint/criulint(?:/criulint)?@v?)(.*)$",
    "editors/vscode/package.json": r'^  "version": "(.*)",$',
    # Once at the top, once for the package itself, before the packages that it needs.
    "editors/vscode/package-lock.json": r'"name": "criulint",\n +"version": "(.*)",$',
    "editors/vscode/CHANGELOG.md": r"\A# Changes\n\n## (.*)$",
}


def versions() -> dict[str, list[str]]:
    """Return the versions that each place names."""
    return {
        place: re.findall(pattern, (_TOP / place).read_text(encoding="utf-8"), re.MULTILINE)
        for place, pattern in _PLACES.items()
    }


def wrong_places(version: str) -> list[str]:
    """Return the places that do not name this version, or name none."""
    return [place for place, found in versions().items() if set(found) != {version}]


def notes(version: str) -> str:
    """Return the section of a version in the changelog, without its heading.

    ValueError if there is none, or if it is empty.
    """
    text = (_TOP / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## (.+?)(?: - .*)?$", text, flags=re.MULTILINE)
    found = dict(zip(sections[1::2], sections[2::2], strict=True)).get(version, "").strip()
    if not found:
        raise ValueError(f"CHANGELOG.md says nothing about {version}")
    return found


def main(tag: str) -> int:
    """Print the notes for a tag; return the exit status."""
    version = tag.removeprefix("v")
    wrong = wrong_places(version)
    if wrong:
        print(f"not {version}: {', '.join(wrong)}", file=sys.stderr)  # noqa: T201
        return 1
    print(notes(version))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
