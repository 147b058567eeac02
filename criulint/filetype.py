# SPDX-License-Identifier: MIT
"""What kind of file CRIU was given, if it is not a CRIU configuration file at all.

The name, ``#!``, the first bytes and the shape of the lines show it. Only a file that CRIU refuses
is looked at: one that it accepts is a configuration file, whatever it looks like. A file most of
whose lines begin with options is one too, however many mistakes it has.

Sources: file(1)'s magic numbers; criu/include/magic.h (v4.2) for CRIU's images.
"""

from __future__ import annotations

import os
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import OptionTable, option_table
from criulint.criu.releases import latest_release
from criulint.named_tuple import NamedTuple
from criulint.source import decode, encode, is_bare_utf16, is_utf16

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from criulint.criu.reading import Reading

# How much is looked at: bytes, and lines with text.
_HEAD = 65_536
_MAX_LINES = 200
# With fewer lines, a lack of options alone does not show that a file is something else.
_MIN_LINES = 5
# Characters that may surround an option's name in other formats.
_AROUND_LINES = " \t\r\v\f\"'[;/{"


class FileType(NamedTuple):
    """What a file is (``a shell script``), and what to do with it instead of giving it to CRIU."""

    name: str
    advice: str


_SHELL = "a shell script"
_PYTHON = "a Python script"

_DEFAULT_ADVICE = (
    "give CRIU and criulint a file with one option per line, such as `tcp-established`"
)
_SCRIPT_ADVICE = (
    "check the configuration file that the script writes or uses; options go one per line"
)
_REWRITE_ADVICE = "write each option on a line of its own, as `name` or `name value`"
_LOG_ADVICE = "`criulint advise` reads it and says what helps; check the configuration file instead"


def foreign_type(reading: Reading) -> FileType | None:  # noqa: PLR0911 - the first answer
    """Return what a file is that CRIU refuses; None if it is, or may be, a CRIU configuration."""
    if reading.error is None:
        return None
    data = reading.source.data
    head = data[:_HEAD]
    if is_utf16(data) or is_bare_utf16(data):
        return None  # it may contain a CRIU configuration (CRIU116)
    found = _type_of_bytes(head)
    if found:
        return found
    lines, contents = _lines(head)
    for check in _FORMATS:
        found = check(contents)
        if found:
            return found
    options = count_options(contents, reading.release)
    if 2 * options >= len(contents):
        return None
    named = _type_of_script(lines[0]) or _type_of_name(reading.source.path or "")
    if named:
        return named
    for check in _SHAPES:
        found = check(contents)
        if found:
            return found
    if 10 * options > len(contents):
        return None
    if len(contents) >= _MIN_LINES:
        return _markdown_list(contents) or FileType("text without CRIU's options", _DEFAULT_ADVICE)
    return _markdown_list(contents)


def is_log(data: bytes) -> bool:
    """Return whether a text is a log that CRIU wrote."""
    return _log(_lines(data[:_HEAD])[1]) is not None


def _lines(head: bytes) -> tuple[list[str], list[str]]:
    """Return the lines of a text, and the first ones of those with content."""
    lines = [line.rstrip("\r") for line in decode(head).split("\n")]
    contents = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return lines, contents[:_MAX_LINES]


def count_options(lines: Sequence[str], release: str | None = None) -> int:
    """Return how many lines begin with an option, or with what may be a misspelled one."""
    table = option_table(release or latest_release())
    known: dict[str, bool] = {}
    count = 0
    for line in lines:
        text = line.strip(_AROUND_LINES).removeprefix("- ").lstrip(_AROUND_LINES)
        word = re.split(r"[\s=:;,]", text, maxsplit=1)[0]
        if word not in known:
            known[word] = _may_be_option(word, table)
        count += known[word]
    return count


