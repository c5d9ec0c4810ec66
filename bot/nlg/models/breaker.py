"""A circuit breaker: after some failures in a row a model is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

FAILURES: Final = 3
REST_S: Final = 30.0


@dataclass(slots=True)
class Breaker:
    """Closed while calls succeed; open for `rest_s` after `failures` in a row; then one call tries.

    As in M. Nygard, Release It!: a call that would only wait for its timeout is not made.
    """

    failures: int = FAILURES
    rest_s: float = REST_S
    clock: Callable[[], float] = time.monotonic
    _failed: int = field(default=0, init=False)
    _opened_at: float = field(default=0.0, init=False)

    def lets_pass(self) -> bool:
        """Tell whether a call may be made now; the one that tries again holds others back."""
        if self._failed < self.failures:
            return True
        now = self.clock()
        if now - self._opened_at < self.rest_s:
            return False
        self._opened_at = now
        return True

    def succeeded(self) -> None:
        """Close it."""
        self._failed = 0

    def failed(self) -> None:
        """Count a failure; the last one opens it."""
        self._failed += 1
        if self._failed >= self.failures:
            self._opened_at = self.clock()
