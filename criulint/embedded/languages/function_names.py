# SPDX-License-Identifier: MIT
"""What a function that is known only by its name seems to do: write, run, show, ask.

Names of writers and runners are matched without underscores, in lower case.
"""

from __future__ import annotations

import re

# The most characters of a name.
_MAX_NAME = 100

_WRITE_PREFIXES = (
    *("must", "sudo", "root", "remote", "safe", "atomic", "host", "guest", "container", "node"),
    *("ssh", "do"),
)
_WRITES = re.compile(
    r"(?:write|put|create|upload|install|add|set|save|ensure|push|update|replace)"
    r"(?:text|string|bytes|lines|data|contents?|conf|config|to|in|remote|host|container|guest)?"
    r"(?:file|conf|config|contents?|to|sync|text)?"
)
_RUNS = re.compile(
    r"(?:must|command)?(?:run|runner|exec|execute|sudo|sh|bash|shell|ssh|system|succeed"
    r"|waituntilsucceeds|checkcall|checkoutput)"
    r"(?:cmd|commands?|shell|bash|sh|run|root|remote|script|sync|(?:in|on)\w+)?(?:sync)?"
)
# Functions after which a file is as before: they run no program that may read it.
HARMLESS = re.compile(
    r"(?i)mkdir(?:s|all|sync|_p)?|makedirs|create_dir_all|chmod|chown|exists"
    r"|f?print(?:f|ln|)|println|error[f]?|warn(?:ing)?|info|debug|log[f]?|fatal[f]?"
    r"|f?close|f?flush|f?sync|unwrap|expect|len|str|string|exit|perror|dir(?:name)?"
)
# Variables for what is expected, or is not.
EXPECTED = re.compile(r"(?i)expect|want|golden|invalid|wrong|\bbad")
# Methods that write to their file in an unknown way.
ADDS = re.compile(r"(?i)write|print|put|append|push|copy|dump|encode|execute|save")
# Functions that only show a text to people, or compare it.
SHOWS = re.compile(
    r"(?i)print|log|err|warn|info|debug|fail|help|usage|assert|expect|panic|message|msg|hint|echo"
    r"|docs?|describe|skip|exception|equal|contain|match|note|show|say|write_?line"
)
# Methods and functions that test whether something contains a value, or whether a file exists.
ASKING = (
    *("includes", "has", "contains", "Contains", "contains_key"),
    *("exists", "is_file", "isfile", "existsSync", "Exists", "FileExists"),
)
# Those that return the content of a file.
READING = frozenset(("read", "read_text", "readFileSync", "read_to_string", "ReadFile"))


def _plain(name: str) -> str:
    return name[:_MAX_NAME].replace("_", "").lower()


def is_writer(name: str) -> bool:
    """Return whether a function writes a file, by its name: ``must_write_file``."""
    name = _plain(name)
    while prefix := next((each for each in _WRITE_PREFIXES if name.startswith(each)), ""):
        name = name.removeprefix(prefix)
    return _WRITES.fullmatch(name) is not None


def is_runner(name: str) -> bool:
    """Return whether a function runs a command, by its name: ``run_on_host``."""
    return _RUNS.fullmatch(_plain(name)) is not None
