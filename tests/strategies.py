# SPDX-License-Identifier: MIT
"""Files for Hypothesis: arbitrary bytes, and text that is nearly what CRIU reads."""

from __future__ import annotations

from hypothesis import strategies as st

from criulint.criu.options import option_table
from criulint.criu.releases import releases
from criulint.source import encode

_NAMES = sorted({name for release in releases() for name in option_table(release).options})
_VALUES = [
    *(
        "",
        "0",
        "1",
        "4",
        "-1",
        "10",
        "10m",
        "1M",
        "1 M",
        "70000",
        "99999999999999999999",
        "010",
        "0x10",
        "abc",
        "1.5",
        "v",
        "vvv",
    ),
    *(
        "true",
        "false",
        "yes",
        "no",
        "on;",
        "a",
        "a b",
        "a bb",
        "'a'",
        "'a b'",
        '"a"',
        '"a b"',
        '"a\\"b"',
        '"',
        '""',
        '"" x',
    ),
    *(
        '"/srv/a very long path/with blanks in it"',
        '"a"x',
        '"a" x',
        '"a" # c',
        '"a#b c"',
        "a\\",
        "a\\ b",
        'a\\"b c',
        "#",
        "# c",
        "a#b",
    ),
    *(
        "a # c",
        "a #c d",
        "~/x",
        "$HOME/x",
        "%h",
        "*.log",
        "iptables",
        "nft",
        "Skip",
        "soft",
        "cpu",
        "fpu,^ins",
        "net",
        "net:1",
    ),
    *(
        "user:1,0,0",
        "foo:1",
        "fd[3]:x",
        "fd[a]:x",
        "mnt[]",
        "mnt[]:m",
        "mnt[]:ms",
        "mnt[]:x",
        "macvlan[a]:lo",
        "macvlan[a]",
    ),
    *(
        "unix[12]",
        "tty[0xA:1]",
        "1,2",
        "1,,2",
        ",",
        "=",
        "=a",
        "= a",
        ":",
        "--",
        "-v4",
        "-h",
        "-z",
        "--shell-job",
        "-",
        "é",
        "日本 語",
    ),
    *(
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape"),
        "\x1b[0m",
        "“a b”",
        "tcp-close",
        "list",
        "a;",
        "a,",
    ),
]
_SEPARATORS = [
    " ",
    " ",
    " ",
    "=",
    "=",
    "\t",
    "  ",
    " = ",
    "= ",
    " =",
    ": ",
    ":",
    "",
    "\t ",
    " \t",
    "==",
    "\0",
    "\xa0",
]
_STARTS = [
    "",
    "",
    "",
    "",
    "",
    " ",
    "\t",
    "\r",
    "\ufeff",
    "--",
    "-",
    "- ",
    '"',
    "[",
    ";",
    "//",
    "# ",
    "#",
    "\0",
    "=",
    ":",
    "é",
    "+",
]
_ENDS = [
    "",
    "",
    "",
    "",
    " ",
    "\t",
    "\r",
    " # c",
    "#c",
    "# c d",
    "\t# c d",
    " x",
    " xy z",
    "\0",
    "\0x",
    ";",
    "\\",
    " --",
    " -v",
    ":",
]


def _misspelled(name: str, how: int) -> str:
    spellings = (
        name,
        name,
        name,
        name[: how % (len(name) + 1)],
        name.replace("-", "_"),
        name.upper(),
        f"no-{name}",
        name[1:],
    )
    return spellings[how % len(spellings)]


#: Lines that are nearly what CRIU reads.
LINES = st.one_of(
    st.builds(
        lambda start, name, how, separator, value, end: (
            start + _misspelled(name, how) + separator + value + end
        ),
        *(
            st.sampled_from(_STARTS),
            st.sampled_from(_NAMES),
            st.integers(0, 100),
            st.sampled_from(_SEPARATORS),
        ),
        *(st.sampled_from(_VALUES), st.sampled_from(_ENDS)),
    ),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from([*_STARTS, *_SEPARATORS, *_VALUES, *_ENDS, *_NAMES[::9]]), max_size=7
        ),
    ),
    st.sampled_from(
        [
            "",
            "# c",
            "help",
            "h",
            "log-file",
            "port",
            "--",
            "---",
            "=====",
            "tcp-close",
            "network-lock",
        ]
    ),
)
#: Text that is nearly what CRIU reads.
NEARLY_RIGHT = st.builds(
    lambda lines, end: encode(("\n".join(lines) + end).replace("\r\n\n", "\r\n")),
    st.lists(LINES, max_size=6),
    st.sampled_from(["\n", "\n", "\n", ""]),
)
#: That, or any bytes at all.
FILES = st.one_of(NEARLY_RIGHT, NEARLY_RIGHT, NEARLY_RIGHT, st.binary(max_size=60))
#: The releases of CRIU that criulint knows.
RELEASES = st.sampled_from(releases())
