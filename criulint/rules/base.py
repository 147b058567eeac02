# SPDX-License-Identifier: MIT
"""What a rule is, and what it reports.

A rule is metadata and a pure function: it never reads files, prints, or decides which findings
count. What the function sees gives the rule its kind: one line in both views, the whole reading,
what the file sets, the host around it, or the file's suppressions.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar

from criulint.finding import Edit, Fix, Severity, Span, Subject
from criulint.named_tuple import NamedTuple
from criulint.rules.families import Family, family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.criu.reading import Reading
    from criulint.criu.settings import Setting, Settings
    from criulint.rules.runtime.callers import PossibleCaller
    from criulint.source import Source


class Rewrite(NamedTuple):
    """A fix: the text that the line becomes, or None if the line is removed.

    The text has no LF at its end, and may hold several lines.
    """

    title: str
    text: str | None
    safe: bool

    @property
    def question(self) -> str:
        """The question whether the reader meant what it writes, which its title says."""
        return f"did you mean {self.title.removeprefix('Write ')}?"


class Scope(Enum):
    """What a problem is about; it matters where CRIU misreads the value of the line.

    With a misread value a problem counts only if it is not about that `VALUE`: if it is about the
    `OPTION`, whatever its value, or about the whole `FILE`. With `LINE` the line should be removed,
    so problems with its value do not matter. With `UNREAD` nothing reads the file, so what CRIU
    would do with its lines does not matter.
    """

    VALUE = "value"
    OPTION = "option"
    LINE = "line"
    FILE = "file"
    UNREAD = "unread"


class Move(NamedTuple):
    """The question in which file a line takes effect; the answer becomes the problem's help.

    `setting` is the line, None for all lines of the file. `callers` are those that the problem is
    about, none for all that may read the file. Only `criulint.rules.placement` can answer it, as
    all rules look at the line in the other file.
    """

    setting: Setting | None = None
    callers: tuple[PossibleCaller, ...] = ()


class Problem(NamedTuple):
    """What a rule reports about a line: 0-based code points, the end exclusive, and the text.

    `severity` is for a case that is better or worse than the rule's usual one; `scope` is only for
    rules about settings. `subject` is the path on the host that it is about, if that is another
    file, or the file's own name or permissions. `unwanted`: whether the help is to remove the line
    from the file, so that no other advice should move it. `move` stands for the help if that is to
    move the line.
    """

    start: int
    end: int
    message: str
    help: str = ""
    rewrite: Rewrite | None = None
    severity: Severity | None = None
    scope: Scope = Scope.VALUE
    subject: Subject | None = None
    unwanted: bool = False
    move: Move | None = None


class RelatedPlace(NamedTuple):
    """Another place that explains a problem, and what is there.

    `line` is 1-based, `start` and `end` are 0-based code points. `path` is that of its file, None
    for the one with the problem.
    """

    line: int
    start: int
    end: int
    message: str
    path: str | None = None


class FileProblem(NamedTuple):
    """A `Problem` on a 1-based line; `fix` where rewriting that line alone does not fix it.

    `related` are other places that explain it.
    """

    line: int
    problem: Problem
    fix: Fix | None = None
    related: tuple[RelatedPlace, ...] = ()


class Tag(str, Enum):
    """How an editor renders what a rule reports."""

    UNNECESSARY = "unnecessary"
    DEPRECATED = "deprecated"


P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R", Problem, FileProblem)
S = TypeVar("S", Problem, FileProblem)


class Rule(Generic[P, R]):
    """A rule, which does not change. Nor does the meaning of its code; its name explains itself.

    The docstring of `check` is the documentation (Markdown). `bad` and `good` are whole files,
    which the tests run with the release `criu` (None: the newest known), at `path`, the good one
    at `good_path`, called by `runtime`, on hosts with the files that `bad_host` and `good_host`
    list (``0644 /etc/criu/key.pem``). `fixable`: whether the bad example has a fix. `default`:
    whether the rule runs without being selected. `options`: the rule finds nothing unless one of
    these is set; None means that it depends on no option. `about_option`: whether a finding is
    about the option itself, in any file, so that an editor can show it when the option is chosen.
    `severity_varies`: whether some of the findings have another severity (`Problem.severity`) than
    `severity`, the usual one.

    It is not a `dataclass`, a module that takes a check a tenth of its time to import.
    """

    __slots__ = (
        "about_option",
        "bad",
        "bad_host",
        "check",
        "code",
        "criu",
        "default",
        "fixable",
        "good",
        "good_host",
        "good_path",
        "name",
        "options",
        "path",
        "primary",
        "runtime",
        "severity",
        "severity_varies",
        "tag",
    )

    check: Callable[P, Iterator[R]]
    code: str
    name: str
    severity: Severity
    bad: str
    good: str
    criu: str | None
    path: str | None
    good_path: str | None
    runtime: str | None
    bad_host: tuple[str, ...]
    good_host: tuple[str, ...]
    fixable: bool
    default: bool
    options: frozenset[str] | None
    about_option: bool
    tag: Tag | None
    severity_varies: bool
    #: The documented rule: this one, or the one whose other check this is (`also`).
    primary: AnyRule

    def __init__(  # noqa: PLR0913 - what a rule is made of
        self,
        check: Callable[P, Iterator[R]],
        code: str,
        name: str,
        severity: Severity,
        *,
        bad: str,
        good: str,
        criu: str | None,
        path: str | None,
        good_path: str | None,
        runtime: str | None,
        bad_host: tuple[str, ...],
        good_host: tuple[str, ...],
        fixable: bool,
        default: bool,
        options: frozenset[str] | None,
        about_option: bool,
        tag: Tag | None,
        severity_varies: bool,
    ) -> None:
        self._set(
            check=check,
            code=code,
            name=name,
            severity=severity,
            bad=bad,
            good=good,
            criu=criu,
            path=path,
            good_path=good_path,
            runtime=runtime,
            bad_host=bad_host,
            good_host=good_host,
            fixable=fixable,
            default=default,
            options=options,
            about_option=about_option,
            tag=tag,
            severity_varies=severity_varies,
            primary=self,
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a rule does not change: {name}")

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"

    def also(self, check: Callable[Q, Iterator[S]]) -> Rule[Q, S]:
        """Return this rule with another check, which sees something else.

        A decorator. Everything but the check stays that of the rule, and only the rule is listed
        and documented: ``@nul_byte.also`` makes the part of `nul_byte` that looks at whole files.
        """
        other: Rule[Q, S] = object.__new__(Rule)
        other._set(**{name: getattr(self, name) for name in self.__slots__} | {"check": check})
        return other

    @property
    def family(self) -> Family:
        """The family that the code belongs to."""
        return family_of(self.code)

    @property
    def summary(self) -> str:
        """The first paragraph of the documentation, on one line."""
        return self._documentation.partition("\n\n")[0].replace("\n", " ")

    @property
    def explanation(self) -> str:
        """The documentation without its first paragraph, with its sources."""
        text = self._documentation.partition("\n\n")[2]
        sources = self.family.sources if "\nSource" not in text else ""
        return f"{text}\n\n{sources}" if sources else text

    @property
    def _documentation(self) -> str:
        from inspect import cleandoc  # slow to import, and a check does not need it

        return cleandoc(self.primary.check.__doc__ or "")

    @property
    def url(self) -> str:
        """The page of the rule in the documentation."""
        return f"https://criulint.readthedocs.io/en/stable/rules/{self.name}/"


#: A rule of any kind.
AnyRule: TypeAlias = "Rule[..., Any]"
FileRule: TypeAlias = "Rule[[Reading], FileProblem]"
SettingsRule: TypeAlias = "Rule[[Settings], FileProblem]"

#: A rule, and what it reports about a line.
RuleProblem: TypeAlias = "tuple[AnyRule, Problem]"


def rule(  # noqa: PLR0913 - the keywords of a declaration
    code: str,
    name: str,
    severity: Severity,
    *,
    bad: str,
    good: str,
    criu: str | None = None,
    path: str | None = None,
    good_path: str | None = None,
    runtime: str | None = None,
    bad_host: tuple[str, ...] = (),
    good_host: tuple[str, ...] = (),
    fixable: bool = False,
    default: bool = True,
    options: tuple[str, ...] | None = None,
    about_option: bool = False,
    tag: Tag | None = None,
    severity_varies: bool = False,
) -> Callable[[Callable[P, Iterator[R]]], Rule[P, R]]:
    """Make a `Rule` from a function; see `Rule` for the arguments."""

    def make(check: Callable[P, Iterator[R]]) -> Rule[P, R]:
        return Rule(
            check,
            code,
            name,
            severity,
            bad=bad,
            good=good,
            criu=criu,
            path=path,
            good_path=good_path or path,
            runtime=runtime,
            bad_host=bad_host,
            good_host=good_host,
            fixable=fixable,
            default=default,
            options=None if options is None else frozenset(options),
            about_option=about_option,
            tag=tag,
            severity_varies=severity_varies,
        )

    return make


def problem_at(  # noqa: PLR0913 - the parts of a problem
    setting: Setting,
    message: str,
    help: str = "",  # noqa: A002 - the field's name
    rewrite: Rewrite | None = None,
    severity: Severity | None = None,
    scope: Scope = Scope.VALUE,
    *,
    related: RelatedPlace | None = None,
    unwanted: bool = False,
    move: Move | None = None,
) -> FileProblem:
    """Return a problem at the words of a setting; `related` is another place that explains it."""
    problem = Problem(
        setting.start,
        setting.end,
        message,
        help,
        rewrite,
        severity,
        scope,
        unwanted=unwanted,
        move=move,
    )
    return FileProblem(setting.line, problem, related=(related,) if related else ())


def relate(setting: Setting, path: str | None = None) -> RelatedPlace:
    """Return the place of a setting that explains a problem; `path` as for `RelatedPlace`."""
    message = f"`{setting.name}` is set here"
    return RelatedPlace(setting.line, setting.start, setting.end, message, path)


def whole_file_edit(source: Source, text: str) -> Edit:
    """Return the edit that replaces the whole text of a file, which is not empty."""
    last = len(source.lines)
    if source.ends_with_newline:
        return Edit(Span(1, 1, last + 1, 1), text)
    return Edit(Span(1, 1, last, len(source.text(last)) + 1), text)
