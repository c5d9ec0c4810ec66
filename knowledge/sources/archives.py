"""Office files are ZIP archives of XML: opened only if they unpack to a size that is no attack."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from knowledge.errors import Unreadable

MAX_UNPACKED_BYTES: Final = 200_000_000
MAX_RATIO: Final = 200
"""Unpacked to packed; XML of real documents shrinks to a twentieth or so."""
SMALL_BYTES: Final = 5_000_000
"""What unpacks to less does no harm, whatever its ratio."""
MAX_PARTS: Final = 10_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD_BYTES: Final = 65_536
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_IGNORED: Final = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
"""What may stand before the first element besides declarations."""


def open_archive(data: bytes, kind: str) -> io.BytesIO:
    """Return `data` as a file, after looking at what it unpacks to.

    Args:
        data: The content.
        kind: What it should be, such as `Word document`.

    Raises:
        Unreadable: it is encrypted, no archive, unpacks to too much, or its XML declares entities.
    """
    if data.startswith(_OLE):
        hint = "save it without a password, in the format of today's programs"
        raise Unreadable(f"is encrypted, or a {kind} of before 2007", hint=hint)
    file = io.BytesIO(data)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_sizes(archive)
            _check_xml(archive)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Unreadable(f"is no {kind}, or a broken one: {error}") from error
    file.seek(0)
    return file


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse what would fill the memory; a part that states less than it holds fails later."""
    parts = archive.infolist()
    packed = sum(part.compress_size for part in parts)
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS:
        raise Unreadable(f"has {len(parts)} parts", hint=f"{MAX_PARTS} are the limit")
    if unpacked > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES // 1_000_000} MB are the limit"
        raise Unreadable(f"unpacks to {unpacked // 1_000_000} MB", hint=limit)
    if unpacked > SMALL_BYTES and unpacked > MAX_RATIO * max(1, packed):
        raise Unreadable(f"unpacks to {unpacked // max(1, packed)} times its size")


def _check_xml(archive: zipfile.ZipFile) -> None:
    """Refuse XML that declares entities: office files have none, but attacks do.

    Any part may be read as XML, whatever its name; so in each the first element has to come first.
    """
    for part in archive.infolist():
        with archive.open(part) as file:
            head = file.read(_HEAD_BYTES)
        for mark in _MARKS:
            head = head.removeprefix(mark)
        plain = _IGNORED.sub(b"", head.replace(b"\x00", b""))  # UTF-16 reads alike
        if plain.startswith(b"<!") or (not plain and head):
            raise Unreadable(f"declares XML entities in `{part.filename}`")
