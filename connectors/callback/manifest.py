"""What the Callback channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="callback",
    title="Callback",
    docs_url=None,
    secrets=("secret", "token"),
    quality={
        "verifies_requests": exempt("as in Rasa, whoever reaches the port may write"),
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": exempt("the receiver is not the sender"),
        "keeps_limits": exempt("the receiver shows what it likes"),
        "keeps_rates": exempt("the receiver says 429 when it is too much"),
        "maps_errors": DONE,
        "delivers_at_most_or_exactly_once": exempt(
            "at least once, under an Idempotency-Key that the receiver can check"
        ),
        "marks_blocked_contacts": exempt("there are no contacts"),
        "reaches_customers_later": DONE,
        "fake_server_tests": DONE,
        "published_fixtures": DONE,
    },
)
