# SPDX-License-Identifier: MIT
"""Made-up short files: each option with each kind of value, and each way to write a line.

`tests/cases` has files as people write them. These fill the gaps, in a fixed order.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.criu.options import Arity, option_table
from criulint.rules.misread import quotes
from criulint.rules.refused import meant_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option

RELEASE = "4.3"
#: Releases at which what criulint finds changes, and those before them.
RELEASES = ("3.11", "3.12", "3.14", "3.15", "3.16", "3.17", "3.18", "4.0", "4.1.1", "4.2.1", "4.3")
CALLERS = ("runc", "crun", "youki", "lxc", "podman", "cri-o", "containerd", "docker", "incus")

#: Values with which every option is tried.
_FEW = ("", "false", "yes", "a b")
#: Further values for options that take one.
_VALUES = (
    *('"a b"', "'a'", "a # b", "a#b", "a,"),
    *("no", "true", "on", "off", "0", "-1", "+5", "010", "0x1f", "10m", "10s", "1.5", "2M", "2MB"),
    *("2 M", "1k", "3GiB", "4294967296", "18446744073709551616", "65536", "none", "all", "auto"),
    *("a", "/a", "a/b", "./a", "~/a", "$HOME/a", "${A}", "%d", "/a/", "/a//b", "/a:/b", "/a,/b"),
    *("a=b", "a:b", ":a", "a=b:c", "a[b]", "a[]:b", "[a]:b", "{a}", "<a>", "...", "a;", "a."),
    *('"a', 'a"'),
    *('""', '"a" b', "'a b'", '"a"b', "a, b", "a,b", "a;b", "a  b  c", "a \\", "A", "é"),
    *("\u201ca\u201d",),
    *("127.0.0.1", "127.0.0.1:80", "::1", "[::1]:80", "localhost", "/run/a.sock", "example.com"),
    *("net", "net:/proc/1/ns/net", "/proc/1/ns/net", "1", "pid:1", "user:a", "uts:a,b"),
    *("fd[1]:a", "mnt[]", "mnt[a]:b", "mnt[]:ms", "net[1]:a", "dev[1/2]:a", "file[1:2]"),
    *("tty[1:2]",),
    *("unix[1]", "mnt[]:ms\t", "mnt[]:x", "'=a'", "'a\"b'", 'a\\"b c', "macvlan[a]:b"),
    *("macvlan[]", "macvlan[abcdefghijklmnop]:b", "4096", "3K", "veth[a]:b@c", "a@b", "/:/a"),
    *("memory:/a", "apparmor:a", "selinux:a:b:c", "v4", "4"),
)
#: A kind that has many options with the same values is tried completely with these only.
_FULLY_TRIED_FLAGS = ("tcp-close", "no-tcp-close", "track-mem", "ms", "all", "help", "version")


def value_lines(option: Option) -> Iterator[str]:
    """Yield lines that set an option to each of the values."""
    values = [*_FEW, *_VALUES]
    if option.is_flag and option.name not in _FULLY_TRIED_FLAGS:
        values = [*_FEW]
    for known in filter(None, map(str, option.value.get("enum", ())[:8])):
        values += [known, known.upper(), f"{known}x", f"no-{known}", f"{known},{known}"]
    blank = "=" if option.arity is Arity.OPTIONAL else " "
    yield f"{option.name} a"
    yield f"{option.name}=a"
    yield f"{option.name}="
    for value in dict.fromkeys(values):
        yield f"{option.name}{blank}{value}" if value else option.name


#: Ways to write a line with the name ``%n`` and the value ``%v``.
_WAYS = (
    *("%n %v", " %n %v", "\t%n %v", "%n\t%v", "%n \t%v", "%n\t %v", "%n %v ", "%n %v\t", "%n %v\r"),
    *("%n=%v", "%n = %v", "%n =%v", "%n= %v", "%n:%v", "%n: %v", "%n : %v", "%n==%v", "%n:=%v"),
    *("--%n %v", "--%n=%v", "-%n %v", "---%n %v", "-- %n %v", "\u2014%n %v", "\u2013\u2013%n %v"),
    *("--%n --%n", "--%n --%n %v", "%n --%n %v", "--%n %v # c", "%n --%v", "%n -%v", "--no-%n %v"),
    *("no-%n", "no_%n %v", "no%n %v", "%n! %v", "!%n %v", "#%n %v", "# %n %v", "#!%n %v", "%n#c"),
    *("%n %v#c", "%n %v #c", "%n %v # c # d", "%n # c", "%n  # %v", "%n '%v' # c", '%n "%v" # c'),
    *('"%n" %v', "'%n' %v", '%n "%v', '%n %v"', '%n "%v" "%v"', '%n "%v\\"x"', "%n \u201c%v\u201d"),
    *('%n "%v" ', '%n "%v"x', '%n ""', "%n ''", '%n " %v"', '%n "    %v "', '%n "a b c d e" f'),
    *('%n "%v "', '%n "#%v"', '%n "a #%v"'),
    *("%n %v;", "%n %v,", "%n %v.", "%n %v \\", "%n %v\\", "%n \\", "%n, %v", "%nX; %v"),
    *("%n;,", "%n; %v", "%n (%v)"),
    *("[%n]", "[%n] %v", "[%n", "<%n>%v</%n>", "{%n: %v}", '"%n": "%v",', "- %n %v", "* %n"),
    *("> %n",),
    *("; %n %v", "// %n %v", "/* %n %v */", "%n %v // c", "%n %v ; c", "%n %v /* c */", "-- c"),
    *("%n %v --external macvlan", "%n --external macvlan --x", "%n %v --help", "%n --version"),
    *("set %n %v", "export %n=%v", "criu %n %v", "option %n %v", "%n\0 %v", "%n \0%v", "\0%n %v"),
    *("\ufeff%n %v", "%n\xa0%v", "%n\u200b %v", "%n \udcff", "\x1b[1m%n %v", "%n\x0b%v"),
    *("%n\x0c%v",),
    *("%n " + "a" * 4200, "%n" + " " * 4200 + "%v", "%n %v %v %v %v", "%n %v=%v", "%n %v --"),
    *("%n %v\nx", "%n\n%v", "%n \\\n%v", "--\n%n %v", "%n\n\n\n", "\n\n%n %v"),
    *("%n %v\r\n%n %v\r\n",),
    *("# c\n%n %v\n# d", "%n %v\n%n %v", "%n %v\n#%n %v", "<<<<<<<\n%n %v\n======="),
    *("```\n%n\n```",),
)
#: Options of several kinds with a value, and names that no option has.
_SAMPLES = (
    *(("tcp-close", "false"), ("verbosity", "4"), ("timeout", "10"), ("log-file", "/a/b.log")),
    *(("manage-cgroups", "soft"), ("external", "mnt[a]:b"), ("ghost-limit", "2M")),
    *(("tcp_close", "x"), ("v4", "x"), ("xyzzy", "1")),
)
#: More of them, for the ways that people know.
_MORE_SAMPLES = (
    *(("no-tcp-close", "1"), ("images-dir", "dir"), ("ext-unix-sk", "7"), ("cpu-cap", "fpu")),
    *(("network-lock", "skip"), ("port", "80"), ("join-ns", "net:/a"), ("address", "::1")),
    *(("enable-fs", "a,b"), ("action-script", "/a.sh"), ("config", "/a"), ("TCP-CLOSE", "x")),
    *(("tcp-clos", "x"), ("manage", "full"), ("t", "1"), ("log file", "a"), ("help", "x")),
    *(("tls-cert", "/a"), ("tcpclose", "x"), ("leave-running", "no"), ("tree", "1")),
)
_KNOWN_WAYS = ("%n %v", "%n=%v", "%n = %v", "%n: %v", "--%n %v", "-%n %v", '%n "%v"', "%n %v # c")


def written_files() -> Iterator[str]:
    """Yield a file for each way to write a line."""
    for way, (name, value) in (*product(_WAYS, _SAMPLES), *product(_KNOWN_WAYS, _MORE_SAMPLES)):
        yield way.replace("%n", name).replace("%v", value)


#: Lines that affect each other, or may.
LINES = (
    *("tcp-established", "tcp-close", "no-tcp-established", "no-tcp-close", "shell-job"),
    *("leave-running", "leave-stopped", "track-mem", "no-track-mem", "auto-dedup", "lazy-pages"),
    *("pre-dump-mode read", "pre-dump-mode splice", "page-server", "address 10.0.0.1", "port 80"),
    *("stream", "images-dir /a", "prev-images-dir /a", "prev-images-dir ../b", "work-dir /a"),
    *("tls", "tls-no-cn-verify", "tls-cert /a", "tls-key /a", "tls-cacert /a", "tls-cacrl /a"),
    *("log-file /a", "log-file b", "verbosity 4", "verbosity", "log-pid", "manage-cgroups soft"),
    *("manage-cgroups ignore", "cgroup-root /a", "cgroup-yard /a", "freeze-cgroup /a", "libdir /a"),
    *("network-lock skip", "network-lock iptables", "empty-ns net", "external net[1]:a"),
    *("join-ns net:/a", "unprivileged", "enable-external-masters", "external mnt[]", "ms", "all"),
    *("ext-mount-map a:b", "ext-mount-map auto", "file-validation filesize"),
    *("file-validation buildid",),
    *("skip-file-rwx-check", "mntns-compat-mode", "ghost-limit 1M", "ghost-limit 2M"),
    *("ghost-fiemap",),
    *("timeout 5", "timeout 9", "restore-detached", "restore-sibling", "root /a", "exec-cmd"),
    *("compress", "compress-block 1M", "compress-acceleration 2", "decompress-threads 2"),
    *("config /a",),
    *("no-default-config", "lsm-profile apparmor:a", "lsm-mount-context a", "display-stats"),
    *("close 1",),
    *("image-io-mode direct", "allow-uprobes", "force-irmap", "irmap-scan-path /a", "tree 1"),
    *("foo",),
    *("-- x", "tcp-close false", "timeout 10m", "link-remap", "evasive-devices"),
    *("inherit-fd fd[1]:a",),
    *("skip-in-flight", "weak-sysctls", "action-script /a", "plugin-option a:b=c", "status-fd 3"),
)


def options_by_kind() -> dict[str, list[Option]]:
    """Return the options of the newest release by the kind of their value."""
    found: dict[str, list[Option]] = {}
    for option in option_table(RELEASE).options.values():
        kind = "flag" if option.is_flag else option.kind
        found.setdefault(kind, []).append(option)
    return found


def usual_line(option: Option) -> str:
    """Return a line that sets an option to a value as people choose it."""
    if option.arity is Arity.NONE:
        return option.name
    return f"{option.name} {_USUAL.get(option.name) or _USUAL_BY_KIND[option.kind]}"


_USUAL = {"tree": "1", "external": "mnt[a]:b", "veth-pair": "a=b", "inherit-fd": "fd[1]:a"}
_USUAL_BY_KIND = {
    "dir": "/srv/a",
    "enum": "none",
    "file": "/srv/a",
    "flag-list": "fpu",
    "host-or-socket": "10.0.0.1",
    "int": "3",
    "list": "a",
    "namespace": "net:/srv/a",
    "path": "/srv/a",
    "size": "2M",
    "string": "a",
    "structured": "a:b",
    "verbosity": "4",
}

_VERBS = (
    *("ignore[CRIU201]", "ignore[value-ignored]", "ignore[CRIU2]", "ignore[CRIU401]", "ignore"),
    *("ignore[]", "ignore[CRIU201,CRIU401]", "ignore[CRIU201, CRIU999]", "ignore[criu201]"),
    *("ignore[CRIU201] because", "ignore[CRIU201]: x", "ignore [CRIU201]", "ignore(CRIU201)"),
    *("ignore CRIU201", "ignore: CRIU201", "ignore=CRIU201", "ignore[CRIU201", "ignore CRIU201]"),
    *("ignore-file[CRIU201]", "ignore-file", "ignore_file[CRIU201]", "ignore-all", "skip-file"),
    *("disable[CRIU201]", "noqa", "nolint[CRIU201]", "off", "allow[CRIU201]", "ignor[CRIU201]"),
    *("ignore-next-line[CRIU201]", "ignore[CRIU201] ignore[CRIU401]", "x", "", "IGNORE[CRIU201]"),
    *("ignore[CRIU201;CRIU401]", "ignore[CRIU201 CRIU401]", "ignore[CRIU201,]", "ignore[all]"),
    *("ignore[valueignored]", "ignore[value-ignore]", "ignore[CRIU201,CRIU201]", "ignore[CRIU000]"),
)
_MARKS = (
    "# criulint: ",
    "# criulint ",
    "#criulint:",
    "## criulint: ",
    "# x criulint: ",
    "# Criulint: ",
)
_PLACEMENTS = (
    "%l %c",
    "%c\n%l",
    "%l\n%c",
    "%c\n\n%l",
    "# x\n%c\n# y\n%l\n%l",
    "%l %c\n%l",
    "%l\n%c\n%l",
)


def suppressed_files() -> Iterator[str]:
    """Yield files in which a comment hides a finding, or is meant to."""
    line = "tcp-close false"
    for verb in _VERBS:
        for placement in _PLACEMENTS:
            yield placement.replace("%c", _MARKS[0] + verb).replace("%l", line)
    for mark in _MARKS[1:]:
        for verb in _VERBS[:4]:
            yield f"{mark}{verb}\n{line}"


_WORD_WAYS = (
    *("%w tcp-close", "%w a", "%w=a", "tcp-close %w", "verbosity=%w", "timeout 10%w"),
    *("timeout 10 %w", "tcp%wclose", "log-file %wa%w", "shell-job # c %w"),
)
#: Tables of words that a rule looks for without being about one option.
_WORD_TABLES = {
    guesses: ("_ON", "_OFF", "_ELSEWHERE", "_LEVELS", "_SECONDS", "_LOOKALIKE"),
    meant_line: ("_COMMANDS", "_SHELL_WORDS", "_INCLUDES", "_ON_WORDS", "_OFF_WORDS"),
    quotes: ("_QUOTES",),
}


def word_files() -> Iterator[str]:
    """Yield files with each of the words that rules know."""
    words = {
        str(word)
        for module, names in _WORD_TABLES.items()
        for name in names
        for word in vars(module)[name]
    }
    for word, way in product(sorted(words), _WORD_WAYS):
        yield way.replace("%w", word)
