"""An answer in the making: what of it may be shown already, and whether it is still wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Show = Callable[[str], None]
"""Takes the whole text so far; an empty one takes back what was shown."""


class Draft:
    """Passes on what is written, until a person takes the conversation over."""

    def __init__(self, show: Show | None = None) -> None:
        """Hold who shows the text; None for nobody."""
        self._show = show
        self._abandoned = asyncio.Event()
        self._has_shown = False

    @property
    def is_abandoned(self) -> bool:
        """Whether nobody wants the answer any more."""
        return self._abandoned.is_set()

    def show(self, text: str) -> None:
        """Show `text` in place of what was shown before; nothing once it is abandoned."""
        if self._show is not None and not self.is_abandoned:
            self._has_shown = bool(text)
            self._show(text)

    def take_back(self) -> None:
        """Show nothing any more: another answer will be given."""
        if self._has_shown:
            self.show("")

    def abandon(self) -> None:
        """Stop whoever writes; a person answers now."""
        self.take_back()
        self._abandoned.set()

    async def abandoned(self) -> None:
        """Return when the answer is no longer wanted."""
        await self._abandoned.wait()
