"""Conversations kept in memory between their turns, so that a turn need not read them again.

Only a hint: a conversation counts if its `last_seq` is the one that the lease read from the store,
and it was built for the domain in use.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.conversation import Conversation
from bot.domain import Domain
from bot.types import ConversationId

MAX_CONVERSATIONS = 256


class RecentConversations:
    """The conversations of the last turns; the one unused for longest goes first."""

    def __init__(self, size: int = MAX_CONVERSATIONS) -> None:
        """Hold nothing yet, and at most `size` conversations later."""
        self._size = size
        self._kept: OrderedDict[ConversationId, tuple[int, Conversation]] = OrderedDict()

    def get(self, key: ConversationId, *, last_seq: int, domain: Domain) -> Conversation | None:
        """Return the conversation as it is after event `last_seq`, None if it is not kept."""
        seq, conversation = self._kept.get(key, (-1, None))
        if conversation is None or seq != last_seq or conversation.domain is not domain:
            return None
        return conversation

    def keep(self, conversation: Conversation, *, last_seq: int) -> None:
        """Keep `conversation`, whose last event is `last_seq`."""
        self._kept[conversation.id] = (last_seq, conversation)
        self._kept.move_to_end(conversation.id)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
