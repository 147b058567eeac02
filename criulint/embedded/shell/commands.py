# SPDX-License-Identifier: MIT
"""What commands do to files and variables: those that scripts write files with.

A command is a function of a `Call` that returns whether it succeeded, None if that is not known.
All others are programs: what they print is unknown, and they may read all files.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.paths import is_destination
from criulint.embedded.hosted import HostedText, join
from criulint.embedded.shell import editing, printing
from criulint.embedded.shell.arithmetic import assign
from criulint.embedded.shell.conditions import question_of, test_words
from criulint.embedded.shell.state import is_known, release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from criulint.embedded.shell.evaluation import Evaluator
    from criulint.embedded.shell.state import Key, State, Unit


class Call(NamedTuple):
    """A command that is run: its words, the first one of which is its name."""

    evaluator: Evaluator
    state: State
    unit: Unit
    words: list[HostedText]
    offset: int

    @property
    def end(self) -> int:
        """The offset of the end of the words."""
        return self.words[-1].offsets[-1]

    def print(self, text: HostedText) -> None:
        """Write on standard output."""
        self.state.write("1", text, self.offset)

    def key(self, path: HostedText) -> Key:
        """Return the key of a path."""
        return self.state.key(path.text)

    def content(self, path: HostedText) -> HostedText:
        """Return the content of a file, which is unknown if it was not written here."""
        if path.text in ("-", "/dev/stdin", "/dev/fd/0"):
            return self.evaluator.read_input(self.state, self.offset)
        text = self.state.read(self.key(path), self.offset)
        if text is None:
            what = ("content", self.key(path))
            text = self.evaluator.unknowns.text(what, path.offsets[0], path.offsets[-1])
        return text

    def replace(self, key: Key, text: HostedText) -> None:
        """Give a file another content."""
        self.state.open(key, self.offset, adds=False)
        self.state.put(key, text, self.offset)

    def unknown(self, what: str) -> HostedText:
        """Return an unknown text."""
        return self.evaluator.unknowns.text((what, self.offset), self.words[0].offsets[0], self.end)

    def options(self, with_value: str = "", long_with_value: Iterable[str] = ()) -> Options:
        """Return the options among the words; letters and names of `with_value` take one."""
        return parse_options(self.words[1:], with_value, long_with_value)


class Options(NamedTuple):
    """The options of a command: flags, options with values, and the other words."""

    flags: set[str]
    values: dict[str, HostedText]
    rest: list[HostedText]


def parse_options(
    words: list[HostedText],
    with_value: str = "",
    long_with_value: Iterable[str] = (),
    *,
    stops: bool = False,
) -> Options:
    """Return the options among some words, as getopt does; if it `stops`, up to the first other."""
    flags: set[str] = set()
    values: dict[str, HostedText] = {}
    rest: list[HostedText] = []
    waiting = ""
    for number, word in enumerate(words):
        text = word.text
        if waiting:
            values[waiting], waiting = word, ""
        elif text == "--":
            rest += words[number + 1 :]
            break
        elif text.startswith("--"):
            name, sign, _ = text.partition("=")
            if sign:
                values[name] = word[len(name) + 1 :]
            elif name in long_with_value:
                waiting = name
            else:
                flags.add(name)
        elif text.startswith("-") and len(text) > 1:
            waiting = _cluster(word, with_value, flags, values)
        elif stops:
            rest += words[number:]
            break
        else:
            rest.append(word)
    return Options(flags, values, rest)


def _cluster(
    word: HostedText, with_value: str, flags: set[str], values: dict[str, HostedText]
) -> str:
    """Note the options of one word; return the one whose value is the next word."""
    for at, letter in enumerate(word.text[1:], 2):
        if letter in with_value:
            if at < len(word.text):
                values[letter] = word[at:]
                return ""
            return letter
        flags.add(letter)
    return ""


def run(
    evaluator: Evaluator, state: State, words: list[HostedText], unit: Unit, offset: int
) -> None:
    """Run a command and note how it ended."""
    name = posixpath.basename(words[0].text)
    command = _COMMANDS.get(name)
    if command is None:
        run_program(evaluator, state, words, offset)
        return
    call = Call(evaluator, state, unit, words, offset)
    status = command(call)
    state.resolve(status, is_test=name in _TESTS)
    if status is None and name in ("test", "["):
        question, is_positive = question_of([word.text for word in test_operands(call.words)])
        state.ask(question, is_positive=is_positive)
    elif status is None and name in _LOCATING:
        state.ask(tuple(word.text for word in words[1:]))


def run_program(evaluator: Evaluator, state: State, words: list[HostedText], offset: int) -> None:
    """Run a program that is not known here."""
    state.age += 1
    end = words[-1].offsets[-1]
    state.write("1", evaluator.unknowns.text(("output", offset), words[0].offsets[0], end), offset)
    name = posixpath.basename(words[0].text)
    state.resolve(None, is_test=name in _TESTS or not is_known(name))
    note_words(evaluator, state, words)
    for word in words[1:]:
        key = state.key(word.text)
        if name in _EDITORS and key in state.files:
            state.open(key, offset, adds=False)
            state.put(key, evaluator.unknowns.text(("edited", offset), offset, end), offset)
        elif is_destination(release(word.text)) and name not in _READERS:
            evaluator.problem(offset, f"what `{release(name)}` does with {release(word.text)}")


def note_words(evaluator: Evaluator, state: State, words: list[HostedText]) -> None:
    """Note the files that the words of a command name to CRIU."""
    is_criu = any(posixpath.basename(word.text) == "criu" for word in words)
    for number, word in enumerate(words):
        text = word.text
        if is_criu and text == "--config" and number + 1 < len(words):
            evaluator.roles[state.key(words[number + 1].text)[1]] = "cli"
        elif is_criu and text.startswith("--config="):
            evaluator.roles[state.key(text[9:])[1]] = "cli"
        elif found := re.search(r"(?:\A|[\s\"'])org\.criu\.config=([^\s\"']+)", text):
            evaluator.roles[state.key(found[1])[1]] = "rpc"
        elif text.startswith("CRIU_CONFIG_FILE="):
            evaluator.roles[state.key(text[17:])[1]] = "env"


def note_variable(evaluator: Evaluator, name: str, state: State) -> None:
    """Note the file that a variable names to CRIU."""
    value = state.variables.get(name)
    if name == "CRIU_CONFIG_FILE" and isinstance(value, HostedText) and value.text:
        evaluator.roles[state.key(value.text)[1]] = "env"


# --- printing


def _echo(call: Call) -> bool:
    readings = [printing.echo(call.words[1:], shell, call.end) for shell in call.unit.shells]
    edges = (call.words[0].offsets[0], call.end)
    call.print(call.evaluator.agree(readings, edges))
    return True


def _printf(call: Call) -> bool | None:
    words = call.words[1:]
    variable = None
    if len(words) > 1 and words[0].text == "-v" and "bash" in call.unit.shells:
        variable, words = words[1].text, words[2:]
    if words and words[0].text == "--":
        words = words[1:]
    if not words:
        return False
    edges = (call.words[0].offsets[0], call.end)
    readings = []
    for shell in call.unit.shells:
        text = printing.printf(words[0], words[1:], shell)
        readings.append(call.unknown("printf") if text is None else text)
    text = call.evaluator.agree(readings, edges)
    if variable is not None:
        call.state.variables[variable] = text
    else:
        call.print(text)
    return True


def _cat(call: Call) -> bool:
    options = call.options()
    texts = [call.content(path) for path in options.rest or [_at("-", call.offset)]]
    if options.flags - {"u", "e", "v", "t"} or options.flags & {"e", "t", "v"}:
        texts = [call.unknown("cat")]
    for text in texts:
        call.print(text)
    return True


def _tee(call: Call) -> bool:
    options = call.options()
    text = call.evaluator.read_input(call.state, call.offset)
    adds = bool(options.flags & {"a", "--append"})
    for path in options.rest:
        key = call.key(path)
        call.state.open(key, call.offset, adds=adds)
        call.state.put(key, text, call.offset)
    call.print(text)
    return True


def _sponge(call: Call) -> bool:
    options = call.options()
    for path in options.rest[:1]:
        text = call.evaluator.read_input(call.state, call.offset)
        call.state.open(call.key(path), call.offset, adds="a" in options.flags)
        call.state.put(call.key(path), text, call.offset)
    return True


def _at(text: str, offset: int) -> HostedText:
    return HostedText.at(text, offset, offset)


# --- files


def _copy(call: Call) -> bool:
    options = call.options("tSZ", ("--target-directory", "--suffix"))
    _put_all(call, options, keeps=True)
    return True


def _move(call: Call) -> bool:
    options = call.options("tSZ", ("--target-directory", "--suffix"))
    _put_all(call, options, keeps=False)
    return True


def _install(call: Call) -> bool:
    options = call.options(
        "tSZmog", ("--target-directory", "--suffix", "--mode", "--owner", "--group")
    )
    if options.flags & {"d", "--directory"}:
        return _make_directories(call, options)
    _put_all(call, options, keeps=True)
    return True


def _link(call: Call) -> bool:
    options = call.options("tS", ("--target-directory", "--suffix"))
    if len(options.rest) == 1 and not options.values:
        here = _at("./", options.rest[0].offsets[0])
        options = options._replace(rest=[options.rest[0], here])
    if options.flags & {"s", "--symbolic"} and len(options.rest) == 2:
        # What a link points to is relative to its own directory.
        source, target = options.rest
        directory = posixpath.dirname(call.key(target)[1])
        if not source.text.startswith("/") and is_known(source.text):
            path = posixpath.join(directory, source.text)
            options.rest[0] = HostedText.at(path, source.offsets[0], source.offsets[-1])
    _put_all(call, options, keeps=True)
    return True


def _put_all(call: Call, options: Options, *, keeps: bool) -> None:
    """Copy, move or install files to a directory or to a file."""
    directory = options.values.get("t") or options.values.get("--target-directory")
    sources = list(options.rest)
    if directory is None:
        if len(sources) < 2:
            return
        target = sources.pop()
        key = call.key(target)
        is_directory = target.text.endswith("/") or len(sources) > 1
        is_directory |= call.state.is_directory(key) and "T" not in options.flags
        if not is_directory:
            _put(call, sources[0], key, keeps=keeps, options=options)
            return
        directory = target
    for source in sources:
        name = posixpath.basename(source.text.rstrip("/"))
        machine, path = call.key(directory)
        key = machine, posixpath.join(path, name)
        _put(call, source, key, keeps=keeps, options=options)


def _put(call: Call, source: HostedText, key: Key, *, keeps: bool, options: Options) -> None:
    if options.flags & {"n", "--no-clobber"} and key in call.state.files:
        return
    if call.key(source) == key:
        return
    if source.text.endswith("/") or options.flags & {"r", "R", "a", "--recursive", "--archive"}:
        _put_tree(call, source, key, keeps=keeps)
    text = call.content(source)
    old = call.state.files.get(call.key(source))
    call.replace(key, text)
    if old:
        # The commands that wrote the text are those that matter to a reader.
        call.state.files[key] = old._replace(age=call.state.age)
    if not keeps:
        call.state.files.pop(call.key(source), None)


def _put_tree(call: Call, source: HostedText, target: Key, *, keeps: bool) -> None:
    """Copy or move the files below a directory."""
    machine, path = call.key(source)
    prefix = path.rstrip("/").removesuffix("/.") + "/"
    state = call.state
    for key, file in list(state.files.items()):
        if key[0] == machine and key[1].startswith(prefix):
            new = (target[0], posixpath.join(target[1], key[1][len(prefix) :]))
            state.discard(new)
            state.files[new] = file
            if not keeps:
                state.files.pop(key)


def _remove(call: Call) -> bool:
    options = call.options()
    for path in options.rest:
        machine, name = key = call.key(path)
        call.state.discard(key)
        if options.flags & {"r", "R", "--recursive"}:
            below = name.rstrip("/") + "/"
            for other in list(call.state.files):
                if other[0] == machine and other[1].startswith(below):
                    call.state.discard(other)
    return True


def _truncate(call: Call) -> bool:
    options = call.options("s", ("--size",))
    size = options.values.get("s") or options.values.get("--size")
    for path in options.rest:
        if size and size.text == "0":
            call.state.open(call.key(path), call.offset, adds=False)
        elif call.key(path) in call.state.files:
            call.replace(call.key(path), call.unknown("truncate"))
    return True


def _touch(call: Call) -> bool:
    for path in call.options("rtd", ("--date", "--reference")).rest:
        call.state.open(call.key(path), call.offset, adds=True)
    return True


def _mkdir(call: Call) -> bool:
    return _make_directories(call, call.options("mZ", ("--mode",)))


def _make_directories(call: Call, options: Options) -> bool:
    made = {call.key(path) for path in options.rest}
    made |= {(machine, path.rstrip("/")) for machine, path in made}
    call.state.directories |= made
    return True


def _dd(call: Call) -> bool:
    source: HostedText | None = None
    target: HostedText | None = None
    adds = changes = False
    for word in call.words[1:]:
        name, _, value = word.text.partition("=")
        if name == "of":
            target = word[3:]
        elif name == "if":
            source = word[3:]
        elif (name == "oflag" and "append" in value) or (name == "conv" and "notrunc" in value):
            adds = True
        elif name not in ("bs", "ibs", "obs", "status", "iflag", "oflag", "conv"):
            changes = True
    text = call.content(source or _at("-", call.offset))
    text = call.unknown("dd") if changes else text
    if target is None:
        call.print(text)
    else:
        call.state.open(call.key(target), call.offset, adds=adds)
        call.state.put(call.key(target), text, call.offset)
    return True


def _sed(call: Call) -> bool | None:
    in_place = [
        word
        for word in call.words[1:]
        if word.text.startswith("--in-place") or re.match(r"-[nErsuz]*i", word.text)
    ]
    others = [word for word in call.words[1:] if word not in in_place]
    options = parse_options(others, "efl", ("--expression", "--file"))
    scripts = [word for name, word in options.values.items() if name in ("e", "--expression")]
    files = options.rest
    count = sum(word.text in ("-e", "--expression") for word in others)
    if "f" in options.values or "--file" in options.values or count > 1:
        scripts = _all_expressions(others) if count > 1 and "f" not in options.values else []
    elif not scripts and files:
        scripts, files = files[:1], files[1:]
    is_extended = bool(options.flags & {"E", "r", "--regexp-extended"}) or any(
        re.match(r"-\w*[Er]", word.text) for word in in_place
    )
    is_silent = bool(options.flags & {"n", "--quiet", "--silent"}) or any(
        re.match(r"-\w*n", word.text) for word in in_place
    )
    if count > 1 and scripts:
        files = [word for word in files if word not in scripts]

    if len(scripts) > 1:
        newline = HostedText.at("\n", scripts[0].offsets[-1], scripts[0].offsets[-1])
        scripts = [join([part for script in scripts for part in (script, newline)][:-1])]

    def edit(text: HostedText) -> HostedText:
        edited = editing.sed(scripts, text, is_extended=is_extended, is_silent=is_silent)
        return call.unknown("sed") if edited is None else edited

    if not in_place:
        sources = files or [_at("-", call.offset)]
        text = join([call.content(path) for path in sources], call.offset)
        call.print(edit(text))
        return True
    for path in files:
        key = call.key(path)
        if key in call.state.files:
            _edit_file(call, key, edit(call.content(path)))
        else:
            _edit_unknown_file(call, key, scripts)
    return True


def _all_expressions(words: list[HostedText]) -> list[HostedText]:
    found = []
    for number, word in enumerate(words[:-1]):
        if word.text in ("-e", "--expression"):
            found.append(words[number + 1])
    return found


def _edit_file(call: Call, key: Key, text: HostedText) -> None:
    """Replace the content of a file in place: nothing could read it meanwhile."""
    file = call.state.files[key]
    call.state.files.pop(key)
    call.state.open(key, file.command, adds=False)
    call.state.put(key, text, call.offset)


def _edit_unknown_file(call: Call, key: Key, scripts: list[HostedText]) -> None:
    """Note the lines that `sed` adds at the end of a file that is not known here."""
    added = editing.appended(scripts)
    if added is not None:
        call.state.put(key, added, call.offset)


def _mktemp(call: Call) -> bool:
    options = call.options("pt", ("--suffix", "--tmpdir"))
    text = call.unknown("mktemp")
    if options.flags & {"d", "--directory"}:
        call.state.directories |= {call.state.key(text.text)}
    end = text.offsets[-1]
    call.print(join([text, HostedText("\n", (end, end))]))
    return True


def _dirname(call: Call) -> bool | None:
    return _print_path(call, lambda text: posixpath.dirname(text.rstrip("/") or "/") or ".")


def _basename(call: Call) -> bool | None:
    options = call.options("s")
    suffix = options.rest[1].text if len(options.rest) > 1 else ""
    if options.flags or options.values:
        call.print(call.unknown("basename"))
        return True
    return _print_path(call, lambda text: posixpath.basename(text.rstrip("/")).removesuffix(suffix))


def _print_path(call: Call, change: Callable[[str], str]) -> bool | None:
    options = call.options()
    if not options.rest:
        return False
    path = options.rest[0]
    text = HostedText.at(change(path.text) + "\n", path.offsets[0], path.offsets[-1])
    call.print(text)
    return True


def _realpath(call: Call) -> bool:
    options = call.options()
    known = [path for path in options.rest if path.text.startswith("/")]
    if len(known) != 1 or options.flags - {"f", "m", "e", "s"}:
        call.print(call.unknown("realpath"))
        return True
    path = known[0]
    call.print(HostedText.at(call.key(path)[1] + "\n", path.offsets[0], path.offsets[-1]))
    return True


def _seq(call: Call) -> bool:
    numbers = [word.text for word in call.words[1:]]
    if not numbers or not all(re.fullmatch(r"-?\d{1,6}", number) for number in numbers):
        call.print(call.unknown("seq"))
        return True
    first = int(numbers[0]) if len(numbers) > 1 else 1
    step = int(numbers[1]) if len(numbers) > 2 else 1
    last = int(numbers[-1])
    counted = range(first, last + (1 if step > 0 else -1), step) if step else ()
    lines = "".join(f"{number}\n" for number in list(counted)[:1000])
    call.print(HostedText.at(lines, call.words[0].offsets[0], call.end))
    return True


# --- filters


def _grep(call: Call) -> bool | None:
    options = call.options("eABCmf", ("--regexp", "--file", "--max-count"))
    rest = list(options.rest)
    pattern = options.values.get("e") or options.values.get("--regexp")
    if pattern is None:
        pattern = rest.pop(0) if rest else None
    if pattern is None or "f" in options.values:
        call.print(call.unknown("grep"))
        return None
    texts = [call.content(path) for path in rest or [_at("-", call.offset)]]
    flags = {flag for flag in options.flags if len(flag) == 1}
    lines = editing.grep(pattern.text, join(texts, call.offset), flags)
    if lines is None or len(options.flags) > len(flags) or len(rest) > 1 or options.values:
        if not flags & {"q"}:
            call.print(call.unknown("grep"))
        return None if lines is None else bool(lines)
    if "q" not in flags:
        for line in lines:
            call.print(line)
    return bool(lines)


def _head(call: Call) -> bool:
    return _slice_lines(call, from_start=True)


def _tail(call: Call) -> bool:
    return _slice_lines(call, from_start=False)


def _slice_lines(call: Call, *, from_start: bool) -> bool:
    words = [
        word if not re.fullmatch(r"-\d+", word.text) else _at("-n" + word.text[1:], call.offset)
        for word in call.words[1:]
    ]
    options = parse_options(words, "nc", ("--lines", "--bytes"))
    count = options.values.get("n") or options.values.get("--lines")
    number = count.text if count else "10"
    text = join(
        [call.content(path) for path in options.rest or [_at("-", call.offset)]], call.offset
    )
    if not is_known(text.text) or not re.fullmatch(r"[-+]?\d+", number) or len(options.values) > 1:
        call.print(call.unknown("lines"))
        return True
    lines = list(text.lines())
    value = int(number)
    if from_start:
        chosen = lines[:value]
    elif number.startswith("+"):
        chosen = lines[max(value - 1, 0) :]
    else:
        chosen = lines[-abs(value) :] if value else []
    for line in chosen:
        call.print(line)
    return True


def _sort(call: Call) -> bool:
    options = call.options("kto")
    paths = options.rest or [_at("-", call.offset)]
    text = join([call.content(path) for path in paths], call.offset)
    if not is_known(text.text) or options.flags - {"u"} or options.values:
        call.print(call.unknown("sort"))
        return True
    lines = sorted(text.lines(), key=lambda line: line.text)
    if "u" in options.flags:
        lines = [line for at, line in enumerate(lines) if not at or line.text != lines[at - 1].text]
    for line in lines:
        call.print(line)
    return True


# --- the shell's own


def _true(_: Call) -> bool:
    return True


def _false(_: Call) -> bool:
    return False


def test_operands(words: list[HostedText]) -> list[HostedText]:
    """Return the words of a test without its name and its bracket."""
    return words[1:-1] if words[0].text == "[" else words[1:]


def _test(call: Call) -> bool | None:
    return test_words(test_operands(call.words), call.state)


def _get_options(call: Call) -> None:
    """Read an option of the script, which is not known."""
    names = [word.text for word in call.words[2:3]]
    for name in (*names, "OPTARG"):
        call.state.variables[name] = call.unknown(f"getopts {name}")


def _substitute_variables(call: Call) -> bool:
    """Print standard input with the values of exported variables, as envsubst does."""
    text = call.evaluator.read_input(call.state, call.offset)
    if len(call.words) > 1:
        call.print(call.unknown("envsubst"))
        return True
    pieces: list[HostedText] = []
    position = 0
    for found in re.finditer(r"\$(?:(\w+)|\{(\w+)\})", text.text):
        name = found[1] or found[2]
        value = call.state.variables.get(name) if name in call.state.exported else None
        if not isinstance(value, HostedText):
            edges = (text.offsets[found.start()], text.offsets[found.end()])
            value = call.evaluator.unknowns.text(("variable", name), *edges)
        pieces += (text[position : found.start()], value)
        position = found.end()
    call.print(join([*pieces, text[position:]], call.offset))
    return True


def _change_directory(call: Call) -> bool:
    options = call.options()
    if not options.rest:
        home = call.evaluator.unknowns.text("HOME", call.offset, call.offset)
        call.state.directory = home.text
        return True
    path = options.rest[0].text
    if path == "-":
        path = call.unknown("directory").text
    call.state.directory = call.state.key(path)[1]
    return True


def _pwd(call: Call) -> bool:
    directory = call.state.directory
    if not directory.startswith("/"):
        where = call.evaluator.unknowns.text("directory", call.offset, call.end)
        directory = posixpath.join(where.text, directory) if directory else where.text
    call.print(HostedText.at(directory + "\n", call.offset, call.end))
    return True


def _read(call: Call) -> bool | None:
    """Read a line of standard input into variables."""
    options = call.options("dnNptuai")
    names = [word.text for word in options.rest] or ["REPLY"]
    if "a" in options.values:
        names = [options.values["a"].text]
    state = call.state
    source = "0" if "u" not in options.values else options.values["u"].text
    key = state.descriptors.get(source)
    text = state.read(key, call.offset) if key else None
    is_whole = "d" in options.values and options.values["d"].text in ("", "\0")
    is_odd = "d" in options.values and not is_whole
    if key is None or text is None or is_odd or set("nN") & options.values.keys():
        for name in names:
            state.variables[name] = call.evaluator.unknowns.text(
                ("read", name, call.offset), call.offset, call.end
            )
        return None
    end = len(text) if is_whole else text.text.find("\n")
    line = text if end < 0 else text[:end]
    left = text[len(text) :] if end < 0 or is_whole else text[end + 1 :]
    state.files.pop(key)
    state.open(key, call.offset, adds=False)
    state.put(key, left, call.offset)
    if not is_known(text.text) and len(text) == 1:
        for name in names:
            state.variables[name] = call.evaluator.unknowns.text(
                ("read", name, call.offset), call.offset, call.end
            )
        return None
    separator = state.variables.get("IFS")
    has_default = not isinstance(separator, HostedText)
    _set_names(
        call,
        names,
        line if "r" in options.flags else _drop_backslashes(line),
        blanks=" \t\n" if has_default or not isinstance(separator, HostedText) else separator.text,
        is_array="a" in options.values,
    )
    return end >= 0 and not is_whole


def _drop_backslashes(line: HostedText) -> HostedText:
    found = re.finditer(r"\\(.?)", line.text)
    pieces: list[HostedText] = []
    position = 0
    for match in found:
        pieces += (line[position : match.start()], line[match.start(1) : match.end()])
        position = match.end()
    return join([*pieces, line[position:]], line.offsets[0])


def _set_names(
    call: Call, names: list[str], line: HostedText, *, blanks: str, is_array: bool
) -> None:
    spaces = "".join(character for character in blanks if character in " \t\n")
    others = "".join(character for character in blanks if character not in " \t\n")
    rest = _strip(line, spaces)
    if is_array or (others and len(names) > 1):
        pattern = f"[{re.escape(blanks)}]+" if not others else f"[{re.escape(others)}]"
        words = []
        position = 0
        for match in re.finditer(pattern, rest.text) if blanks else ():
            words.append(rest[position : match.start()])
            position = match.end()
        words.append(rest[position:])
        if is_array:
            call.state.variables[names[0]] = words if rest.text else []
            return
        for name in names[:-1]:
            call.state.variables[name] = words.pop(0) if words else rest[len(rest) :]
        last = words[0] if len(words) == 1 else join(words, rest.offsets[-1])
        if len(words) > 1:
            last = rest[len(rest.text) - len(others.join(word.text for word in words)) :]
        call.state.variables[names[-1]] = last
        return
    for name in names[:-1]:
        word = re.match(f"[^{re.escape(spaces)}]*", rest.text) if spaces else None
        end = word.end() if word else len(rest)
        call.state.variables[name] = rest[:end]
        rest = _strip(rest[end:], spaces)
    call.state.variables[names[-1]] = rest


def _strip(text: HostedText, blanks: str) -> HostedText:
    if not blanks:
        return text
    start = len(text.text) - len(text.text.lstrip(blanks))
    return text[start : max(len(text.text.rstrip(blanks)), start)]


def _read_lines(call: Call) -> bool:
    options = call.options("dnOsuCc")
    name = options.rest[0].text if options.rest else "MAPFILE"
    text = call.evaluator.read_input(call.state, call.offset)
    if not is_known(text.text) or options.values:
        call.state.variables[name] = None
        return True
    lines = list(text.lines())
    if "t" in options.flags:
        lines = [line[: len(line.text.rstrip("\n"))] for line in lines]
    call.state.variables[name] = lines
    return True


def _let(call: Call) -> bool | None:
    value: int | None = 0
    for word in call.words[1:]:
        value = assign(word.text, call.state.variables, word.offsets[0])
    return None if value is None else value != 0


def _set(call: Call) -> bool:
    words = call.words[1:]
    for number, word in enumerate(words):
        if word.text == "--" or not word.text.startswith(("-", "+")):
            call.state.arguments = words[number + 1 :] if word.text == "--" else words[number:]
            break
        if word.text in ("-o", "+o"):
            break
    return True


def _shift(call: Call) -> bool:
    count = int(call.words[1].text) if call.words[1:] and call.words[1].text.isdigit() else 1
    if call.state.arguments is not None:
        call.state.arguments = call.state.arguments[count:]
    return True


def _declare(call: Call) -> bool:
    state = call.state
    is_local = call.words[0].text != "export" and call.words[0].text != "readonly"
    is_array = False
    for word in call.words[1:]:
        if word.text.startswith("-"):
            is_array |= "a" in word.text or "A" in word.text
            continue
        name, sign, _ = word.text.partition("=")
        adds = name.endswith("+")
        name = name.rstrip("+")
        if is_local and name not in state.locals:
            state.locals = {**state.locals, name: state.variables.get(name)}
        if call.words[0].text == "export" or "x" in "".join(
            word.text for word in call.words[1:] if word.text.startswith("-")
        ):
            state.exported |= {name}
        if sign:
            value = word[len(word.text.partition("=")[0]) + 1 :]
            _assign_declared(call, name, value, adds=adds)
        elif is_local and call.words[0].text == "local":
            state.variables[name] = [] if is_array else word[len(word) :]
        note_variable(call.evaluator, name, state)
    return True


def _assign_declared(call: Call, name: str, value: HostedText, *, adds: bool) -> None:
    state = call.state
    old = state.variables.get(name)
    if adds and isinstance(old, HostedText):
        state.variables[name] = join([old, value])
    else:
        state.variables[name] = None if adds else value


def _unset(call: Call) -> bool:
    options = call.options()
    for word in options.rest:
        if "f" in options.flags:
            call.state.functions.pop(word.text, None)
        else:
            # Nobody knows what an empty variable is good for: its value is unknown from now on.
            call.state.variables.pop(word.text, None)
    return True


def _locate(call: Call) -> bool | None:
    """Look for a program, as ``command -v`` does."""
    call.print(call.unknown("path"))
    names = [word.text for word in call.words[1:] if not word.text.startswith("-")]
    known = {"echo", "printf", "cat", "test", "cd", *call.state.functions}
    return True if names and all(name in known for name in names) else None


_COMMANDS: dict[str, Callable[[Call], bool | None]] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": _tee,
    "sponge": _sponge,
    "cp": _copy,
    "mv": _move,
    "install": _install,
    "ln": _link,
    "rm": _remove,
    "unlink": _remove,
    "truncate": _truncate,
    "touch": _touch,
    "mkdir": _mkdir,
    "dd": _dd,
    "sed": _sed,
    "mktemp": _mktemp,
    "dirname": _dirname,
    "basename": _basename,
    "realpath": _realpath,
    "readlink": _realpath,
    "seq": _seq,
    "grep": _grep,
    "egrep": _grep,
    "fgrep": _grep,
    "head": _head,
    "tail": _tail,
    "sort": _sort,
    "test": _test,
    "[": _test,
    "cd": _change_directory,
    "pushd": _change_directory,
    "pwd": _pwd,
    "read": _read,
    "mapfile": _read_lines,
    "readarray": _read_lines,
    "let": _let,
    "set": _set,
    "shift": _shift,
    "export": _declare,
    "local": _declare,
    "declare": _declare,
    "typeset": _declare,
    "readonly": _declare,
    "unset": _unset,
    "getopts": _get_options,
    "envsubst": _substitute_variables,
    "which": _locate,
    "type": _locate,
    "command": _locate,
    "hash": _locate,
    "false": _false,
    **dict.fromkeys(
        (
            ":", "true", "chmod", "chown", "chgrp", "sleep", "wait", "sync", "umask", "shopt",
            "trap", "alias", "unalias", "ulimit", "rmdir", "restorecon", "chcon", "popd",
            "setopt", "disown",
        ),
        _true,
    ),
}  # fmt: skip
_LOCATING = frozenset(("command", "which", "type", "hash"))
# Programs whose failure is an answer.
_TESTS = frozenset(
    (
        "test", "[", "grep", "egrep", "fgrep", "which", "type", "id", "getent", "pgrep", "diff",
        "cmp", "mountpoint", "read", "systemctl", "dpkg", "rpm", "lsmod", "getopts", "false", "let",
        "true", ":", "dpkg-query", "apk", "pidof",
    )
)  # fmt: skip
_EDITORS = frozenset(
    ("perl", "ed", "ex", "vi", "vim", "awk", "gawk", "crudini", "augtool", "patch", "dos2unix",
     "unix2dos", "python3", "python", "ruby", "sort", "iconv")
)  # fmt: skip
_READERS = frozenset(
    ("criu", "ls", "stat", "diff", "cmp", "wc", "md5sum", "sha256sum", "file", "less", "more",
     "git", "rpm", "dpkg", "cat", "test", "systemctl", "find", "du", "od", "xxd", "hexdump", "nl")
)  # fmt: skip
