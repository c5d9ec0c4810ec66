"""What the Slack channel tells about itself."""

from __future__ import annotations

from pydantic import HttpUrl

from connectors.manifest import DONE, Manifest, exempt

MANIFEST = Manifest(
    name="slack",
    title="Slack",
    docs_url=HttpUrl("https://docs.slack.dev/apis/events-api"),
    secrets=("slack_token", "slack_signing_secret"),
    quality={
        "verifies_requests": DONE,
        "durable_before_ack": DONE,
        "deduplicates": DONE,
        "drops_own_messages": DONE,
        "keeps_limits": DONE,
        "keeps_rates": DONE,
        "maps_errors": DONE,
        "delivers_at_most_or_exactly_once": DONE,
        "marks_blocked_contacts": exempt("people cannot block an app; closed channels are marked"),
        "reaches_customers_later": DONE,
        "fake_server_tests": DONE,
        "published_fixtures": DONE,
    },
)