def _may_be_option(word: str, table: OptionTable) -> bool:
    name = word.lstrip("-")
    if word.startswith("-") and encode(name[:1]) in table.short:
        return True
    guess = guesses.intended_option(name, table)
    # Few people mistype the first letter; without it, `import` would be `port`.
    return guess.option is not None and (guess.certain or guess.option.name[0] == name[:1].lower())


# --- by the first bytes

_MAGIC = {
    b"\x7fELF": "a program or library (ELF)",
    b"\x1f\x8b": "compressed data (gzip)",
    b"BZh": "compressed data (bzip2)",
    b"\xfd7zXZ\0": "compressed data (xz)",
    b"\x28\xb5\x2f\xfd": "compressed data (zstd)",
    b"PK\x03\x04": "a zip archive",
    b"!<arch>\n": "an archive (ar, or a Debian package)",
    b"%PDF-": "a PDF document",
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"SQLite format 3\0": "a SQLite database",
    b"\xca\xfe\xba\xbe": "a Java class or a Mach-O program",
    b"\xcf\xfa\xed\xfe": "a Mach-O program",
    b"\0asm": "a WebAssembly module",
    b"MZ\x90\0": "a program for Windows",
    # IMG_COMMON_MAGIC, IMG_SERVICE_MAGIC and RAW images, little-endian
    b"\x19\x43\x56\x54": "a CRIU image",
    b"\x40\x59\x10\x55": "a CRIU image",
    b"\x16\x31\x31\x58": "a CRIU image",
    b"\x13\x31\x31\x58": "a CRIU image",
}
_ADVICE_OF = {"a CRIU image": "read it with `crit show`; check the configuration file instead"}
_BINARY_ADVICE = "check the text file that CRIU reads instead"
_TAR_MARK = slice(257, 262)
# Control characters that no text has; TAB to CR, ESC and NUL (CRIU116) may be in one.
_CONTROL = bytes(sorted({*range(1, 9), *range(14, 27), *range(28, 32), 127}))
_MIN_BINARY = 4


def _type_of_bytes(head: bytes) -> FileType | None:
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return FileType(name, _ADVICE_OF.get(name, _BINARY_ADVICE))
    if head[_TAR_MARK] == b"ustar":
        return FileType("a tar archive", _BINARY_ADVICE)
    nuls = head.count(0)
    controls = len(head) - len(head.translate(None, _CONTROL))
    undecodable = sum("\udc80" <= character <= "\udcff" for character in decode(head))
    odd = controls + nuls + undecodable
    if odd >= _MIN_BINARY and (controls or nuls) and 10 * odd > len(head):
        return FileType("binary data", _BINARY_ADVICE)
    return None


# --- formats that are known for certain
#
# Few of these patterns are needed for one file, so each is compiled when it is first used.

_LOG_LINE = (
    r"\s*(?:pie: +\d+: )?"
    r"(?:\(\d+\.\d{5,6}\)|(?:Warn|Error|Info|Debug)\s+\([^\s()]{1,200}\.[ch]:\d+\):)"
)
_JSON_START = r"\s*(?:\{\s*(?:[\"{}]|//|/\*|$)|\[\s*(?:[\[{\d]|-\d|\"[^\"$]*\"\s*[,\]]))"
_TABLE_HEADER = r"\[\[?[\w\s.\"'@:/*-]+\]?\](?:\s*[#;].*)?"
_ASSIGNMENT = r"[\w.\"'-]+\s*=\s*(.*)"
_TOML_VALUE = r"\"[^\"]*\"|'[^']*'|true|false|[-+]?\d[\d_.]*|\[.*\]|\{.*\}"
_YAML_PARENT = r"(\s*)(?:- )*[\w./\"'-]+:(?:\s*[|>&][-+\w]*)?\s*(?:#.*)?"
_YAML_ENTRY = r"\s*(?:- .*|-|[\w./\"'-]+:(?:\s.*)?)"
_MARKUP = r"(?i)<(?:\?xml|!DOCTYPE|!--|html|svg|[A-Za-z][\w:.-]*(?:\s[^>]*)?>)"


