"""The NLG server's protocol, and what the bot says when it fails."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from bot.domain import ResponseVariation
from bot.events import ActionFailed
from bot.nlg.remote import NlgServer
from bot.project import Endpoint
from tests.bot.builders import Talk, does, domain, project, rule, said
from tests.bot.web_server import Answer, web_server

GREET = rule("greet", said("greet"), does("utter_greet"))
LOST = rule("bye", said("bye"), does("utter_lost"))
HELP = rule("help", said("help"), does("action_handoff"))


def talk(url: str, **settings: Any) -> Talk:
    facts = domain(responses={"utter_greet": "Our own."})
    one = ResponseVariation(content={"text": "Our own."}, id="v1")
    facts.responses["utter_greet"] = (one,)  # type: ignore[index]
    endpoint = Endpoint(url=f"{url}/nlg", settings=settings)
    return Talk(project(facts, GREET, LOST, HELP), nlg=NlgServer.at(endpoint))


def problems(one: Talk) -> list[str]:
    return [e.problem for e in one.conversation.events if isinstance(e, ActionFailed)]


def test_the_request_is_rasas() -> None:
    with web_server(lambda _: (200, {"text": "From there."})) as server:
        one = talk(server.url, token="secret", token_name="t", headers={"X-Key": "k"})

        assert one.say("/greet") == ["From there."]

    (asked,) = server.asked
    assert asked.path == "/nlg?t=secret"
    assert asked.headers["x-key"] == "k"
    assert set(asked.json) == {"response", "id", "arguments", "tracker", "channel"}
    assert asked.json["response"] == "utter_greet"
    assert (asked.json["id"], asked.json["arguments"]) == ("v1", {})
    assert asked.json["channel"] == {"name": "webchat"}
    kinds = [event["event"] for event in asked.json["tracker"]["events"]]
    assert kinds[-2:] == ["user", "user_featurization"]


def test_all_that_the_server_says_is_said() -> None:
    content = {
        "text": "Choose.", "buttons": [{"title": "A", "payload": "/a"}], "image": "i.png",
        "elements": [{"title": "e"}], "custom": {"k": 1}, "attachment": {"f": 2}, "own": "kept",
    }  # fmt: skip
    with web_server(lambda _: (200, content)) as server:
        one = talk(server.url)
        one.say("/greet")

    assert one.turn is not None
    (reply,) = one.turn.replies
    assert (reply.text, reply.buttons[0].payload, reply.image) == ("Choose.", "/a", "i.png")
    assert (reply.custom, reply.attachment) == ({"k": 1}, {"f": 2})
    assert reply.elements == [{"title": "e"}]
    assert reply.metadata == {"own": "kept", "utter_action": "utter_greet"}


FAILURES: dict[str, Answer] = {
    "500": lambda _: (500, {}),
    "no JSON": lambda _: (200, b"<html>"),
    "wrong type": lambda _: (200, {"buttons": "no"}),
    "a list": lambda _: (200, []),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_a_failure_falls_back_to_the_domain_and_is_shown(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    with web_server(answer) as server, caplog.at_level(logging.WARNING):
        one = talk(server.url)

        assert one.say("/greet") == ["Our own."]

    assert "NLG server" in problems(one)[0]
    assert "said the domain's own response" in caplog.text


def test_without_a_response_of_its_own_nothing_is_said_as_in_rasa() -> None:
    with web_server(lambda _: (500, {})) as server:
        one = talk(server.url)

        assert one.say("/bye") == []

    ran = [event.name for event in one.conversation.events if event.kind == "action"]
    assert ran[-2:] == ["utter_lost", "action_listen"]
    assert problems(one) == ["utter_lost: the NLG server answered 500"]


def test_a_server_that_is_down_is_named() -> None:
    one = talk("http://127.0.0.1:9")

    assert one.say("/greet") == ["Our own."]
    assert "http://127.0.0.1:9/nlg did not answer" in problems(one)[0]


def test_an_empty_answer_says_nothing() -> None:
    with web_server(lambda _: (200, {})) as server:
        one = talk(server.url)

        assert one.say("/greet") == [None]
    assert problems(one) == []


def test_a_handoff_needs_no_nlg_server() -> None:
    one = talk("http://127.0.0.1:9")
    one.say("/help")

    assert any(event.kind == "handoff_requested" for event in one.conversation.events)


def test_odd_characters_of_customers_reach_the_server() -> None:
    with web_server(lambda _: (200, {"text": "ok"})) as server:
        one = talk(server.url)

        assert one.say("/greet \ud800\0") == ["ok"]

    assert server.asked[0].json["tracker"]["latest_message"]["text"] == "/greet \ud800\0"
