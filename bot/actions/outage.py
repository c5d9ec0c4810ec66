"""A server that was just found unreachable is not waited for again at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PAUSE_S: Final = 5.0
"""How long one attempt is enough after an outage was noticed."""


class Outage:
    """Remembers when a server could not be reached in spite of all attempts.

    The customer of the turn that notices waits for all of them; those after it need not.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with a server of which nothing is known."""
        self._clock = clock
        self._until = clock()

    def attempts(self, wanted: int) -> int:
        """Return how often to try to connect."""
        return 1 if self._clock() < self._until else wanted

    def noticed(self) -> None:
        """Remember that every attempt failed."""
        self._until = self._clock() + PAUSE_S

    def ended(self) -> None:
        """Remember that the server answered."""
        self._until = self._clock()