def _log(lines: Sequence[str]) -> FileType | None:
    stamped = sum("(" in line and re.match(_LOG_LINE, line) is not None for line in lines)
    if stamped and 2 * stamped >= len(lines):
        return FileType("a log that CRIU wrote", _LOG_ADVICE)
    return None


def _json(lines: Sequence[str]) -> FileType | None:
    start = "\n".join(lines[:3]).lstrip()
    is_json = start.startswith(("{", "[")) and re.match(_JSON_START, start)
    return FileType("JSON", _REWRITE_ADVICE) if is_json else None


def _tables(lines: Sequence[str]) -> FileType | None:
    """Recognize TOML and INI files, systemd units among them, by two tables or TOML's values.

    A single ``[section]`` above options is a mistake in a CRIU file (CRIU111).
    """
    texts = [line.strip() for line in lines if not line.lstrip().startswith(";")]
    headers = [text for text in texts if text.startswith("[") and re.fullmatch(_TABLE_HEADER, text)]
    if not headers:
        return None
    values = [match[1] for text in texts if (match := re.fullmatch(_ASSIGNMENT, text))]
    if 5 * (len(headers) + len(values)) < 4 * len(texts):
        return None
    if {"[Unit]", "[Service]", "[Install]"}.intersection(headers):
        return FileType("a systemd unit", "put CRIU's options into a file of their own")
    quoted = any(value.startswith(("'", '"')) for value in values)
    if (quoted or len(headers) > 1) and all(re.match(_TOML_VALUE, value) for value in values):
        return FileType("TOML", _REWRITE_ADVICE)
    if len(headers) > 1 and values:
        return FileType("an INI file", _REWRITE_ADVICE)
    return None


def _yaml(lines: Sequence[str]) -> FileType | None:
    """Recognize YAML by its nesting: flat ``name: value`` lines are CRIU options (CRIU111)."""
    entries = sum(re.fullmatch(_YAML_ENTRY, line) is not None for line in lines)
    if len(lines) < 2 or 2 * entries < len(lines):
        return None
    for line, following in pairwise(lines):
        parent = re.fullmatch(_YAML_PARENT, line)
        if parent and re.match(r"\s*[\w./\"'-]+:", following):
            indent = len(following) - len(following.lstrip())
            if indent > len(parent[1]):
                return _YAML
    if any(re.match(r"apiVersion:\s", line) for line in lines):
        return _YAML
    return None


_YAML = FileType(
    "YAML",
    "put the options into a file of their own, one per line; YAML that contains CRIU's"
    " files must be named *.yaml or *.yml",
)


_MARKDOWN = FileType(
    "documentation (Markdown)", "copy the options that it shows into a file of their own"
)


def _markdown(lines: Sequence[str]) -> FileType | None:
    return _MARKDOWN if any(line.lstrip().startswith("```") for line in lines) else None


def _markup(lines: Sequence[str]) -> FileType | None:
    start = lines[0].lstrip() if lines else ""
    if start.startswith("<") and re.match(_MARKUP, start):
        return FileType("XML or HTML", _REWRITE_ADVICE)
    return None


def _armour(lines: Sequence[str]) -> FileType | None:
    start = lines[0] if lines else ""
    if start.startswith("-----") and re.match(r"-----BEGIN [A-Z0-9 ]+-----", start):
        return FileType(
            "a key or certificate (PEM)",
            "name it in a configuration file, with `tls-cert` or `tls-key`",
        )
    return None


def _patch(lines: Sequence[str]) -> FileType | None:
    begins = bool(lines) and lines[0].startswith(("diff ", "--- ", "Index: "))
    if begins and any(line.startswith(("+++ ", "@@ ")) for line in lines):
        return FileType("a patch", "apply it, and check the file that it changes")
    return None


