"""The channel contract, way in: parse, verify, once, durable before the acknowledgement."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from bot.domain import Domain
from bot.errors import StoreError
from bot.model import LoadedModel, Models
from bot.nlg.answering import PLAIN
from bot.stores.store import InboxRow
from bot.worker import Worker
from connectors.channel import Desk
from connectors.errors import BadSignature
from connectors.push import ContactChanged, Ignored, RawRequest, Received
from tests.contracts.channel_case import Body, ChannelCase

NOW_S = 1_700_000_000.0
UNUSED = "http://127.0.0.1:9"
FIVE_MINUTES_S = 300.0


def app_of(channel: Any) -> FastAPI:
    app = FastAPI()
    for router in channel.routers():
        app.include_router(router)

    async def refused(request: object, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, status_code=503)

    app.add_exception_handler(StoreError, refused)
    return app


async def post(channel: Any, case: ChannelCase, request: RawRequest) -> httpx.Response:
    transport = httpx.ASGITransport(app_of(channel))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        headers = dict(request.headers)
        return await client.post(case.webhook, content=request.body, headers=headers)


async def waiting(desk: Desk) -> list[InboxRow]:
    """Return what is on disk and not answered."""
    leases = await desk.store.claim(limit=100, lease_s=30)
    for lease in leases:
        await desk.store.release(lease)
    return [row for lease in leases for row in lease.rows]


def signed_now(case: ChannelCase, body: Body) -> RawRequest:
    return case.sign(body, at_s=time.time())


async def test_every_published_payload_is_parsed_or_ignored_for_a_reason(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)
    received = 0
    for name, body in case.fixtures():
        request = case.sign(body, at_s=NOW_S)
        if channel.handshake(request) is not None:
            continue

        found = channel.parse(request)

        assert found, name
        for item in found:
            assert not isinstance(item, Ignored) or item.reason, name
            assert not isinstance(item, Received) or (item.text and item.dedupe_key), name
        received += sum(isinstance(item, Received) for item in found)
    assert received >= 5


async def test_dedupe_keys_do_not_depend_on_how_the_payload_was_written(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)
    for name, body in case.fixtures():
        if body.content_type != "application/json":
            continue
        rewritten = json.dumps(json.loads(body.content), indent=3, sort_keys=True).encode()
        requests = [case.sign(Body(content), at_s=NOW_S) for content in (body.content, rewritten)]

        first, second = (keys(channel, request) for request in requests)

        assert first == second, name


def keys(channel: Any, request: RawRequest) -> list[str]:
    found = channel.parse(request)
    return [item.dedupe_key for item in found if isinstance(item, Received)]


async def test_two_messages_never_share_a_dedupe_key(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)
    requests = [case.sign(case.message("hi", number), at_s=NOW_S) for number in range(1, 20)]

    found = [key for request in requests for key in keys(channel, request)]

    assert len(set(found)) == 19


async def test_a_genuine_request_is_let_in(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)

    channel.verify(case.sign(case.message("hello", 1), at_s=NOW_S))


async def test_a_wrong_secret_is_refused(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)

    with pytest.raises(BadSignature):
        channel.verify(case.sign(case.message("hello", 1), at_s=NOW_S, secret="another"))


async def test_a_request_without_any_one_of_its_security_headers_is_refused(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)
    request = case.sign(case.message("hello", 1), at_s=NOW_S)
    for name in set(request.headers) - {"content-type"}:
        bare = {key: value for key, value in request.headers.items() if key != name}

        with pytest.raises(BadSignature):
            channel.verify(replace(request, headers=bare))


async def test_a_flipped_byte_is_refused_where_the_body_is_signed(
    case: ChannelCase, desk: Desk
) -> None:
    if not case.has_timestamp:
        pytest.skip(f"{case.name} sends a secret and does not sign the body")
    channel = case.open(desk, UNUSED)
    request = case.sign(case.message("hello", 1), at_s=NOW_S)
    for place in range(0, len(request.body), 7):
        flipped = bytearray(request.body)
        flipped[place] ^= 1

        with pytest.raises(BadSignature):
            channel.verify(replace(request, body=bytes(flipped)))


@pytest.mark.parametrize("age_s", [-FIVE_MINUTES_S - 1, FIVE_MINUTES_S + 1])
async def test_a_stale_or_future_timestamp_is_refused(
    case: ChannelCase, desk: Desk, age_s: float
) -> None:
    if not case.has_timestamp:
        pytest.skip(f"{case.name} sends no time; replays are absorbed by the dedupe key")
    channel = case.open(desk, UNUSED)
    request = case.sign(case.message("hello", 1), at_s=NOW_S)

    with pytest.raises(BadSignature):
        channel.verify(replace(request, received_at=NOW_S + age_s))


@given(body=st.binary(max_size=40), header=st.text(max_size=20))
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
async def test_whatever_a_stranger_sends_is_refused_and_nothing_worse(
    case: ChannelCase, desk: Desk, body: bytes, header: str
) -> None:
    channel = case.open(desk, UNUSED)
    headers = case.sign(case.message("hello", 1), at_s=NOW_S).headers
    strange = {name: value if name == "content-type" else header for name, value in headers.items()}
    for made in (strange, {**strange, "x-slack-request-timestamp": str(int(NOW_S))}):
        request = RawRequest(method="POST", headers=made, body=body, received_at=NOW_S)

        with pytest.raises(BadSignature):
            channel.verify(request)


async def test_an_unsigned_request_leaves_no_trace(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)
    request = case.sign(case.message("hello", 1), at_s=time.time(), secret="another")

    response = await post(channel, case, request)

    assert response.status_code == 403
    assert not await waiting(desk)


async def test_a_body_that_is_no_payload_is_refused(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)
    for content in (b"", b"[]", b"{", b'"text"'):
        response = await post(channel, case, signed_now(case, Body(content)))

        assert response.status_code == 400, content
    assert not await waiting(desk)


async def test_a_message_delivered_again_is_one_row(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)
    request = signed_now(case, case.message("hello", 1))

    answers = await asyncio.gather(*(post(channel, case, request) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [row.inbound.text for row in await waiting(desk)] == ["hello"]


async def test_a_message_that_cannot_be_stored_is_not_acknowledged(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)
    await desk.store.close()

    response = await post(channel, case, signed_now(case, case.message("hello", 1)))

    assert response.status_code == 503
    await desk.store.open()
    assert not await waiting(desk)


async def test_a_pressed_button_is_its_payload_and_shows_its_title(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)

    response = await post(channel, case, signed_now(case, case.press("/affirm", "Yes", 1)))

    assert response.status_code == 200
    (row,) = await waiting(desk)
    assert (row.inbound.text, row.inbound.metadata["title"]) == ("/affirm", "Yes")


async def test_a_text_over_the_desks_limit_is_kept_whole_beside_it(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)

    await post(channel, case, signed_now(case, case.message("x" * 4096, 1)))

    (row,) = await waiting(desk)
    assert row.inbound.text == "x" * 4000
    assert row.inbound.metadata["full_text"] == "x" * 4096


async def test_every_event_says_where_to_answer(case: ChannelCase, desk: Desk) -> None:
    channel = case.open(desk, UNUSED)
    found = channel.parse(case.sign(case.message("hello", 1), at_s=NOW_S))

    addressed = [item for item in found if isinstance(item, Received | ContactChanged)]

    assert addressed
    assert all(item.address.chat for item in addressed)


class _Slow:
    """An engine that thinks until it is stopped."""

    answering = PLAIN

    def __init__(self) -> None:
        self.thinks = asyncio.Event()

    async def handle(self, message: Any, conversation: Any) -> Any:
        self.thinks.set()
        await asyncio.Event().wait()


async def test_the_acknowledgement_is_in_time_while_the_worker_is_slow(
    case: ChannelCase, desk: Desk
) -> None:
    channel = case.open(desk, UNUSED)
    engine = _Slow()
    models = Models(LoadedModel(engine=engine, domain=Domain(), id="slow"))  # type: ignore[arg-type]
    worker = asyncio.create_task(Worker(desk.store, models, desk.hints).run())
    took_s: list[float] = []
    try:
        for number in range(1, 40):
            request = signed_now(case, case.message("hello", number, customer=str(number)))
            start = time.perf_counter()
            response = await post(channel, case, request)
            took_s.append(time.perf_counter() - start)
            assert response.status_code == 200
            async with asyncio.timeout(10):
                await engine.thinks.wait()
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)

    assert max(took_s) < channel.capabilities.ack_budget_s
