# SPDX-License-Identifier: MIT
"""What the blocks of code in a document write.

Each block is followed on its own, because two blocks of a document may be alternatives. Only if one
creates a file, and a later one under the same heading appends to it, is the second a step after the
first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.paths import is_destination
from criulint.embedded import hosts, shell
from criulint.embedded.documents import console
from criulint.embedded.languages.literals import unify_line_ends
from criulint.embedded.model import (
    FollowedHost,
    HostedText,
    Script,
    WrittenFile,
    join,
    move_to_host,
)
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class CodeBlock(NamedTuple):
    """A block of code in a document.

    `language` is what it is marked as, in lower case; `note` is the rest of the mark, such as a
    title. `before` is the text of the paragraph or the heading directly before it, `section` the
    number of the heading that it stands under, and `start` the offset of the block with its mark.
    """

    language: str
    note: str
    text: HostedText
    before: str
    section: int
    start: int


# The most characters; people write smaller documents.
_MAX_SIZE = 1 << 20
# Marks of shell code, with the shell; empty if it may be any, as `sh` in documents.
_SHELLS = {
    "sh": "", "ash": "ash", "dash": "dash", "bash": "bash", "shell": "", "zsh": "", "ksh": "",
    "shell-script": "", "shellscript": "", "terminal": "", "cmd": "", "command": "",
}  # fmt: skip
_SESSIONS = frozenset(
    ("console", "shell-session", "shellsession", "sh-session", "bash-session", "session")
)
# Marks of other hosts, with a name that such a file has.
_HOSTS = {
    "dockerfile": "Dockerfile", "docker": "Dockerfile", "containerfile": "Dockerfile",
    "yaml": "x.yaml", "yml": "x.yaml", "json": "x.json", "butane": "x.bu",
    "python": "x.py", "py": "x.py", "python3": "x.py", "go": "x.go", "golang": "x.go",
    "rust": "x.rs", "rs": "x.rs", "c": "x.c", "javascript": "x.js", "js": "x.js",
    "typescript": "x.ts", "ts": "x.ts", "nix": "x.nix", "puppet": "x.pp",
    "make": "Makefile", "makefile": "Makefile", "just": "justfile", "justfile": "justfile",
    "bats": "x.bats", "vagrantfile": "Vagrantfile", "hcl": "x.pkr.hcl",
}  # fmt: skip
_CONFIGURATIONS = frozenset(
    ("", "conf", "config", "cfg", "ini", "criu", "properties", "none", "plain", "nohighlight")
)

# The least share of options among the lines of a configuration file that is not marked as one.
_MIN_SHARE = 0.5

_PATH = r"[^\s`'\"<>()\[\]{}|;,=]{0,255}\.?criu/[^\s`'\"<>()\[\]{}|;,/]{1,255}\.conf"
_A_PATH = re.compile(rf"(?<![\w./-]){_PATH}(?![\w/-]|\.\w)")
# A comment that is a path: `# /etc/criu/default.conf`, also `# File: ...`.
_COMMENT_WITH_PATH = re.compile(
    rf"[ \t]*#+(?!#)[ \t]*(?:(?:file(?:name)?|path|in)\b:?[ \t]*)?[`'\"*]*(?![`'\"*])"
    rf"({_PATH})[`'\"*]*:?[ \t]*(?:[-\u2013\u2014(].*)?\r?\n?",
    re.IGNORECASE,
)
# Text between backticks.
_CODE = re.compile(r"`+([^`]*)`+")
# What a line of a configuration file never has: an operator of the shell, or a command.
_COMMAND = re.compile(
    r"[|;&<>$]|^\s*(?:sudo|echo|printf|cat|tee|mkdir|cp|mv|nano|vim?|apt|dnf|yum|systemctl|docker"
    r"|podman|runc|crun|criu|export|cd)\b",
    re.MULTILINE,
)
_VARIABLE = re.compile(r"\$\{?(\w+)")
# What code that adds to a file has.
_APPENDING = re.compile(r">>|\s-\w*a|--append|\bsed\b")
# Between two sentences.
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*\"'(])")
# `export NAME=VALUE`, alone on its line.
_ASSIGNMENT = re.compile(
    r"[ \t]*(?:export[ \t]+)?(\w+)=(?:[\w./:-]*|\"[^\"`\n]*\"|'[^'\n]*')[ \t]*\r?\n"
)


def follow_blocks(blocks: Iterable[CodeBlock], document: str) -> FollowedHost:
    """Return the files that the blocks of a document write."""
    found = _follow_all(blocks)
    files = [
        file._replace(around=tuple(_begin(document, place) for place in file.around))
        for file in found.files
    ]
    return found._replace(files=files)


def _begin(document: str, start: int) -> int:
    """Return where the blank lines above a block begin; a comment may precede them."""
    while start:
        above = document.rfind("\n", 0, start - 1) + 1
        if document[above:start].strip(" \t\r\n>"):
            break
        start = above
    return start


def _follow_all(blocks: Iterable[CodeBlock]) -> FollowedHost:
    """Return what the blocks write; shell code comes last, because blocks build on others."""
    followed = FollowedHost([], [])
    scripts: list[tuple[CodeBlock, Script]] = []
    for block in blocks:
        if path := _configured_path(block):
            followed.files.append(WrittenFile(path, block.text, block.start, around=(block.start,)))
        elif (script := _script(block)) is not None:
            scripts.append((block, script))
        elif block.language in _HOSTS:
            _add(followed, _follow_host(block))
    _add(followed, _follow_scripts(scripts))
    return followed


def _add(followed: FollowedHost, more: FollowedHost) -> None:
    followed.files.extend(more.files)
    followed.problems.extend(more.problems)


# --- shell code


def _script(block: CodeBlock) -> Script | None:
    """Return the shell code of a block, None if it holds none."""
    text = block.text
    if block.language in _SHELLS:
        code = console.commands(text) if console.has_prompts(text.text) else text
        return Script(code, _SHELLS[block.language])
    if block.language in _SESSIONS:
        has_prompts = console.has_prompts(text.text) or console.has_root_prompts(text.text)
        return Script(console.commands(text) if has_prompts else text)
    if block.language:
        return None
    return Script(console.commands(text) if console.has_prompts(text.text) else text)


def _follow_scripts(scripts: Sequence[tuple[CodeBlock, Script]]) -> FollowedHost:
    """Return what the blocks of shell code write, with the variables that earlier ones set."""
    followed = FollowedHost([], [])
    variables: dict[str, HostedText] = {}
    makers: dict[tuple[int, str], Script] = {}
    for block, code in scripts:
        script = code._replace(text=join([*_settings(variables, code.text), code.text]))
        variables.update(_assignments(code.text))
        if not hosts.may_hold(encode(script.text.text)):
            continue
        found = shell.follow_script(script)
        _add(followed, _in_block(found, block))
        may_append = _APPENDING.search(script.text.text) is not None
        for path in {file.path for file in found.files}:
            made = makers.get((block.section, path))
            if made and may_append:
                _add(followed, _follow_steps(made, script, path))
            elif not may_append or not _appends(script, script, path):
                makers[block.section, path] = script
    return followed


def _settings(variables: dict[str, HostedText], text: HostedText) -> list[HostedText]:
    """Return the lines of earlier blocks that set the variables of a block, and those in them."""
    needed: set[str] = set()
    pending = _VARIABLE.findall(text.text)
    while pending:
        name = pending.pop()
        if name in variables and name not in needed:
            needed.add(name)
            pending += _VARIABLE.findall(variables[name].text)
    return [line for name, line in variables.items() if name in needed]


def _assignments(text: HostedText) -> Iterator[tuple[str, HostedText]]:
    """Yield the variables that a block sets, each with its line."""
    for line in text.lines():
        if found := _ASSIGNMENT.fullmatch(line.text):
            yield found[1], line


def _in_block(found: FollowedHost, block: CodeBlock) -> FollowedHost:
    """Return what a block writes, with the block around it."""
    files = [file._replace(around=(*file.around, block.start)) for file in found.files]
    # What is not marked as shell code may be anything.
    return FollowedHost(files, found.problems if block.language else [])


def _appends(first: Script, second: Script, path: str) -> bool:
    """Return whether the second script appends to a file at a path that the first one makes."""
    once, twice = shell.follow_script(first), _follow_steps(first, second, path)
    longest = max((len(file.content) for file in once.files if file.path == path), default=0)
    return any(len(file.content) > longest for file in twice.files)


def _follow_steps(first: Script, second: Script, path: str) -> FollowedHost:
    """Return what two scripts leave at a path if they run one after the other."""
    text = join([first.text, second.text])
    found = shell.follow_script(second._replace(text=text))
    return FollowedHost([file for file in found.files if file.path == path], [])


# --- blocks of other hosts


def _follow_host(block: CodeBlock) -> FollowedHost:
    """Return what a block that is another kind of host writes."""
    name = _HOSTS[block.language]
    data = encode(block.text.text)
    kind = hosts.kind_of(name, data[: hosts.HEAD])
    if kind is None or not hosts.may_hold(data):
        return FollowedHost([], [])
    try:
        found = hosts.follow_host(Source(data, name), kind)
    except hosts.MissingExtraError:
        raise
    except hosts.HostError as error:
        return FollowedHost([], [(block.start, str(error))])
    return _in_block(move_to_host(found, block.text), block)


# --- blocks of configuration


def _configured_path(block: CodeBlock) -> str | None:
    """Return the path that a block of configuration belongs to, None if it is something else.

    It is in the mark, in a comment on the first line, or in the sentence before the block. A block
    that is marked as shell code, by mistake, has to hold options and no command.
    """
    path = _path_of(block)
    if path and (block.language in _SHELLS or block.language in _SESSIONS):
        text = block.text.text
        return path if _share_of_options(text) >= _MIN_SHARE and not _COMMAND.search(text) else None
    return path if block.language in _CONFIGURATIONS else None


def _path_of(block: CodeBlock) -> str | None:
    """Return the path that a block, or the text before it, names as that of a file."""
    if found := _only_path(block.note):
        return found
    first = next(iter(block.text.lines()), None)
    comment = _COMMENT_WITH_PATH.fullmatch(first.text) if first else None
    if comment and is_destination(comment[1]):
        return comment[1]
    path = _path_before(block)
    if path and (block.language or _share_of_options(block.text.text) >= _MIN_SHARE):
        return path
    return None


def _path_before(block: CodeBlock) -> str | None:
    """Return the path in the last sentence before, or in the one before that if it ends in `:`."""
    # Code with blanks is a command, not a path.
    text = _CODE.sub(
        lambda code: "" if re.search(r"\s", code[1]) else code[0], block.before.strip()
    )
    *others, last = _SENTENCE.split(text)
    path = _only_path(last)
    if path is None and others and not _A_PATH.search(last) and last.endswith(":"):
        return _only_path(others[-1])
    return path


def _only_path(text: str) -> str | None:
    """Return the path of one of CRIU's files in a text, None if there are none or several."""
    paths = {match for match in _A_PATH.findall(text) if is_destination(match)}
    return paths.pop() if len(paths) == 1 else None


def _share_of_options(text: str) -> float:
    """Return the share of the lines, 0 to 1, that begin with an option or a misspelled one."""
    from criulint.filetype import count_options

    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    return count_options(lines) / len(lines) if lines else 0


def text_of(text: str) -> HostedText:
    """Return the text of a document, with LF for CR LF: readers do not copy its line ends.

    HostError if it is too large.
    """
    if len(text) > _MAX_SIZE:
        raise hosts.HostError("too large to follow")
    return unify_line_ends(HostedText.of(text), text, 0) if "\r" in text else HostedText.of(text)
