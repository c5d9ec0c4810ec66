"""What every store must do; a test module subclasses `StoreContract` and gives it a `store`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import LeaseLost, OwnershipConflict
from bot.events import (
    ActionFailed,
    BotSaid,
    DraftDiscarded,
    Event,
    HandoffRequested,
    OperatorJoined,
    OperatorSaid,
    ReminderCancelled,
    ReminderSet,
    Resolved,
    SessionStarted,
    SlotSet,
    UserSaid,
    externally,
    is_external,
)
from bot.mood import priority_of
from bot.stores.store import Accepted, Committed, Inbound, Lease, Operator, Store, TurnRecord
from bot.types import (
    Button,
    ConversationId,
    Entity,
    ExternalIntent,
    Intent,
    Reading,
    Reply,
    Sentiment,
)

ANA = Operator(id="ana", name="Ana", role="admin")
BEN = Operator(id="ben", name="Ben")
C1 = ConversationId("c1")


def inbound(key: str, *, conversation: str = "c1", text: str | None = None) -> Inbound:
    """Return a message with the dedupe key `key`."""
    return Inbound(
        channel="widget",
        dedupe_key=key,
        conversation_id=ConversationId(conversation),
        sender_id=f"visitor-{conversation}",
        text=text or f"text {key}",
        metadata={"page": "/"},
        locale="en",
    )


def external(key: str, **more: Any) -> Inbound:
    """Return an intent that a system triggers in `c1`."""
    intent = ExternalIntent(name="remind", **more)
    return Inbound(
        channel="api", dedupe_key=key, conversation_id=C1, sender_id="visitor-c1",
        text=intent.text, external=intent,
    )  # fmt: skip


def triggered(lease: Lease, *more: Event, row: int = 0) -> TurnRecord:
    """Return a turn that answers the lease's external intent number `row` with `more`."""
    waiting = lease.rows[row]
    assert waiting.inbound.external is not None
    said = externally(waiting.inbound.external, at=waiting.received_at, message_id="", channel="w")
    return TurnRecord(inbox_id=waiting.id, events=(said, *more), as_bot=True)


def feeling(label: str, *, anger: float = 0.0) -> UserSaid:
    """Return the event of a customer's message that shows a feeling."""
    sentiment = Sentiment(label=label, confidence=1.0, anger=anger)
    reading = Reading(text="t", intent=Intent(name=None, confidence=0.0), sentiment=sentiment)
    return UserSaid(text="t", reading=reading)


def user(text: str) -> UserSaid:
    """Return the event of a customer's `text`."""
    reading = Reading(text=text, intent=Intent(name="ask", confidence=0.9))
    return UserSaid(text=text, reading=reading, channel="widget")


def bot(text: str) -> BotSaid:
    """Return the event of a bot's `text` with a button."""
    return BotSaid(reply=Reply(text=text, buttons=(Button(title="Yes", payload="/affirm"),)))


def turn(lease: Lease, *more: Event, row: int = 0, as_bot: bool = True) -> TurnRecord:
    """Return a turn that answers the lease's message number `row` with `more`."""
    waiting = lease.rows[row]
    events = (user(waiting.inbound.text), *more)
    return TurnRecord(inbox_id=waiting.id, events=events, as_bot=as_bot)


def reminder(name: str, *, in_s: float = -1, intent: str = "wake", **more: Any) -> ReminderSet:
    """Return the event that sets a reminder, which is due unless `in_s` says otherwise."""
    due_at = datetime.now(UTC) + timedelta(seconds=in_s)
    return ReminderSet(name=name, intent=intent, due_at=due_at, **more)


async def waiting_reminders(store: Store) -> list[str]:
    """Return the names of the reminders that were moved to the inbox, in its order."""
    leases = await store.claim(limit=100, lease_s=30)
    rows = sorted((row for lease in leases for row in lease.rows), key=lambda row: row.id)
    return [str(row.inbound.external.reminder) for row in rows if row.inbound.external]


async def claim_one(store: Store) -> Lease:
    """Return the only lease that there is to have."""
    (lease,) = await store.claim(limit=10, lease_s=30)
    return lease


async def answer(store: Store, key: str, *more: Event, as_bot: bool = True) -> Committed:
    """Accept, claim, commit and release one message of `c1`."""
    await store.accept(inbound(key))
    lease = await claim_one(store)
    committed = await store.commit(lease, turn(lease, *more, as_bot=as_bot))
    await store.release(lease)
    return committed


async def kinds(store: Store, conversation: str = "c1") -> list[str]:
    """Return the kinds of the conversation's events."""
    return [e.event.kind for e in await store.events(ConversationId(conversation))]


async def conflict(action: Awaitable[Any]) -> OwnershipConflict:
    """Return the conflict that `action` must raise."""
    with pytest.raises(OwnershipConflict) as caught:
        await action
    return caught.value


class Claimant:
    """Takes up to `room` conversations and holds them."""

    lease_s = 30.0

    def __init__(self, room: int) -> None:
        self.leases: list[Lease] = []
        self._room = room

    def room(self) -> int:
        return self._room - len(self.leases)

    def take(self, leases: Sequence[Lease]) -> None:
        self.leases += leases


