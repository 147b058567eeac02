# SPDX-License-Identifier: MIT
"""Generating the JSON Schema (draft 2020-12) of a release from its facts and the annotations.

The schema describes a configuration file as an object: an option's name is a key, a flag's value is
`true`, a repeated option has an array. Facts for which JSON Schema has no keyword are in
`x-criu-*`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from criulint.schemagen.probe import JUNK

if TYPE_CHECKING:
    from criulint.schemagen.annotations import AnnotationEntry, Annotations
    from criulint.schemagen.facts import ArityName, DocumentedOption, Facts, Page

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMMENT = (
    "Generated from facts and annotations with `python -m criulint.schemagen`; edit those instead."
)

#: Which annotation becomes which keyword of a property, and of a value.
_PROPERTY_KEYWORDS = {
    "since": "x-criu-since",
    "until": "x-criu-until",
    "repeat": "x-criu-repeat",
    "replaces": "x-criu-replaces",
    "replaced": "x-criu-replaced",
    "variable": "x-criu-variable",
    "commands": "x-criu-commands",
    "default": "x-criu-default",
    "same-as": "x-criu-same-as",
    "deprecated": "deprecated",
    "replaced-by": "x-criu-replaced-by",
    "unannotated": "x-criu-unannotated",
    "in-file": "x-criu-in-file",
    "advice": "x-criu-advice",
    "rpc-field": "x-criu-rpc-field",
    "source": "x-criu-source",
}
_VALUE_KEYWORDS = {
    "form": "x-criu-form",
    "range": "x-criu-range",
    "suggested": "x-criu-suggested",
    "check": "x-criu-check",
    "refusal": "x-criu-refusal",
    "refusal-without-key": "x-criu-refusal-without-key",
}
#: The facts that `no-NAME` shares with its option.
_SHARED = ("since", "until", "variable", "commands", "in-file", "source")
#: What the form of a documented value says about its kind.
_FORM_KINDS = (
    (re.compile(r"N|NUM|PID|PORT|FD|SECONDS|COUNT"), "int"),
    (re.compile(r"SIZE|BYTES"), "size"),
    (re.compile(r"FILE|FILEPATH|FILENAME"), "file"),
    (re.compile(r"DIR|DIRECTORY"), "dir"),
    (re.compile(r"PATH"), "path"),
)
_UNDESCRIBED = "not described yet"


def generate(facts: Facts, annotations: Annotations) -> dict[str, Any]:
    """Return the schema of one release."""
    release = facts.release
    arities = option_arities(facts, annotations)
    properties: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for name, arity in arities.items():
        entry = _entry(name, facts, annotations)
        properties[name] = _property(name, arity, entry)
        values[name] = _value(arity, entry)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:criulint:criu:{release}",
        "$comment": _COMMENT,
        "title": f"CRIU {release} configuration file",
        "description": f"The options that a configuration file of CRIU {release} may set, as an"
        " object: an option's name is a key, a flag or an option without its optional value is"
        " true, a repeated option has an array.",
        "type": "object",
        "additionalProperties": False,
        "x-criu-release": release,
        "x-criu-made-from": [*_pages(facts), *(["binary"] if facts.binary else [])],
        "x-criu-short-options": _short_options(facts, annotations, arities),
        "properties": properties,
        "$defs": values,
    }


def option_arities(facts: Facts, annotations: Annotations) -> dict[str, ArityName]:
    """Return all long options of a release with their arities, in the order of CRIU's table.

    A binary has them all. Without one, the annotations give the order, and correct and complete the
    documents. Otherwise a document that shows a value counts more than one that does not.
    """
    if facts.binary is not None:
        return {option.name: option.arity for option in facts.binary.options}
    documented: dict[str, set[ArityName]] = {}
    for page in _pages(facts).values():
        for option in page.options:
            if not annotations.is_unreal(option.name):
                documented.setdefault(option.name, set()).add(option.arity)
    names = dict.fromkeys([*annotations.names(facts.release), *documented])
    return {
        name: _arity(name, facts.release, documented.get(name, set()), annotations)
        for name in names
    }


def _arity(
    name: str, release: str, documented: set[ArityName], annotations: Annotations
) -> ArityName:
    if annotations.find_negated(name, release):
        return "none"
    annotated: ArityName | None = annotations.option(name, release).get("arity")
    if annotated:
        return annotated
    return next(
        (arity for arity in ("required", "optional", "none") if arity in documented), "none"
    )


def _pages(facts: Facts) -> dict[str, Page]:
    return {
        name: page for name, page in (("help", facts.help), ("man", facts.man)) if page is not None
    }


def _entry(name: str, facts: Facts, annotations: Annotations) -> AnnotationEntry:
    """Return everything that is known about an option, except its arity."""
    positive = annotations.find_negated(name, facts.release)
    annotated = annotations.option(positive or name, facts.release)
    entry = _twin(positive, annotated) if positive else dict(annotated)
    if annotated.get("negatable") and not positive:
        entry["negated-by"] = f"no-{name}"
    if not annotated:
        entry = _describe_unannotated(name, facts)
    entry["documented"] = []
    for source, page in _pages(facts).items():
        _add_documented(entry, name, source, page, positive or entry.get("negates"))
    for probed in facts.binary.options if facts.binary else ():
        if probed.name == name and probed.same_as:
            entry["same-as"] = probed.same_as
    return {key: value for key, value in entry.items() if value is not None}


def _add_documented(
    entry: AnnotationEntry, name: str, source: str, page: Page, positive: str | None
) -> None:
    """Add what a document says about an option, or about the one that it negates (`positive`)."""
    for option in page.options:
        if option.name == name:
            entry["documented"].append(source)
            entry.setdefault("short", option.short)
            entry.setdefault("default", option.default)
            if source == entry.get("listed-in") and option.choices:
                known = entry["values"]
                entry["values"] = {
                    value: known.get(value, _UNDESCRIBED) for value in option.choices
                }
        elif option.name == positive and page.negation:
            entry["documented"].append(source)


def _describe_unannotated(name: str, facts: Facts) -> AnnotationEntry:
    """Return what the documents and the binary say about an option without an annotation."""
    entry: AnnotationEntry = {"since": facts.release, "unannotated": True}
    probed = {option.name: option for option in facts.binary.options} if facts.binary else {}
    flags = {option for option, about in probed.items() if about.arity == "none"}
    entry["repeat"] = "last-wins" if name in flags else "unknown"
    if (positive := name.removeprefix("no-")) != name and {name, positive} <= flags:
        entry["negates"] = positive
        entry["description"] = f"Switches `{positive}` off; not annotated yet."
        return entry
    if {name, f"no-{name}"} <= flags:
        entry["negated-by"] = f"no-{name}"
    entry["description"] = "An option that is not annotated yet."
    documented = [
        option for page in _pages(facts).values() for option in page.options if option.name == name
    ]
    values = probed[name].values if name in probed else {}
    return entry | _value_facts(documented, values)


def _value_facts(
    documented: list[DocumentedOption], values: dict[str, str | None]
) -> AnnotationEntry:
    """Return what documents and binary say about an option's value.

    `values` were tried with the binary. The words that the documents list are all that CRIU accepts
    if the binary accepted them and refused another.
    """
    entry: AnnotationEntry = {"kind": "string"}
    forms = dict.fromkeys(form for option in documented for form in option.forms)
    choices = dict.fromkeys(choice for option in documented for choice in option.choices)
    if forms:
        form = next(iter(forms))
        if form.startswith("[") and form.endswith("]"):
            form = form[1:-1]
        entry["form"] = form
        entry["kind"] = next(
            (kind for pattern, kind in _FORM_KINDS if pattern.fullmatch(form.upper())), "string"
        )
    refusal = values.get(JUNK)
    if refusal is not None and values["4096"] is None:
        entry["kind"] = "size" if values["4K"] is None else "int"
    elif refusal is not None and values["1"] is None:
        entry["kind"] = "int"
    if choices and refusal and all(values.get(choice, "") is None for choice in choices):
        entry |= {"kind": "enum", "values": dict.fromkeys(choices, _UNDESCRIBED)}
        entry["refusal"] = refusal.replace("{", "{{").replace("}", "}}").replace(JUNK, "{value}")
    elif choices:
        entry["suggested"] = list(choices)
    if entry["kind"] in ("int", "size"):
        entry["integer"] = True
    return entry


def _twin(positive: str, annotated: AnnotationEntry) -> AnnotationEntry:
    """Return what follows for `no-POSITIVE` from what is known about its option."""
    twin = {key: value for key, value in annotated.items() if key in _SHARED}
    if annotated.get("default"):
        twin["description"] = f"Switches `{positive}` off, which is on by default."
    else:
        twin["description"] = (
            f"Switches `{positive}` off again, if a file or line before switched it on."
        )
    if same := annotated.get("same-as"):
        twin["same-as"] = f"no-{same}"
    return twin | {"repeat": "last-wins", "negates": positive}


def _property(name: str, arity: ArityName, entry: AnnotationEntry) -> dict[str, Any]:
    content: dict[str, Any] = {
        "description": entry["description"],
        "x-criu-arity": arity,
    }
    content |= {keyword: entry[key] for key, keyword in _PROPERTY_KEYWORDS.items() if key in entry}
    for key in ("short", "negates", "negated-by"):
        if key in entry:
            content[f"x-criu-{key}"] = entry[key]
    if entry["documented"]:
        content["x-criu-documented"] = entry["documented"]
    else:
        content["x-criu-hidden"] = True
    value = {"$ref": f"#/$defs/{name}"}
    return content | {"if": {"type": "array"}, "then": {"items": value}, "else": value}


def _value(arity: ArityName, entry: AnnotationEntry) -> dict[str, Any]:
    if arity == "none":
        return {"const": True, "x-criu-kind": "flag"}
    value: dict[str, Any] = {}
    bare = arity == "optional"
    if "values" in entry:
        value["enum"] = [*([True] if bare else []), *entry["values"]]
    else:
        types = [
            "string",
            *(["integer"] if entry.get("integer") else []),
            *(["boolean"] if bare else []),
        ]
        value["type"] = types if len(types) > 1 else types[0]
        if bare:
            value["not"] = {"const": False}
        if "pattern" in entry:
            value["pattern"] = entry["pattern"]
    value["x-criu-kind"] = entry.get("kind", "string")
    value |= {keyword: entry[key] for key, keyword in _VALUE_KEYWORDS.items() if key in entry}
    if "values" in entry:
        value["x-criu-enum-docs"] = entry["values"]
    return value


def _short_options(
    facts: Facts, annotations: Annotations, arities: dict[str, ArityName]
) -> dict[str, Any]:
    """Return the one-letter options: which long option each means, and whether it takes a value.

    A binary says which letters it accepts; the documents and annotations say what they mean.
    """
    names: dict[str, str] = {}
    for name in arities:
        if short := _entry(name, facts, annotations).get("short"):
            names.setdefault(short, name)
    if facts.binary is not None:
        letters = facts.binary.short_options
    else:
        letters = dict(parse_short_options(annotations.short_options(facts.release)))
    return {
        letter: {"option": names[letter], "arity": arity or arities[names[letter]]}
        for letter, arity in sorted(letters.items())
        if letter in names
    }


def parse_short_options(text: str) -> dict[str, ArityName]:
    """Return the letters of getopt's short option string with their arities."""
    letters: dict[str, ArityName] = {}
    last = ""
    for char in text:
        if char == ":":
            letters[last] = "required" if letters[last] == "none" else "optional"
        else:
            letters[char] = "none"
            last = char
    return letters
