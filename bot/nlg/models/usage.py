"""What language models were asked, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import structlog

log = structlog.get_logger()
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in the currency of the bill, per million tokens."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the cost of one answer."""
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / _MILLION


@dataclass(slots=True)
class Usage:
    """Counts since the start of the process; safe to use from several threads."""

    price: Price = Price()
    requests: int = 0
    failures: int = 0
    cancelled: int = 0
    """Answers that were stopped: a person took over, or the time was up."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: int = 0
    """Answers whose tokens the server did not tell, so that they are counted as four bytes each."""
    cost: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def answered(
        self,
        model: str,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        ms: float,
        is_estimate: bool,
    ) -> None:
        """Count and log one answer."""
        cost = self.price.of(prompt_tokens, completion_tokens)
        with self._lock:
            self.requests += 1
            self.prompt_tokens += prompt_tokens
            self.completion_tokens += completion_tokens
            self.estimated += is_estimate
            self.cost += cost
        log.info(
            "nlg.generated", model=model, prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens, cost=round(cost, 6), ms=round(ms, 1),
        )  # fmt: skip

    def failed(self, model: str, problem: str) -> None:
        """Count and log a request that brought no answer."""
        with self._lock:
            self.requests += 1
            self.failures += 1
        log.warning("nlg.model_failed", model=model, problem=problem)

    def stopped(self) -> None:
        """Count an answer that was not waited for."""
        with self._lock:
            self.cancelled += 1

    def to_dict(self) -> dict[str, Any]:
        """Return the counts by name."""
        with self._lock:
            return {
                "requests": self.requests,
                "failures": self.failures,
                "cancelled": self.cancelled,
                "prompt_tokens": self.prompt_tokens,
                "completion_tokens": self.completion_tokens,
                "estimated": self.estimated,
                "cost": round(self.cost, 6),
            }


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has: a quarter of its UTF-8 bytes."""
    return (len(text.encode("utf-8", "replace")) + 3) // 4
