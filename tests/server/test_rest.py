"""The REST channel and the API of a real server."""

from __future__ import annotations

import concurrent.futures
import json
import re
import time
import uuid
from pathlib import Path

import httpx
import pytest

from tests.conftest import PASSWORD, Server, running

CSRF = {"X-Frontdesk-CSRF": "1"}


@pytest.fixture(scope="module")
def url(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> object:
    import shutil

    folder = tmp_path_factory.mktemp("rest") / "bot"
    shutil.copytree(trained_bot, folder, ignore=shutil.ignore_patterns("frontdesk.db*", "*.lock"))
    with running(folder) as server:
        yield server.url


def say(url: str, text: str, sender: str, **more: object) -> list[dict[str, object]]:
    body = {"sender": sender, "message": text, **more}
    answer = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def new_sender() -> str:
    return f"t-{uuid.uuid4().hex[:12]}"


def texts(messages: list[dict[str, object]]) -> str:
    return "\n".join(str(item.get("text", "")) for item in messages)


@pytest.mark.parametrize(
    ("question", "expected_language"),
    [("How long does delivery take?", "en"), ("一般多久能送到？", "zh")],
)
def test_a_question_gets_its_faq_answer_with_the_source(
    url: str, question: str, expected_language: str
) -> None:
    answers = say(url, question, new_sender())

    sources = [source for item in answers for source in item.get("sources", [])]
    assert sources
    assert str(sources[0]["url"]).startswith("https://shop.example/help/")
    has_han = bool(re.search(r"[\u4e00-\u9fff]", texts(answers)))
    assert has_han == (expected_language == "zh")


def test_an_order_is_tracked_through_the_form_and_the_action_server(url: str) -> None:
    sender = new_sender()
    say(url, "where is my order?", sender)

    answers = say(url, "FD204815", sender)

    assert "FD204815" in texts(answers)


def test_a_repeated_post_returns_the_first_result(url: str) -> None:
    sender, key = new_sender(), uuid.uuid4().hex
    first = say(url, "hello", sender, message_id=key)

    again = say(url, "hello", sender, message_id=key)

    assert again == first
    tracker = httpx.get(f"{url}/conversations/{sender}/tracker").json()
    assert [e["event"] for e in tracker["events"]].count("user") == 1


def test_eight_copies_of_a_post_at_once_make_one_turn(url: str) -> None:
    sender, key = new_sender(), uuid.uuid4().hex

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: say(url, "hello", sender, message_id=key), range(8)))

    assert all(result == results[0] for result in results)
    tracker = httpx.get(f"{url}/conversations/{sender}/tracker").json()
    assert [e["event"] for e in tracker["events"]].count("user") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"sender": ["a"], "message": "hi"}', 400),
        (b'{"sender": "a", "message": "hi", "metadata": "text"}', 400),
        (b'{"sender": "\\u0000\\u200b", "message": "hi"}', 400),
        (b'{"sender": "a", "message": "\xff\xfe"}', 400),
        (b'{"sender": "a", "message": "' + b"x" * 5000 + b'"}', 413),
        (b'{"sender": "a", "message": "' + b"x" * 1_000_000 + b'"}', 413),
        (b"[" * 5000, 400),
    ],
)
def test_bad_input_gets_a_clear_4xx(url: str, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}

    answer = httpx.post(f"{url}/webhooks/rest/webhook", content=body, headers=headers, timeout=30)

    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_the_body_is_json_whatever_its_content_type_says(
    url: str, content_type: str | None
) -> None:
    body = json.dumps({"sender": new_sender(), "message": "hello"})
    headers = {} if content_type is None else {"Content-Type": content_type}

    answer = httpx.post(f"{url}/webhooks/rest/webhook", content=body, headers=headers, timeout=30)

    assert answer.status_code == 200, answer.text
    assert answer.json()


@pytest.mark.parametrize("body", [{}, {"message": None}, {"message": 7}])
def test_a_body_without_a_text_gets_no_messages(url: str, body: dict[str, object]) -> None:
    answer = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30)

    assert (answer.status_code, answer.json()) == (200, [])


