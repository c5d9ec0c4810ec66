"""Random histories of accepts, turns, takeovers and failures against a small model of the store."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.errors import LeaseLost, OwnershipConflict
from bot.events import Event, HandoffRequested, Resolved
from bot.stores import open_store
from bot.stores.store import Lease, Operator, TurnRecord
from bot.types import ConversationId
from tests.contracts.store_contract import ANA, BEN, bot, inbound, user

T = TypeVar("T")

_CONVERSATIONS = st.sampled_from(["a", "b"])
_PEOPLE = st.sampled_from([ANA, BEN])
_ENDINGS: dict[str, tuple[Event, ...]] = {
    "answer": (bot("yes"),),
    "handoff": (bot("wait"), HandoffRequested(reason="asked")),
    "resolve": (bot("bye"), Resolved(by="bot")),
    "silent": (),
}
_AFTER = {"handoff": "queued", "resolve": "resolved"}


@dataclass
class _Model:
    """One conversation as it must be."""

    state: str = "bot"
    epoch: int = 0
    owner: str | None = None
    kinds: list[str] = field(default_factory=list[str])
    waiting: list[int] = field(default_factory=list[int])
    customer_last: int = 0
    token: str | None = None
    is_leased: bool = False
    outbox: int = 0

    def own(self, state: str, owner: str | None = None) -> None:
        self.state, self.owner, self.epoch = state, owner, self.epoch + 1

    def customer(self) -> None:
        self.kinds.append("user")
        self.customer_last = len(self.kinds)
        self.state = "bot" if self.state == "resolved" else self.state


class StoreMachine(RuleBasedStateMachine):
    """Does to a SQLite store and to the model the same, and compares them after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.mkdtemp(prefix="fd")
        self.url = f"sqlite:///{self.folder}/store.db"
        self.store = open_store(self.url)
        self.run(self.store.open())
        self.model: dict[str, _Model] = {}
        self.inbox: dict[str, int] = {}
        self.leases: dict[str, list[Lease]] = {"a": [], "b": []}
        self.said: dict[tuple[str, str], int] = {}

    def run(self, action: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(action)

    def teardown(self) -> None:
        sent: list[str] = []
        while got := self.run(self.store.claim_deliveries(limit=10, lease_s=60)):
            for delivery in got:
                sent.append(delivery.outbound.idem_key)
                self.run(self.store.mark_sent(delivery, provider_id=None))
        assert len(sent) == len(set(sent)) == sum(m.outbox for m in self.model.values())
        self.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    @rule(key=st.integers(0, 12), where=_CONVERSATIONS)
    def accept(self, key: int, where: str) -> None:
        name = f"{where}{key}"
        receipt = self.run(self.store.accept(inbound(name, conversation=where)))
        assert receipt.is_duplicate == (name in self.inbox)
        assert receipt.inbox_id == self.inbox.setdefault(name, receipt.inbox_id)
        model = self.model.setdefault(where, _Model())
        if not receipt.is_duplicate:
            model.waiting.append(receipt.inbox_id)

    @rule(lease_s=st.sampled_from([0, 60, 60]))
    def claim(self, lease_s: float) -> None:
        leases = self.run(self.store.claim(limit=10, lease_s=lease_s))
        due = {key for key, model in self.model.items() if model.waiting and not model.is_leased}
        assert {lease.conversation_id for lease in leases} == due
        for lease in leases:
            model = self.model[lease.conversation_id]
            assert [row.id for row in lease.rows] == model.waiting
            assert (lease.state, lease.epoch) == (model.state, model.epoch)
            model.token, model.is_leased = lease.token, lease_s > 0
            self.leases[lease.conversation_id].append(lease)

    @precondition(lambda self: any(self.leases.values()))
    @rule(where=_CONVERSATIONS, back=st.integers(0, 2), ending=st.sampled_from(list(_ENDINGS)))
    def commit(self, where: str, back: int, ending: str) -> None:
        lease = self._lease(where, back)
        if lease is None:
            return
        model = self.model[where]
        row = next((row for row in lease.rows if row.id in model.waiting), None)
        if row is None:
            return
        turn = TurnRecord(
            inbox_id=row.id, events=(user(row.inbound.text), *_ENDINGS[ending]), as_bot=True
        )
        try:
            done = self.run(self.store.commit(lease, turn))
        except LeaseLost:
            assert lease.token != model.token
            return
        assert lease.token == model.token
        is_bots = model.state in ("bot", "resolved") and model.epoch == lease.epoch
        model.waiting.remove(row.id)
        model.customer()
        if is_bots:
            model.kinds += [event.kind for event in _ENDINGS[ending]]
            model.outbox += sum(event.kind == "bot" for event in _ENDINGS[ending])
            if ending in _AFTER:
                model.own(_AFTER[ending])
        elif ending != "silent":
            model.kinds.append("draft_discarded")
        assert done.was_fenced == (not is_bots)
        assert (done.state, done.epoch) == (model.state, model.epoch)

    @rule(where=_CONVERSATIONS, back=st.integers(0, 1), is_last=st.booleans())
    def fail(self, where: str, back: int, is_last: bool) -> None:
        lease = self._lease(where, back)
        if lease is None:
            return
        model = self.model[where]
        row = next((row for row in lease.rows if row.id in model.waiting), None)
        if row is None:
            return
        action = self.store.fail(
            lease, row.id, problem="p", retry_in_s=0, max_attempts=1 if is_last else 99
        )
        try:
            assert self.run(action) == is_last
        except LeaseLost:
            assert lease.token != model.token
            return
        assert lease.token == model.token
        if is_last:
            model.waiting.remove(row.id)
            model.customer()
            model.kinds.append("action_failed")
            if model.state == "bot":
                model.kinds.append("handoff_requested")
                model.own("queued")

    @rule(where=_CONVERSATIONS, back=st.integers(0, 1))
    def release(self, where: str, back: int) -> None:
        lease = self._lease(where, back)
        if lease is not None:
            self.run(self.store.release(lease))
            model = self.model[where]
            if lease.token == model.token:
                model.token, model.is_leased = None, False

    @rule(where=_CONVERSATIONS, who=_PEOPLE)
    def assign(self, where: str, who: Operator) -> None:
        model = self.model.get(where)
        if model is None:
            return
        code = self._code(self.store.assign(ConversationId(where), who))
        if model.state == "resolved":
            assert code == "resolved"
        elif model.state == "assigned":
            assert code == (None if model.owner == who.id else "already_claimed")
        else:
            assert code is None
            model.own("assigned", who.id)
            model.kinds.append("operator_joined")

    @rule(where=_CONVERSATIONS, who=_PEOPLE, cid=st.sampled_from(["1", "2", "3"]))
    def say(self, where: str, who: Operator, cid: str) -> None:
        model = self.model.get(where)
        if model is None:
            return
        known = self.said.get((where, cid))
        try:
            said = self.run(self.store.say(ConversationId(where), who, cid=cid, text=cid))
        except OwnershipConflict as error:
            assert known is None and model.owner != who.id
            assert error.code == ("bot_owns" if model.state == "bot" else "not_assignee")
            return
        assert said.is_duplicate == (known is not None)
        if known is None:
            assert model.owner == who.id
            model.kinds.append("agent")
            model.outbox += 1
        assert said.seq == self.said.setdefault((where, cid), len(model.kinds))

    @rule(where=_CONVERSATIONS, who=_PEOPLE)
    def hand_back(self, where: str, who: Operator) -> None:
        model = self.model.get(where)
        if model is None:
            return
        code = self._code(self.store.hand_back(ConversationId(where), who))
        assert code == (None if model.owner == who.id else "not_assignee")
        if code is None:
            model.own("bot")
            model.kinds.append("operator_left")

    @rule(where=_CONVERSATIONS, who=_PEOPLE, seen=st.sampled_from([None, -1, 0]))
    def resolve(self, where: str, who: Operator, seen: int | None) -> None:
        model = self.model.get(where)
        if model is None:
            return
        last = None if seen is None else model.customer_last + seen
        action = self.store.resolve(ConversationId(where), who, if_customer_last_seq=last)
        code = self._code(action)
        if model.owner != who.id:
            assert code == "not_assignee"
        elif seen == -1 or (seen == 0 and model.waiting):
            assert code == "new_message"
        else:
            assert code is None
            model.own("resolved")
            model.kinds.append("resolved")

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = open_store(self.url)
        self.run(self.store.open())

    @invariant()
    def agrees(self) -> None:
        for key, model in self.model.items():
            stored = self.run(self.store.events(ConversationId(key)))
            assert [e.event.kind for e in stored] == model.kinds
            assert [e.seq for e in stored] == list(range(1, len(stored) + 1))
            summary = self.run(self.store.summary(ConversationId(key)))
            assert summary is not None
            assert (summary.state, summary.owner_epoch) == (model.state, model.epoch)
            assert (summary.assignee and summary.assignee.id) == model.owner
            assert summary.customer_last_seq == model.customer_last
            assert summary.last_seq == len(model.kinds)
            assert (summary.waiting_since is not None) == (model.state == "queued")

    def _lease(self, where: str, back: int) -> Lease | None:
        leases = self.leases[where]
        return leases[-1 - back] if back < len(leases) else None

    def _code(self, action: Coroutine[Any, Any, Any]) -> str | None:
        try:
            self.run(action)
        except OwnershipConflict as error:
            return error.code
        return None


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
