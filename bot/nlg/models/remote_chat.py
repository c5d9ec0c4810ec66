"""A language model behind a URL that speaks OpenAI's chat completions, streamed.

https://platform.openai.com/docs/api-reference/chat; also spoken by vLLM, llama.cpp, Ollama and most
hosted models. Events are server-sent: `data: {json}` per piece, `data: [DONE]` at the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import tenacity
from pydantic import BaseModel, SecretStr

from bot.config import ChatModelConfig
from bot.endpoint import is_plain
from bot.nlg.models.breaker import Breaker
from bot.nlg.models.chat import ChatMessage, ModelUnavailable
from bot.nlg.models.usage import Price, Usage, estimated_tokens
from bot.project import Endpoint

_RETRIED_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504})
_DATA: Final = "data:"
_DONE: Final = "[DONE]"
_MAX_CHARS: Final = 20_000
"""A server that never ends is cut off."""


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int


class _Delta(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    delta: _Delta


class _Event(BaseModel):
    """One event of the stream, as far as it matters here."""

    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    error: Any = None


class _TryAgain(Exception):
    """Nothing was streamed yet, and another try may work."""


@dataclass(slots=True, kw_only=True)
class RemoteChatModel:
    """The model at a URL."""

    url: str
    """Up to `/chat/completions`, without it."""
    name: str
    client: httpx.AsyncClient
    key: SecretStr | None = None
    attempts: int = 2
    temperature: float = 0.0
    wait_s: float = 0.2
    """Before the second try; doubles with each further one."""
    breaker: Breaker = field(default_factory=Breaker)
    usage: Usage = field(default_factory=Usage)

    @classmethod
    def of(
        cls, config: ChatModelConfig, environment: Mapping[str, str] = os.environ
    ) -> RemoteChatModel:
        """Return the model that `config` describes; its key is read from `environment` only."""
        key = environment.get(config.key_env)
        timeout = httpx.Timeout(config.timeout_s, connect=min(config.timeout_s, 5.0))
        # Without TLS there is nothing to verify: reading the system's certificates takes 35 ms.
        verify = not is_plain(Endpoint(url=config.url or ""))
        return cls(
            url=(config.url or "").rstrip("/"),
            name=config.name,
            client=httpx.AsyncClient(timeout=timeout, verify=verify),
            key=SecretStr(key) if key else None,
            attempts=config.attempts,
            temperature=config.temperature,
            usage=Usage(
                price=Price(
                    prompt=config.price_per_million_prompt_tokens,
                    completion=config.price_per_million_completion_tokens,
                )
            ),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int
    ) -> AsyncGenerator[str]:
        """Yield the model's text piece by piece; retried only while nothing came.

        Raises:
            ModelUnavailable: it did not answer, or the breaker is open.
        """
        if not self.breaker.lets_pass():
            raise ModelUnavailable(f"{self.name}: left alone after failures; tried again later")
        counted = _Count(sum(estimated_tokens(one.content) for one in messages))
        started = time.perf_counter()
        try:
            async for piece in self._with_retries(messages, max_tokens, counted):
                yield piece
        except (httpx.HTTPError, _TryAgain, ValueError) as error:
            self.breaker.failed()
            problem = f"{self.name} at {self.url}: {error or type(error).__name__}"
            self.usage.failed(self.name, problem)
            raise ModelUnavailable(problem) from error
        except GeneratorExit:
            self.usage.stopped()
            raise
        self.breaker.succeeded()
        self.usage.answered(
            self.name,
            prompt_tokens=counted.prompt,
            completion_tokens=counted.completion,
            ms=1000 * (time.perf_counter() - started),
            is_estimate=counted.is_estimate,
        )

    async def _with_retries(
        self, messages: Sequence[ChatMessage], max_tokens: int, counted: _Count
    ) -> AsyncGenerator[str]:
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=tenacity.wait_exponential(multiplier=self.wait_s),
            retry=tenacity.retry_if_exception_type(_TryAgain),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                async with aclosing(self._once(messages, max_tokens, counted)) as pieces:
                    async for piece in pieces:
                        yield piece

    async def _once(
        self, messages: Sequence[ChatMessage], max_tokens: int, counted: _Count
    ) -> AsyncGenerator[str]:
        body = {
            "model": self.name,
            "messages": [one.to_dict() for one in messages],
            "max_tokens": max_tokens,
            "temperature": self.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        headers = {"Authorization": f"Bearer {self.key.get_secret_value()}"} if self.key else {}
        began = False
        try:
            async with self.client.stream(
                "POST", f"{self.url}/chat/completions", json=body, headers=headers
            ) as answer:
                if answer.status_code in _RETRIED_STATUS:
                    raise _TryAgain(f"the server answered {answer.status_code}")
                if answer.status_code != httpx.codes.OK:
                    raise ValueError(f"the server answered {answer.status_code}")
                async for piece in _pieces(answer, counted):
                    began = True
                    yield piece
        except httpx.TransportError as error:
            if began:
                raise
            raise _TryAgain(f"no answer ({error!r})") from error


@dataclass(slots=True)
class _Count:
    """Tokens of one answer: estimated until the server tells."""

    prompt: int
    completion: int = 0
    is_estimate: bool = True

    def told(self, usage: _Usage) -> None:
        self.prompt, self.completion = usage.prompt_tokens, usage.completion_tokens
        self.is_estimate = False


async def _pieces(answer: httpx.Response, counted: _Count) -> AsyncGenerator[str]:
    """Yield the texts of a stream of server-sent events."""
    chars = 0
    async for line in answer.aiter_lines():
        if not line.startswith(_DATA):
            continue
        data = line.removeprefix(_DATA).strip()
        if data == _DONE:
            return
        event = _Event.model_validate_json(data)
        if event.error is not None:
            raise ValueError(f"the server reported an error: {str(event.error)[:200]}")
        if event.usage is not None:
            counted.told(event.usage)
        for choice in event.choices or ():
            piece = choice.delta.content or ""
            chars += len(piece)
            if counted.is_estimate:
                counted.completion += estimated_tokens(piece)
            if piece:
                yield piece
        if chars > _MAX_CHARS:
            return
