"""What the Terminal channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="terminal",
    title="Terminal",
    docs_url=None,
    quality={
        "verifies_requests": exempt("it is the same process"),
        "durable_before_ack": DONE,
        "deduplicates": exempt("each line is typed once"),
        "drops_own_messages": exempt("it shows what bot and operators say"),
        "keeps_limits": exempt("a terminal has none"),
        "keeps_rates": exempt("nobody is called"),
        "maps_errors": exempt("nobody is called"),
        "delivers_at_most_or_exactly_once": DONE,
        "marks_blocked_contacts": exempt("the customer is there"),
        "reaches_customers_later": exempt("only while the shell runs"),
        "fake_server_tests": exempt("there is no platform"),
        "published_fixtures": exempt("there is no platform"),
    },
)
