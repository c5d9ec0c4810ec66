"""A Telegram that takes nothing which the Bot API's documentation forbids.

Limits: https://core.telegram.org/bots/api
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.platform import Call, Fake, Mood

TOKEN = "12345:a-token-for-tests"
USERNAME = "frontdesk_test_bot"
RETRY_AFTER_S = 1
NEW_CHAT = -100777


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _message_text(text: str) -> str:
    assert _utf16(text.strip()) >= 1 and _utf16(text) <= 4096, "message is too long or empty"
    return text


def _callback_data(data: str) -> str:
    assert 1 <= len(data.encode()) <= 64, "BUTTON_DATA_INVALID"
    return data


def _web_address(url: str) -> str:
    assert url.startswith(("http://", "https://")) and len(url) <= 2048, "wrong file identifier"
    return url


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InlineButton(_Strict):
    text: str = Field(min_length=1)
    callback_data: Annotated[str, AfterValidator(_callback_data)]


class Key(_Strict):
    text: str = Field(min_length=1)


class InlineKeyboard(_Strict):
    inline_keyboard: list[Annotated[list[InlineButton], Field(min_length=1, max_length=8)]]


class Keyboard(_Strict):
    keyboard: list[list[Key]]
    one_time_keyboard: bool
    resize_keyboard: bool


class ToChat(_Strict):
    chat_id: int | str
    message_thread_id: int | None = None


class SendMessage(ToChat):
    text: Annotated[str, AfterValidator(_message_text)]
    reply_markup: InlineKeyboard | Keyboard | None = None
    parse_mode: str | None = None


class SendPhoto(ToChat):
    photo: Annotated[str, AfterValidator(_web_address)]


class SendDocument(ToChat):
    document: Annotated[str, AfterValidator(_web_address)]


class SendLocation(ToChat):
    latitude: float
    longitude: float


class SendChatAction(ToChat):
    action: str


class AnswerCallbackQuery(_Strict):
    callback_query_id: str


class SetWebhook(_Strict):
    url: str
    secret_token: str = Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")
    allowed_updates: list[str]


class GetMe(_Strict):
    pass


METHODS: dict[str, type[BaseModel]] = {
    "sendMessage": SendMessage,
    "sendPhoto": SendPhoto,
    "sendDocument": SendDocument,
    "sendLocation": SendLocation,
    "sendChatAction": SendChatAction,
    "answerCallbackQuery": AnswerCallbackQuery,
    "setWebhook": SetWebhook,
    "getMe": GetMe,
}


class FakeTelegram(Fake):
    """One bot's API."""

    @property
    def secret(self) -> str:
        """Return what the bot asked to be sent along with every update."""
        return next(
            c.payload["secret_token"] for c in reversed(self.took) if c.method == "setWebhook"
        )

    def may(self, request: Request) -> bool:
        return request.path_params["token"] == TOKEN

    def problem(self, method: str, payload: Any) -> str | None:
        if method not in METHODS:
            return "Not Found: method not found"
        try:
            METHODS[method].model_validate(payload)
        except ValidationError as error:
            return f"Bad Request: {error.errors(include_url=False, include_context=False)}"
        if payload.get("parse_mode") and payload["text"].count("*") % 2:
            return "Bad Request: can't parse entities: no end of the entity"
        rows = (payload.get("reply_markup") or {}).get("inline_keyboard") or []
        if sum(map(len, rows)) > 100:
            return "Bad Request: too many buttons"
        return None

    def refusal(self, problem: str) -> Response:
        return _failed(400, problem)

    def answer(self, mood: Mood, call: Call | None) -> Response:
        match mood:
            case "rate_limited":
                return _failed(429, "Too Many Requests", {"retry_after": RETRY_AFTER_S})
            case "broken":
                return Response("<html>Bad Gateway</html>", status_code=502)
            case "bad_token":
                return _failed(401, "Unauthorized")
            case "blocked":
                return _failed(403, "Forbidden: bot was blocked by the user")
            case "moved":
                problem = "Bad Request: group chat was upgraded to a supergroup chat"
                return _failed(400, problem, {"migrate_to_chat_id": NEW_CHAT})
            case _:
                return JSONResponse({"ok": True, "result": self._result(call)})

    def _result(self, call: Call | None) -> Any:
        assert call is not None
        if call.method == "getMe":
            return {"id": 12345, "is_bot": True, "username": USERNAME}
        if "chat_id" in call.payload and call.method != "sendChatAction":
            return {"message_id": len(self.took), "chat": {"id": call.payload["chat_id"]}}
        return True


def _failed(status: int, problem: str, parameters: dict[str, int] | None = None) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": problem}
    if parameters:
        body["parameters"] = parameters
    return JSONResponse(body, status_code=status)
