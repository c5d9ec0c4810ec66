"""Questions in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

SHOWN = 9
"""Choices that are listed at first; a name may always be typed."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """Asks, and reads answers from wherever `read` gets them."""

    console: Console
    read: Callable[[str], str]
    """Shows its argument and returns a line; raises EOFError at the end."""

    def tell(self, *parts: str | tuple[str, str]) -> None:
        """Print a line; (text, style) pairs are styled."""
        self.console.print(Text.assemble(*parts), soft_wrap=True)

    def ask(self, question: str, default: str = "") -> str:
        """Return the answer, or `default` for an empty one."""
        shown = f"{question} \\[{default}]: " if default else f"{question}: "
        return self.read(shown).strip() or default

    def confirm(self, question: str, *, default: bool = True) -> bool:
        """Return whether the answer is yes."""
        while True:
            answer = self.read(f"{question} ({'Y/n' if default else 'y/N'}) ").strip().lower()
            if answer in ("", "y", "yes", "n", "no"):
                return answer.startswith("y") if answer else default
            self.tell(("Please answer y or n.", "yellow"))

    def choose(self, question: str, choices: Sequence[tuple[str, str]]) -> str:
        """Return the name that was chosen by its number, or typed; it may be new.

        Args:
            question: What to choose.
            choices: (name, remark), the likeliest first.
        """
        for number, (name, remark) in enumerate(choices[:SHOWN], start=1):
            self.tell((f"  {number}) ", "dim"), name, (f"  {remark}", "dim"))
        if len(choices) > SHOWN:
            names = ", ".join(name for name, _ in choices[SHOWN:])
            self.tell((f"  or {names}", "dim"))
        while True:
            answer = self.ask(f"{question} (a number or a name)")
            if answer in [name for name, _ in choices]:
                return answer
            if answer.isdigit():
                if 1 <= int(answer) <= min(SHOWN, len(choices)):
                    return choices[int(answer) - 1][0]
                self.tell((f"There is no number {answer}.", "yellow"))
            elif answer and self.confirm(f"`{answer}` is new. Add it?"):
                return answer
