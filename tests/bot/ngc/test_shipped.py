"""The models that come along are those that the project's own examples give."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.formats.project import load_project
from bot.ngc import shipped
from bot.ngc.archive import read_json
from bot.project import Understanding

ROOT = Path(__file__).resolve().parents[3]
MAX_BYTES = 1_000_000


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return load_project(ROOT, is_training=True).understanding


def test_they_were_taught_the_examples_as_they_are(understanding: Understanding) -> None:
    hint = "run `python -m bot.ngc.shipped`"
    assert shipped.is_shipped(shipped.SENTIMENT, understanding.feelings), hint
    assert shipped.is_shipped(shipped.RELATIONS, understanding.relations), hint


def test_other_examples_need_a_training(understanding: Understanding) -> None:
    assert shipped.is_shipped(shipped.SENTIMENT, ())
    assert not shipped.is_shipped(shipped.SENTIMENT, understanding.feelings[1:])
    assert not shipped.is_shipped(shipped.RELATIONS, understanding.relations[::-1])


def test_every_file_is_small() -> None:
    files = [path for path in shipped.FOLDER.glob("*/**/*") if path.is_file()]
    sizes = {path: path.stat().st_size for path in files}
    assert len(sizes) == 12
    assert max(sizes.values()) < MAX_BYTES
    assert {path.suffix for path in sizes} == {".json", ".npz", ".crfsuite"}


def test_training_gives_the_same_n_grams_again(understanding: Understanding) -> None:
    """The rest of the files agrees to the byte on one machine: `--check` of the module tells."""
    from bot.ngc.grams import GramTable
    from bot.ngc.sentiment.analyzer import ANGRY
    from bot.ngc.sentiment.features import grams_of

    feelings = understanding.feelings
    labels = [f"{ANGRY * one.anger}{one.sentiment}" for one in feelings]
    table = GramTable.learn([grams_of(one.text) for one in feelings], labels)
    kept = read_json(shipped.FOLDER / shipped.SENTIMENT / "grams.json")
    assert list(table.columns) == kept["grams"]
    assert table.weights.tolist() == pytest.approx(kept["weights"], abs=1e-3)
