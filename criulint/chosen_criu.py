# SPDX-License-Identifier: MIT
"""Which CRIU is chosen: a known release, a schema, a program, or the one that is installed here.

A configuration is data: what has to ask a program is here, and the command line and the language
server give `chosen_release` to what resolves settings.
"""

from __future__ import annotations

import os
from functools import cache

from criulint import files
from criulint.configuration import ConfigurationError
from criulint.configuration.release import ChosenRelease, known_release
from criulint.criu.releases import nearest_release, releases
from criulint.text import escape

# Bytes of a schema; one of ours has 100 KB.
_MAX_SIZE = 4 << 20


def given_release(text: str) -> str:
    """Return what ``--criu`` names: the release of a program or schema if it is a path.

    Only the command line may name a program, because criulint runs it. ConfigurationError if that
    fails, or if the file is not a schema.
    """
    if os.sep not in text and not text.endswith(".json"):
        return text
    import json
    from pathlib import Path

    from criulint.criu.builds import make_release
    from criulint.host.installed import ProbeError
    from criulint.schemagen.programs import release_of

    shown = escape(text)
    try:
        if text.endswith(".json"):
            return make_release(json.loads(files.read(text, _MAX_SIZE, pipes=True)), shown)
        return release_of(Path(text))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"--criu: cannot read {shown}: {reason}") from None
    except RecursionError:
        raise ConfigurationError(f"--criu {shown}: nested too deeply") from None
    except (ProbeError, ValueError) as error:
        raise ConfigurationError(f"--criu {shown}: {escape(str(error))}") from None


def chosen_release(text: str | None) -> ChosenRelease:
    """Return the release that ``criu`` is set to, the newest known one for None.

    ConfigurationError if it is unknown, or ``installed`` and no CRIU is.
    """
    return _installed_release() if text == "installed" else known_release(text)


@cache
def _installed_release() -> ChosenRelease:
    from contextlib import suppress

    from criulint.host.installed import ProbeError, find_binary, version
    from criulint.schemagen.programs import release_of

    try:
        criu = find_binary()
        with suppress(ProbeError):  # it may have a version, and list no options
            return ChosenRelease(release_of(criu))
        installed = version(criu)
        release = nearest_release(installed)
    except ProbeError as error:
        raise ConfigurationError(f"--criu installed: {error}") from None
    if installed in releases():
        return ChosenRelease(release)
    return ChosenRelease(release, f"no schema for CRIU {installed}; using that of {release}")
