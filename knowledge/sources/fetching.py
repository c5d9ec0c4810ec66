"""Fetches pages of one site: politely, up to a size, within a time, and from nowhere else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from knowledge.errors import Unreadable
from knowledge.sources.addresses import GuardedTransport, Refused

USER_AGENT: Final = "frontdesk-knowledge/0.1"
MAX_REDIRECTS: Final = 5
GONE: Final = (404, 410)
"""The statuses of pages that are not there any more."""
PAGE_TIMEOUT_S: Final = 30.0
"""For all of a page, its redirects included."""
STEP_TIMEOUT_S: Final = 10.0
"""For connecting, and for each wait for bytes."""
_CHUNK_BYTES: Final = 65_536


class Refusal(Unreadable):
    """The server answered with an error."""

    def __init__(self, status: int) -> None:
        """Hold the HTTP status."""
        self.status = status
        gone = status in GONE
        super().__init__(
            "does not exist any more" if gone else f"was refused by its server: {status}"
        )


class Elsewhere(Unreadable):
    """The page redirects to another host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page as it came."""

    url: str
    """Where it was found after all redirects."""
    content: bytes
    media_type: str
    """Such as `text/html`, in lower case."""
    charset: str
    """As the server names it; may be empty."""


class Fetcher:
    """A client for one site; closed by its `with` block."""

    def __init__(
        self, start: str, *, per_second: float, max_bytes: int, allows_private: bool,
        timeout_s: float = PAGE_TIMEOUT_S,
    ) -> None:  # fmt: skip
        """Open no connection yet.

        Args:
            start: An address of the site; its host is the only one that is asked.
            per_second: How many requests a second at most.
            max_bytes: Of a page, unpacked.
            allows_private: Whether the site may lie in a private network.
            timeout_s: For all of a page.
        """
        self.host = host_of(start)
        self.pause_s = 1.0 / per_second
        self._max_bytes, self._timeout_s = max_bytes, timeout_s
        self._next_at = 0.0
        self._transport = GuardedTransport(allows_private=allows_private)
        self._client = httpx.Client(
            transport=self._transport,
            timeout=STEP_TIMEOUT_S,
            headers={"User-Agent": USER_AGENT, "Accept": "text/html,text/plain,application/xml"},
            trust_env=False,  # behind a proxy nobody could check which address is asked
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, url: str) -> Fetched:
        """Return the page at `url`.

        Raises:
            Gone: it does not exist.
            Unreadable: it is too large, too slow, redirected away, or its server fails.
        """
        self._transport.end_at(time.monotonic() + self.pause_s + self._timeout_s)
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._get(url)
                if isinstance(answer, Fetched):
                    return answer
                url = answer
        except httpx.HTTPError as error:
            raise Unreadable(_reason(error)) from error
        except httpx.InvalidURL as error:
            raise Unreadable(f"has an address that is no URL: {error}") from error
        raise Unreadable(f"redirects more than {MAX_REDIRECTS} times")

    def _get(self, url: str) -> Fetched | str:
        """Return the page, or where it redirects to."""
        if host_of(url) != self.host:
            raise Elsewhere(f"redirects to another host, {host_of(url) or url}")
        self._wait()
        with self._client.stream("GET", url) as response:
            if response.is_redirect:
                return urljoin(url, response.headers.get("location", ""))
            if not response.is_success:
                raise Refusal(response.status_code)
            kind, _, _ = response.headers.get("content-type", "").partition(";")
            return Fetched(
                url=url,
                content=self._content(response),
                media_type=kind.strip().lower(),
                charset=response.charset_encoding or "",
            )

    def _content(self, response: httpx.Response) -> bytes:
        parts, size = list[bytes](), 0
        for part in response.iter_bytes(_CHUNK_BYTES):
            size += len(part)
            if size > self._max_bytes:
                limit = f"is larger than {self._max_bytes / 1e6:g} MB"
                raise Unreadable(limit, hint="raise `max_mb`")
            parts.append(part)
        return b"".join(parts)

    def _wait(self) -> None:
        """Return when the next request may be sent."""
        now = time.monotonic()
        time.sleep(max(0.0, self._next_at - now))
        self._next_at = max(now, self._next_at) + self.pause_s


def host_of(url: str) -> str:
    """Return host and port of an address, without a leading `www.`; empty if it is no web address.

    The two ports of the web count as one: a site that moved to HTTPS is the same site.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = parts.hostname.removeprefix("www.")
    return host if port in (None, 80, 443) else f"{host}:{port}"


def _reason(error: httpx.HTTPError) -> str:
    """Return in words what kept the page from being fetched."""
    if isinstance(error.__cause__, Refused):
        return f"was not fetched: {error}"
    if isinstance(error, httpx.TimeoutException):
        return "did not answer in time"
    return f"could not be fetched: {error or type(error).__name__}"