def test_a_sender_may_be_a_number(url: str) -> None:
    body = {"sender": 204815, "message": "hello"}

    answer = httpx.post(f"{url}/webhooks/rest/webhook", json=body, timeout=30)

    assert {item["recipient_id"] for item in answer.json()} == {"204815"}
    assert httpx.get(f"{url}/conversations/204815/story").status_code == 200


@pytest.mark.parametrize("sender", ["", None])
def test_an_empty_sender_is_the_default_one(url: str, sender: str | None) -> None:
    answer = httpx.post(
        f"{url}/webhooks/rest/webhook", json={"sender": sender, "message": "hello"}, timeout=30
    )

    assert {item["recipient_id"] for item in answer.json()} == {"default"}


@pytest.mark.parametrize("text", ["", "  \n ", "\u0000\u0001\u001b"])
def test_an_empty_message_is_heard_and_means_nothing(url: str, text: str) -> None:
    sender = new_sender()
    say(url, text, sender)

    events = httpx.get(f"{url}/conversations/{sender}/tracker", timeout=30).json()["events"]

    heard = [event for event in events if event["event"] == "user"]
    assert [event["text"] for event in heard] == [""]
    assert heard[0]["parse_data"]["intent"]["name"] in (None, "nlu_fallback")


@pytest.mark.parametrize("text", ["lone \ud800 half", "bell\u0007 \u202eturned", "🙂", "<b>&amp;"])
def test_odd_text_is_answered(url: str, text: str) -> None:
    body = json.dumps({"sender": new_sender(), "message": f"hi {text}"})

    answer = httpx.post(
        f"{url}/webhooks/rest/webhook",
        content=body,
        headers={"Content-Type": "application/json"},
        timeout=30,
    )

    assert answer.status_code == 200, answer.text


def test_the_service_routes_answer_as_rasa_does(url: str) -> None:
    assert httpx.get(f"{url}/").text.startswith("Hello from Rasa: 3.")
    assert httpx.get(f"{url}/version").json()["minimum_compatible_version"]
    assert httpx.get(f"{url}/status").json()["num_active_training_jobs"] == 0
    assert httpx.get(f"{url}/health").json()["status"] == "ok"
    assert httpx.get(f"{url}/webhooks/rest/").json() == {"status": "ok"}
    assert httpx.get(f"{url}/docs").status_code == 200
    parsed = httpx.post(f"{url}/model/parse", json={"text": "我的订单 FD204815 到哪了"}).json()
    assert parsed["intent"]["name"]
    assert any(entity["value"] for entity in parsed["entities"])


def test_a_tracker_has_rasas_keys(url: str) -> None:
    sender = new_sender()
    say(url, "hello", sender)

    tracker = httpx.get(f"{url}/conversations/{sender}/tracker").json()

    assert set(tracker) >= {
        "sender_id", "slots", "latest_message", "latest_event_time", "followup_action", "paused",
        "events", "latest_input_channel", "active_loop", "latest_action", "latest_action_name",
    }  # fmt: skip
    assert [e["event"] for e in tracker["events"]][:4] == [
        "action", "session_started", "action", "user",
    ]  # fmt: skip


def console(url: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers=CSRF, timeout=30)
    done = client.post("/console/api/login", json={"username": "admin", "password": PASSWORD})
    assert done.status_code == 200, done.text
    return client


def test_a_person_takes_over_and_hands_back(url: str) -> None:
    sender = new_sender()
    say(url, "I want to talk to a person", sender)
    client = console(url)
    queued = client.get("/console/api/conversations", params={"view": "queue"}).json()
    assert sender in [item["id"] for item in queued["items"]]

    assert client.post(f"/console/api/conversations/{sender}/claim").status_code == 200
    assert say(url, "are you there?", sender) == []
    body = {"cid": uuid.uuid4().hex, "text": "Yes, Ana here."}
    first = client.post(f"/console/api/conversations/{sender}/messages", json=body)
    again = client.post(f"/console/api/conversations/{sender}/messages", json=body)
    assert (first.json()["seq"], again.json()["dup"]) == (again.json()["seq"], True)
    assert client.post(f"/console/api/conversations/{sender}/hand-back").status_code == 200
    assert say(url, "How long does delivery take?", sender)
    shown = client.get(f"/console/api/conversations/{sender}").json()
    readings = [e["reasoning"] for e in shown["events"] if e["kind"] == "message"]
    assert any(reading and reading.get("passages") for reading in readings)


