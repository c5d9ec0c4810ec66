"""Client of an NLG server: what the bot says comes from there instead of the domain's responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.conversation import Conversation
from bot.endpoint import JSON, client_of, json_body, parameters_of
from bot.errors import ActionError
from bot.formats.events import to_rasa
from bot.project import Endpoint

TIMEOUT_S = 60.0


class NlgAnswer(BaseModel):
    """What an NLG server may say; keys that it leaves out say nothing."""

    model_config = ConfigDict(extra="allow")

    text: str = ""
    id: str | None = None
    buttons: list[dict[str, Any]] | None = None
    elements: list[Any] | None = None
    image: str | None = None
    attachment: Any = None
    custom: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NlgServer:
    """Where texts are made."""

    url: str
    client: httpx.AsyncClient
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def at(cls, endpoint: Endpoint) -> NlgServer:
        """Return the client of the server at `endpoint`."""
        client = client_of(endpoint, timeout_s=TIMEOUT_S)
        return cls(url=endpoint.url, client=client, parameters=parameters_of(endpoint))

    async def respond(
        self,
        name: str,
        conversation: Conversation,
        channel: str,
        *,
        variation_id: str | None,
        arguments: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return the content of response `name`, as the server says it.

        Args:
            name: Such as `utter_greet`.
            conversation: Sent with all its events.
            channel: Where it is said.
            variation_id: The `id` of the domain's variation that fits.
            arguments: What a custom action passed along.

        Raises:
            ActionError: no answer, or one that is no response.
        """
        body = {
            "response": name,
            "id": variation_id,
            "arguments": dict(arguments),
            "tracker": conversation.tracker_dict(to_rasa, "ALL"),
            "channel": {"name": channel},
        }
        try:
            url = httpx.URL(self.url).copy_merge_params(self.parameters)
            answer = await self.client.post(url, content=json_body(body), headers=JSON)
            answer.raise_for_status()
            content = NlgAnswer.model_validate(answer.json())
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise ActionError(f"{name}: the NLG server answered {status}") from error
        except httpx.TransportError as error:
            raise ActionError(
                f"{name}: the NLG server at {self.url} did not answer ({error!r}); is it running?"
            ) from error
        except ValidationError as error:
            keys = ", ".join(".".join(map(str, item["loc"])) or "body" for item in error.errors())
            raise ActionError(f"{name}: the NLG server's answer is invalid at: {keys}") from error
        except ValueError as error:
            raise ActionError(f"{name}: the NLG server's answer is not JSON") from error
        return content.model_dump(exclude_unset=True)
