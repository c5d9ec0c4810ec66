"""What the REST channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="rest",
    title="REST",
    docs_url=None,
    quality={
        "verifies_requests": exempt("as in Rasa, whoever reaches the port may write"),
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": exempt("answers travel in the response"),
        "keeps_limits": exempt("the client shows what it likes"),
        "keeps_rates": exempt("nobody is called"),
        "maps_errors": exempt("nobody is called"),
        "delivers_at_most_or_exactly_once": DONE,
        "marks_blocked_contacts": exempt("the client asks"),
        "reaches_customers_later": exempt(
            "nothing can be pushed over REST; see the callback channel"
        ),
        "fake_server_tests": exempt("there is no platform"),
        "published_fixtures": exempt(
            "there is no platform; shared recordings of Rasa are compared"
        ),
    },
)
