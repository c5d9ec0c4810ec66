"""Time to understand a message in a running bot, quiet and beside busy processes; prints JSON.

python tests/bench/light_parse.py [PROJECT]

The texts are the project's own examples with a word appended, so that no vector is known already.
Reads with one thread, after the models were loaded, as a server does for each message: intent,
entities, language, sentiment and relations, where the pipeline has them.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.cli.train import ensure_trained
from bot.project import Project
from bot.training.checked import checked_project
from bot.training.train import TrainedBot, load_trained
from knowledge.languages import detect_language

TEXTS, NEIGHBOURS = 600, 2
APPENDED = {"en": " please", "zh": "吧"}
Figures = dict[str, float]


def busy() -> None:
    """Compute for ever."""
    while True:
        sum(range(10_000))


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Run `count` busy processes during the block."""
    processes = [multiprocessing.Process(target=busy, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.join()


def texts(project: Project, language: str, seed: int) -> list[str]:
    """Return examples of `language`, changed a little."""
    own = [example.text for example in project.understanding.examples if example.text]
    chosen = [text for text in own if detect_language(text, "") == language]
    random.Random(seed).shuffle(chosen)
    return [f"{text}{APPENDED[language]}{'!' * seed}" for text in chosen[:TEXTS]]


def measured(bot: TrainedBot, texts: list[str]) -> Figures:
    """Return the quantiles of the time that one text takes."""
    took_ms = []
    for text in texts:
        began = time.perf_counter()
        bot.understanding.understand(text)
        took_ms.append((time.perf_counter() - began) * 1_000)
    took_ms.sort()
    return {
        f"p{share}_ms": round(took_ms[min(len(took_ms) - 1, len(took_ms) * share // 100)], 2)
        for share in (50, 90, 99)
    }


def main() -> None:
    """Measure and print."""
    source = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bot"
        ignored = shutil.ignore_patterns(".*", "tests", "bot", "connectors", "knowledge")
        shutil.copytree(source, folder, ignore=ignored)
        project = checked_project(folder)
        bot = load_trained(ensure_trained(folder))
        bot.understanding.warm_up()
        shown: dict[str, dict[str, Figures]] = {}
        for language in APPENDED:
            if not texts(project, language, 1):
                continue
            quiet = measured(bot, texts(project, language, 1))
            with neighbours(NEIGHBOURS):
                loud = measured(bot, texts(project, language, 2))
            shown[language] = {"quiet": quiet, f"beside_{NEIGHBOURS}_busy_processes": loud}
        print(json.dumps(shown))


if __name__ == "__main__":
    main()
