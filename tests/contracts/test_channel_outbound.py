"""The channel contract, way out: limits, order, each call at most once, what refusals mean."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.types import Button, ConversationId, Outbound, Reply
from connectors.channel import Desk
from connectors.errors import (
    Blocked,
    ChannelError,
    Misconfigured,
    Moved,
    RateLimited,
    Unanswered,
    Unconfirmed,
    Unfinished,
)
from connectors.push import Address
from tests.contracts.channel_case import ChannelCase
from tests.contracts.neutral import FAMILY, LINK, NEUTRAL
from tests.contracts.test_channel_inbound import UNUSED, post, signed_now, waiting
from tests.fakes.platform import Fake

AT = Address(chat="1001", thread="1700000000.000001")
HANG_UP_AFTER_S = 0.5


@contextmanager
def talking(case: ChannelCase, desk: Desk) -> Iterator[tuple[Any, Fake]]:
    """Open the channel against a fake platform while the block runs."""
    fake = case.fake()
    with case.serve(fake) as url:
        channel = case.open(desk, url)
        channel.api.client.timeout = httpx.Timeout(HANG_UP_AFTER_S)
        yield channel, fake


async def met(channel: Any, case: ChannelCase, desk: Desk) -> Outbound:
    """Let a customer write; return an answer to that."""
    await post(channel, case, signed_now(case, case.message("hello", 1)))
    (row,) = await waiting(desk)
    return Outbound(
        idem_key=f"{row.id}:0", conversation_id=row.inbound.conversation_id, channel=case.name,
        sender_id=row.inbound.sender_id, reply=Reply(text="Hi!"), seq=2,
    )  # fmt: skip


def saying(outbound: Outbound, reply: Reply, key: str) -> Outbound:
    return Outbound(
        idem_key=key, conversation_id=outbound.conversation_id, channel=outbound.channel,
        sender_id=outbound.sender_id, reply=reply, seq=outbound.seq,
    )  # fmt: skip


def unsent(reply: Reply) -> Outbound:
    return Outbound(
        idem_key="1:0", conversation_id=ConversationId("1001"), channel="", sender_id="1001",
        reply=reply, seq=1,
    )  # fmt: skip


@pytest.mark.parametrize("name", NEUTRAL)
async def test_every_neutral_message_is_within_the_platforms_limits(
    case: ChannelCase, desk: Desk, name: str
) -> None:
    channel, fake = case.open(desk, UNUSED), case.fake()
    at = AT if case.name != "telegram" else Address(chat="1001", thread="7")

    rendered = channel.render(unsent(NEUTRAL[name]), at)

    assert rendered.operations
    for operation in rendered.operations:
        assert fake.problem(operation.method, operation.payload) is None
    shown = [value for op in rendered.operations for value in case.buttons(op)]
    meant = {rendered.tokens.get(value, value) for value in shown} | set(rendered.choices.values())
    assert {button.payload for button in NEUTRAL[name].buttons} <= meant


TEXTS = st.lists(
    st.sampled_from(["word", "你好。", "مرحبا", FAMILY, LINK, "\n\n", "\n", ". ", " ", "x" * 700]),
    max_size=60,
).map("".join)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    text=TEXTS,
    titles=st.lists(st.text(min_size=1, max_size=90), max_size=30),
    payload=st.text(max_size=80),
)
async def test_any_text_with_any_buttons_is_within_the_platforms_limits(
    case: ChannelCase, desk: Desk, text: str, titles: list[str], payload: str
) -> None:
    channel, fake = case.open(desk, UNUSED), case.fake()
    buttons = tuple(Button(title=title, payload=payload) for title in titles)

    rendered = channel.render(unsent(Reply(text=text, buttons=buttons)), Address(chat="1001"))

    for operation in rendered.operations:
        assert fake.problem(operation.method, operation.payload) is None


async def test_an_answer_reaches_the_customer_who_wrote(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)

        assert await channel.send(outbound)

        assert fake.texts == ["Hi!"]
        assert not fake.refused


async def test_parts_are_sent_in_order_within_the_rates(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        rate = next(r for r in channel.capabilities.rates if r.scope == "chat")
        many = [str(number) for number in range(rate.amount + 1)]
        start = time.monotonic()

        await channel.send(saying(outbound, Reply(text="\n\n".join(many)), "1:0"))

        assert fake.texts == many
        assert time.monotonic() - start > rate.per_s * 0.8


async def test_a_long_payload_comes_back_whole(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        reply = NEUTRAL["long payloads"]
        await channel.send(saying(outbound, reply, "1:0"))
        (value,) = case.buttons(fake.took[-1])  # type: ignore[arg-type]

        await post(channel, case, signed_now(case, case.press(value, "Go", 2)))

        pressed = (await waiting(desk))[-1].inbound
        assert (pressed.text, pressed.metadata["title"]) == (reply.buttons[0].payload, "Go")


@pytest.mark.parametrize("answer", ["2", "choice 1"])
async def test_a_number_or_a_title_stands_for_the_button_that_became_text(
    case: ChannelCase, desk: Desk, answer: str
) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        await channel.send(saying(outbound, NEUTRAL["two hundred buttons"], "1:0"))
        assert "2) Choice 1" in "\n".join(fake.texts)

        await post(channel, case, signed_now(case, case.message(answer, 2)))

        chosen = (await waiting(desk))[-1].inbound
        assert (chosen.text, chosen.metadata["title"]) == ('/choose{"n": 1}', answer)


async def test_the_next_turn_closes_the_choices(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, _):
        outbound = await met(channel, case, desk)
        await channel.send(saying(outbound, NEUTRAL["two hundred buttons"], "1:0"))
        await channel.send(saying(outbound, Reply(text="Choose!"), "1:1"))
        assert (await channel.notes.offer(outbound.conversation_id)).choices

        await channel.send(saying(outbound, Reply(text="Well."), "2:0"))

        assert not (await channel.notes.offer(outbound.conversation_id)).choices


async def test_refusals_say_what_the_sender_does_next(case: ChannelCase, desk: Desk) -> None:
    meanings: dict[str, type[ChannelError]] = {
        "rate_limited": RateLimited, "broken": ChannelError, "bad_token": Misconfigured,
        "blocked": Blocked, "moved": Moved,
    }  # fmt: skip
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        for mood in case.moods:
            fake.script.append(mood)

            with pytest.raises(meanings[mood]) as caught:
                await channel.send(outbound)

            assert caught.value.is_permanent == (mood == "blocked")
            assert (caught.value.retry_after_s is None) == (mood in ("broken", "blocked"))
            if mood == "blocked":
                assert not (await channel.notes.contact(outbound.conversation_id)).is_reachable
                await post(channel, case, signed_now(case, case.message("again", 9)))
        await channel.send(outbound)
        assert fake.texts == ["Hi!"]


async def test_a_blocked_contact_is_not_called(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        fake.script.append("blocked")
        with pytest.raises(Blocked):
            await channel.send(outbound)
        seen = fake.seen

        with pytest.raises(Blocked):
            await channel.send(saying(outbound, Reply(text="Still there?"), "2:0"))

        assert fake.seen == seen


async def test_a_message_that_was_taken_without_an_answer_is_not_sent_twice(
    case: ChannelCase, desk: Desk
) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        three = saying(outbound, Reply(text="one\n\ntwo\n\nthree"), "1:0")
        fake.script.extend(["ok", "accept_and_hang"])
        with pytest.raises(Unanswered):
            await channel.send(three)

        with pytest.raises(Unconfirmed):
            await channel.send(three)

        assert fake.texts == ["one", "two", "three"]


async def test_what_was_refused_is_sent_on_the_next_try_and_nothing_before_it_again(
    case: ChannelCase, desk: Desk
) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        three = saying(outbound, Reply(text="one\n\ntwo\n\nthree"), "1:0")
        fake.script.extend(["ok", "broken", "ok", "rate_limited"])
        for _ in range(2):
            with pytest.raises(ChannelError):
                await channel.send(three)

        await channel.send(three)

        assert fake.texts == ["one", "two", "three"]


async def test_a_long_reply_is_sent_in_several_leases(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        three = saying(outbound, Reply(text="one\n\ntwo\n\nthree"), "1:0")
        channel.delivery.budget_s = 0
        for _ in range(2):
            with pytest.raises(Unfinished):
                await channel.send(three)

        await channel.send(three)

        assert fake.texts == ["one", "two", "three"]


async def test_a_platform_that_is_away_is_tried_again(case: ChannelCase, desk: Desk) -> None:
    with talking(case, desk) as (channel, fake):
        outbound = await met(channel, case, desk)
        away = case.open(desk, UNUSED)

        with pytest.raises(ChannelError) as caught:
            await away.send(outbound)
        assert not caught.value.is_permanent
        assert not isinstance(caught.value, Unanswered)

        await channel.send(outbound)
        assert fake.texts == ["Hi!"]
