# SPDX-License-Identifier: MIT
"""Random shell code that writes files, in the ways that scripts do."""

from __future__ import annotations

from hypothesis import strategies as st

_TEXT = st.text(st.sampled_from("ab =-#'\"\\$`*~n\té{},;|&<>()[]!?"), max_size=8)
_PLAIN = st.text(st.sampled_from("ab-=.:/_#%+@"), max_size=5).map(lambda text: f"a{text}")
_NAMES = st.sampled_from(("A", "B", "LIST", "x"))
_VALUES = st.sampled_from(("", "v", "two words", "  ends  ", "tab\tin", "a\\nb", "-n"))


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _double(text: str) -> str:
    escaped = "".join(f"\\{sign}" if sign in '$`"\\' else sign for sign in text)
    return f'"{escaped}"'


def _escaped(text: str) -> str:
    return (
        "".join(sign if sign.isalnum() or sign in "\té" else f"\\{sign}" for sign in text) or "''"
    )


def _parameters() -> st.SearchStrategy[str]:
    forms = st.sampled_from(
        ("${0}", "${{{0}}}", "${{{0}:-d e}}", "${{{0}-f}}", "${{{0}:+g}}", "${{{0}+h i}}",
         "${{#{0}}}", "${{{0}#?}}", "${{{0}%?}}", "${{{0}##* }}", "${{{0}%% *}}")
    )  # fmt: skip
    return st.builds(str.format, forms, _NAMES)


def _substitutions() -> st.SearchStrategy[str]:
    inner = st.one_of(_PLAIN, _TEXT.map(_single), _parameters())
    return st.one_of(
        inner.map(lambda word: f"$(echo {word})"),
        inner.map(lambda word: f"$(printf '%s\\n' {word})"),
        st.tuples(st.integers(0, 20), st.integers(1, 9)).map(
            lambda pair: f"$(({pair[0]} * 2 - {pair[1]}))"
        ),
        _PLAIN.map(lambda word: f"`echo {word}`"),
    )


# Deferred, because they are long when they are printed.
_EXPANDED = st.deferred(lambda: st.one_of(_parameters(), _substitutions()))
_IN_QUOTES = st.lists(
    st.one_of(_PLAIN, st.sampled_from((" ", "\\n", "\\t", "'", "\n")), _EXPANDED), max_size=4
).map("".join)
_PIECES = st.one_of(
    _PLAIN,
    _TEXT.map(_single),
    _TEXT.map(_double),
    _TEXT.map(_escaped),
    _EXPANDED,
    _IN_QUOTES.map(lambda text: f'"{text}"'),
)
_WORDS = st.deferred(lambda: st.lists(_PIECES, min_size=1, max_size=3).map("".join))
_OPTIONS = st.sampled_from(("", "", "", "-n ", "-e ", "-ne ", "-E ", "-- "))
_FORMATS = st.sampled_from(
    ("%s\\n", "a\\nb\\n", "%s", "%s=%s\\n", "<%b>\\n", "%5s|%-5s|\\n", "%%\\n", "\\101\\t%s\\n",
     "%.2s\\n", "%s\\\\n", "x")
)  # fmt: skip
_TARGETS = st.sampled_from(("C/runc.conf", "C/runc.conf", '"C/crun.conf"', "$D/runc.conf"))
_REDIRECTS = st.builds("{} {}".format, st.sampled_from((">", ">>", ">>", ">|")), _TARGETS)

_ECHO = st.builds(
    lambda option, words: f"echo {option}{' '.join(words)}",
    _OPTIONS,
    st.lists(_WORDS, max_size=3),
)
_PRINTF = st.builds(
    lambda form, words: f"printf {_single(form)} {' '.join(words)}",
    _FORMATS,
    st.lists(_WORDS, max_size=3),
)
_HEREDOC_LINES = st.lists(
    st.lists(
        st.one_of(
            _PLAIN,
            st.sampled_from((" ", "\t", "\\", "\\$", "\\\\", '"', "'", "\\a", "$", "\\\n")),
            _EXPANDED,
        ),
        max_size=4,
    ).map("".join),
    max_size=3,
).map("\n".join)


@st.composite
def _heredocs(draw: st.DrawFn) -> tuple[str, str]:
    """Return the operator of a here-document with its word, and the lines."""
    operator = draw(st.sampled_from(("<<", "<<-")))
    delimiter = draw(st.sampled_from(("EOF", "'EOF'", '"EOF"', "\\EOF")))
    lines = draw(_HEREDOC_LINES)
    end = draw(st.sampled_from(("EOF", "\tEOF"))) if operator == "<<-" else "EOF"
    # A backslash before the end would join it to the last line.
    return f"{operator}{delimiter}", f"{lines}\n.\n{end}\n"


_PRINTERS = st.deferred(lambda: st.one_of(_ECHO, _PRINTF))


@st.composite
def _writers(draw: st.DrawFn) -> str:
    """Return a command that writes a file, without the newline at its end."""
    kind = draw(st.integers(0, 6))
    printer, redirect = draw(_PRINTERS), draw(_REDIRECTS)
    target = draw(_TARGETS)
    if kind == 0:
        operator, lines = draw(_heredocs())
        return f"cat {redirect} {operator}\n{lines.rstrip(chr(10))}"
    if kind == 1:
        operator, lines = draw(_heredocs())
        return f"cat {operator} | tee -a {target} >/dev/null\n{lines.rstrip(chr(10))}"
    if kind == 2:
        return f"{printer} | sudo tee {draw(st.sampled_from(('', '-a ')))}{target}"
    if kind == 3:
        return f"{{ {printer}; {draw(_PRINTERS)}; }} {redirect}"
    if kind == 4:
        return f"( {printer}; {draw(_PRINTERS)} ) {redirect}"
    return f"{printer} {redirect}"


_ASSIGNMENTS = st.builds(
    lambda name, value: f"{name}={value}",
    _NAMES,
    st.one_of(_VALUES.map(_single), _IN_QUOTES.map(lambda text: f'"{text}"'), _EXPANDED),
)


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return statements that hold other ones."""
    return st.one_of(
        st.builds(
            "for x in {}; do\n{}\ndone".format, st.lists(_WORDS, max_size=3).map(" ".join), inner
        ),
        st.builds('if [ "${}" = v ]; then\n{}\nelse\n{}\nfi'.format, _NAMES, inner, inner),
        st.builds('if [ -n "${}" ]; then\n{}\nfi'.format, _NAMES, inner),
        st.builds("f() {{\n{}\n}}\nf {}".format, inner, st.lists(_WORDS, max_size=2).map(" ".join)),
        st.builds("case ${} in\nv|t*)\n{}\n;;\n*)\n{}\n;;\nesac".format, _NAMES, inner, inner),
        st.builds("(\n{}\n)".format, inner),
        st.builds("true &&\n{}".format, inner),
        st.builds("i=0; while [ $i -lt 2 ]; do i=$((i+1))\n{}\ndone".format, inner),
    )


_STATEMENTS = st.deferred(
    lambda: st.recursive(st.one_of(_writers(), _writers(), _ASSIGNMENTS), _blocks, max_leaves=4)
)
#: Whole scripts.
SCRIPTS = st.lists(_STATEMENTS, min_size=1, max_size=5).map(
    lambda statements: "D=C\nA=v B='two words' LIST='p q' x=\n" + "\n".join(statements) + "\n"
)
