"""Client of an NLU server (`nlu:` of endpoints.yml), such as a Rasa that serves its own model."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import httpx

from bot.endpoint import JSON, blocking_client_of, json_body
from bot.formats.events import reading_from_rasa
from bot.project import Endpoint
from bot.types import Intent, Message, Reading

TIMEOUT_S = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NluServer:
    """Where texts are understood. Safe to use from several threads."""

    url: str
    client: httpx.Client
    token: str | None = None

    @classmethod
    def at(cls, endpoint: Endpoint) -> NluServer:
        """Return the client of the server at `endpoint`."""
        token = endpoint.settings.get("token")
        client = blocking_client_of(endpoint, timeout_s=TIMEOUT_S)
        url = f"{endpoint.url.rstrip('/')}/model/parse"
        return cls(url=url, client=client, token=None if token is None else str(token))

    def understand(self, message: Message) -> Reading:
        """Return the server's reading; one without intent when it fails, so that the bot goes on.

        `message_id` is the conversation's id, as in Rasa: servers know their customers by it.
        """
        body = {"token": self.token, "text": message.text, "message_id": message.sender_id}
        try:
            answer = self.client.post(self.url, content=json_body(body), headers=JSON)
            answer.raise_for_status()
            return reading_from_rasa(answer.json(), message.text)
        except (httpx.HTTPError, KeyError, ValueError, TypeError, AttributeError) as error:
            _log.error(
                "the NLU server at %s failed (%s); the message has no intent",
                self.url,
                _short(error),
            )
            return Reading(text=message.text, intent=Intent(name=None, confidence=0.0))


def _short(error: Exception) -> str:
    """Return what went wrong, without the text that was understood."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code}"
    if isinstance(error, httpx.HTTPError):
        return f"no answer: {error!r}"
    return f"its answer is no reading: {type(error).__name__}"
