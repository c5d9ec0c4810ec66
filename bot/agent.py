"""A trained bot in a notebook or a script: no server, no database.

```python
agent = Agent.load("path/to/project")
await agent.parse_message("hello")
await agent.handle_text("hello")
```
In a script, `asyncio.run(agent.handle_text("hello"))`. Conversations last as long as the agent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.actions.remote import ActionServer
from bot.cli.assemble import build_engine
from bot.cli.train import ensure_trained
from bot.conversation import Conversation
from bot.engine import Engine
from bot.formats.events import reading_to_rasa
from bot.formats.service import load_service
from bot.nlg.answering import PLAIN, Answering
from bot.project import Endpoint
from bot.training.knowledge import open_base
from bot.training.package import latest
from bot.training.train import load_trained
from bot.types import ConversationId, Message, Reply
from knowledge.languages import BilingualEmbedder

CHANNEL = "python"


class Agent:
    """A loaded bot; its methods are named as those of Rasa's agent."""

    def __init__(self, engine: Engine) -> None:
        """Hold an engine and no conversations yet."""
        self._engine = engine
        self._conversations: dict[str, Conversation] = {}

    @classmethod
    def load(cls, place: Path | str, *, action_endpoint: str | None = None) -> Agent:
        """Return the bot at `place`; a project is trained first where needed.

        Args:
            place: The project's folder; or a package, or a folder of packages, which have no
                knowledge base beside them.
            action_endpoint: URL of the server that runs the project's custom actions.

        Raises:
            ConfigErrors: the project has mistakes.
            ModelError: the package cannot be used.
        """
        path = Path(place)
        package = latest(path) or ensure_trained(path)
        embedder = BilingualEmbedder()
        knowledge, answering = None, PLAIN
        if path.is_dir():
            settings = load_service(path).settings
            knowledge = open_base(path, settings, embedder=embedder, read_only=True)
            answering = Answering.of(settings.nlg, embedder)
        trained = load_trained(package, embedder=embedder)
        server = ActionServer.at(Endpoint(url=action_endpoint)) if action_endpoint else None
        return cls(build_engine(trained, server, knowledge=knowledge, answering=answering))

    async def parse_message(self, text: str) -> dict[str, Any]:
        """Return what `text` means, as Rasa's parse result."""
        return reading_to_rasa(await self._engine.read(_message(text, "parse", {})))

    async def handle_text(
        self, text: str, sender_id: str = "default", metadata: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return the bot's messages after `text`; the conversation of `sender_id` goes on."""
        before = self._conversations.get(sender_id)
        if before is None:
            domain = self._engine.domain
            before = Conversation.start(ConversationId(sender_id), domain, channel=CHANNEL)
        turn = await self._engine.handle(_message(text, sender_id, metadata or {}), before)
        self._conversations[sender_id] = turn.conversation
        return [
            {"recipient_id": sender_id} | part for reply in turn.replies for part in _parts(reply)
        ]


def _message(text: str, sender_id: str, metadata: Mapping[str, Any]) -> Message:
    return Message(
        id=uuid.uuid4().hex,
        conversation_id=ConversationId(sender_id),
        channel=CHANNEL,
        sender_id=sender_id,
        text=text,
        sent_at=datetime.now(UTC),
        metadata=metadata,
    )


def _parts(reply: Reply) -> Iterator[dict[str, Any]]:
    """Yield the messages of one reply, as Rasa's agent collects them."""
    if reply.text or reply.buttons:
        buttons = [one.to_dict() for one in reply.buttons]
        text = {} if reply.text is None else {"text": reply.text}
        yield text | ({"buttons": buttons} if buttons else {})
    # The attachment of an image is the image itself.
    attachment = None if reply.attachment == reply.image else reply.attachment
    parts = {"custom": reply.custom, "image": reply.image, "attachment": attachment}
    yield from ({key: value} for key, value in parts.items() if value)
