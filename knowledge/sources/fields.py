"""What people write about texts into tables and front matter: names of fields, and their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlsplit

from knowledge.errors import Unreadable
from knowledge.languages import primary_language
from knowledge.sources.source import Metadata

METADATA_NAMES: Final = (
    "title", "url", "language", "tags", "audience", "valid_from", "valid_until"
)  # fmt: skip
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*")
_SEPARATORS: Final = re.compile(r"[;,|、，；\n]")
_SCHEMES: Final = ("https", "http")
_HOST: Final = re.compile(r"[\w-]+(\.[\w-]+)+(/|:\d|$)")
"""What begins like an address without its scheme."""
_WRITE_URL: Final = "write https://…"


def metadata_of(fields: Mapping[str, object]) -> Metadata:
    """Return what `fields` say, by the names of `METADATA_NAMES`; lists may be written as texts.

    Raises:
        Unreadable: a value is none of its kind; names the field.
    """
    first, last = day(fields, "valid_from"), day(fields, "valid_until")
    if first and last and last < first:
        raise Unreadable(f"`valid_until` {last} is before `valid_from` {first}")
    return Metadata(
        title=text(fields, "title"),
        url=url(text(fields, "url")),
        language=language(text(fields, "language")),
        tags=texts(fields, "tags"),
        audience=texts(fields, "audience"),
        valid_from=first,
        valid_until=last,
    )


def text(fields: Mapping[str, object], name: str) -> str:
    """Return the text of a field, empty where there is none.

    Raises:
        Unreadable: it is a list or a mapping.
    """
    value = fields.get(name)
    if isinstance(value, list | tuple | dict):
        raise Unreadable(f"`{name}` must be a text")
    return "" if value is None else str(value).strip()


def texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Return the texts of a list, or of a text with commas, semicolons, bars or lines between.

    Raises:
        Unreadable: it is a mapping.
    """
    value = fields.get(name)
    if isinstance(value, dict):
        raise Unreadable(f"`{name}` must be a list")
    items = value if isinstance(value, list | tuple) else _SEPARATORS.split(text(fields, name))
    return tuple(dict.fromkeys(item for item in (str(one).strip() for one in items) if item))


def language(tag: str) -> str | None:
    """Return the primary part of a language tag, None for an empty one.

    Raises:
        Unreadable: it is no tag.
    """
    if not tag:
        return None
    if not _LANGUAGE.fullmatch(tag):
        raise Unreadable(f"`{tag}` is not a language", hint="write a tag such as `en` or `zh`")
    return primary_language(tag)


def url(address: str) -> str:
    """Return a web address; empty for the mere name of a source, to which nothing can link.

    Raises:
        Unreadable: it is the address of something else.
    """
    if "://" not in address and not _HOST.match(address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise Unreadable(f"`{address}` is not a URL", hint=_WRITE_URL) from error
    if parts.scheme not in _SCHEMES:
        raise Unreadable(f"the source `{address}` has no http(s) address", hint=_WRITE_URL)
    if not parts.hostname:
        raise Unreadable(f"the source `{address}` names no host", hint="write https://host/page")
    return address


def day(fields: Mapping[str, object], name: str) -> date | None:
    """Return the day in a field.

    Raises:
        Unreadable: it is none.
    """
    value = fields.get(name)
    if isinstance(value, date):  # a cell of a spreadsheet; its time of day says nothing
        return date(value.year, value.month, value.day)
    written = text(fields, name)
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError as error:
        problem = f"`{name}`: `{written}` is not a day"
        raise Unreadable(problem, hint="write it as 2026-12-31") from error
