# SPDX-License-Identifier: MIT
"""A few hundred values for each option: good, nearly good, and bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.options import Arity, Option

if TYPE_CHECKING:
    from collections.abc import Iterator


def _split(text: str) -> list[str]:
    return text.split("|")


_NUMBERS = _split(
    "0|1|2|3|4|7|8|9|10|42|80|255|256|512|1000|1023|1024|1025|4096|00|01|010|0000000000000000000000000000000000001|"
    "007|-0|+0|-1|-2|-5|+1|+5|--1|++1|+-1|-+1|-|+|-a|1-|1+1|- 1|0x0|0x1|0x10|0X1F|x10|0b1|0o17|1e3|1E3|1.5|0.5|.5|"
    "1,5|1,000|1_000|1'000|1abc|abc|abc1|5x|4v|v4|one|inf|nan|NULL|٥|５|½|²|\v5|\f5|\r5|\v\f\r5|5\v|5\r|\v-5|-\v5|"
    "\x015|\x7f5|5\x00| 5|  5|5 |\t5"
)
_EDGES = [
    sign + str((1 << power) + step)
    for power in (7, 8, 15, 16, 17, 31, 32, 33, 48, 62, 63, 64, 65, 128)
    for step in (-1, 0, 1)
    for sign in ("", "-")
]
_MULTIPLES = [
    str(65536 * count + step) for count in (2, 3, 65536, 65537) for step in (-1, 0, 1, 80)
]
_SIZES = [
    f"{number}{unit}"
    for number in ("", "0", "1", "10", "-1", "0.5", "4194304", "17179869184")
    for unit in ("K", "M", "G", "k", "m", "g", "T", "KB", "MB", "GiB", "KM", "GK", "MG", "kM", "B")
] + _split(
    "K1|M|G5K|1K1|1 M|1 MB|9007199254740992K|9223372036854775807K|8589934592G|99999999999999999999M"
)
_WORDS = _split(
    "true|false|yes|no|on|off|auto|none|skip|all|list|default|null|help|iptables|nftables|splice|read|filesize|"
    "buildid|soft|full|strict|props|ignore|net|uts|user|time|cpu|fpu|ins|mnt_id|userns|breakpoints|tun|v|vv|vvvv|V|"
    "vx|v1|-v"
)
_LISTS = _split(
    "|,|,,|,1|1,|1,,2|1,2,3|1,0|0,1|1,a|a,1|1;2|1:2|1\v,2|1,\v2|1,\r2|1 ,2|1, 2|1 2|1,+2|1,-2|+1|1x,2|1,0x2|"
    "4294967295|4294967296|4294967297|8589934592,1|1,18446744073709551616|1,\v|\v|cpu,fpu|cpu, fpu|cpu fpu|cpufpu|"
    "fpu,|,fpu|fpu,,ins|^fpu|^^fpu|fpu^|^|^,|^fpu,ins|^fpu^ins|^fpuins|none,cpu|cpu,none|^none|^all|allx|allall|"
    "nonenone|non|nonecpux|FPU|fpu+ins|fpu:ins|!fpu|cpu,\v|cpu\r|fp|ins0|xmm|fpu,xmm|noxsave|caſ|net,uts|net,|"
    "net net|Net|NET| net|net |net\r|mnt_id,tun"
)
_STRUCTURED = _split(
    "mnt[]|mnt[]:|mnt[]:m|mnt[]:s|mnt[]:ms|mnt[]:sm|mnt[]:mx|mnt[]:x|mnt[]:M|mnt[]::|mnt[]:,|mnt[]:\v|mnt[]m|"
    "mnt[]x|mnt[]junk|mnt[|mnt]|mnt|mnt:|mnt[/a]|mnt[/a]:|mnt[/a]:b|mnt[/a]:b:c|mnt[a]:/b|mnt[ ]:x|Mnt[]:x|"
    "mnt[]]:x|mnt[][]:x|dev[8/1]:x|dev[a/b]:x|dev[x]:/dev/null|dev|file[1:2]|file[1:a]|tty[8:1]|tty[0x8:1]|"
    "unix[123]|unix[a]|unix|net[1]:x|pid[1]:x|veth[a]:b|veth[a]:b@c|netdev[a]:b|foo[1]:x|[]|[|:|::|a:b|a:b:c|"
    "macvlan[a]:lo|macvlan[a]:nosuch|macvlan[a]:|macvlan[a]x:lo|macvlan[]:lo|macvlan]:lo|macvlanx]:lo|macvla|"
    "xmacvlan|macvlan[a]:lo\v|macvlan[a]:lo]:lo|macvlan[a]:0123456789abcdef|macvlan[a]:é|Macvlan|fd[0]:a|fd[1]:a|"
    "fd[2]:a|fd[3]:a|fd[99]:a|fd[1023]:a|fd[1024]:a|fd[2147483647]:a|fd[2147483648]:a|fd[4294967296]:a|"
    "fd[4294967297]:a|fd[-1]:a|fd[-4294967295]:a|fd[+1]:a|fd[\v1]:a|fd[01]:a|fd[0x1]:a|fd[1x]:a|fd[1x:a|fd[1:a|"
    "fd[1|fd[1]|fd[1]:|fd[1]::|fd[1]a|fd[1]x:a|fd[]:a|fd[a]:x|fd[:a|fd1:a|fd:1|FD[1]:a|xfd[1]:a|fd[1]:pipe:[123]|"
    "fd[ 1]:a|fd[1]:socket[1]|fd[99999999999999999999]:a|debug[1]:text|debug[2]:|debug[9]:x|debug[-1]:x|debug[a]:x|"
    "debug[1]|debug[1:x|debug[4294967297]:x|debug:1|debugx|net:1|net:0|net:-1|net:+1|net:a|net:|net|:1|net:1:2|"
    "net:1,|net:1,2|net:1,2,3|net:65535|net:65536|net:70000|net:99999999999|net:01|net:0x1|net:1x|net:\v1|net:1\v|"
    "net:/proc/self/ns/net|net:/proc/1/ns/net|net:/nonexistent|net:.|net:./|Net:1|NET:1| net:1|net :1|uts:1|ipc:1|"
    "user:1|mnt:1|time:1|pid:1|cgroup:1|cgroup:/|foo:1|pid:|user:|user:1,0|user:1,0,0|user:1,0,0,0|user:1,|"
    "user:1,,|user:1,a|user:1,0,a|user:1,a,0|user:1,65535,65535|user:1,65536,0|user:1,0,65536|user:1,-1,0|"
    "user:1,0,-1|user:1,+1,+1|user:1,\v1,\v1|user:1,1\v,1|user:1,01,01|user:1,0x1,0|user:0,0,0|"
    "user:/proc/1/ns/user,0,0|user:/proc/1/ns/user,a|user:,0,0|user:1,0:0|uts:1,a,b|mnt:/proc/1/ns/mnt|"
    "time:/proc/1/ns/time|a=b|a=|=b|=|==|a==b|a=b=c|a=b@c|a=b@|a@b|eth0=veth0@br0|a:b=c|eth0:veth0|eth0|cpu:/a|/a|"
    "cpu:a|cpu:|:/a|name=systemd:/a|memory,cpu:/x|selinux:label|apparmor:profile|none:|none|x:y|auto|Auto|auto |"
    "auto:|autox|auto:auto|AUTO|aut|,auto|auto,auto"
)
_PATHS = _split(
    "/|.|..|/tmp|/tmp/x|/no/such/file|relative/path|~/x|$HOME/x|${HOME}|%d|%s%n|*.log|a b|/a b/c|a\\b|a\\ b|-|--|"
    '-v4|--help|-h|\'a\'|"a"|"a|a"|"|""|\'\'|`id`|$(id)|a;b|a&b|<a>|!a|a\\nb|\\|a\\'
)
_BYTES = _split(
    "#|a#b|#a|a #b|1#2|0#1|é|日本|😀|\ufeffa|\xa0|\u200b1|1\xa0|net\u200b|\x01|\x02a|\x07|\x08|\x1b[31m|\x7f|a\x7fb|"
    "\r|a\r|a\rb|\v|\f|a\v|a\f"
)
_RAW = [
    b"\xff",
    b"\x80",
    b"a\xffb",
    b"\xc3",
    b"\xed\xa0\x80",
    b"1\xff",
    b"net\xff",
    b"a\0b",
    b"1\0",
]
_LONG = [
    *(
        b"a" * 1000,
        b"1" * 400,
        b"0" * 5000 + b"1",
        b"9" * 100,
        b"," * 3000,
        b"v" * 300,
        b"1," * 2000 + b"1",
    ),
    *(b"fpu" * 500, b"x" * 100_000),
]
_TEXTS = [
    *_NUMBERS,
    *_EDGES,
    *_MULTIPLES,
    *_SIZES,
    *_WORDS,
    *_LISTS,
    *_STRUCTURED,
    *_PATHS,
    *_BYTES,
]
_ALL = [*map(str.encode, _TEXTS), *_RAW, *_LONG]


def values(option: Option) -> list[bytes]:
    """Values to try on an option that takes one: the same for all, and what is near to its own
    choices. There are fewer where CRIU never looks at the value.
    """
    usual = _ALL if is_checked(option) else _ALL[::2]
    return list(
        dict.fromkeys(
            [*usual, *(text.encode() for choice in option.choices for text in _near(choice))]
        )
    )


def is_checked(option: Option) -> bool:
    """Whether CRIU refuses some values of the option."""
    return (
        bool(option.value.keys() & {"enum", "const", "pattern", "x-criu-check"})
        and option.arity is not Arity.NONE
    )


def _near(choice: str) -> Iterator[str]:
    yield choice
    yield choice.upper()
    yield choice.capitalize()
    yield choice[:-1]
    yield choice[1:]
    yield f"{choice}s"
    yield f"{choice},"
    yield f",{choice}"
    yield f"{choice},{choice}"
    yield f"{choice}\r"
    yield f"\v{choice}"
    yield f"{choice} "
    yield f" {choice}"
    yield f"{choice} {choice}"
    yield f'"{choice}"'
    yield f"{choice}\u00e9"
    yield f"no-{choice}"
    yield f"{choice}=1"
    yield f"{choice}:1"


def statement(option: str, value: bytes) -> bytes:
    """A line that gives an option this value: the scanner leaves ``name=value`` alone, but for
    blanks and a ``#``.
    """
    if b" " in value or b"\t" in value:
        return b'%s "%s"' % (option.encode(), value)
    return b"%s=%s" % (option.encode(), value)