class StoreContract:
    """The contract; `store` is an open, empty store."""

    # Inbox

    async def test_an_external_intent_comes_back_as_it_was_accepted(self, store: Store) -> None:
        sent = external("k", entities=(Entity(name="city", value={"a": [1]}, processors=("p",)),))

        receipts = [await store.accept(sent) for _ in range(2)]

        assert [receipt.is_duplicate for receipt in receipts] == [False, True]
        assert (await claim_one(store)).rows[0].inbound == sent

    async def test_an_external_intent_answers_where_the_customer_wrote_last(
        self, store: Store
    ) -> None:
        await answer(store, "k1", bot("hello"))
        before = await store.summary(C1)
        await store.accept(external("k2"))
        await store.accept(external("k3", output_channel="sms"))
        lease = await claim_one(store)
        for row in (0, 1):
            await store.commit(lease, triggered(lease, bot("reminder"), row=row))

        where = []
        for _ in range(3):
            (delivery,) = await store.claim_deliveries(limit=9, lease_s=30)
            await store.mark_sent(delivery, provider_id=None)
            where.append((delivery.outbound.channel, delivery.outbound.sender_id))
        assert where == [("widget", "visitor-c1"), ("widget", "visitor-c1"), ("sms", "visitor-c1")]
        after = await store.summary(C1)
        assert before is not None and after is not None
        assert (after.channel, after.locale) == ("widget", "en")
        assert after.customer_last_seq == before.customer_last_seq
        assert after.last_public_seq == before.last_public_seq + 2

    async def test_an_external_intent_that_leads_to_nothing_is_done(self, store: Store) -> None:
        await answer(store, "k1")
        accepted = await store.accept(external("k2"))
        lease = await claim_one(store)

        await store.commit(lease, TurnRecord(inbox_id=accepted.inbox_id, events=(), as_bot=True))

        assert await store.is_done(accepted.inbox_id)
        await store.release(lease)
        assert await store.claim(limit=10, lease_s=30) == ()

    async def test_an_external_intent_that_fails_is_shown_as_such(self, store: Store) -> None:
        accepted = await store.accept(external("k"))
        lease = await claim_one(store)
        await store.fail(lease, accepted.inbox_id, problem="x", retry_in_s=0, max_attempts=1)

        said = (await store.events(C1))[0]
        assert is_external(said.event) and said.public_seq is None

    async def test_concurrent_duplicates_are_one_message(self, store: Store) -> None:
        receipts = await asyncio.gather(*(store.accept(inbound(f"k{n % 5}")) for n in range(50)))
        assert sum(not receipt.is_duplicate for receipt in receipts) == 5
        assert len({receipt.inbox_id for receipt in receipts}) == 5
        again = await store.accept(inbound("k0", text="other"))
        assert again == Accepted(inbox_id=receipts[0].inbox_id, is_duplicate=True)
        assert len((await claim_one(store)).rows) == 5

    async def test_same_key_on_another_channel_is_another_message(self, store: Store) -> None:
        first = await store.accept(inbound("k"))
        other = Inbound(channel="rest", dedupe_key="k", conversation_id=C1, sender_id="s", text="t")
        second = await store.accept(other)
        assert not second.is_duplicate and second.inbox_id != first.inbox_id
        lease = await claim_one(store)
        for number in range(2):
            await store.commit(lease, turn(lease, row=number))
        assert [e.cid for e in await store.events(C1)] == ["k", "k"]

    async def test_messages_come_in_their_order_with_all_they_hold(self, store: Store) -> None:
        sent = [inbound(f"k{n}", text="订单 \0 \U0001f600 'x' :y") for n in range(20)]
        for message in sent:
            await store.accept(message)
        lease = await claim_one(store)
        assert [row.inbound for row in lease.rows] == sent
        assert (lease.state, lease.epoch) == ("bot", 0)
        assert lease.rows[0].attempts == 0 and lease.rows[0].received_at.tzinfo is not None

    async def test_claim_takes_the_oldest_conversations_once(self, store: Store) -> None:
        for number in range(5):
            await store.accept(inbound(f"k{number}", conversation=f"c{number}"))
        first = await store.claim(limit=2, lease_s=30)
        assert [lease.conversation_id for lease in first] == ["c0", "c1"]
        rest = await store.claim(limit=10, lease_s=30)
        assert [lease.conversation_id for lease in rest] == ["c2", "c3", "c4"]
        assert await store.claim(limit=10, lease_s=30) == ()

    async def test_who_serves_the_store_gets_what_is_accepted(self, store: Store) -> None:
        claimant = Claimant(room=2)
        await store.accept(inbound("early", conversation="c0"))
        store.serve(claimant)
        receipts = [
            await store.accept(inbound(key, conversation=key)) for key in ("c1", "c2", "c2")
        ]
        store.serve(None)
        unseen = await store.accept(inbound("late", conversation="c3"))

        assert [lease.conversation_id for lease in claimant.leases] == ["c0", "c1"]
        assert [row.inbound.dedupe_key for lease in claimant.leases for row in lease.rows] == [
            "early",
            "c1",
        ]
        assert [receipt.is_claimed for receipt in (*receipts, unseen)] == [
            True,
            False,
            False,
            False,
        ]
        assert [receipt.is_duplicate for receipt in receipts] == [False, False, True]
        rest = await store.claim(limit=9, lease_s=30)
        assert [lease.conversation_id for lease in rest] == ["c2", "c3"]

    async def test_concurrent_claims_share_no_conversation(self, store: Store) -> None:
        for number in range(40):
            await store.accept(inbound(f"k{number}", conversation=f"c{number}"))
        got = await asyncio.gather(*(store.claim(limit=7, lease_s=30) for _ in range(8)))
        ids = [lease.conversation_id for leases in got for lease in leases]
        rest = await store.claim(limit=100, lease_s=30)
        ids += [lease.conversation_id for lease in rest]
        assert len(ids) == len(set(ids)) == 40

    async def test_an_expired_lease_is_fenced(self, store: Store) -> None:
        await store.accept(inbound("k"))
        (late,) = await store.claim(limit=1, lease_s=0)
        await asyncio.sleep(0.02)
        lease = await claim_one(store)
        for action in (store.renew(late, lease_s=30), store.commit(late, turn(late, bot("no")))):
            with pytest.raises(LeaseLost):
                await action
        await store.release(late)
        assert await store.claim(limit=1, lease_s=30) == ()
        await store.commit(lease, turn(lease, bot("yes")))
        said = [e.event for e in await store.events(C1) if isinstance(e.event, BotSaid)]
        assert [event.reply.text for event in said] == ["yes"]

    async def test_renew_and_release(self, store: Store) -> None:
        await store.accept(inbound("k"))
        (lease,) = await store.claim(limit=1, lease_s=0)
        await store.renew(lease, lease_s=30)
        await asyncio.sleep(0.02)
        assert await store.claim(limit=1, lease_s=30) == ()
        await store.release(lease)
        assert (await claim_one(store)).token != lease.token

    async def test_a_message_accepted_during_a_turn_is_not_forgotten(self, store: Store) -> None:
        await store.accept(inbound("a"))
        lease = await claim_one(store)
        await store.accept(inbound("b"))
        await store.commit(lease, turn(lease))
        await store.release(lease)
        lease = await claim_one(store)
        assert [row.inbound.dedupe_key for row in lease.rows] == ["b"]

    # Turns

    async def test_commit_records_all_of_a_turn(self, store: Store) -> None:
        receipt = await store.accept(inbound("k", text="hello"))
        assert not await store.is_done(receipt.inbox_id)
        lease = await claim_one(store)
        entries = (SlotSet(name="size", value={"a": [1]}), bot("one"), bot("two"))
        record = turn(lease, *entries)
        assert await store.commit(lease, record) == Committed(
            last_seq=4, was_fenced=False, epoch=0, state="bot"
        )
        assert await store.is_done(receipt.inbox_id)
        stored = await store.events(C1)
        assert [e.event for e in stored] == list(record.events)
        assert [(e.seq, e.public_seq) for e in stored] == [(1, 1), (2, None), (3, 2), (4, 3)]
        assert [e.cid for e in stored] == ["k", None, None, None]
        assert await store.events_of(receipt.inbox_id) == stored
        assert await store.events(C1, after_seq=1, limit=2) == stored[1:3]
        (delivery,) = await store.claim_deliveries(limit=5, lease_s=30)
        out = delivery.outbound
        assert (out.idem_key, out.seq) == (f"{receipt.inbox_id}:0", 3)
        assert (out.channel, out.sender_id, out.from_kind) == ("widget", "visitor-c1", "bot")
        assert out.reply == bot("one").reply
        summary = await store.summary(C1)
        assert summary is not None
        assert (summary.last_text, summary.last_from) == ("hello", "customer")
        assert (summary.last_seq, summary.last_public_seq, summary.customer_last_seq) == (4, 3, 1)
        assert summary.locale == "en"

    async def test_an_awaited_message_is_answered_by_its_request_alone(self, store: Store) -> None:
        await store.accept(replace(inbound("a"), is_awaited=True))
        lease = await claim_one(store)
        assert lease.rows[0].inbound.is_awaited

        await store.commit(lease, turn(lease, bot("hi")))

        said = [item.event for item in await store.events_of(lease.rows[0].id)]
        assert [type(event) for event in said] == [UserSaid, BotSaid]
        assert await store.claim_deliveries(limit=9, lease_s=9) == ()

    async def test_a_repeated_commit_changes_nothing(self, store: Store) -> None:
        await store.accept(inbound("k"))
        lease = await claim_one(store)
        record = turn(lease, bot("once"))
        first = await store.commit(lease, record)
        again = await asyncio.gather(*(store.commit(lease, record) for _ in range(5)))
        assert set(again) == {replace(first, was_repeated=True)}
        assert await kinds(store) == ["user", "bot"]

    async def test_many_conversations_commit_together(self, store: Store) -> None:
        keys = [f"c{number}" for number in range(60)]
        await asyncio.gather(*(store.accept(inbound(key, conversation=key)) for key in keys))
        leases = await store.claim(limit=100, lease_s=30)
        records = [turn(lease, bot(lease.conversation_id)) for lease in leases]
        await asyncio.gather(*map(store.commit, leases, records))
        assert [await kinds(store, key) for key in keys] == [["user", "bot"]] * 60
        cursor, seen = 0, list[str]()
        while (page := await store.changed_since(cursor, limit=7))[1]:
            cursor = page[0]
            seen += [summary.id for summary in page[1]]
        assert sorted(seen) == sorted(keys)

    async def test_a_row_that_cannot_be_stored_fails_alone(self, store: Store) -> None:
        bad = Inbound(
            channel="widget", dedupe_key="bad", conversation_id=C1, sender_id="s", text="t",
            metadata={"not": object()},
        )  # fmt: skip
        good = [store.accept(inbound(f"k{number}")) for number in range(5)]
        results = await asyncio.gather(store.accept(bad), *good, return_exceptions=True)
        assert [isinstance(result, Accepted) for result in results] == [False] + [True] * 5

    async def test_takeover_fences_the_bots_turn(self, store: Store) -> None:
        await store.accept(inbound("k", text="help"))
        lease = await claim_one(store)
        await store.assign(C1, ANA)
        record = turn(lease, SlotSet(name="size", value=1), bot("too late"))
        committed = await store.commit(lease, record)
        assert committed == Committed(last_seq=3, was_fenced=True, epoch=1, state="assigned")
        stored = [e.event for e in await store.events(C1)]
        assert isinstance(stored[0], OperatorJoined)
        assert stored[1] == record.events[0]
        assert isinstance(stored[2], DraftDiscarded) and stored[2].texts == ("too late",)
        assert await store.claim_deliveries(limit=5, lease_s=30) == ()
        assert await store.is_done(record.inbox_id)
        assert await store.commit(lease, record) == replace(committed, was_repeated=True)

    async def test_a_turn_of_an_earlier_period_is_dropped_and_answered_anew(
        self, store: Store
    ) -> None:
        await store.accept(inbound("k"))
        lease = await claim_one(store)
        await store.assign(C1, ANA)
        await store.hand_back(C1, ANA)
        with pytest.raises(LeaseLost):
            await store.commit(lease, turn(lease, bot("out of date")))
        assert "bot" not in await kinds(store)

        await store.release(lease)
        again = await claim_one(store)
        committed = await store.commit(again, turn(again, bot("in time")))

        assert (committed.was_fenced, committed.state, committed.epoch) == (False, "bot", 2)
        assert (await kinds(store)).count("bot") == 1

    async def test_a_lease_covers_its_own_conversation_only(self, store: Store) -> None:
        await store.accept(inbound("a", conversation="a"))
        await store.accept(inbound("b", conversation="b"))
        first, second = await store.claim(limit=2, lease_s=30)
        with pytest.raises(LeaseLost):
            await store.commit(first, turn(second, bot("no")))
        assert await kinds(store, "a") == await kinds(store, "b") == []

    async def test_handoff_in_a_turn_queues_after_its_texts(self, store: Store) -> None:
        committed = await answer(
            store, "k", HandoffRequested(reason="asked"), bot("A person will come.")
        )
        assert (committed.state, committed.epoch, committed.was_fenced) == ("queued", 1, False)
        summary = await store.summary(C1)
        assert summary is not None and summary.waiting_since is not None
        assert summary.handoff_reason == "asked"
        assert len(await store.claim_deliveries(limit=5, lease_s=30)) == 1
        waited = summary.waiting_since
        await answer(store, "k2", as_bot=False)
        summary = await store.summary(C1)
        assert summary is not None and summary.waiting_since == waited

    async def test_after_a_handoff_the_same_lease_cannot_speak(self, store: Store) -> None:
        await store.accept(inbound("a"))
        await store.accept(inbound("b"))
        lease = await claim_one(store)
        await store.commit(lease, turn(lease, HandoffRequested(reason="asked")))
        late = await store.commit(lease, turn(lease, bot("late"), row=1))
        assert late.was_fenced
        assert await kinds(store) == ["user", "handoff_requested", "user", "draft_discarded"]

    async def test_a_resolved_conversation_reopens_for_its_customer(self, store: Store) -> None:
        await answer(store, "k")
        await store.assign(C1, ANA)
        closed = await store.resolve(C1, ANA)
        assert (closed.state, closed.assignee) == ("resolved", None)
        await store.accept(inbound("a"))
        await store.accept(inbound("b"))
        lease = await claim_one(store)
        assert lease.state == "resolved"
        for number in range(2):
            done = await store.commit(lease, turn(lease, bot("hello again"), row=number))
            assert (done.state, done.was_fenced) == ("bot", False)

    async def test_a_bot_can_resolve(self, store: Store) -> None:
        committed = await answer(store, "k", bot("Bye."), Resolved(by="bot"))
        assert (committed.state, committed.epoch) == ("resolved", 1)

    # Failures

    async def test_failing_retries_then_calls_a_person(self, store: Store) -> None:
        receipt = await store.accept(inbound("k", text="boom"))
        await store.accept(inbound("k2"))
        lease = await claim_one(store)
        how: Any = {"problem": "kaput", "max_attempts": 2}
        assert not await store.fail(lease, receipt.inbox_id, retry_in_s=0.15, **how)
        await store.release(lease)
        assert await store.claim(limit=1, lease_s=30) == ()
        await asyncio.sleep(0.2)
        lease = await claim_one(store)
        assert lease.rows[0].attempts == 1
        assert await store.fail(lease, receipt.inbox_id, retry_in_s=60, **how)
        assert await store.is_done(receipt.inbox_id)
        stored = [e.event for e in await store.events_of(receipt.inbox_id)]
        assert isinstance(stored[0], UserSaid) and stored[0].text == "boom"
        assert isinstance(stored[1], ActionFailed) and stored[1].problem == "kaput"
        summary = await store.summary(C1)
        assert summary is not None and summary.state == "queued"
        await store.release(lease)
        lease = await claim_one(store)
        assert [row.inbound.dedupe_key for row in lease.rows] == ["k2"]

    async def test_a_lost_lease_cannot_fail_a_message(self, store: Store) -> None:
        receipt = await store.accept(inbound("k"))
        (late,) = await store.claim(limit=1, lease_s=0)
        await asyncio.sleep(0.02)
        await claim_one(store)
        with pytest.raises(LeaseLost):
            await store.fail(late, receipt.inbox_id, problem="p", retry_in_s=0, max_attempts=1)

    # Conversations

    async def test_append_outside_a_turn(self, store: Store) -> None:
        last = await store.append(
            C1, [SessionStarted(), bot("Welcome")], channel="widget", sender_id="s"
        )
        assert last == 2
        assert await kinds(store) == ["session_started", "bot"]
        assert await store.append(C1, [SessionStarted()], channel="widget", sender_id="s") == 3
        assert await store.claim_deliveries(limit=5, lease_s=30) == ()

    async def test_append_can_queue_a_conversation(self, store: Store) -> None:
        entries = [HandoffRequested(reason="by the API")]
        await store.append(C1, entries, channel="widget", sender_id="s")
        summary = await store.summary(C1)
        assert summary is not None
        assert (summary.state, summary.owner_epoch) == ("queued", 1)

    async def test_odd_texts_survive(self, store: Store) -> None:
        odd = "a\0b \ud800 \u2028 '; DROP TABLE inbox; -- %s :x"
        await store.accept(inbound("k", text=odd))
        lease = await claim_one(store)
        await store.commit(lease, turn(lease, bot(odd)))
        first, second = (e.event for e in await store.events(C1))
        assert isinstance(first, UserSaid) and first.text == odd
        assert isinstance(second, BotSaid) and second.reply.text == odd
        (delivery,) = await store.claim_deliveries(limit=1, lease_s=30)
        assert delivery.outbound.reply.text == odd
        assert await store.summary(C1) is not None

    async def test_unknown_conversations(self, store: Store) -> None:
        nobody = ConversationId("nobody")
        assert await store.events(nobody) == ()
        assert await store.summary(nobody) is None
        assert not await store.is_done(12345)
        for action in (store.assign(nobody, ANA), store.say(nobody, ANA, cid="1", text="t")):
            with pytest.raises(KeyError):
                await action

    async def test_views_and_counts(self, store: Store) -> None:
        for key in ("bot1", "q1", "q2", "mine", "his", "closed"):
            await store.accept(inbound(key, conversation=key))
            lease = await claim_one(store)
            more = [HandoffRequested(reason="r")] if key in ("q1", "q2") else []
            await store.commit(lease, turn(lease, *more))
            await store.release(lease)
        for key, operator in (("mine", ANA), ("his", BEN), ("closed", ANA)):
            await store.assign(ConversationId(key), operator)
        await store.resolve(ConversationId("closed"), ANA)
        expected = {
            "queue": ["q1", "q2"], "mine": ["mine"], "bot": ["bot1"],
            "assigned": ["his", "mine"], "resolved": ["closed"],
            "all": ["closed", "his", "mine", "q2", "q1", "bot1"],
        }  # fmt: skip
        counts = await store.counts(operator_id="ana")
        for view, ids in expected.items():
            found = await store.summaries(view, operator_id="ana")  # type: ignore[arg-type]
            assert [summary.id for summary in found] == ids, view
            assert counts[view] == len(ids)  # type: ignore[index]
        assert len(await store.summaries("all", limit=2)) == 2
        assert (await store.counts())["mine"] == 0

    async def test_the_queue_has_the_angry_first_then_the_upset(self, store: Store) -> None:
        feelings = {"calm": 0.0, "upset": 0.6, "angry": 1.0, "fair": 0.0}
        for key, temper in feelings.items():
            await store.accept(inbound(key, conversation=key))
            lease = await claim_one(store)
            waiting = lease.rows[0]
            # Two negative messages in a row upset; one angry message is enough.
            told = [feeling("negative", anger=1.0 if temper == 1.0 else 0.0)] * (temper > 0) * 2
            events = (*told, HandoffRequested(reason="r"))
            record = TurnRecord(inbox_id=waiting.id, events=events, as_bot=True)
            await store.commit(lease, record)
            await store.release(lease)
        queue = await store.summaries("queue")
        assert [summary.id for summary in queue] == ["angry", "upset", "calm", "fair"]
        assert [priority_of(summary.temper) for summary in queue] == [2, 1, 0, 0]

        # Who calms down while waiting goes back behind those who waited longer.
        for number in range(3):
            await store.accept(inbound(f"more-{number}", conversation="angry"))
            lease = await claim_one(store)
            calm = TurnRecord(inbox_id=lease.rows[0].id, events=(feeling("neutral"),), as_bot=False)
            await store.commit(lease, calm)
            await store.release(lease)
        queue = await store.summaries("queue")
        assert [summary.id for summary in queue] == ["upset", "calm", "angry", "fair"]

    async def test_changed_since_shows_every_change_once(self, store: Store) -> None:
        cursor, found = await store.changed_since(0)
        assert found == ()
        for key in ("a", "b", "c"):
            await store.append(ConversationId(key), [bot(key)], channel="widget", sender_id="s")
        cursor, found = await store.changed_since(cursor, limit=2)
        assert [summary.id for summary in found] == ["a", "b"]
        await store.assign(ConversationId("a"), ANA)
        cursor, found = await store.changed_since(cursor)
        assert [(s.id, s.state) for s in found] == [("c", "bot"), ("a", "assigned")]
        assert await store.changed_since(cursor) == (cursor, ())

    async def test_changed_since_misses_nothing_under_concurrency(self, store: Store) -> None:
        seen: set[str] = set()
        cursor = 0
        keys = {f"c{number}" for number in range(60)}
        writers = [
            asyncio.ensure_future(
                store.append(ConversationId(key), [bot("x")], channel="w", sender_id="s")
            )
            for key in keys
        ]
        while True:
            are_done = all(writer.done() for writer in writers)
            cursor, found = await store.changed_since(cursor)
            seen |= {summary.id for summary in found}
            if are_done:
                break
        assert seen == keys

    # Reminders

    async def test_a_due_reminder_becomes_one_inbox_row(self, store: Store) -> None:
        entities = [{"entity": "task", "value": "call"}]
        await answer(store, "k", reminder("r", entities=entities, kill_on_user_message=False))

        assert await store.fire_timers(limit=10) == 1

        assert await store.fire_timers(limit=10) == 0
        (row,) = (await claim_one(store)).rows
        assert (row.inbound.channel, row.inbound.sender_id) == ("reminder", "visitor-c1")
        assert row.inbound.text == "EXTERNAL: wake"
        assert row.inbound.external == ExternalIntent(
            name="wake", entities=(Entity(name="task", value="call"),), reminder="r"
        )

    async def test_reminders_wait_for_their_time(self, store: Store) -> None:
        assert await store.next_timer_s() is None
        await answer(store, "k", reminder("late", in_s=7200), reminder("early", in_s=3600))

        assert await store.fire_timers(limit=10) == 0

        wait_s = await store.next_timer_s()
        assert wait_s is not None and 3590 < wait_s <= 3600

    async def test_due_reminders_fire_in_their_order(self, store: Store) -> None:
        events = [reminder(str(n), in_s=-10 + n) for n in (2, 0, 1)]
        await answer(store, "k", *events)

        assert [await store.fire_timers(limit=2) for _ in range(2)] == [2, 1]

        assert await waiting_reminders(store) == ["0", "1", "2"]

    async def test_the_same_name_replaces_within_its_conversation(self, store: Store) -> None:
        await answer(store, "k1", reminder("r", in_s=-5), reminder("r", in_s=3600))
        await store.append(
            ConversationId("c2"), [reminder("r")], channel="w", sender_id="s", acts=True
        )

        assert await store.fire_timers(limit=10) == 1

        (lease,) = await store.claim(limit=10, lease_s=30)
        assert lease.conversation_id == "c2"

    @pytest.mark.parametrize(
        ("cancelled", "left"),
        [
            (ReminderCancelled(name="a"), ["b", "c"]),
            (ReminderCancelled(intent="sleep"), ["a", "b"]),
            (ReminderCancelled(entities=[{"entity": "n", "value": 1}]), ["a", "c"]),
            (ReminderCancelled(name="a", intent="sleep"), ["a", "b", "c"]),
            (ReminderCancelled(), []),
        ],
        ids=["name", "intent", "entities", "nothing fits both", "all"],
    )
    async def test_cancelling_takes_what_fits_every_filter(
        self, store: Store, cancelled: ReminderCancelled, left: list[str]
    ) -> None:
        b = reminder("b", entities=[{"entity": "n", "value": 1}])
        await answer(store, "k", reminder("a"), b, reminder("c", intent="sleep"))
        await answer(store, "k2", cancelled)

        assert await store.fire_timers(limit=10) == len(left)

        assert sorted(await waiting_reminders(store)) == left

    async def test_a_reminder_that_is_set_after_a_cancellation_stays(self, store: Store) -> None:
        await answer(store, "k", reminder("old"), ReminderCancelled(), reminder("new"))

        await store.fire_timers(limit=10)

        assert await waiting_reminders(store) == ["new"]

    async def test_a_reminder_of_a_turn_that_was_fenced_is_not_set(self, store: Store) -> None:
        await store.accept(inbound("k"))
        lease = await claim_one(store)
        await store.assign(C1, ANA)
        committed = await store.commit(lease, turn(lease, reminder("r")))

        assert committed.was_fenced
        assert await store.next_timer_s() is None

    async def test_events_that_are_only_recorded_have_no_effects(self, store: Store) -> None:
        events = [reminder("r"), bot("hello")]
        await store.append(C1, events, channel="w", sender_id="s")
        assert await store.next_timer_s() is None
        assert await store.claim_deliveries(limit=9, lease_s=30) == ()

        await store.append(C1, events, channel="w", sender_id="s", acts=True)

        assert await store.fire_timers(limit=9) == 1
        (delivery,) = await store.claim_deliveries(limit=9, lease_s=30)
        assert delivery.outbound.channel == "w" and delivery.outbound.reply.text == "hello"

    async def test_a_reminder_with_odd_entities_fires_without_them(self, store: Store) -> None:
        await answer(store, "k", reminder("r", entities="odd"))

        assert await store.fire_timers(limit=10) == 1

        external = (await claim_one(store)).rows[0].inbound.external
        assert external is not None and external.entities == ()

    async def test_many_pollers_fire_each_reminder_once(self, store: Store) -> None:
        for number in range(30):
            key = ConversationId(f"c{number % 10}")
            event = reminder(str(number))
            await store.append(key, [event], channel="w", sender_id="s", acts=True)

        fired = await asyncio.gather(*(store.fire_timers(limit=7) for _ in range(20)))
        while more := await store.fire_timers(limit=7):
            fired.append(more)

        assert sum(fired) == 30
        assert sorted(await waiting_reminders(store), key=int) == [str(n) for n in range(30)]

    async def test_setting_and_firing_at_once_neither_loses_nor_doubles(self, store: Store) -> None:
        keys = [ConversationId(f"c{number}") for number in range(5)]

        async def set_some(key: ConversationId) -> None:
            for number in range(10):
                event = reminder(f"{key}-{number}")
                await store.append(key, [event], channel="w", sender_id="s", acts=True)

        async def fire_some() -> int:
            return sum([await store.fire_timers(limit=3) for _ in range(30)])

        *_, one, two = await asyncio.gather(*map(set_some, keys), fire_some(), fire_some())
        rest = await store.fire_timers(limit=100)

        assert one + two + rest == 50
        found = await waiting_reminders(store)
        assert len(found) == len(set(found)) == 50

    # Handoff

    async def test_one_of_many_claims_wins(self, store: Store) -> None:
        await answer(store, "k")
        people = [Operator(id=f"o{number}", name=f"O{number}") for number in range(8)]
        results = await asyncio.gather(
            *(store.assign(C1, person) for person in people), return_exceptions=True
        )
        conflicts = [result for result in results if isinstance(result, OwnershipConflict)]
        summary = await store.summary(C1)
        assert summary is not None and summary.assignee is not None
        assert len(conflicts) == 7
        assert {c.owner_id for c in conflicts} == {summary.assignee.id}
        assert {c.code for c in conflicts} == {"already_claimed"}
        assert (await kinds(store)).count("operator_joined") == 1

    async def test_assigning_again_to_the_owner_changes_nothing(self, store: Store) -> None:
        await answer(store, "k")
        first = await store.assign(C1, ANA)
        assert (first.assignee, first.owner_epoch, first.state) == (ANA, 1, "assigned")
        assert await store.assign(C1, ANA) == first

    async def test_a_resolved_conversation_is_not_assigned(self, store: Store) -> None:
        await answer(store, "k")
        await store.assign(C1, ANA)
        await store.resolve(C1, ANA)
        assert (await conflict(store.assign(C1, BEN))).code == "resolved"

    async def test_only_the_owner_speaks_and_closes(self, store: Store) -> None:
        await answer(store, "k")
        assert (await conflict(store.say(C1, ANA, cid="1", text="t"))).code == "bot_owns"
        await store.assign(C1, ANA)
        for action in (
            store.say(C1, BEN, cid="1", text="t"), store.hand_back(C1, BEN), store.resolve(C1, BEN),
        ):  # fmt: skip
            problem = await conflict(action)
            assert (problem.code, problem.owner_name) == ("not_assignee", "Ana")

    async def test_say_is_delivered_once_per_cid(self, store: Store) -> None:
        await answer(store, "k")
        await store.assign(C1, ANA)
        said = await asyncio.gather(
            *(store.say(C1, ANA, cid="m1", text="Hello, I am Ana") for _ in range(6))
        )
        assert {receipt.seq for receipt in said} == {3}
        assert sum(not receipt.is_duplicate for receipt in said) == 1
        stored = (await store.events(C1))[-1]
        assert isinstance(stored.event, OperatorSaid) and stored.cid == "m1"
        (delivery,) = await store.claim_deliveries(limit=5, lease_s=30)
        out = delivery.outbound
        assert (out.idem_key, out.from_kind, out.from_name) == ("op:c1:m1", "agent", "Ana")
        assert (out.reply.text, out.sender_id) == ("Hello, I am Ana", "visitor-c1")
        await store.hand_back(C1, ANA)
        assert (await store.say(C1, ANA, cid="m1", text="again")).is_duplicate
        # A customer's key is no operator's cid.
        await store.assign(C1, ANA)
        assert not (await store.say(C1, ANA, cid="k", text="mine")).is_duplicate

    async def test_hand_back(self, store: Store) -> None:
        await answer(store, "k")
        await store.assign(C1, ANA)
        summary = await store.hand_back(C1, ANA)
        assert (summary.state, summary.assignee, summary.owner_epoch) == ("bot", None, 2)
        committed = await answer(store, "k2", bot("me again"))
        assert not committed.was_fenced
        assert await kinds(store) == ["user", "operator_joined", "operator_left", "user", "bot"]

    async def test_resolve_sees_a_new_message(self, store: Store) -> None:
        await answer(store, "k")
        seen = (await store.assign(C1, ANA)).customer_last_seq
        await store.accept(inbound("k2"))
        problem = await conflict(store.resolve(C1, ANA, if_customer_last_seq=seen))
        assert problem.code == "new_message"
        lease = await claim_one(store)
        await store.commit(lease, turn(lease, as_bot=False))
        await store.release(lease)
        problem = await conflict(store.resolve(C1, ANA, if_customer_last_seq=seen))
        assert problem.code == "new_message"
        summary = await store.summary(C1)
        assert summary is not None
        closed = await store.resolve(C1, ANA, if_customer_last_seq=summary.customer_last_seq)
        assert closed.state == "resolved"

    async def test_takeover_races_have_no_violation(self, store: Store) -> None:
        """Three claims, three bot turns and two customers at once, in many conversations."""
        conversations = [ConversationId(f"r{number}") for number in range(24)]
        await asyncio.gather(*(_race(store, key) for key in conversations))
        violations: list[str] = []
        for key in conversations:
            violations += await _violations(store, key)
        assert violations == []

    # Outbox

    async def test_deliveries_keep_the_order_of_a_conversation(self, store: Store) -> None:
        await answer(store, "k", bot("1"), bot("2"), bot("3"))
        await store.append(C1, [], channel="widget", sender_id="visitor-c1")
        texts: list[str | None] = []
        while got := await store.claim_deliveries(limit=10, lease_s=30):
            assert len(got) == 1
            assert await store.claim_deliveries(limit=10, lease_s=30) == ()
            texts.append(got[0].outbound.reply.text)
            await store.mark_sent(got[0], provider_id="p")
        assert texts == ["1", "2", "3"]

    async def test_a_delivery_is_retried_then_buried(self, store: Store) -> None:
        await answer(store, "k", bot("1"), bot("2"))
        (first,) = await store.claim_deliveries(limit=10, lease_s=30)
        await store.retry_delivery(first, in_s=0.15, problem="503")
        assert await store.claim_deliveries(limit=10, lease_s=30) == ()
        await asyncio.sleep(0.2)
        (again,) = await store.claim_deliveries(limit=10, lease_s=30)
        assert again.id == first.id and again.attempts == first.attempts + 1
        assert again.outbound == first.outbound
        await store.bury_delivery(again, problem="400")
        (second,) = await store.claim_deliveries(limit=10, lease_s=30)
        assert second.outbound.reply.text == "2"

    async def test_a_sender_that_died_is_replaced(self, store: Store) -> None:
        await answer(store, "k", bot("1"), bot("2"))
        (lost,) = await store.claim_deliveries(limit=10, lease_s=0)
        await asyncio.sleep(0.02)
        (again,) = await store.claim_deliveries(limit=10, lease_s=30)
        assert again.outbound.idem_key == lost.outbound.idem_key
        await store.mark_sent(again, provider_id="p")
        await store.retry_delivery(lost, in_s=0, problem="late")
        (second,) = await store.claim_deliveries(limit=10, lease_s=30)
        assert second.outbound.reply.text == "2"

    async def test_concurrent_senders_share_no_row(self, store: Store) -> None:
        keys = [f"c{number}" for number in range(20)]
        await asyncio.gather(*(store.accept(inbound(key, conversation=key)) for key in keys))
        leases = await store.claim(limit=100, lease_s=30)
        await asyncio.gather(
            *(store.commit(lease, turn(lease, bot("1"), bot("2"))) for lease in leases)
        )
        sent: list[str] = []

        async def send() -> None:
            while got := await store.claim_deliveries(limit=3, lease_s=30):
                for delivery in got:
                    sent.append(delivery.outbound.idem_key)
                    await store.mark_sent(delivery, provider_id=None)

        await asyncio.gather(*(send() for _ in range(4)))
        await send()
        assert len(sent) == len(set(sent)) == 40

    # Operators

    async def test_operators(self, store: Store) -> None:
        assert await store.operator_by_name("Ana") is None
        await store.add_operator(ANA, password_hash="h1")
        assert await store.operator_by_name("Ana") == (ANA, "h1")
        renamed = Operator(id="ana", name="Anna")
        await store.add_operator(renamed, password_hash="h2")
        assert await store.operator_by_name("Ana") is None
        assert await store.operator_by_name("Anna") == (renamed, "h2")

    async def test_sessions(self, store: Store) -> None:
        await store.add_operator(ANA, password_hash="h")
        await store.open_session(ANA, token_hash="t1", ttl_s=60)
        await store.open_session(ANA, token_hash="t2", ttl_s=0)
        assert await store.session_operator("t1") == ANA
        assert await store.session_operator("t2") is None
        assert await store.session_operator("t3") is None
        await store.close_session("t1")
        assert await store.session_operator("t1") is None

    async def test_meta_and_health(self, store: Store) -> None:
        assert await store.meta("secret") is None
        await store.set_meta("secret", "1")
        await store.set_meta("secret", "2")
        assert await store.meta("secret") == "2"
        assert await store.is_healthy()


