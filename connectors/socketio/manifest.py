"""What the Socket.IO channel tells about itself."""

from __future__ import annotations

from connectors.manifest import DONE, Manifest, exempt, todo

MANIFEST = Manifest(
    name="socketio",
    title="Socket.IO",
    docs_url=None,
    secrets=("jwt_key",),
    quality={
        "verifies_requests": exempt(
            "with `jwt_key` they are verified; without it anybody may connect, as in Rasa"
        ),
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": exempt("a client is sent only what bot and operators say"),
        "keeps_limits": exempt("the client shows what it likes"),
        "keeps_rates": exempt("nobody is called"),
        "maps_errors": exempt("nobody is called"),
        "delivers_at_most_or_exactly_once": todo(
            "a crash within a turn, or a line that died unnoticed, may repeat or lose it"
        ),
        "marks_blocked_contacts": exempt("the client asks"),
        "reaches_customers_later": DONE,
        "fake_server_tests": exempt(
            "there is no platform; the published client library and widget are used"
        ),
        "published_fixtures": DONE,
    },
)
