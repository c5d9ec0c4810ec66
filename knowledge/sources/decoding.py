"""Bytes of unknown encoding to text: declared or certain, never a silent guess of broken UTF-8."""

from __future__ import annotations

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from knowledge.errors import Unreadable

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUPERSETS: Final = {
    "gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252",
    "ascii": "cp1252", "us-ascii": "cp1252",
}  # fmt: skip
"""What browsers read instead: https://encoding.spec.whatwg.org/#names-and-labels."""
_MULTIBYTE: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SAMPLE_BYTES: Final = 200_000
_HINT: Final = "save it as UTF-8"


def decode(data: bytes, declared: str = "") -> str:
    """Return the text of `data`, without byte order mark.

    Args:
        data: The content.
        declared: The encoding that the document or its server names; ignored where it is wrong.

    Raises:
        Unreadable: it is binary, broken UTF-8, or in no encoding that can be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _otherwise(data, declared, error)
    if "\x00" not in text:
        return text
    if (found := _wide(data)) is not None:
        return found
    raise Unreadable("is not a text: it holds zero bytes", hint=_HINT)


def _otherwise(data: bytes, declared: str, error: UnicodeDecodeError) -> str:
    """Return the text of what is not UTF-8."""
    name = _SUPERSETS.get(declared.lower(), declared.lower())
    if name and name not in ("utf-8", "utf8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            pass  # servers and pages name wrong ones; the bytes decide
    if _is_broken_utf8(data):
        line = data.count(b"\n", 0, error.start) + 1
        problem = f"is not UTF-8: byte {error.start}, in line {line}, cannot be read"
        raise Unreadable(problem, hint=_HINT) from error
    if (wide := _wide(data)) is not None:
        return wide
    if b"\x00" in data:
        raise Unreadable("is not a text: it holds zero bytes", hint=_HINT)
    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    if best is None:
        raise Unreadable("has an encoding that cannot be told", hint=_HINT)
    return _strictly(data, _SUPERSETS.get(best.encoding.replace("_", "-"), best.encoding))


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        problem = f"looks like {encoding}, but cannot be read as such"
        raise Unreadable(problem, hint=_HINT) from error


def _is_broken_utf8(data: bytes) -> bool:
    """Return whether most of what is beyond ASCII is UTF-8; in other encodings hardly any is."""
    beyond = sum(byte >= 0x80 for byte in data[:_SAMPLE_BYTES])
    valid = sum(len(match.group()) for match in _MULTIBYTE.finditer(data[:_SAMPLE_BYTES]))
    return valid > beyond / 2


def _wide(data: bytes) -> str | None:
    """Return the text of UTF-16 without a mark: of texts in Latin letters half the bytes are 0."""
    sample = data[:_SAMPLE_BYTES]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
        if len(data) % 2 == 0 and zeros.count(0) > 0.3 * max(1, len(zeros)):
            other = sample[0::2] if encoding == "utf-16-le" else sample[1::2]
            if other.count(0) < 0.05 * len(other):
                text = _strictly(data, encoding)
                return None if _CONTROL.search(text) else text
    return None
