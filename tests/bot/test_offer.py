"""An angry customer is offered a person."""

from __future__ import annotations

from dataclasses import replace

from bot.events import HandoffRequested
from bot.types import Message, Reading, Sentiment
from tests.bot.builders import Talk, does, domain, project, rule, said, understand

WORDS = {"utter_greet": "Hello.", "utter_bye": "Bye.", "utter_offer_person": "A person?"}
RULES = (
    rule("greet", said("greet"), does("utter_greet")),
    rule("bye", said("bye"), does("utter_bye"), does("utter_offer_person")),
    rule("help", said("help"), does("action_handoff")),
)


def feel(message: Message) -> Reading:
    """Read `/intent`; a `!` is anger, a `-` negative."""
    feeling = Sentiment(label="neutral", confidence=0.9)
    if "!" in message.text or "-" in message.text:
        anger = 0.9 if "!" in message.text else 0.0
        feeling = Sentiment(label="negative", confidence=0.9, anger=anger)
    text = message.text.strip("!-")
    return replace(understand(replace(message, text=text)), sentiment=feeling)


def talk(responses: dict[str, str] = WORDS, **more) -> Talk:
    return Talk(
        project(domain(responses=responses), *RULES), feel, **{"offers_person": True, **more}
    )


def test_an_angry_customer_is_answered_and_then_offered_a_person_once() -> None:
    one = talk()
    assert one.say("/greet!") == ["Hello.", "A person?"]
    assert one.say("/greet!") == ["Hello."]


def test_a_customer_who_is_unhappy_again_is_offered_one_too() -> None:
    one = talk()
    assert one.say("/greet-") == ["Hello."]
    assert one.say("/greet-") == ["Hello.", "A person?"]


def test_the_offer_is_made_again_much_later() -> None:
    one = talk()
    one.say("/greet!", *["/greet"] * 6)
    assert one.say("/greet!") == ["Hello.", "A person?"]


def test_nobody_is_offered_a_person_twice_in_a_turn_nor_after_asking_for_one() -> None:
    assert talk().say("/bye!") == ["Bye.", "A person?"]
    assert talk().say("/help!") == []


def test_without_words_for_the_offer_the_conversation_is_handed_over() -> None:
    one = talk({"utter_greet": "Hello.", "utter_handoff": "A colleague comes."})
    assert one.say("/greet!") == ["Hello.", "A colleague comes."]
    assert one.turn is not None
    handoff = next(e for e in one.turn.events if isinstance(e, HandoffRequested))
    assert handoff.reason == "angry"


def test_calm_customers_and_bots_without_the_setting_get_no_offer() -> None:
    assert talk().say("/greet") == ["Hello."]
    assert talk(offers_person=False).say("/greet!") == ["Hello."]


def test_the_offer_is_no_action_so_that_policies_see_what_they_were_taught() -> None:
    one = talk()
    one.say("/greet!")
    names = [event.name for event in one.conversation.events if event.kind == "action"]
    assert names == ["action_session_start", "action_listen", "utter_greet", "action_listen"]
    offer = one.turn and one.turn.events[-2]
    assert offer is not None and offer.metadata["policy"] == "handoff.on_anger"
