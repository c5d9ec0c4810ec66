"""How long syncs take: `python tests/bench/knowledge_sync.py [DOCUMENTS] [PASSAGES_EACH]`.

Documents are Markdown files of made-up sentences. Prints JSON: the first sync, one in which nothing
changed, and one after one document changed, with the start of the process left out.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

from bot.config import FilesConfig
from bot.project import Settings
from bot.training.knowledge import open_base, sync_project

WORDS = (
    "order", "parcel", "return", "refund", "delivery", "address", "invoice", "payment", "card",
    "customer", "account", "colour", "size", "shoe", "bag", "jacket", "store", "hour", "day",
    "week", "month", "price", "free", "open", "closed", "change", "keep", "send", "wait", "help",
)  # fmt: skip


def main(documents: int = 10_000, passages: int = 1) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = FilesConfig(type="files", path="docs")
        settings = Settings(knowledge_sources=(source,))
        dice = random.Random(0)
        (folder / "docs").mkdir()
        for number in range(documents):
            _write(folder, number, passages, dice)
        first_s = _sync(folder, settings)
        unchanged_s = _sync(folder, settings)
        _write(folder, documents // 2, passages, dice)
        changed_s = _sync(folder, settings)
    print(json.dumps({
        "documents": documents, "passages": documents * passages, "first_s": round(first_s, 2),
        "unchanged_s": round(unchanged_s, 3), "one_changed_s": round(changed_s, 3),
    }))  # fmt: skip


def _write(folder: Path, number: int, passages: int, dice: random.Random) -> None:
    sections = (f"# {_words(dice, 4)}\n\n{_words(dice, 40)}." for _ in range(passages))
    (folder / "docs" / f"{number}.md").write_text("\n\n".join(sections), "utf-8")


def _words(dice: random.Random, count: int) -> str:
    return " ".join(dice.choices(WORDS, k=count)).capitalize()


def _sync(folder: Path, settings: Settings) -> float:
    """Return how many seconds opening the base and syncing take."""
    started = time.perf_counter()
    sync_project(
        open_base(folder, settings), folder, settings, lambda _what, _share: None, is_local=True
    )
    return time.perf_counter() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
