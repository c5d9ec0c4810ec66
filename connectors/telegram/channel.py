"""The Telegram channel: routes, secret, start-up; the rest is `parse.py`, `render.py`, `api.py`."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Annotated, ClassVar

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, Secret, SecretStr, StringConstraints
from starlette.responses import PlainTextResponse, Response
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from bot.types import Outbound
from connectors.channel import Capabilities, Desk
from connectors.delivery import Delivery
from connectors.errors import BadSignature, ChannelError
from connectors.notes import Notes
from connectors.push import Address, Incoming, Operation, RawRequest, Rendered
from connectors.receiver import Receiver
from connectors.telegram.api import TelegramApi
from connectors.telegram.parse import HANDLED, parse_update
from connectors.telegram.render import CAPABILITIES, render, typing
from connectors.typing_relay import relay_typing

log = structlog.get_logger()

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
LONGEST_PAUSE_S = 300.0
_CHAT = re.compile(r"(-?\d+)(?::(\d+))?")


SecretToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,256}$")]


class TelegramSettings(BaseModel):
    """`telegram:` in `credentials.yml`; the first three keys are Rasa's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: SecretStr = Field(min_length=3)
    """From @BotFather."""
    verify: str = ""
    """The bot's user name."""
    webhook_url: str | None = None
    """Where Telegram reaches us, ending in `/webhooks/telegram/webhook`; set at the start."""
    secret_token: Secret[SecretToken] | None = None
    """What Telegram must send along; made from the access token where it is not given."""
    api_url: str = "https://api.telegram.org"
    """Another one for a Bot API server of one's own."""


class Telegram:
    """The Telegram channel."""

    name: ClassVar[str] = "telegram"
    capabilities: ClassVar[Capabilities] = CAPABILITIES
    Settings: ClassVar[type[TelegramSettings]] = TelegramSettings

    def __init__(self, desk: Desk, settings: TelegramSettings) -> None:
        """Hold the desk and the settings."""
        self.desk, self.settings = desk, settings
        self.account = settings.access_token.get_secret_value().partition(":")[0]
        self.secret = _secret(settings)
        self.api = TelegramApi(settings.api_url, settings.access_token)
        self.notes = Notes(desk.store, self.name)
        self.receiver = Receiver(desk, self, self.notes)
        self.delivery = Delivery(self, self.notes)

    def routers(self) -> list[APIRouter]:
        """Return Rasa's routes."""
        router = APIRouter(prefix="/webhooks/telegram", tags=["telegram channel"])
        router.get("/", summary="Health of the channel")(self.health)
        router.post("/webhook", summary="Called by Telegram")(self.receiver.receive)
        router.api_route("/set_webhook", methods=["GET", "POST"], summary="Register the webhook")(
            self.set_webhook
        )
        return [router]

    async def send(self, outbound: Outbound) -> str | None:
        """Return Telegram's id of the last message once `outbound` is delivered."""
        return await self.delivery.send(outbound)

    async def run(self) -> None:
        """Register the webhook, then show when operators type, until cancelled."""
        try:
            if self.settings.webhook_url:
                await self._register_until_done()
            await relay_typing(self.desk, self, self.notes, typing)
        finally:
            await self.api.client.aclose()

    async def health(self) -> dict[str, str]:
        """Return Rasa's health answer."""
        return {"status": "ok"}

    async def set_webhook(self) -> PlainTextResponse:
        """Register the webhook now; 400 without a `webhook_url`, 502 if Telegram refuses."""
        if not self.settings.webhook_url:
            problem = "set `webhook_url` of telegram in credentials.yml first"
            return PlainTextResponse(problem, status_code=400)
        try:
            await self._register()
        except ChannelError as error:
            return PlainTextResponse(f"Invalid webhook: {error}", status_code=502)
        return PlainTextResponse("Webhook setup successful")

    def verify(self, request: RawRequest) -> None:
        """Return if the request carries the secret that Telegram was given."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            raise BadSignature("the secret token is missing or wrong; set the webhook again")

    def handshake(self, request: RawRequest) -> Response | None:
        """Return None: Telegram checks nothing."""
        return None

    def parse(self, request: RawRequest) -> Sequence[Incoming]:
        """Return the events of one update."""
        return parse_update(request.body, account=self.account, username=self.settings.verify)

    def ack(self, request: RawRequest) -> Response:
        """Return Rasa's acknowledgement."""
        return PlainTextResponse("success")

    def render(self, outbound: Outbound, address: Address) -> Rendered:
        """Return the calls that say `outbound`."""
        return render(outbound, address)

    def address_of(self, outbound: Outbound) -> Address | None:
        """Return the chat that the sender's id names, as everywhere in Rasa."""
        found = _CHAT.fullmatch(outbound.sender_id)
        return found and Address(chat=found[1], thread=found[2], account=self.account)

    async def call(self, operation: Operation, *, key: str) -> str | None:
        """Return the id of the message that the call made; Telegram knows no idempotency keys."""
        result = await self.api.call(operation)
        return str(result["message_id"]) if isinstance(result, dict) else None

    async def _register_until_done(self) -> None:
        """Register the webhook; while Telegram cannot be reached, try again with longer pauses."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(ChannelError),
            wait=wait_exponential_jitter(initial=1, max=LONGEST_PAUSE_S),
            before_sleep=lambda state: log.warning(
                "telegram.webhook_not_set", problem=str(state.outcome and state.outcome.exception())
            ),
        ):
            with attempt:
                await self._register()

    async def _register(self) -> None:
        me = await self.api.call(Operation(method="getMe", payload={}))
        username = str(me.get("username", "")) if isinstance(me, dict) else ""
        if self.settings.verify and username != self.settings.verify:
            log.warning(
                "telegram.other_bot", verify=self.settings.verify, token_belongs_to=username,
                hint="`verify` of telegram in credentials.yml is the bot's user name",
            )  # fmt: skip
        payload = {
            "url": self.settings.webhook_url,
            "secret_token": self.secret,
            "allowed_updates": list(HANDLED),
        }
        await self.api.call(Operation(method="setWebhook", payload=payload))
        log.info("telegram.webhook_set")


def _secret(settings: TelegramSettings) -> str:
    """Return the secret of the settings, or one that every process makes from the access token."""
    if settings.secret_token is not None:
        return settings.secret_token.get_secret_value()
    key = settings.access_token.get_secret_value().encode()
    return hmac.new(key, b"frontdesk telegram webhook", hashlib.sha256).hexdigest()
