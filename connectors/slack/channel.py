"""The Slack channel: routes and signature; the rest is `parse.py`, `render.py`, `api.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.responses import PlainTextResponse, Response

from bot.types import Outbound
from connectors.channel import Capabilities, Desk
from connectors.delivery import Delivery
from connectors.errors import BadSignature
from connectors.notes import Notes
from connectors.push import Address, Incoming, Operation, RawRequest, Rendered
from connectors.receiver import Receiver
from connectors.slack.api import SlackApi
from connectors.slack.parse import Granularity, Hearing, fields_of, parse_request
from connectors.slack.render import CAPABILITIES, render


class SlackSettings(BaseModel):
    """`slack:` in `credentials.yml`, with Rasa's keys."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    slack_token: SecretStr = Field(min_length=1)
    """The bot's token, `xoxb-…`."""
    slack_channel: str | None = None
    """The id of a channel in which every message is heard, and where to write by default."""
    slack_signing_secret: SecretStr = Field(min_length=1)
    proxy: str | None = None
    use_threads: bool = False
    """Answer in the thread of the message."""
    conversation_granularity: Granularity = "sender"
    slack_retry_reason_header: str = "x-slack-retry-reason"
    """Without effect, as the next two: a repeated event is known by its own id."""
    slack_retry_number_header: str = "x-slack-retry-num"
    errors_ignore_retry: tuple[str, ...] = ("http_timeout",)
    api_url: str = "https://slack.com/api"


class Slack:
    """The Slack channel."""

    name: ClassVar[str] = "slack"
    capabilities: ClassVar[Capabilities] = CAPABILITIES
    Settings: ClassVar[type[SlackSettings]] = SlackSettings

    def __init__(self, desk: Desk, settings: SlackSettings) -> None:
        """Hold the desk and the settings."""
        self.settings = settings
        self.hearing = Hearing(
            slack_channel=settings.slack_channel,
            use_threads=settings.use_threads,
            granularity=settings.conversation_granularity,
        )
        self.api = SlackApi(settings.api_url, settings.slack_token, proxy=settings.proxy)
        self.notes = Notes(desk.store, self.name)
        self.receiver = Receiver(desk, self, self.notes)
        self.delivery = Delivery(self, self.notes)

    def routers(self) -> list[APIRouter]:
        """Return Rasa's routes; events, interactions and slash commands have the same one."""
        router = APIRouter(prefix="/webhooks/slack", tags=["slack channel"])
        router.get("/", summary="Health of the channel")(self.health)
        router.post("/webhook", summary="Called by Slack")(self.receiver.receive)
        return [router]

    async def send(self, outbound: Outbound) -> str | None:
        """Return Slack's id of the last message once `outbound` is delivered."""
        return await self.delivery.send(outbound)

    async def run(self) -> None:
        """Keep the connections to Slack until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.api.client.aclose()

    async def health(self) -> dict[str, str]:
        """Return Rasa's health answer."""
        return {"status": "ok"}

    def verify(self, request: RawRequest) -> None:
        """Return if the request is signed with the signing secret, within five minutes."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and signature.isascii()):
            raise BadSignature("the timestamp or the signature is missing or none")
        secret = self.settings.slack_signing_secret.get_secret_value()
        verifier = SignatureVerifier(secret, _FixedClock(request.received_at))
        try:
            is_valid = verifier.is_valid(request.body, timestamp, signature)
        except UnicodeDecodeError as error:  # the SDK decodes the body first; Slack sends UTF-8
            raise BadSignature("the body is not UTF-8") from error
        if not is_valid:
            raise BadSignature("the signature is wrong, or older than five minutes")

    def handshake(self, request: RawRequest) -> Response | None:
        """Return the challenge of `url_verification`, or 200 to a check of the certificate."""
        try:
            fields = fields_of(request)
        except ValueError:
            return None
        if fields.get("type") == "url_verification":
            return PlainTextResponse(str(fields.get("challenge", "")))
        return Response() if fields.get("ssl_check") else None

    def parse(self, request: RawRequest) -> Sequence[Incoming]:
        """Return the event, interaction or command of one request."""
        return parse_request(request, self.hearing)

    def ack(self, request: RawRequest) -> Response:
        """Return an empty 200; a body would show as a message after a slash command."""
        return Response()

    def render(self, outbound: Outbound, address: Address) -> Rendered:
        """Return the calls that say `outbound`."""
        return render(outbound, address)

    def address_of(self, outbound: Outbound) -> Address | None:
        """Return the channel that the conversation's id names, `slack_channel`, or the person."""
        user, _, rest = outbound.sender_id.partition("_")
        channel, _, thread = rest.partition("_")
        return Address(
            chat=channel or self.settings.slack_channel or user,
            thread=thread if thread and self.settings.use_threads else None,
        )

    async def call(self, operation: Operation, *, key: str) -> str | None:
        """Return the `ts` of the posted message; Slack knows no idempotency keys."""
        return str((await self.api.call(operation)).get("ts") or "") or None


class _FixedClock(Clock):
    """The time of the request, so that checking it depends on nothing else."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds
