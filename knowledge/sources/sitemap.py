"""Sitemaps: the addresses that a site lists (https://www.sitemaps.org/protocol.html)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from knowledge.errors import Unreadable
from knowledge.sources.fetching import Fetcher, host_of

MAX_SITEMAPS: Final = 100
MAX_UNPACKED_BYTES: Final = 50_000_000
"""The protocol's limit."""
_GZIP: Final = b"\x1f\x8b"


def addresses(fetcher: Fetcher, start: str) -> Iterator[str]:
    """Iterate over the addresses in a sitemap, and in those that it lists, each once.

    Raises:
        Unreadable: a sitemap cannot be fetched or is none; those before it were given.
    """
    waiting, seen = [start], {start}
    given: set[str] = set()
    while waiting:
        is_index, listed = _read(fetcher.fetch(waiting.pop(0)).content)
        for address in listed:
            if host_of(address) != fetcher.host:
                continue
            if not is_index and address not in given:
                given.add(address)
                yield address
            elif is_index and address not in seen and len(seen) < MAX_SITEMAPS:
                seen.add(address)  # a sitemap that lists itself is read once
                waiting.append(address)


def _read(content: bytes) -> tuple[bool, list[str]]:
    """Return whether a sitemap lists other sitemaps, and what it lists."""
    try:
        root = fromstring(_unpacked(content), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable("declares XML entities") from error
    except (ParseError, ValueError) as error:
        raise Unreadable(f"is no sitemap: {error}") from error
    found = (node.text for node in root.iter() if _local(node.tag) == "loc")
    listed = [text.strip() for text in found if text and text.strip()]
    return _local(root.tag) == "sitemapindex", listed


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        packed = zlib.decompressobj(wbits=31)
        unpacked = packed.decompress(content, MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise Unreadable(f"is a broken archive: {error}") from error
    if packed.unconsumed_tail:
        raise Unreadable(f"unpacks to more than {MAX_UNPACKED_BYTES // 1_000_000} MB")
    return unpacked


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
