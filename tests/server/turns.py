"""One message through a desk's engine, without store or server."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.conversation import Conversation
from bot.server.desk import Desk
from bot.types import ConversationId, Message, Reply


async def one_turn(desk: Desk, text: str) -> tuple[Reply, ...]:
    """Return what the bot replies to `text` in a new conversation."""
    key = ConversationId("test")
    conversation = Conversation.start(key, desk.model.domain, channel="rest", sender_id="test")
    message = Message(
        id="1",
        conversation_id=key,
        channel="rest",
        sender_id="test",
        text=text,
        sent_at=datetime.now(UTC),
    )
    turn = await desk.model.engine.handle(message, conversation)
    return turn.replies
