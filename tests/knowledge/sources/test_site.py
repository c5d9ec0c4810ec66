"""A web site as a source: what is read of it, and what it cannot do to us."""

from __future__ import annotations

import gzip
import socket
from typing import Any

import pytest

from knowledge.sources.addresses import is_public
from knowledge.sources.site import SiteSource
from knowledge.sources.source import Document, SourceProblem
from tests.knowledge.sources import documents
from tests.knowledge.sources.site_server import Site, drip, redirect, send, serving, silence

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
)
INDEX = '<?xml version="1.0"?><sitemapindex>{}</sitemapindex>'


def page(title: str, *links: str) -> str:
    anchors = "".join(f'<a href="{link}">x</a> ' for link in links)
    return f"<html lang=en><h1>{title}</h1><p>About {title}.</p><p>{anchors}</p></html>"


def locations(*paths: str) -> str:
    return "".join(f"<url><loc>{{url}}{path}</loc></url>" for path in paths)


def read(url: str, **options: Any) -> tuple[list[Document], list[SourceProblem]]:
    settings = {"allows_private": True, "per_second": 1000, "timeout_s": 0.4, **options}
    found = list(SiteSource(url=url, **settings).documents())
    return (
        [item for item in found if isinstance(item, Document)],
        [item for item in found if isinstance(item, SourceProblem)],
    )


def paths(site: Site, found: list[Document]) -> list[str]:
    return [document.id.removeprefix(site.url) for document in found]


def told(site: Site, problems: list[SourceProblem]) -> list[str]:
    return [str(problem).removeprefix(site.url) for problem in problems]


def test_links_are_followed_below_the_first_page_only() -> None:
    pages = {
        "/help/": page("Help", "returns", "/help/returns#top", "/about", "https://other.example/x"),
        "/help/returns": page("Returns", "../help/", "costs.html", "logo.png", "mailto:a@b.c"),
        "/help/costs.html": page("Costs"),
        "/about": page("About us"),
    }
    with serving(pages) as site:
        found, problems = read(f"{site.url}/help/")

        assert paths(site, found) == ["/help/", "/help/returns", "/help/costs.html"]
        assert problems == []
        assert site.asked.count("/help/returns") == 1
        (passage,) = found[1].read()
        assert (passage.title, passage.language) == ("Returns", "en")
        assert passage.source == f"{site.url}/help/returns"


def test_a_sitemap_lists_pages_and_other_sitemaps() -> None:
    pages = {
        "/sitemap.xml": INDEX.format(
            "<sitemap><loc>{url}/sitemap.xml</loc></sitemap>"
            "<sitemap><loc>{url}/a.xml</loc></sitemap><sitemap><loc>{url}/b.xml.gz</loc></sitemap>"
        ),
        "/a.xml": SITEMAP.format(
            locations("/one", "/one", "/two.pdf")
            + "<url><loc>https://other.example/x</loc></url>"
        ),
        "/one": page("One", "/three"),
        "/two.pdf": documents.pdf([[("BodyText", "Hello there")]]),
        "/three": page("Three"),
        "/four": page("Four"),
    }  # fmt: skip
    with serving(pages) as site:
        packed = SITEMAP.format(locations("/four")).replace("{url}", site.url)
        site.pages["/b.xml.gz"] = gzip.compress(packed.encode())

        found, problems = read(f"{site.url}/sitemap.xml")

        assert paths(site, found) == ["/one", "/two.pdf", "/four"]
        assert problems == []
        assert "Hello there" in found[1].read()[0].text


def test_robots_txt_is_obeyed() -> None:
    pages = {
        "/robots.txt": "User-agent: *\nDisallow: /private\nCrawl-delay: 0.01\n",
        "/": page("Home", "/private/x", "/public"),
        "/private/x": page("Private"),
        "/public": page("Public"),
    }
    with serving(pages) as site:
        found, _ = read(f"{site.url}/")

        assert paths(site, found) == ["/", "/public"]
        assert "/private/x" not in site.asked


def test_a_site_whose_robots_txt_fails_is_left_alone() -> None:
    with serving({"/": page("Home")}) as site:
        site.pages["/robots.txt"] = lambda handler: send(handler, "", status=503)

        found, problems = read(f"{site.url}/")

        assert found == []
        assert told(site, problems) == ["/: was refused by its server: 503"]
        assert problems[0].hides_others
        assert site.asked == ["/robots.txt"]


def test_a_page_that_fails_does_not_stop_the_others() -> None:
    with serving({"/": page("Home", "/a", "/b", "/c"), "/c": page("C")}) as site:
        site.pages["/a"] = lambda handler: send(handler, "", status=500)

        found, problems = read(f"{site.url}/")

        assert paths(site, found) == ["/", "/c"]
        assert told(site, problems) == ["/a: was refused by its server: 500"]
        assert problems[0].hides_others, "it may link to pages that were not found"


