"""How well the project's own sentiment, entities and relations are learnt: five folds, as JSON.

`python tests/bench/feelings.py [sentiment|relations]`. Most Chinese lines tell what an English one
tells, at about the same place of their files: blocks of lines go to one fold in both languages.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from bot.formats.project import load_project
from bot.ngc.relations.extractor import train_extractor
from bot.ngc.relations.pairs import pairs_of, possible_types, samples_of
from bot.ngc.relations.tagger import EntityTagger
from bot.ngc.relations.train import train_relations
from bot.ngc.sentiment.analyzer import ANGRY, train_feelings
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import NO_RELATION, Sample
from bot.project import FeelingExample, RelationExample
from knowledge.languages import CHINESE, ENGLISH, BilingualEmbedder, detect_language

FOLDS, BLOCKS, SEED = 5, 60, 0
ANGER = 0.5
ROOT = Path(__file__).resolve().parents[2]


def folded(examples: Sequence) -> list[tuple[object, str, int]]:
    """Return each example with its language and its fold."""
    blocks = [block % FOLDS for block in range(BLOCKS)]
    Random(SEED).shuffle(blocks)
    found = []
    for language in (ENGLISH, CHINESE):
        own = [one for one in examples if one.place.path.endswith(f".{language}.jsonl")]
        found += [(one, language, blocks[row * BLOCKS // len(own)]) for row, one in enumerate(own)]
    return found


def f1(pairs: Iterable[tuple[object, object]]) -> dict[str, float]:
    """Return precision, recall and F1 over (gold, found) pairs of sets."""
    right = wrong = missed = 0
    for gold, found in pairs:
        right += len(gold & found)
        wrong += len(found - gold)
        missed += len(gold - found)
    return {
        "precision": round(right / max(1, right + wrong), 4),
        "recall": round(right / max(1, right + missed), 4),
        "f1": round(2 * right / max(1, 2 * right + wrong + missed), 4),
    }


def sentiment(examples: Sequence[FeelingExample], embedder: BilingualEmbedder) -> dict:
    """Return accuracy, macro F1, calibration and anger per language."""
    items, answers = folded(examples), []
    for fold in range(FOLDS):
        model = train_feelings([one for one, _, part in items if part != fold], embedder)
        held = [(one, language) for one, language, part in items if part == fold]
        found = model.predict([Sample(text=one.text) for one, _ in held])
        answers += [(*pair, dict(one.ranking)) for pair, one in zip(held, found, strict=True)]
    return {
        language: _feelings([(one, shares) for one, own, shares in answers if own == language])
        for language in (ENGLISH, CHINESE)
    }


def _feelings(answers: list[tuple[FeelingExample, dict[str, float]]]) -> dict:
    told, found, angry, sure = [], [], [], []
    for one, shares in answers:
        sums: Counter[str] = Counter()
        for label, share in shares.items():
            sums[label.removeprefix(ANGRY)] += share
        label, share = sums.most_common(1)[0]
        told.append(one.sentiment)
        found.append(label)
        sure.append((share, label == one.sentiment))
        anger = sum(share for label, share in shares.items() if label.startswith(ANGRY))
        angry.append(({1} if one.anger else set(), {1} if anger >= ANGER else set()))
    labels = sorted(set(told))
    each = [
        f1(
            ({1} & {int(t == label)}, {1} & {int(f == label)})
            for t, f in zip(told, found, strict=True)
        )
        for label in labels
    ]
    return {
        "texts": len(told),
        "accuracy": round(sum(t == f for t, f in zip(told, found, strict=True)) / len(told), 4),
        "macro_f1": round(sum(one["f1"] for one in each) / len(each), 4),
        "ece": round(_ece(sure), 4),
        "anger": f1(angry),
    }


def _ece(sure: list[tuple[float, bool]], bins: int = 15) -> float:
    total = 0.0
    for edge in range(bins):
        own = [(s, ok) for s, ok in sure if min(bins - 1, int(s * bins)) == edge]
        total += abs(sum(s for s, _ in own) - sum(ok for _, ok in own))
    return total / len(sure)


def relations(examples: Sequence[RelationExample], embedder: BilingualEmbedder) -> dict:
    """Return F1 of entities, of relations given the entities, and of relations from the text."""
    items = folded(examples)
    tagged, given, whole, near = [], [], [], []
    for fold in range(FOLDS):
        train = [one for one, _, part in items if part != fold]
        held = [(one, language) for one, language, part in items if part == fold]
        tagger = EntityTagger(embedder.words)
        tagger.train(train)
        lesson = Lesson(task="relations", train=samples_of(train))
        model = train_relations(lesson, lambda *_: None)
        extractor = train_extractor(train, embedder)
        for one, language in held:
            gold = {(e.start, e.end, e.name) for e in one.entities}
            found = tagger.find(one.text, detect_language(one.text, ENGLISH))
            tagged.append((language, gold, {(e.start, e.end, e.name) for e in found}))
            given.append((language, *_given(one, model, train)))
            told, read = _told(one), _read(one, extractor)
            whole.append((language, told, read))
            near.append((language, *_matched(told, read)))
    return {
        language: {
            name: f1((gold, found) for own, gold, found in rows if own == language)
            for name, rows in (
                ("entities", tagged),
                ("given_entities", given),
                ("text", whole),
                ("text_overlapping", near),
            )
        }
        for language in (ENGLISH, CHINESE)
    }


def _given(one: RelationExample, model, train: Sequence[RelationExample]) -> tuple[set, set]:
    pairs = pairs_of(one.text, one.entities, possible_types(train))
    found = model.predict([sample for _, _, sample in pairs])
    return set(one.relations), {
        (head, label.label, tail)
        for (head, tail, _), label in zip(pairs, found, strict=True)
        if label.label != NO_RELATION
    }


def _told(one: RelationExample) -> set:
    ends = [(e.start, e.end, e.name) for e in one.entities]
    return {(ends[head], name, ends[tail]) for head, name, tail in one.relations}


def _matched(told: set, read: set) -> tuple[set, set]:
    """Return both, a found relation as the told one whose ends it touches."""

    def touches(left: tuple, right: tuple) -> bool:
        return left[2] == right[2] and left[0] < right[1] and right[0] < left[1]

    def same(one: tuple, other: tuple) -> bool:
        return one[1] == other[1] and touches(one[0], other[0]) and touches(one[2], other[2])

    return told, {next((one for one in told if same(one, found)), found) for found in read}


def _read(one: RelationExample, extractor) -> set:
    found = extractor.find(one.text, detect_language(one.text, ENGLISH))
    return {
        ((r.head.start, r.head.end, r.head.name), r.name, (r.tail.start, r.tail.end, r.tail.name))
        for r in found
    }


def main() -> None:
    """Print the figures of what was asked for, or of both."""
    understanding = load_project(ROOT, is_training=True).understanding
    embedder, wanted = BilingualEmbedder(), sys.argv[1:] or ["sentiment", "relations"]
    figures = {}
    if "sentiment" in wanted:
        figures["sentiment"] = sentiment(understanding.feelings, embedder)
    if "relations" in wanted:
        figures["relations"] = relations(understanding.relations, embedder)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
