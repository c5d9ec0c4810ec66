"""Calls wait for the platform's rates, and give up waiting when it would take too long."""

from __future__ import annotations

import asyncio
import time

import pytest

from connectors.channel import Rate
from connectors.errors import RateLimited
from connectors.push import Address
from connectors.throttle import Throttle

ONE, OTHER = Address(chat="1"), Address(chat="2")
GROUP = Address(chat="3", is_group=True)


async def test_a_chat_over_its_rate_waits_and_others_do_not() -> None:
    throttle = Throttle((Rate(2, 1, "chat"),))
    start = time.monotonic()
    for _ in range(2):
        await throttle.wait(ONE)
    await throttle.wait(OTHER)
    assert time.monotonic() - start < 0.8

    await throttle.wait(ONE)

    assert time.monotonic() - start >= 0.8


async def test_all_chats_share_the_accounts_rate() -> None:
    throttle = Throttle((Rate(3, 1, "account"),))
    start = time.monotonic()

    await asyncio.gather(*(throttle.wait(Address(chat=str(number))) for number in range(5)))

    assert time.monotonic() - start >= 0.8


async def test_a_group_that_must_wait_long_goes_back_to_the_outbox() -> None:
    throttle = Throttle((Rate(1, 60, "group"),))
    await throttle.wait(GROUP)

    with pytest.raises(RateLimited) as caught:
        await throttle.wait(GROUP)

    assert 5 < caught.value.retry_after_s <= 60
    await throttle.wait(ONE)
    await throttle.wait(ONE)
