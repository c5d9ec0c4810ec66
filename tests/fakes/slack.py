"""A Slack that takes nothing which the Web API's documentation forbids.

Limits: https://docs.slack.dev/reference/methods/chat.postMessage and .../reference/block-kit
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.platform import Call, Fake, Mood

TOKEN = "xoxb-a-token-for-tests"
RETRY_AFTER_S = 1


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _web_address(url: str) -> str:
    assert url.startswith(("http://", "https://")), "invalid_blocks: image_url"
    return url


class Text(_Strict):
    type: Literal["plain_text", "mrkdwn"]
    text: str = Field(min_length=1, max_length=3000)
    emoji: bool | None = None


class ButtonText(_Strict):
    type: Literal["plain_text"]
    text: str = Field(min_length=1, max_length=75)
    emoji: bool | None = None


class ButtonElement(_Strict):
    type: Literal["button"]
    text: ButtonText
    action_id: str = Field(min_length=1, max_length=255)
    value: str = Field(min_length=1, max_length=2000)


class Section(_Strict):
    type: Literal["section"]
    text: Text


class Actions(_Strict):
    type: Literal["actions"]
    elements: list[ButtonElement] = Field(min_length=1, max_length=25)


class Image(_Strict):
    type: Literal["image"]
    image_url: Annotated[str, Field(max_length=3000), AfterValidator(_web_address)]
    alt_text: str = Field(min_length=1, max_length=2000)


Block = Annotated[Section | Actions | Image, Field(discriminator="type")]


class PostMessage(_Strict):
    channel: str = Field(min_length=1)
    text: str = Field(min_length=1, max_length=4000)
    """Slack cuts at 40 000; more than 4 000 is advised against."""
    thread_ts: str | None = Field(default=None, pattern=r"^\d+\.\d+$")
    blocks: list[Block] = Field(default=[], max_length=50)
    attachments: list[dict[str, Any]] = []


class FakeSlack(Fake):
    """One workspace's Web API."""

    def may(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    def problem(self, method: str, payload: Any) -> str | None:
        if method != "chat.postMessage":
            return "unknown_method"
        try:
            message = PostMessage.model_validate(payload)
        except ValidationError as error:
            return f"invalid_arguments {error.errors(include_url=False, include_context=False)}"
        actions = [b.elements for b in message.blocks if isinstance(b, Actions)]
        ids = [element.action_id for elements in actions for element in elements]
        return "invalid_blocks: action_id" if len(ids) != len(set(ids)) else None

    def refusal(self, problem: str) -> Response:
        return _failed(problem)

    def answer(self, mood: Mood, call: Call | None) -> Response:
        match mood:
            case "rate_limited":
                headers = {"Retry-After": str(RETRY_AFTER_S)}
                return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)
            case "broken":
                return Response("upstream connect error", status_code=503)
            case "bad_token":
                return _failed("token_expired")
            case "blocked":
                return _failed("is_archived")
            case _:
                assert call is not None
                ts = f"1700000000.{len(self.took):06}"
                return JSONResponse({"ok": True, "channel": call.payload["channel"], "ts": ts})


def _failed(code: str) -> Response:
    return JSONResponse({"ok": False, "error": code})
