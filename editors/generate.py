# SPDX-License-Identifier: MIT
"""Write the syntax files for editors, from the schemas of all releases, and the table of features.

``python editors/generate.py`` writes them; ``--check`` exits with status 1 if any is stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from criulint.criu.options import option_table
from criulint.criu.releases import releases

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_BEGIN_FEATURES = "<!-- features: python editors/generate.py -->\n"
_END_FEATURES = "<!-- end of features -->\n"
_HOW = "Made by editors/generate.py out of criulint's schemas: change that, and run it again."


# A quote and what follows, up to the first quote without a backslash before it.
_QUOTED = r'"(?:[^"]|(?<=\\)")*'


def _options() -> list[str]:
    """Return the long options of all releases that make sense in a file."""
    tables = map(option_table, releases())
    return sorted(
        {option.name for table in tables for option in table.options.values() if not option.exits}
    )


def _choices() -> list[str]:
    """Return the values of all options that have a fixed set."""
    tables = map(option_table, releases())
    options = (option for table in tables for option in table.options.values())
    return sorted({choice for option in options for choice in option.choices})


def textmate() -> str:
    """Return the TextMate grammar of the VS Code extension."""
    names = "|".join(reversed(_options()))
    suppression = {
        "name": "comment.line.number-sign.suppression.criu",
        "match": r"(#)\s*(criulint:)\s*(ignore-file|ignore)\b(?:(\[)([^\]]*)(\]))?(.*)$",
        "captures": {
            "1": {"name": "punctuation.definition.comment.criu"},
            "2": {"name": "keyword.control.criulint.criu"},
            "3": {"name": "keyword.control.criulint.criu"},
            "5": {"name": "constant.other.rule.criu"},
        },
    }
    comment = {
        "name": "comment.line.number-sign.criu",
        "match": r"(#).*$",
        "captures": {"1": {"name": "punctuation.definition.comment.criu"}},
    }
    line = {
        "begin": rf"^[ \t]*(?:(no-)?({names})|([^\s=#\"]+))(?=[\s=]|$)[ \t]*(=)?",
        "beginCaptures": {
            "1": {"name": "keyword.other.option.negation.criu"},
            "2": {"name": "keyword.other.option.criu"},
            "3": {"name": "variable.other.unknown.criu"},
            "4": {"name": "keyword.operator.assignment.criu"},
        },
        "end": "$",
        "patterns": [
            {"begin": r"(?<=\s)(?=#)", "end": "$", "patterns": [suppression, comment]},
            {"name": "string.quoted.double.criu", "match": rf'{_QUOTED}(?<!\\)"'},
            {"name": "invalid.illegal.quote.criu", "match": f"{_QUOTED}$"},
            {"name": "constant.numeric.criu", "match": r"(?<=[\s=])[0-9]+[KMG]?(?=\s|$)"},
            {
                "name": "constant.language.criu",
                "match": rf"(?<=[\s=])(?:{'|'.join(_choices())})(?=\s|$)",
            },
            {"name": "string.unquoted.criu", "match": r"[^\s\"]+"},
        ],
    }
    grammar = {
        "comment": _HOW,
        "name": "CRIU configuration",
        "scopeName": "source.criu",
        "patterns": [
            {"begin": r"^[ \t]*(?=#)", "end": "$", "patterns": [suppression, comment]},
            line,
        ],
    }
    return json.dumps(grammar, indent=2) + "\n"


def vim() -> str:
    """Return the syntax file of Vim."""

    def pattern(words: list[str]) -> str:
        return r"\|".join(reversed(words))

    return f"""\
" SPDX-License-Identifier: MIT
" {_HOW}
if exists("b:current_syntax")
  finish
endif

