# SPDX-License-Identifier: MIT
"""`typing.NamedTuple` for modules that every check imports.

That one compiles the annotation of each field, which is not needed at run time. A check of a small
file defines some 45 of these classes, and starts a sixth faster without that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    class _NamedTupleType(type):
        """Makes ``class Name(NamedTuple)`` a `collections.namedtuple` with methods."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, object]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, namespace)
            fields = namespace.get("__annotations__", {})
            defaults = [namespace.pop(field) for field in fields if field in namespace]
            made = namedtuple(name, fields, defaults=defaults, module=namespace["__module__"])
            for key, value in namespace.items():
                if key != "__module__":
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_NamedTupleType):
        """The base of a class whose annotations are the fields of a tuple."""