@pytest.mark.parametrize(
    ("robots", "pages", "problem"),
    [
        ("", {}, "/: does not exist any more"),
        ("User-agent: *\nDisallow: /\n", {"/": page("Home")}, "/: is closed to us by robots.txt"),
    ],
    ids=["moved", "closed"],
)
def test_a_first_page_that_is_gone_hides_the_site(
    robots: str, pages: dict[str, str], problem: str
) -> None:
    with serving({"/robots.txt": robots, **pages}) as site:
        found, problems = read(f"{site.url}/")

        assert found == []
        assert told(site, problems) == [problem]
        assert problems[0].hides_others


def test_a_page_that_is_refused_for_good_hides_nothing() -> None:
    with serving({"/": page("Home", "/staff")}) as site:
        site.pages["/staff"] = lambda handler: send(handler, "", status=403)

        _, problems = read(f"{site.url}/")

        assert told(site, problems) == ["/staff: was refused by its server: 403"]
        assert not problems[0].hides_others


def test_the_same_page_under_two_addresses_is_one_document() -> None:
    same = '<link rel=canonical href="/shoes"><h1>Shoes</h1><p>Nice.</p>'
    pages = {"/": page("Home", "/shoes?ref=a", "/shoes?ref=b"),
             "/shoes?ref=a": same, "/shoes?ref=b": same}  # fmt: skip
    with serving(pages) as site:
        found, _ = read(f"{site.url}/")

        assert paths(site, found) == ["/", "/shoes"]


def test_more_pages_than_allowed_are_left_out_and_told() -> None:
    with serving({"/": page("Home", "/a", "/b"), "/a": page("A"), "/b": page("B")}) as site:
        found, problems = read(f"{site.url}/", max_pages=2)

        assert paths(site, found) == ["/", "/a"]
        assert "has more than 2 pages" in str(problems[0])


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("/loop", "redirects more than 5 times"),
        ("/away", "redirects to another host, other.example"),
        ("/file", "redirects to another host, file:///etc/passwd"),
        ("/silent", "did not answer in time"),
        ("/dripping-head", "did not answer in time"),
        ("/dripping-body", "did not answer in time"),
        ("/large", "is larger than 0.1 MB; raise `max_mb`"),
        ("/bomb", "is larger than 0.1 MB; raise `max_mb`"),
        ("/nonsense", "could not be fetched"),
        ("/broken", "is not UTF-8"),
    ],
)
def test_a_bad_page_is_reported_and_the_rest_is_read(name: str, problem: str) -> None:
    with serving({"/": page("Home", name, "/good"), "/good": page("Good")}) as site:
        bomb = gzip.compress(b"<p>" + b" " * 10_000_000)
        site.pages |= {
            "/loop": redirect("/loop"),
            "/away": redirect("https://other.example/"),
            "/file": redirect("file:///etc/passwd"),
            "/silent": silence(lambda: site),
            "/dripping-head": drip(lambda: site, HEAD + b"X: "),
            "/dripping-body": drip(lambda: site, HEAD + b"\r\n<p>"),
            "/large": b"<p>" + b" " * 1_000_000,
            "/bomb": lambda handler: send(handler, bomb, headers={"Content-Encoding": "gzip"}),
            "/nonsense": lambda handler: handler.wfile.write(b"hello\r\n\r\n"),
            "/broken": "好".encode() * 100 + b"\xe5\xa5",
        }

        found, problems = read(f"{site.url}/", max_bytes=100_000)

        assert paths(site, found) == ["/", "/good"]
        assert [text for text in told(site, problems) if not text.startswith(f"{name}: ")] == []
        assert problem in str(problems[0])


@pytest.mark.parametrize(
    ("sitemap", "problem"),
    [
        ("<html>", "is no sitemap"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><urlset/>', "declares XML entities"),
        (b"\x1f\x8bnothing", "is a broken archive"),
    ],
)
def test_a_broken_sitemap_hides_the_site(sitemap: str | bytes, problem: str) -> None:
    with serving({"/sitemap.xml": sitemap}) as site:
        found, problems = read(f"{site.url}/sitemap.xml")

        assert found == []
        assert problem in str(problems[0])
        assert problems[0].hides_others


def test_a_private_address_is_not_asked() -> None:
    with serving({"/": page("Secrets")}) as site:
        found, problems = read(f"{site.url}/", allows_private=False)

        assert found == []
        assert "127.0.0.1 is 127.0.0.1, an address of a private network" in str(problems[0])
        assert site.asked == []


def test_a_name_that_turns_private_after_a_look_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, answers = socket.getaddrinfo, ["93.184.215.14", "127.0.0.1"]

    def rebinding(host: str, port: int, *args: Any, **options: Any) -> Any:
        address = answers.pop(0) if host == "rebind.example" else host
        return real(address, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with serving({"/": page("Secrets")}) as site:
        url = site.url.replace("127.0.0.1", "rebind.example")
        assert socket.getaddrinfo("rebind.example", 80)[0][4][0] == "93.184.215.14"

        found, problems = read(f"{url}/", allows_private=False)

        assert found == []
        assert "rebind.example is 127.0.0.1" in str(problems[0])
        assert site.asked == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_addresses_of_private_networks_are_known(address: str, expected: bool) -> None:
    assert is_public(address) == expected
