# SPDX-License-Identifier: MIT
"""Programs that run a command given by their arguments: `sudo`, `env`, `sh -c`, `ssh`, ..."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.model import HostedText, join, separate

if TYPE_CHECKING:
    from collections.abc import Callable


class Inner(NamedTuple):
    """What a program runs: a command of `words`, or `code` in a shell.

    With neither, code comes from the file `path` or from standard input. `machine` names the
    machine or container whose files it changes, if that is another one; `keeps_variables`: whether
    exported variables are passed on.
    """

    words: list[HostedText]
    code: HostedText | None = None
    shell: str = ""
    arguments: list[HostedText] | None = None
    machine: str = ""
    keeps_variables: bool = True
    assignments: tuple[HostedText, ...] = ()
    name: HostedText | None = None
    path: HostedText | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables that are set for it."""
        return tuple(assignment.text.partition("=")[0] for assignment in self.assignments)


#: Programs that are shells, with the name that says which one is meant.
RECOGNIZED_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh")

# Programs that run the words after their options: the letters and names of options that take a
# value, and how many words come before the command.
_PREFIXES: dict[str, tuple[str, int]] = {
    "sudo": ("ughpCrtTUDR", 0),
    "doas": ("uC", 0),
    "env": ("uSC", 0),
    "nice": ("n", 0),
    "ionice": ("cnp", 0),
    "nohup": ("", 0),
    "time": ("fo", 0),
    "timeout": ("ks", 1),
    "stdbuf": ("ioe", 0),
    "setsid": ("", 0),
    "command": ("", 0),
    "builtin": ("", 0),
    "busybox": ("", 0),
    "toybox": ("", 0),
    "fakeroot": ("", 0),
    "eatmydata": ("", 0),
    "chronic": ("", 0),
    "gosu": ("", 1),
    "su-exec": ("", 1),
    "setpriv": ("", 0),
    "unshare": ("", 0),
    "systemd-run": ("pu", 0),
    "flock": ("wE", 1),
    "cloud-init-per": ("", 2),
    "pkexec": ("", 0),
    "retry": ("", 0),
}
# Programs that run words elsewhere, after a directory or a name.
_CHROOTS = {"chroot": 1, "arch-chroot": 1, "in-target": 0, "systemd-nspawn": 0}
_SSH_VALUES = "bcDEeFIiJLlmOopQRSWw"
_REMOTES = frozenset(
    (
        "docker", "podman", "nerdctl", "crictl", "ctr", "buildah", "docker-compose",
        "podman-compose", "kubectl", "oc", "k3s", "microk8s", "minikube", "kind", "talosctl", "lxc",
        "incus", "lxc-attach", "pct", "jexec", "systemd-nspawn", "machinectl", "nsenter", "vagrant",
        "multipass", "limactl", "lima", "colima", "virt-customize", "distrobox", "toolbox",
        "gcloud",
    )
)  # fmt: skip
_LOSING = frozenset(("sudo", "doas", "pkexec", "gosu", "su-exec"))
# Commands that are recognized among the words of a program that runs them elsewhere.
_RECOGNIZED = frozenset(
    (*RECOGNIZED_SHELLS, "tee", "dd", "sudo", "cp", "sed", "mv", "rm", "install", "env")
)


def unwrap(name: str, words: list[HostedText]) -> Inner | None:
    """Return what a command of these words runs, None if it runs nothing."""
    program = posixpath.basename(name)
    if program in RECOGNIZED_SHELLS:
        return _shell(program, words[1:])
    if program in _PREFIXES:
        return _prefix(program, words)
    handler = _HANDLERS.get(program)
    if handler:
        return handler(words)
    if program in _REMOTES:
        return _remote(words)
    return None


def _rest_after_options(
    words: list[HostedText], with_value: str, *, assignments: bool = False
) -> list[HostedText]:
    """Return the words after the options of a command."""
    at = 0
    while at < len(words):
        text = words[at].text
        if text == "--":
            at += 1
            if not assignments:
                break
        elif text.startswith("--"):
            at += 1
        elif text.startswith("-") and len(text) > 1:
            letters = text[1:]
            value = next((place for place, c in enumerate(letters) if c in with_value), None)
            at += 2 if value == len(letters) - 1 else 1
        elif assignments and re.match(r"[A-Za-z_]\w*=", text):
            at += 1
        else:
            break
    return words[at:]


