"""A language model behind a URL: streamed, retried, left alone, counted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.config import ChatModelConfig
from bot.nlg.models.breaker import Breaker
from bot.nlg.models.chat import ChatMessage, ModelUnavailable
from bot.nlg.models.remote_chat import RemoteChatModel
from tests.bot.nlg.chat_server import ChatServer, chat_server, pieces

ASKED = (ChatMessage(role="system", content="Rules."), ChatMessage(role="user", content="Hi?"))


def model(url: str, environment: dict[str, str] | None = None, **more: Any) -> RemoteChatModel:
    config = ChatModelConfig(url=url, name="m", timeout_s=5, **more)
    made = RemoteChatModel.of(config, environment or {})
    made.wait_s = 0.0
    return made


async def text_of(one: RemoteChatModel) -> str:
    return "".join([piece async for piece in one.stream(ASKED, max_tokens=50)])


def test_the_pieces_come_as_they_are_written_and_are_counted() -> None:
    prices: dict[str, Any] = {
        "price_per_million_prompt_tokens": 1.0, "price_per_million_completion_tokens": 10.0,
    }  # fmt: skip
    with chat_server(lambda _: pieces("Hello, 世界.")) as server:
        one = model(server.url, **prices)

        assert asyncio.run(text_of(one)) == "Hello, 世界."

    (body,) = server.asked
    assert body["messages"][1] == {"role": "user", "content": "Hi?"}
    assert (body["stream"], body["max_tokens"], body["model"]) == (True, 50, "m")
    assert one.usage.to_dict() == {
        "requests": 1, "failures": 0, "cancelled": 0, "prompt_tokens": 120,
        "completion_tokens": 30, "estimated": 0, "cost": 0.00042,
    }  # fmt: skip


def test_tokens_that_are_not_told_are_estimated() -> None:
    with chat_server(lambda _: ["abcd", "efgh"], tells_usage=False) as server:
        one = model(server.url)
        asyncio.run(text_of(one))

    assert one.usage.estimated == 1
    assert one.usage.completion_tokens == 2


def test_the_key_comes_from_the_environment_and_is_shown_nowhere() -> None:
    with chat_server(lambda _: 401) as server:
        one = model(server.url, {"MY_KEY": "sk-secret"}, key_env="MY_KEY")
        with pytest.raises(ModelUnavailable) as refused:
            asyncio.run(text_of(one))

    assert server.headers[0]["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in f"{refused.value} {one!r}"
    assert len(server.asked) == 1, "a refusal is not tried again"


def test_a_busy_server_is_tried_again() -> None:
    answers: list[Any] = [503, ["Fine."]]
    with chat_server(lambda _: answers.pop(0)) as server:
        assert asyncio.run(text_of(model(server.url))) == "Fine."

    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"data: {\n\n",
        b'data: {"error": {"message": "overloaded"}}\n\n',
        b'data: {"choices": [{"delta": 5}]}\n\n',
        b'data: {"choices": [5]}\n\n',
        b"data: []\n\n",
    ],
)
def test_what_is_no_answer_is_a_failure(broken: bytes) -> None:
    with chat_server(lambda _: broken) as server:
        one = model(server.url)
        with pytest.raises(ModelUnavailable):
            asyncio.run(text_of(one))

    assert one.usage.failures == 1


def test_a_model_that_fails_again_and_again_is_left_alone() -> None:
    now = [0.0]
    with chat_server(lambda _: 500) as server:
        one = model(server.url, attempts=1)
        one.breaker = Breaker(failures=2, rest_s=30, clock=lambda: now[0])

        async def fail(times: int) -> None:
            for _ in range(times):
                with pytest.raises(ModelUnavailable):
                    await text_of(one)

        asyncio.run(fail(4))
        assert len(server.asked) == 2
        now[0] = 31.0
        asyncio.run(fail(2))
        assert len(server.asked) == 3, "one call tries again, the next one waits"


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(ModelUnavailable, match=r"http://127\.0\.0\.1:9"):
        asyncio.run(text_of(model("http://127.0.0.1:9", attempts=1)))


def test_who_stops_reading_stops_the_model() -> None:
    async def read_one(server: ChatServer, one: RemoteChatModel) -> None:
        stream = one.stream(ASKED, max_tokens=50)
        server.let(1)
        assert await anext(stream) == "One. "
        await stream.aclose()
        assert await asyncio.to_thread(server.broken.wait, 10)

    with chat_server(lambda _: ["One. "] * 50) as server:
        server.free.clear()
        one = model(server.url)
        asyncio.run(read_one(server, one))

    assert len(server.written) == 1
    assert one.usage.cancelled == 1
