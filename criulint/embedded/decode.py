# SPDX-License-Identifier: MIT
"""Decoding: base64, gzip, data URLs, and the escapes of quoted YAML scalars."""

from __future__ import annotations

import binascii
import re
import zlib
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from criulint.source import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Encodings by the names in cloud-init, Butane and others, which a plus sign joins: gz+b64.
CODINGS = {"b64": "base64", "base64": "base64", "gz": "gzip", "gzip": "gzip"}

# Bytes of one decompressed file. Other files can be as large as the YAML file around them.
_MAX_SIZE = 256 << 10

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
# An escape of YAML, or any other character.
_CHARACTER = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]", re.DOTALL
)


def decode_content(text: str, codings: frozenset[str]) -> bytes:
    """Return what an encoded text stands for; `codings` may hold ``base64``, ``gzip``, ``url``.

    ValueError, which says what is wrong with the text (``not base64``), if it cannot be decoded.
    """
    data = encode(text)
    if "url" in codings:
        head, _, body = text.partition(",")
        data = unquote_to_bytes(body)
        if head.endswith(";base64"):
            codings |= {"base64"}
    if "base64" in codings:
        try:
            data = binascii.a2b_base64(data)
        except ValueError:
            raise ValueError("not base64") from None
    if "gzip" in codings:
        data = _unzip(data)
    return data


def _unzip(data: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        data = unzip.decompress(data, _MAX_SIZE)
    except zlib.error:
        raise ValueError("not gzip") from None
    if not unzip.eof:
        raise ValueError("truncated, or too large")
    return data


def unescape_yaml(raw: str) -> Iterator[tuple[int, str]]:
    """Yield what each character of a double-quoted YAML scalar stands for, with its offset.

    `raw` is the text between the quotes. Line breaks are not folded.
    """
    for match in _CHARACTER.finditer(raw):
        code = match[1] or match[2] or match[3]
        if code:
            yield match.start(), chr(int(code, 16))
        elif match[4]:
            yield match.start(), _ESCAPES.get(match[4], "")
        else:
            yield match.start(), match[0]