def _prefix(program: str, words: list[HostedText]) -> Inner | None:
    """Return the command after the options of a program that runs it."""
    with_value, skipped = _PREFIXES[program]
    options = [word.text for word in words[1:3]]
    if program == "command" and options and options[0] in ("-v", "-V"):
        return None
    if program == "flock" and any(word.text == "-c" for word in words):
        at = next(at for at, word in enumerate(words) if word.text == "-c")
        return _shell("sh", words[at:]) if at + 1 < len(words) else None
    sets_variables = program in ("sudo", "env", "doas")
    rest = _rest_after_options(words[1:], with_value, assignments=sets_variables)[skipped:]
    keeps = program not in _LOSING or any(option in ("-E", "-HE") for option in options)
    if rest:
        before = words[1 : len(words) - len(rest)] if sets_variables else []
        assignments = tuple(word for word in before if re.match(r"[A-Za-z_]\w*=", word.text))
        return Inner(rest, keeps_variables=keeps, assignments=assignments)
    if program in ("sudo", "doas") and any(
        option in ("-s", "-i", "-is", "-si") for option in options
    ):
        return Inner([], keeps_variables=keeps)
    return None


def _shell(shell: str, words: list[HostedText]) -> Inner | None:
    """Return what a shell with these arguments runs."""
    takes_code = False
    at = 0
    while at < len(words):
        text = words[at].text
        if text in ("--", "-"):
            at += 1
            break
        if text.startswith("--") or (text.startswith(("-", "+")) and len(text) > 1):
            takes_code |= not text.startswith("--") and text[0] == "-" and "c" in text
            at += 2 if text[-1] in "oO" and not text.startswith("--") else 1
            if text == "-s" or (text.startswith("-") and "s" in text[1:] and "c" not in text):
                return Inner([], None, shell, words[at:])
        else:
            break
    rest = words[at:]
    if takes_code:
        if not rest:
            return None
        name = rest[1] if len(rest) > 1 else None
        return Inner([], rest[0], shell, rest[2:], name=name)
    if not rest:
        return Inner([], None, shell, [])
    if rest[0].text in ("/dev/stdin", "/dev/fd/0"):
        return Inner([], None, shell, rest[1:])
    return Inner([], None, shell, rest[1:], path=rest[0])


def _su(words: list[HostedText]) -> Inner | None:
    shell = ""
    code: HostedText | None = None
    at = 1
    while at < len(words):
        text = words[at].text
        name, sign, _ = text.partition("=")
        if text in ("-c", "--command", "-s", "--shell") and at + 1 < len(words):
            at += 1
            code, shell = _su_option(text, words[at], code, shell)
        elif sign and name in ("--command", "--shell"):
            code, shell = _su_option(name, words[at][len(name) + 1 :], code, shell)
        elif text in ("-u", "--user"):
            rest = _rest_after_options(words[at:], "u")
            return Inner(rest, keeps_variables=False) if rest else None
        at += 1
    return Inner([], code, shell, [], keeps_variables=False)


def _su_option(
    name: str, value: HostedText, code: HostedText | None, shell: str
) -> tuple[HostedText | None, str]:
    if name in ("-c", "--command"):
        return value, shell
    return code, posixpath.basename(value.text)


def _ssh(words: list[HostedText]) -> Inner | None:
    rest = _rest_after_options(words[1:], _SSH_VALUES)
    if not rest:
        return None
    host, command = rest[0], _rest_after_options(rest[1:], _SSH_VALUES)
    machine = f"ssh:{host.text}"
    code = join_words(command) if command else None
    return Inner([], code, "", [], machine, keeps_variables=False)


def join_words(words: list[HostedText]) -> HostedText:
    """Return words as one text with blanks in between, as ssh and eval do."""
    return join(separate(words, " "))


def _chroot(words: list[HostedText]) -> Inner | None:
    program = posixpath.basename(words[0].text)
    rest = _rest_after_options(words[1:], "D")
    skipped = _CHROOTS[program]
    if len(rest) <= skipped:
        return None
    machine = f"chroot:{rest[0].text}" if skipped else program
    return Inner(rest[skipped:], machine=machine)


def _remote(words: list[HostedText]) -> Inner | None:
    """Return what is run in a container, or on another machine."""
    texts = [word.text for word in words]
    for at, text in enumerate(texts[1:], 1):
        machine = " ".join(texts[:at])
        name, sign, _ = text.partition("=")
        if sign and name in ("--command", "--run-command"):
            return Inner([], words[at][len(name) + 1 :], "", [], machine, keeps_variables=False)
        if name in ("-c", "--command", "--run-command") and at + 1 < len(words):
            return Inner([], words[at + 1], "", [], machine, keeps_variables=False)
        if posixpath.basename(text) in _RECOGNIZED and not texts[at - 1].startswith("-"):
            return Inner(words[at:], machine=machine, keeps_variables=False)
        if text == "--" and at + 1 < len(words):
            return Inner(words[at + 1 :], machine=machine, keeps_variables=False)
    has_code = "ssh" in texts[1:-1] and " " in texts[-1]
    if not has_code and texts[-1] != "ssh":
        return None
    machine = " ".join(texts[:-1] if has_code else texts)
    return Inner([], words[-1] if has_code else None, "", [], machine, keeps_variables=False)


_HANDLERS: dict[str, Callable[[list[HostedText]], Inner | None]] = {
    "su": _su,
    "runuser": _su,
    "ssh": _ssh,
    **dict.fromkeys(_CHROOTS, _chroot),
}