async def _race(store: Store, key: ConversationId) -> None:
    await store.accept(inbound(f"{key}-0", conversation=key))
    await store.accept(inbound(f"{key}-1", conversation=key))
    await store.accept(inbound(f"{key}-2", conversation=key))
    lease: Lease | None = None
    while lease is None:
        for found in await store.claim(limit=1, lease_s=60):
            _LEASES[(id(store), found.conversation_id)] = found
        lease = _LEASES.pop((id(store), key), None)
        await asyncio.sleep(0)
    held = lease

    async def people(number: int) -> None:
        await asyncio.sleep(random.uniform(0, 0.01))
        try:
            await store.assign(key, Operator(id=f"o{number}", name="O"))
        except OwnershipConflict:
            return

    async def turns(row: int) -> None:
        await asyncio.sleep(random.uniform(0, 0.01))
        await store.commit(held, turn(held, bot(f"b{row}"), row=row))

    async def customers(number: int) -> None:
        await asyncio.sleep(random.uniform(0, 0.01))
        message = inbound(f"{key}-c{number}", conversation=key)
        await asyncio.gather(store.accept(message), store.accept(message))

    await asyncio.gather(*map(people, range(3)), *map(turns, range(3)), *map(customers, range(2)))
    await store.release(held)


_LEASES: dict[tuple[int, str], Lease] = {}


async def _violations(store: Store, key: ConversationId) -> Sequence[str]:
    stored = await store.events(key)
    found: list[str] = []
    if [e.seq for e in stored] != list(range(1, len(stored) + 1)):
        found.append(f"{key}: seq has a gap")
    public = [e.public_seq for e in stored if e.public_seq is not None]
    if public != list(range(1, len(public) + 1)):
        found.append(f"{key}: public_seq has a gap")
    order = [e.event.kind for e in stored]
    if order.count("operator_joined") != 1:
        found.append(f"{key}: not exactly one winner")
    elif "bot" in order[order.index("operator_joined") :]:
        found.append(f"{key}: the bot spoke after the takeover")
    if order.count("user") != 3 or order.count("bot") + order.count("draft_discarded") != 3:
        found.append(f"{key}: a turn was lost or doubled")
    return found
