"""A web site, by its sitemap or by following links from a page, as its robots.txt allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from protego import Protego

from knowledge.chunks import chunk
from knowledge.errors import Unreadable
from knowledge.sources import sitemap
from knowledge.sources.article import Article
from knowledge.sources.fetching import (
    GONE,
    PAGE_TIMEOUT_S,
    USER_AGENT,
    Elsewhere,
    Fetched,
    Fetcher,
    Refusal,
    host_of,
)
from knowledge.sources.html import canonical, links, page_article, parse_page
from knowledge.sources.pdf import read_pdf
from knowledge.sources.plain import read_plain
from knowledge.sources.source import Document, Metadata, SourceProblem, content_hash
from knowledge.types import Passage

MAX_PAGES: Final = 1_000
PER_SECOND: Final = 2.0
MAX_BYTES: Final = 10_000_000
_MAX_CRAWL_DELAY_S: Final = 10.0
"""What robots.txt may ask us to wait between two requests."""
_SERVER_ERROR: Final = 500
_HTML: Final = ("text/html", "application/xhtml+xml")
_READ: Final = (*_HTML, "text/plain", "text/markdown", "application/pdf")
_NOT_PAGES: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".ico", ".css", ".js", ".zip", ".gz", ".mp4",
    ".mp3", ".xml", ".json", ".woff", ".woff2",
)  # fmt: skip
"""Suffixes of links that are not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSource:
    """The pages of one host."""

    url: str
    """A sitemap (its path ends in `.xml` or `.xml.gz`), or the page to begin at. Only pages below
    its folder are read."""
    metadata: Metadata = Metadata()
    max_pages: int = MAX_PAGES
    per_second: float = PER_SECOND
    max_bytes: int = MAX_BYTES
    allows_private: bool = False
    timeout_s: float = PAGE_TIMEOUT_S
    is_local: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """The address."""
        return self.url

    def owns(self, document: str) -> bool:
        """Return whether the document is a page of the site."""
        return host_of(document) == host_of(self.url) and self._is_below(document)

    def documents(self) -> Iterator[Document | SourceProblem]:
        """Iterate over the pages, fetched one after the other.

        A page that does not answer may link to others: then nothing of the site counts as vanished.
        """
        options = {"per_second": self.per_second, "max_bytes": self.max_bytes}
        with Fetcher(
            self.url, allows_private=self.allows_private, timeout_s=self.timeout_s, **options
        ) as fetcher:
            try:
                yield from self._crawled(fetcher, _robots(fetcher, self.url))
            except Unreadable as error:
                yield _problem(self.url, error, True)

    def _crawled(
        self, fetcher: Fetcher, may_fetch: Callable[[str], bool]
    ) -> Iterator[Document | SourceProblem]:
        is_sitemap = urlsplit(self.url).path.endswith((".xml", ".xml.gz"))
        listed = sitemap.addresses(fetcher, self.url) if is_sitemap else iter([self.url])
        waiting = deque(_plain(address) for address in listed)
        seen = set(waiting)
        contents: set[str] = set()
        fetched = 0
        while waiting:
            address = waiting.popleft()
            if not may_fetch(address):
                if address == _plain(self.url):
                    yield _problem(address, Unreadable("is closed to us by robots.txt"), True)
                continue
            if fetched == self.max_pages:
                problem = f"has more than {self.max_pages} pages; the others were left out"
                yield SourceProblem(document=self.url, problem=problem, hint="raise `max_pages`",
                                    hides_others=True)  # fmt: skip
                return
            fetched += 1
            try:
                page = fetcher.fetch(address)
                own, found = self._read(page)
            except Unreadable as error:
                is_start = address == _plain(self.url)
                if is_start or not _is_gone(error):
                    yield _problem(address, error, is_start or _may_pass(error))
                continue
            if not is_sitemap:
                new = [item for item in map(_plain, found) if self._is_wanted(item, seen)]
                seen.update(new)
                waiting.extend(new)
            document = self._document(page, own)
            if document is not None and document.hash not in contents:
                contents.add(document.hash)
                yield document

    def _read(self, page: Fetched) -> tuple[str, list[str]]:
        """Return what the page calls its own address, and where it links to."""
        if page.media_type not in _HTML:
            return page.url, []
        parsed = parse_page(page.content, page.charset)
        return canonical(parsed, page.url), list(dict.fromkeys(links(parsed, page.url)))

    def _document(self, page: Fetched, own: str) -> Document | None:
        """Return the page as a document, None if it holds nothing to read."""
        if page.media_type not in _READ:
            return None
        address = own if host_of(own) == host_of(self.url) else page.url
        return Document(
            id=_plain(address),
            hash=content_hash(page.content, self.metadata),
            read=lambda: self._passages(page, address),
        )

    def _passages(self, page: Fetched, address: str) -> tuple[Passage, ...]:
        if page.media_type in _HTML:
            article = page_article(parse_page(page.content, page.charset), address, address)
        elif page.media_type == "application/pdf":
            article = read_pdf(page.content, address)
        else:
            article = read_plain(page.content, address)
        metadata = Metadata(url=address).over(article.metadata).over(self.metadata)
        return chunk(Article(metadata=metadata, blocks=article.blocks), _plain(address))

    def _is_wanted(self, address: str, seen: set[str]) -> bool:
        return (
            address not in seen
            and self.owns(address)
            and not urlsplit(address).path.lower().endswith(_NOT_PAGES)
        )

    def _is_below(self, address: str) -> bool:
        """Return whether an address lies in the folder that the first page is, or lies in."""
        folder, _, last = urlsplit(self.url).path.rpartition("/")
        top = folder if "." in last or not last else f"{folder}/{last}"
        path = urlsplit(address).path
        return path == top or path.startswith(f"{top}/") or not top


def _robots(fetcher: Fetcher, start: str) -> Callable[[str], bool]:
    """Return what tells whether a page may be fetched; `fetcher` waits as long as it is asked to.

    A site without robots.txt allows everything (RFC 9309, 2.3.1.3).

    Raises:
        Unreadable: the server fails, and so allows nothing (RFC 9309, 2.3.1.4).
    """
    try:
        text = fetcher.fetch(urljoin(start, "/robots.txt")).content.decode("utf-8", "replace")
    except Refusal as error:
        if error.status >= _SERVER_ERROR:
            raise
        return lambda address: True
    rules = Protego.parse(text)
    delay_s = rules.crawl_delay(USER_AGENT) or 0.0
    fetcher.pause_s = max(fetcher.pause_s, min(float(delay_s), _MAX_CRAWL_DELAY_S))
    return lambda address: rules.can_fetch(address, USER_AGENT)


def _plain(address: str) -> str:
    """Return an address in the form by which pages are told apart."""
    without, _ = urldefrag(address)
    parts = urlsplit(without)
    return without if parts.path else f"{without.rstrip('?')}/"


def _is_gone(error: Unreadable) -> bool:
    """Return whether there is no such page."""
    return isinstance(error, Refusal) and error.status in GONE


def _may_pass(error: Unreadable) -> bool:
    """Return whether the page may be there next time, with links that nobody else has."""
    is_refused = isinstance(error, Refusal) and error.status < _SERVER_ERROR
    return not (is_refused or isinstance(error, Elsewhere))


def _problem(address: str, error: Unreadable, hides_others: bool) -> SourceProblem:
    return SourceProblem(
        document=address, problem=error.problem, hint=error.hint, hides_others=hides_others
    )
