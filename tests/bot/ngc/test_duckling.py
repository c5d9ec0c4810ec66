"""Duckling by URL gives the entities that Rasa makes of its answers; the own parser the same form.

The expected entities were printed by Rasa 3.6.21's `DucklingEntityExtractor`, given ANSWERS.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.formats.events import entity_to_rasa
from bot.ngc.component import Draft
from bot.ngc.duckling import DucklingEntityExtractor
from bot.types import Entity
from tests.bot.web_server import Answer, web_server

NOW = datetime(2024, 5, 6, 12, tzinfo=UTC)
DAY = "2024-05-07T0{}:00:00.000+00:00"
POINT = {"value": DAY.format(5), "grain": "hour", "type": "value"}
ANSWERS: list[dict[str, Any]] = [
    {
        "body": "tomorrow at 5",
        "start": 0,
        "end": 13,
        "dim": "time",
        "value": {"values": [POINT], **POINT},
    },
    {
        "body": "from 3 to 5",
        "start": 14,
        "end": 25,
        "dim": "time",
        "value": {
            "values": [],
            "type": "interval",
            "from": {"value": DAY.format(3), "grain": "hour"},
            "to": {"value": DAY.format(6), "grain": "hour"},
        },
    },
    {
        "body": "after 3",
        "start": 26,
        "end": 33,
        "dim": "time",
        "value": {
            "values": [],
            "type": "interval",
            "from": {"value": DAY.format(3), "grain": "hour"},
        },
    },
    {
        "body": "20 dollars",
        "start": 60,
        "end": 70,
        "dim": "amount-of-money",
        "value": {"value": 20, "unit": "$", "type": "value"},
    },
    {"body": "a@b.c", "start": 71, "end": 76, "dim": "email", "value": {"value": "a@b.c"}},
]
VALUES = [
    DAY.format(5),
    {"to": DAY.format(6), "from": DAY.format(3)},
    {"to": None, "from": DAY.format(3)},
    20,
    "a@b.c",
]


def draft(text: str, *found: Entity, language: str = "en") -> Draft:
    return Draft(text=text, language=language, space=language, entities=found)


def read(settings: dict[str, Any], text: str, *found: Entity) -> list[dict[str, Any]]:
    extractor = DucklingEntityExtractor(settings, now=lambda: NOW)
    return [entity_to_rasa(entity) for entity in extractor.process(draft(text, *found)).entities]


@pytest.fixture(autouse=True)
def _no_url_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)


def test_the_entities_of_a_server_are_rasas() -> None:
    with web_server(lambda _: (200, ANSWERS)) as server:
        found = read({"url": server.url}, "x" * 90)

    assert found == [
        {
            "entity": answer["dim"], "start": answer["start"], "end": answer["end"],
            "text": answer["body"], "value": value, "additional_info": answer["value"],
            "extractor": "DucklingEntityExtractor", "confidence_entity": 1.0,
        }
        for answer, value in zip(ANSWERS, VALUES, strict=True)
    ]  # fmt: skip


def test_the_request_is_rasas() -> None:
    with web_server(lambda _: (200, [])) as server:
        read({"url": f"{server.url}/"}, "tomorrow \ud800")
        settings = {"dimensions": ["time"], "locale": "de_DE", "timezone": "Europe/Berlin"}
        read({"url": server.url, **settings}, "morgen")

    plain, configured = [parse_qs(asked.body.decode()) for asked in server.asked]
    assert [asked.path for asked in server.asked] == ["/parse", "/parse"]
    assert plain == {"text": ["tomorrow ?"], "dims": ["null"], "reftime": ["1714996800000"]}
    assert configured["dims"] == ['["time"]']
    assert (configured["locale"], configured["tz"]) == (["de_DE"], ["Europe/Berlin"])


def test_a_chinese_text_is_read_as_such() -> None:
    with web_server(lambda _: (200, [])) as server:
        extractor = DucklingEntityExtractor({"url": server.url}, now=lambda: NOW)
        extractor.process(draft("明天", language="zh"))

    assert parse_qs(server.asked[0].body.decode())["locale"] == ["zh_CN"]


def test_other_dimensions_than_the_wanted_are_dropped() -> None:
    with web_server(lambda _: (200, ANSWERS)) as server:
        found = read({"url": server.url, "dimensions": ["email"]}, "x" * 90)

    assert [entity["entity"] for entity in found] == ["email"]


def test_the_environment_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with web_server(lambda _: (200, ANSWERS)) as server:
        monkeypatch.setenv("RASA_DUCKLING_HTTP_URL", server.url)

        assert len(read({"url": "http://127.0.0.1:9"}, "x" * 90)) == len(ANSWERS)


FAILURES: dict[str, Answer] = {
    "500": lambda _: (500, []),
    "no JSON": lambda _: (200, b"<html>"),
    "an object": lambda _: (200, {"error": "x"}),
    "half an answer": lambda _: (200, [{"dim": "time"}]),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_a_failing_server_finds_nothing_and_what_was_found_stays(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    before = Entity(name="city", value="Rome", start=0, end=4)
    with web_server(answer) as server, caplog.at_level(logging.ERROR):
        found = read({"url": server.url}, "Rome tomorrow", before)

    assert [entity["entity"] for entity in found] == ["city"]
    assert "Duckling server" in caplog.text and "Rome" not in caplog.text


def test_a_server_that_is_down_finds_nothing() -> None:
    assert read({"url": "http://127.0.0.1:9", "timeout": 1}, "tomorrow") == []


@pytest.mark.parametrize(
    ("text", "value", "grain"),
    [
        ("tomorrow at 5pm", "2024-05-07T17:00:00.000+00:00", "hour"),
        ("in 3 days", "2024-05-09T00:00:00.000+00:00", "day"),
        ("next week", "2024-05-13T00:00:00.000+00:00", "week"),
        ("in June", "2024-06-01T00:00:00.000+00:00", "month"),
        ("next year", "2025-01-01T00:00:00.000+00:00", "year"),
        ("at 17:30", "2024-05-06T17:30:00.000+00:00", "minute"),
    ],
)
def test_the_own_parser_tells_a_point_as_duckling_does(text: str, value: str, grain: str) -> None:
    (found,) = read({}, text)

    assert found["value"] == value
    info = found["additional_info"]
    assert (info["type"], info["value"], info["grain"]) == ("value", value, grain)
    assert {"value": value, "grain": grain, "type": "value"} in info["values"]


def test_the_own_parser_tells_an_interval_as_duckling_does() -> None:
    (found,) = read({}, "from 3 to 5 pm")

    start, end = "2024-05-06T15:00:00.000+00:00", "2024-05-06T17:00:00.000+00:00"
    assert found["value"] == {"from": start, "to": end}
    interval = {
        "from": {"value": start, "grain": "hour"},
        "to": {"value": end, "grain": "hour"},
        "type": "interval",
    }
    assert found["additional_info"] == interval | {"values": [interval]}


def test_the_own_parser_s_open_interval_has_no_end() -> None:
    (found,) = read({}, "after 3pm")

    assert found["value"] == {"from": "2024-05-06T15:00:00.000+00:00", "to": None}
    assert "to" not in found["additional_info"]


def test_what_both_find_can_be_sent_as_json() -> None:
    assert json.dumps(read({"dimensions": ["time", "number", "amount-of-money"]}, "20 dollars"))