def _merge(lines: Sequence[str]) -> FileType | None:
    marks = [line[:8] for line in lines]
    if "<<<<<<< " in marks and ">>>>>>> " in marks:
        return FileType("an unfinished merge", "resolve its conflicts, then check it again")
    return None


_FORMATS: tuple[Callable[[Sequence[str]], FileType | None], ...] = (
    _log,
    _json,
    _tables,
    _yaml,
    _markdown,
    _markup,
    _armour,
    _patch,
    _merge,
)

# --- by the interpreter and the name

_INTERPRETERS = {
    "sh": _SHELL,
    "bash": _SHELL,
    "dash": _SHELL,
    "ash": _SHELL,
    "ksh": _SHELL,
    "zsh": _SHELL,
    "fish": _SHELL,
    "python": _PYTHON,
    "perl": "a Perl script",
    "ruby": "a Ruby script",
    "node": "a JavaScript program",
    "lua": "a Lua script",
    "awk": "an AWK script",
    "make": "a makefile",
}

_NAMES = {
    "dockerfile": "a Dockerfile",
    "containerfile": "a Dockerfile",
    "makefile": "a makefile",
    "gnumakefile": "a makefile",
    "jenkinsfile": "a Jenkins pipeline",
    "vagrantfile": "a Vagrantfile",
    "license": "a licence",
    "copying": "a licence",
    "readme": "documentation",
}

_ENDINGS = {
    ".sh": _SHELL,
    ".bash": _SHELL,
    ".zsh": _SHELL,
    ".py": _PYTHON,
    ".pl": "a Perl script",
    ".rb": "a Ruby script",
    ".lua": "a Lua script",
    ".js": "a JavaScript program",
    ".ts": "a TypeScript program",
    ".go": "a Go source file",
    ".rs": "a Rust source file",
    ".c": "a C source file",
    ".h": "a C source file",
    ".cc": "a C++ source file",
    ".cpp": "a C++ source file",
    ".java": "a Java source file",
    ".proto": "a Protocol Buffers file",
    ".mk": "a makefile",
    ".tf": "a Terraform file",
    ".json": "JSON",
    ".yaml": "YAML",
    ".yml": "YAML",
    ".toml": "TOML",
    ".ini": "an INI file",
    ".service": "a systemd unit",
    ".socket": "a systemd unit",
    ".timer": "a systemd unit",
    ".md": "documentation (Markdown)",
    ".rst": "documentation (reStructuredText)",
    ".txt": "text",
    ".adoc": "documentation (AsciiDoc)",
    ".html": "HTML",
    ".xml": "XML",
    ".csv": "a table (CSV)",
    ".sql": "SQL",
    ".log": "a log",
    ".diff": "a patch",
    ".patch": "a patch",
    ".pem": "a key or certificate (PEM)",
    ".dockerfile": "a Dockerfile",
}


def _type_of_script(line: str) -> FileType | None:
    match = re.match(r"\ufeff?#!\s*(\S+)(?:\s+(?:-\S+\s+)*(\S+))?", line)
    if not match:
        return None
    program = os.path.basename(match[1])
    if program == "env" and match[2]:
        program = os.path.basename(match[2])
    name = _INTERPRETERS.get(program.rstrip("0123456789."), "a script")
    return FileType(name, _SCRIPT_ADVICE)


def _type_of_name(path: str) -> FileType | None:
    base = os.path.basename(path.replace("\\", "/")).lower()
    stem, ending = os.path.splitext(base)
    name = _ENDINGS.get(ending) or _NAMES.get(base) or _NAMES.get(stem)
    if name is None:
        return None
    return FileType(name, _SCRIPT_ADVICE if "script" in name else _DEFAULT_ADVICE)


# --- by the shape of the lines: the first line, one of the others, and what both mean

