# SPDX-License-Identifier: MIT
"""Validation of a configuration object against a release's schema, by the library jsonschema."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from criulint.criu.options import refusal_text
from criulint.criu.values import VALUE_CHECKS
from criulint.text import escape, find_closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator


@dataclass(frozen=True)
class SchemaError:
    """One option or value that CRIU refuses.

    `index` is the index in a repeated option's list, or None. `keyword` is the schema's keyword
    that refused it (`additionalProperties` for an unknown name). `message` is the whole error in
    one line.
    """

    option: str
    index: int | None
    keyword: str
    message: str


def errors(instance: dict[str, Any], schema: dict[str, Any]) -> list[SchemaError]:
    """Return what CRIU would refuse in a configuration, in its order; one error for each value."""
    unknown = [
        _unknown_option(name, schema) for name in instance if name not in schema["properties"]
    ]
    found: dict[tuple[str, int | None], SchemaError] = {}
    for error in _validator(schema).iter_errors(instance):
        if error.validator == "additionalProperties":
            continue
        name, index = str(error.path[0]), error.path[1] if len(error.path) > 1 else None
        place = (name, index if isinstance(index, int) else None)
        found.setdefault(place, _refuse_value(*place, error, schema))
    order = {name: number for number, name in enumerate(instance)}
    return sorted([*unknown, *found.values()], key=lambda error: order[error.option])


def as_bytes(value: str | float) -> bytes:
    """Return a value as it is written in a configuration file."""
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    text = str(value)
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _check(_validator: Validator, name: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Check the keyword `x-criu-check`: yield an error if CRIU's own check refuses the value."""
    if (
        isinstance(value, (str, int))
        and not isinstance(value, bool)
        and VALUE_CHECKS[name](as_bytes(value)) is not None
    ):
        yield ValidationError(f"{name} refuses it")


_CriuValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator, {"x-criu-check": _check}
)

#: The validators made so far, by their schema's `$id`.
_validators: dict[str, Validator] = {}


def _validator(schema: dict[str, Any]) -> Validator:
    known = _validators.get(schema["$id"])
    if known is None or known.schema is not schema:
        known = _validators[schema["$id"]] = _CriuValidator(schema)
    return known


def _unknown_option(name: str, schema: dict[str, Any]) -> SchemaError:
    release = schema["x-criu-release"]
    guess = find_closest(name.lstrip("-").replace("_", "-"), schema["properties"])
    message = f"CRIU {release} has no option {_quote(name)}" + (
        f'; did you mean "{guess}"?' if guess else ""
    )
    return SchemaError(name, None, "additionalProperties", message)


def _refuse_value(
    name: str, index: int | None, error: ValidationError, schema: dict[str, Any]
) -> SchemaError:
    value, value_schema = error.instance, schema["$defs"][name]
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if (
        (isinstance(value, str) or number)
        and "const" not in value_schema
        and error.validator != "type"
    ):
        return _refuse_checked_value(name, index, value, error, value_schema)
    message = f"{name}: {_describe_expected(value, value_schema, schema['properties'][name])}"
    return SchemaError(name, index, str(error.validator), message)


def _refuse_checked_value(
    name: str, index: int | None, value: Any, error: ValidationError, schema: dict[str, Any]
) -> SchemaError:
    """Return the error for a value of the right type that CRIU's own check refuses."""
    text = as_bytes(value)
    rest = VALUE_CHECKS[schema["x-criu-check"]](text) if "x-criu-check" in schema else text
    written, refused = (
        part.decode("utf-8", "replace") for part in (text, text if rest is None else rest)
    )
    refusal = refusal_text(name, schema, written, refused)
    choices = [choice for choice in schema.get("enum", ()) if isinstance(choice, str)]
    guess = find_closest(written, choices)
    message = f"{name}: CRIU refuses {_quote(value)}" + (f": {escape(refusal)}" if refusal else "")
    message += f'; did you mean "{guess}"?' if guess else ""
    return SchemaError(name, index, str(error.validator), message)


def _describe_expected(value: Any, value_schema: dict[str, Any], option: dict[str, Any]) -> str:
    """Return which types of value an option takes, as the message for a value of another."""
    if value_schema.get("const") is True:
        if value is False:
            twin = option.get("x-criu-negated-by")
            return "a flag cannot be false; leave it out" + (f" or write {twin}" if twin else "")
        return f"takes no value: write true instead of {_quote(value)}"
    types = value_schema.get(
        "type", ["string", *(["boolean"] if True in value_schema.get("enum", ()) else [])]
    )
    kinds = {"string": "a string", "integer": "a whole number", "boolean": "true"}
    wanted = [kinds[kind] for kind in ([types] if isinstance(types, str) else types)]
    return f"must be {' or '.join(wanted)}, not {_quote(value)}"


def _quote(value: Any) -> str:
    """Return a value as JSON on one line, cut to 60 characters."""
    if isinstance(value, (list, dict)):
        return "a nested list" if isinstance(value, list) else "an object"
    return shorten(json.dumps(value), 60)
