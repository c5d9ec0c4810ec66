"""What the Web chat channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="webchat",
    title="Web chat",
    docs_url=None,
    quality={
        "verifies_requests": DONE,
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": exempt("the socket carries the visitor's messages only"),
        "keeps_limits": exempt("our own widget shows everything"),
        "keeps_rates": DONE,
        "maps_errors": exempt("nobody is called"),
        "delivers_at_most_or_exactly_once": DONE,
        "marks_blocked_contacts": exempt("a visitor closes the page"),
        "reaches_customers_later": DONE,
        "fake_server_tests": exempt("a browser test takes its place"),
        "published_fixtures": exempt("the protocol is ours"),
    },
)
