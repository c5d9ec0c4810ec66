"""`frontdesk knowledge sync` in small commits, and with guards taken out (mutants).

Used by the crash test only; nothing of the product can be switched off.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.knowledge.sync import sync as sync_command
from knowledge import manifest as manifests
from knowledge import sync as syncing
from knowledge.base import KnowledgeBase
from knowledge.types import Passage

BATCH_PASSAGES = 12
PAUSE_S = 0.3
"""How long a mutant stays between the halves of what should be one step."""


def main(folder: Path, mutant: Annotated[str, typer.Option()] = "none") -> None:
    """Sync `folder` with the wanted faults."""
    syncing.BATCH_PASSAGES = BATCH_PASSAGES  # type: ignore[misc]
    if mutant == "two_commits":
        _remove_before_adding()
    elif mutant == "torn_manifest":
        _write_in_halves()
    sync_command(folder)


def _remove_before_adding() -> None:
    """Take a changed document away in one commit, and add it in another."""
    original = KnowledgeBase.apply

    def apply(self: KnowledgeBase, *, added: Iterable[Passage], **options: Any) -> None:
        added = list(added)
        held = self.documents().keys() & {passage.document for passage in added}
        original(self, added=(), removed_documents=held)
        time.sleep(PAUSE_S)
        options["removed_passages"] = ()
        original(self, added=added, **options)

    KnowledgeBase.apply = apply  # type: ignore[method-assign]


def _write_in_halves() -> None:
    """Write the manifest in place, not to a file beside it that takes its place at once."""

    def replace(path: Path, text: str) -> None:
        half = len(text) // 2
        with path.open("w", encoding="utf-8") as file:
            file.write(text[:half])
            file.flush()
            time.sleep(PAUSE_S)
            file.write(text[half:])

    manifests.replace = replace


if __name__ == "__main__":
    typer.run(main)
