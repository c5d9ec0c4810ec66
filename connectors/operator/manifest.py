"""What the Operator console channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="operator",
    title="Operator console",
    docs_url=None,
    quality={
        "verifies_requests": DONE,
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": exempt("only operators write here"),
        "keeps_limits": exempt("our own page shows everything"),
        "keeps_rates": exempt("only the login is limited"),
        "maps_errors": exempt("nobody is called"),
        "delivers_at_most_or_exactly_once": exempt("the console reads the feed"),
        "marks_blocked_contacts": exempt("operators are not contacts"),
        "reaches_customers_later": exempt("operators are not customers"),
        "fake_server_tests": exempt("a browser test takes its place"),
        "published_fixtures": exempt("the protocol is ours"),
    },
)
