"""What the Telegram channel tells about itself."""

from __future__ import annotations

from pydantic import HttpUrl

from connectors.manifest import DONE, Manifest

MANIFEST = Manifest(
    name="telegram",
    title="Telegram",
    docs_url=HttpUrl("https://core.telegram.org/bots/api"),
    secrets=("access_token", "secret_token"),
    quality={
        "verifies_requests": DONE,
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": DONE,
        "keeps_limits": DONE,
        "keeps_rates": DONE,
        "maps_errors": DONE,
        "delivers_at_most_or_exactly_once": DONE,
        "marks_blocked_contacts": DONE,
        "reaches_customers_later": DONE,
        "fake_server_tests": DONE,
        "published_fixtures": DONE,
    },
)
