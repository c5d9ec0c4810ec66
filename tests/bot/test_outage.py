"""How often an unreachable server is tried."""

from __future__ import annotations

from bot.actions.outage import PAUSE_S, Outage


def test_after_an_outage_one_attempt_is_enough_for_a_while() -> None:
    now = [100.0]
    outage = Outage(clock=lambda: now[0])
    assert outage.attempts(3) == 3

    outage.noticed()
    assert outage.attempts(3) == 1
    now[0] += PAUSE_S
    assert outage.attempts(3) == 3


def test_a_server_that_answers_gets_all_attempts_again() -> None:
    outage = Outage(clock=lambda: 100.0)
    outage.noticed()
    outage.ended()

    assert outage.attempts(3) == 3
