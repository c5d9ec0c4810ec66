"""From an action's name to what it does."""

from __future__ import annotations

from bot.actions.action import World, said
from bot.actions.builtin import BUILTIN
from bot.actions.forms import run_form
from bot.actions.handoff import hand_off
from bot.actions.knowledge import NAME as ANSWER_FROM_KNOWLEDGE
from bot.actions.knowledge import answer_from_knowledge
from bot.conversation import Conversation
from bot.domain import Domain
from bot.errors import ActionError
from bot.events import Event
from bot.types import Reply

OURS = {ANSWER_FROM_KNOWLEDGE: answer_from_knowledge, "action_handoff": hand_off}


async def perform(
    name: str, conversation: Conversation, world: World, *, text: str | None = None
) -> list[Event]:
    """Return the events that executing action `name` leads to.

    A built-in action yields to a custom one of the same name that the user lists; our own
    actions have to be listed to be used in stories, so they never yield.

    Raises:
        Rejected: the action refuses to run.
        ActionError: the action failed.
    """
    domain = world.domain
    if name in OURS:
        return await OURS[name](conversation, world)
    if name in BUILTIN and not world.lists(name):
        return await BUILTIN[name](conversation, world)
    if is_text(name, domain) or text is not None:
        return [said(Reply(text=text or name))]
    if retrieval_intent(name, domain):
        return await _retrieved(name, conversation, world)
    if name in domain.responses or (name.startswith("utter_") and not world.lists(name)):
        return await world.say(name, conversation)
    if name in domain.forms and not world.lists(name):
        return await run_form(name, conversation, world)
    if world.server is None:
        raise ActionError(f"{name}: no action server is configured; set action_endpoint.url")
    return await world.server.run(name, conversation, world)


def is_text(name: str, domain: Domain) -> bool:
    """Tell whether action `name` is a text that stories say word by word."""
    return name in domain.e2e_actions


def retrieval_intent(name: str, domain: Domain) -> str | None:
    """Return the retrieval intent whose answers action `name` says."""
    intent = name.removeprefix("utter_")
    definition = domain.intents.get(intent)
    if name.startswith("utter_") and definition and definition.is_retrieval:
        return intent
    return None


async def _retrieved(name: str, conversation: Conversation, world: World) -> list[Event]:
    """Say the response that understanding selected, or that the full intent names."""
    message = conversation.latest_message
    if message is None:
        return []
    intent = name.removeprefix("utter_")
    full = message.reading.intent.name or ""
    if full.startswith(f"{intent}/"):
        return await world.say(f"utter_{full}", conversation)
    selected = message.reading.response_selector
    chosen = selected.get(intent) or selected.get("default") or {}
    action = (chosen.get("response") or {}).get("utter_action")
    return await world.say(action, conversation) if action else []