def test_an_angry_customer_comes_before_those_who_waited_longer(url: str) -> None:
    calm, angry = new_sender(), new_sender()
    say(url, "I want to talk to a person", calm)
    offered = say(url, "You are liars! Give me my money back or I will sue you!!", angry)
    assert "talk to a person" in texts(offered)
    say(url, "/talk_to_person", angry)

    items = console(url).get("/console/api/conversations", params={"view": "queue"}).json()["items"]

    moods = {item["id"]: (item["mood"], item["priority"]) for item in items}
    assert moods[calm] == ("calm", 0)
    assert moods[angry][1] > 0
    places = [item["id"] for item in items]
    assert places.index(angry) < places.index(calm)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The kettle from order FD204815 leaks at the bottom, refund it to my credit card",
            {("has_defect", "leaks at the bottom", "kettle"), ("contains", "kettle", "FD204815")},
        ),
        (
            "订单FD204815里的水壶底部漏水，请退到我的信用卡",
            {("has_defect", "底部漏水", "水壶"), ("contains", "水壶", "FD204815")},
        ),
    ],
)
def test_what_a_customer_tells_fills_the_profile(url: str, text: str, expected: set) -> None:
    sender = new_sender()
    say(url, text, sender)

    shown = console(url).get(f"/console/api/conversations/{sender}").json()

    facts = {(fact["kind"], fact["value"], fact["about"]) for fact in shown["profile"]}
    assert expected <= facts
    read = next(event["reasoning"] for event in shown["events"] if event["reasoning"])
    assert 0 <= read["sentiment"]["anger"] < 0.5
    assert {one["name"] for one in read["relations"]} >= {"has_defect", "contains"}


def test_a_parse_tells_sentiment_and_relations(url: str) -> None:
    parsed = httpx.post(f"{url}/model/parse", json={"text": "I live in Graz"}, timeout=30).json()
    assert set(parsed["sentiment"]) == {"label", "confidence", "anger"}
    (relation,) = parsed["relations"]
    assert (relation["name"], relation["tail"]["value"]) == ("lives_in", "Graz")


def test_the_console_needs_a_login_and_the_csrf_header(url: str) -> None:
    assert httpx.get(f"{url}/console/api/conversations").status_code == 401
    wrong = {"username": "admin", "password": "wrong"}
    assert httpx.post(f"{url}/console/api/login", json=wrong, headers=CSRF).status_code == 401
    assert httpx.post(f"{url}/console/api/login", json=wrong).status_code == 403
    assert httpx.get(f"{url}/console/../../../etc/passwd").status_code == 404
    assert httpx.get(f"{url}/webchat/..%2f..%2fchannel.py").status_code == 404


def test_a_full_disk_refuses_with_a_retryable_status(project_copy: Path) -> None:
    with running(project_copy, ["-m", "tests.server.full_disk"]) as server:
        statuses = set()
        for number in range(400):
            body = {"sender": "full", "message": "hello " * 600, "message_id": str(number)}
            try:
                answer = httpx.post(f"{server.url}/webhooks/rest/webhook", json=body, timeout=1)
            except httpx.ReadTimeout:
                continue  # stored, but its answer finds no room: it waits
            statuses.add(answer.status_code)
            if answer.status_code == 503:
                break

        assert statuses == {200, 503}
        assert answer.headers["Retry-After"]


def test_a_trained_bot_answers_soon_after_its_start(server: Server) -> None:
    started = time.monotonic()

    assert say(server.url, "hello", new_sender())

    assert time.monotonic() - started < 30  # a hang, not a measurement: see tests/bench
