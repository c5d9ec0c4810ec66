"""Many passages: how long they are indexed, one is changed, and searched. Prints JSON.

`python tests/bench/indexing.py --passages 100000` takes five minutes on two cores. Passages are
those of the shipped FAQ with other products, places, numbers and one question each.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.base import KnowledgeBase
from knowledge.sources.faq_yaml import parse_faq
from knowledge.types import Passage

ROOT = Path(__file__).parents[2]
FAQ = ROOT / "training_data/faq.yml"
QUERIES = 400
PER_DOCUMENT = 20
WORDS = {
    "en": [
        "kettle",
        "tent",
        "lamp",
        "jacket",
        "headset",
        "backpack",
        "toaster",
        "camera",
        "desk",
        "chair",
        "speaker",
        "watch",
    ],
    "zh": [
        "水壶",
        "帐篷",
        "台灯",
        "夹克",
        "耳机",
        "背包",
        "烤面包机",
        "相机",
        "书桌",
        "椅子",
        "音箱",
        "手表",
    ],
}


def perturbed(count: int, seed: int = 0) -> Iterator[Passage]:
    """Yield passages, none like another."""
    chance = random.Random(seed)
    entries = parse_faq(FAQ.read_text("utf-8"), FAQ.name)
    for number in range(count):
        entry = entries[number % len(entries)]
        word, code = chance.choice(WORDS[entry.language]), f"{chance.randrange(10**6):06d}"
        question = chance.choice((entry.title, *entry.questions))
        text = re.sub(r"\d+", lambda _: str(chance.randrange(2, 99)), entry.text)
        document = f"{number // PER_DOCUMENT}.md"
        yield replace(
            entry,
            id=f"{document}#{number}",
            title=f"{question} ({word} {code})",
            text=f"{text} {word} {code}.",
            questions=(),
            document=document,
            document_hash="1",
        )


def searches_ms(base: KnowledgeBase) -> dict[str, float]:
    """Return the times of questions in both languages that were not asked before."""
    base.search("warm up", "en")
    base.search("热身", "zh")
    figures = {}
    for language in ("en", "zh"):
        lines = (ROOT / f"tests/knowledge/questions/answerable.{language}.tsv").read_text("utf-8")
        times = []
        for line in lines.splitlines()[:QUERIES]:
            began = time.perf_counter()
            base.search(line.split("\t")[1], language)
            times.append((time.perf_counter() - began) * 1_000)
        low, high = np.percentile(times, [50, 99])
        figures[f"{language}_p50_ms"] = round(float(low), 2)
        figures[f"{language}_p99_ms"] = round(float(high), 2)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=10_000)
    count = parser.parse_args().passages
    passages = list(perturbed(count))
    with tempfile.TemporaryDirectory() as scratch:
        base = KnowledgeBase.open(Path(scratch))
        began = time.perf_counter()
        base.apply(added=passages)
        figures: dict[str, Any] = {"passages": count, "index_s": time.perf_counter() - began}
        document = passages[0].document
        changed = [replace(one, document_hash="2") for one in passages[:PER_DOCUMENT]]
        changed[0] = replace(changed[0], text=f"{changed[0].text} Changed.")
        began = time.perf_counter()
        again = KnowledgeBase.open(Path(scratch))
        assert again.documents()[document] == "1"
        again.apply(added=changed)
        figures["resync_s"] = time.perf_counter() - began
        figures |= searches_ms(again)
        files = [path for path in Path(scratch).rglob("*") if path.is_file()]
        figures["disk_mb"] = sum(path.stat().st_size for path in files) / 1e6
        figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=1))


if __name__ == "__main__":
    main()
