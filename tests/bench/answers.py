"""How long wording an answer takes, without the language model; prints JSON, medians in ms.

```
python tests/bench/answers.py
```
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import yaml

from bot.config import NlgConfig
from bot.events import BotSaid, UserSaid
from bot.nlg.answering import Answering
from bot.nlg.responder import Question
from bot.nlg.sentences import sentences
from bot.nlg.summary import summarise
from bot.types import Intent, Reading, Reply
from knowledge.languages import BilingualEmbedder
from knowledge.types import Hit, Passage

FAQ = Path(__file__).parents[2] / "training_data/faq.yml"


def questions() -> list[Question]:
    """Return a question per entry, each with its passage and the two after it."""
    entries = yaml.safe_load(FAQ.read_text("utf-8"))["faq"]
    passages = [
        Passage(
            id=one["id"], language=one["language"], title=one["question"], text=one["answer"],
            source=one["source"],
        )
        for one in entries
    ]  # fmt: skip
    made = []
    for place in range(len(passages) - 2):
        found = passages[place : place + 3]
        hits = tuple(
            Hit(passage=one, score=0.9 - 0.01 * rank, rank=rank, matched=one.title)
            for rank, one in enumerate(found)
        )
        made.append(Question(text=found[0].title, language=found[0].language, hits=hits))
    return made


async def median_ms(
    asked: list[Question], answer: Callable[[Question], Awaitable[object]]
) -> float:
    """Return the median time of an answer."""
    times = []
    for one in asked:
        started = time.perf_counter()
        await answer(one)
        times.append(1000 * (time.perf_counter() - started))
    return round(statistics.median(times), 3)


async def main() -> None:
    """Print the medians."""
    embedder = BilingualEmbedder()
    asked = questions()
    found: dict[str, float | int] = {"questions": len(asked)}
    for name in ("verbatim", "extractive"):
        made = Answering.of(NlgConfig.model_validate({"responders": [name]}), embedder)
        found[f"{name}_ms"] = await median_ms(asked, made.answer)
    check = made.groundedness
    assert check is not None

    async def evidence(one: Question) -> None:
        check.evidence([hit.passage.text for hit in one.hits], one.language)

    async def sentence(one: Question) -> None:
        text = sentences(one.hits[0].passage.text)[0]
        check.check(text, prepared[one.hits[0].passage.id, one.language])

    async def summary(one: Question) -> None:
        reading = Reading(text=one.text, intent=Intent(name=None, confidence=0.0))
        said = (UserSaid(text=one.text, reading=reading), BotSaid(reply=Reply(text="…")))
        summarise(said * 10)

    found["evidence_ms"] = await median_ms(asked, evidence)
    prepared = {
        (one.hits[0].passage.id, one.language): check.evidence(
            [hit.passage.text for hit in one.hits], one.language
        )
        for one in asked
    }
    found["checked_sentence_ms"] = await median_ms(asked, sentence)
    found["summary_of_20_messages_ms"] = await median_ms(asked, summary)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