syn case match
syn match criuUnknown /^\\s*\\zs[^ \\t=#"]\\+/ nextgroup=criuEquals,criuValue skipwhite
syn match criuOption /^\\s*\\zs\\%({pattern(_options())}\\)\\ze\\%(\\s\\|=\\|$\\)/ \
nextgroup=criuEquals,criuValue skipwhite
syn match criuValue /[^ \\t#"][^ \\t]*/ contained contains=criuNumber,criuChoice
syn match criuValue /"\\%([^"]\\|\\\\\\@1<="\\)*"\\?/ contained
syn match criuEquals /=/ contained nextgroup=criuValue skipwhite
syn match criuNumber /[0-9]\\+[KMG]\\?\\ze\\%(\\s\\|$\\)/ contained
syn match criuChoice /\\<\\%({pattern(_choices())}\\)\\ze\\%(\\s\\|$\\)/ contained
syn match criuComment /\\%(^\\|\\s\\)\\@1<=#.*$/ contains=criuSuppression,criuTodo
syn match criuSuppression \
/#\\s*\\zscriulint:\\s*ignore\\%(-file\\)\\?\\%(\\[[^]]*\\]\\)\\?/ contained
syn keyword criuTodo TODO FIXME XXX contained

hi def link criuOption Statement
hi def link criuUnknown Normal
hi def link criuEquals Operator
hi def link criuValue String
hi def link criuNumber Number
hi def link criuChoice Constant
hi def link criuComment Comment
hi def link criuSuppression SpecialComment
hi def link criuTodo Todo

let b:current_syntax = "criu"
"""


def kate() -> str:
    """Return the definition for KSyntaxHighlighting: Kate, KWrite, Qt Creator and others."""

    def items(words: list[str]) -> str:
        return "".join(f"      <item>{escape(word)}</item>\n" for word in words)

    quoted = escape(_QUOTED, {'"': "&quot;"})
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE language>
<!-- SPDX-License-Identifier: MIT
     {_HOW} -->
<language name="CRIU configuration" section="Configuration" version="2" kateversion="5.62" \
license="MIT"
          author="The criulint authors" extensions="runc.conf;crun.conf;*criu*.conf" mimetype="" \
priority="5">
  <highlighting>
    <list name="options">
{items(_options())}    </list>
    <list name="choices">
{items(_choices())}    </list>
    <contexts>
      <context name="Line" attribute="Normal" lineEndContext="#stay">
        <DetectSpaces/>
        <DetectChar attribute="Comment" context="Comment" char="#"/>
        <keyword attribute="Option" context="Value" String="options"/>
        <RegExpr attribute="Unknown" context="Value" String="[^\\s=#&quot;]+"/>
      </context>
      <context name="Value" attribute="Normal" lineEndContext="#pop">
        <DetectChar attribute="Operator" context="#stay" char="="/>
        <RegExpr attribute="Comment" context="Comment" String="\\s+#"/>
        <DetectSpaces/>
        <RegExpr attribute="Text" context="#stay" String="{quoted}(?&lt;!\\\\)&quot;"/>
        <RegExpr attribute="Unclosed" context="#stay" String="{quoted}$"/>
        <RegExpr attribute="Number" context="#stay" String="[0-9]+[KMG]?(?=\\s|$)"/>
        <keyword attribute="Choice" context="#stay" String="choices"/>
        <RegExpr attribute="Text" context="#stay" String="[^\\s&quot;]+"/>
      </context>
      <context name="Comment" attribute="Comment" lineEndContext="#pop">
        <RegExpr attribute="Suppression" context="#stay" \
String="(?&lt;=#)\\s*criulint:\\s*ignore(-file)?(\\[[^\\]]*\\])?"/>
        <IncludeRules context="##Comments"/>
      </context>
    </contexts>
    <itemDatas>
      <itemData name="Normal" defStyleNum="dsNormal"/>
      <itemData name="Option" defStyleNum="dsKeyword"/>
      <itemData name="Unknown" defStyleNum="dsNormal"/>
      <itemData name="Operator" defStyleNum="dsOperator"/>
      <itemData name="Text" defStyleNum="dsString"/>
      <itemData name="Unclosed" defStyleNum="dsError"/>
      <itemData name="Number" defStyleNum="dsDecVal"/>
      <itemData name="Choice" defStyleNum="dsConstant"/>
      <itemData name="Comment" defStyleNum="dsComment"/>
      <itemData name="Suppression" defStyleNum="dsAnnotation"/>
    </itemDatas>
  </highlighting>
  <general>
    <comments>
      <comment name="singleLine" start="#"/>
    </comments>
    <keywords casesensitive="1" weakDeliminator="-.:#/"/>
  </general>
</language>
"""


def readme() -> str:
    """Return the README with a table of ``features.json``: what each editor has, and how."""
    features = json.loads((_HERE / "features.json").read_text(encoding="utf-8"))
    header = ["", *features["editors"]]
    rows = [
        [name, *(way or "—" for way in ways)]
        for group in ("tasks", "more")
        for name, ways in features[group].items()
    ]
    table = [header, ["---"] * len(header), *rows]
    lines = [f"| {' | '.join(cells)} |".replace("|  |", "| |", 1) for cells in table]
    text = (_HERE / "README.md").read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN_FEATURES)
    _, end, after = rest.partition(_END_FEATURES)
    return "".join((before, begin, "\n", *(f"{line}\n" for line in lines), end, after))


def _files() -> Iterator[tuple[Path, str]]:
    yield _HERE / "vscode" / "syntaxes" / "criu.tmLanguage.json", textmate()
    yield _HERE / "vim" / "syntax" / "criu.vim", vim()
    yield _HERE / "neovim" / "syntax" / "criu.vim", vim()
    yield _HERE / "kate" / "criu.xml", kate()
    yield _HERE / "README.md", readme()


def main(arguments: list[str]) -> int:
    """Write the files, or compare them; return the exit status."""
    check = arguments == ["--check"]
    status = 0
    for path, text in _files():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(_HERE.parent)}\n")
        if check:
            status = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