_FIRST_LINES = (
    (r"ARG\s.*|FROM\s+\S+(?:\s+AS\s+\S+)?", r"(?i:from)\s+\S+", "a Dockerfile"),
    (r"package \w+;?", r"import\s|func\s|type\s|var\s|const\s|(?:public )?class\s", "source code"),
    (
        r"(?:from [\w.]+ )?import .*|\"\"\".*|def .*",
        r"\s*(?:def|class|import|from|print)\b",
        _PYTHON,
    ),
    (
        r"(?:const|let|var) [\w{].*|function .*|['\"]use strict['\"];?",
        r".*[;{}]\s*$",
        "source code",
    ),
    (r"\.(?:TH|Dd|\\\").*|'\\\".*", r"\.[A-Z][A-Za-z]\b", "a manual page"),
    (r"/\*.*|//.*|use [\w:].*;|fn .*", r".*[;{}]\s*$", "source code"),
    (r"(?:From|Received|Return-Path|Subject): .*", r"(?:To|From|Date|Subject): ", "an email"),
)
_SHELL_LINE = (
    r"\s*(?:set -|if \[|if \w|then\b|fi\b|for \w+ in |do\b|done\b|case |esac\b|export \w+=|echo |"
    r"sudo |cd |mkdir |exit\b|\w+\(\)|\[ |apt-get |while |exec )"
)
_VARIABLE = r"(?:export )?(?:[A-Z_][A-Z0-9_]*|[a-z]+_\w+)=.*"
_KERNEL_SETTING = r"\w+(?:[./][\w*-]+)+\s*=.*"
_MARKDOWN_LINE = r"\s*(?:\* |- |\d+\. |> |\||={3,}$|-{3,}$|!?\[[^]]*\]\()"
_MAKE_RULE = r"[\w./%$() -]+:(?!=).*"


def _source(lines: Sequence[str]) -> FileType | None:
    for first, other, name in _FIRST_LINES:
        begins = bool(lines) and re.fullmatch(first, lines[0].strip())
        if begins and any(re.match(other, line) for line in lines):
            return FileType(name, _SCRIPT_ADVICE if name == _PYTHON else _DEFAULT_ADVICE)
    return None


def _shell(lines: Sequence[str]) -> FileType | None:
    commands = sum(re.match(_SHELL_LINE, line) is not None for line in lines)
    if len(lines) > 2 and 2 * commands >= len(lines):
        return FileType(_SHELL, _SCRIPT_ADVICE)
    return None


def _assignments(lines: Sequence[str]) -> FileType | None:
    if len(lines) < 2:
        return None
    if all(re.fullmatch(_VARIABLE, line) for line in lines):
        return FileType("a list of environment variables", _REWRITE_ADVICE)
    if all(re.fullmatch(_KERNEL_SETTING, line) for line in lines):
        return FileType("a list of kernel settings (sysctl)", _DEFAULT_ADVICE)
    return None


def _makefile(lines: Sequence[str]) -> FileType | None:
    for rule, recipe in pairwise(lines):
        if recipe.startswith("\t") and re.fullmatch(_MAKE_RULE, rule):
            return FileType("a makefile", _DEFAULT_ADVICE)
    return None


def _braces(lines: Sequence[str]) -> FileType | None:
    ended = sum(line.rstrip().endswith(("{", "}", ";")) for line in lines)
    if len(lines) > 2 and 2 * ended >= len(lines) and any("{" in line for line in lines):
        return FileType("source code or the configuration of another program", _DEFAULT_ADVICE)
    return None


def _markdown_list(lines: Sequence[str]) -> FileType | None:
    marked = sum(re.match(_MARKDOWN_LINE, line) is not None for line in lines)
    return _MARKDOWN if len(lines) > 2 and 2 * marked >= len(lines) else None


_SHAPES: tuple[Callable[[Sequence[str]], FileType | None], ...] = (
    _source,
    _assignments,
    _shell,
    _makefile,
    _braces,
)
