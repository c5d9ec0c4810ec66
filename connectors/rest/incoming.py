"""The body of Rasa's own webhooks: read whatever its content type says, and lenient as Rasa is.

`curl -d '{...}'` without a header works, as in Rasa. Where Rasa answers something sane to an odd
body, so do we: numbers are taken as ids, and an empty sender is the default one. Where Rasa
crashes (500), or loses the message because its metadata are a text, the answer is a clear 400.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import HTTPException, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

DEFAULT_SENDER: Final = "default"


def _unless_empty(value: Any) -> Any:
    return None if value in ("", []) else value


Given = BeforeValidator(_unless_empty)
"""Empty values count as missing."""


class Incoming(BaseModel):
    """What was posted."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    sender: Annotated[str | None, Given] = Field(default=None, max_length=255)
    """By default `default`."""
    message: Any = None
    """A text; all else says nothing."""
    message_id: str | None = Field(default=None, max_length=255)
    metadata: Annotated[dict[str, Any] | None, Given] = None
    input_channel: Annotated[str | None, Given] = Field(default=None, max_length=64)

    @property
    def sender_id(self) -> str:
        """Who wrote."""
        return self.sender or DEFAULT_SENDER

    @property
    def text(self) -> str | None:
        """What was written; None if the body has no text."""
        return self.message if isinstance(self.message, str) else None


DOCUMENTED: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": Incoming.model_json_schema()}},
    }
}
"""The body in the API's documentation."""


async def incoming(request: Request) -> Incoming:
    """Return what a request's body says.

    Raises:
        HTTPException: 400, it is no JSON object, or a key has a value of the wrong kind.
    """
    try:
        return Incoming.model_validate(json.loads(await request.body()))
    except ValidationError as error:
        wrong = (".".join(map(str, item["loc"])) or "body" for item in error.errors())
        told = f"the body is wrong at: {', '.join(wrong)}"
        raise HTTPException(400, told) from error
    except (ValueError, RecursionError) as error:
        told = 'the body is not JSON; send {"sender": "...", "message": "..."}'
        raise HTTPException(400, told) from error
