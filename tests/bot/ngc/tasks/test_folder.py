"""A model's folder is complete and checked; whatever is damaged or foreign is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import ModelError
from bot.ngc.tasks import folder
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.light_intent import train_light_intent
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Sample

SAMPLES = [
    Sample(text="hello there", label="greet"),
    Sample(text="good morning", label="greet"),
    Sample(text="see you later", label="goodbye"),
    Sample(text="bye for now", label="goodbye"),
]
FACTS = {
    "task": "intent", "preset": "light", "kind": "light-intent", "data": "greetings.csv",
    "licence": "CC BY 4.0", "texts": 4, "labels": 2, "languages": ["en"], "seed": 0,
    "train_seconds": 0.5, "threshold": 0.0, "encoder": "minilm", "p50_ms": 1.0, "p99_ms": 2.0,
    "scores": {"measured_on": "test.csv", "accuracy": 0.75, "accuracy_ci95": [0.5, 1.0]},
}  # fmt: skip


@pytest.fixture(scope="module")
def trained() -> Trained:
    model = train_light_intent(Lesson(task="intent", train=SAMPLES), lambda _text, _share: None)
    return Trained(task="intent", model=model, facts=FACTS)


@pytest.fixture
def place(trained: Trained, tmp_path: Path) -> Path:
    folder.save(trained, tmp_path / "model")
    return tmp_path / "model"


def test_a_saved_model_is_loaded_with_what_is_known_of_it(place: Path, trained: Trained) -> None:
    loaded = folder.load(place)

    assert (loaded.task, loaded.model.kind) == ("intent", "light-intent")
    assert loaded.facts["data"] == "greetings.csv"
    sample = Sample(text="good morning")
    assert loaded.predict([sample])[0].label == trained.predict([sample])[0].label == "greet"


def test_the_card_tells_data_scores_size_and_time(place: Path) -> None:
    card = (place / "card.md").read_text(encoding="utf-8")

    for told in ("greetings.csv", "CC BY 4.0", "| accuracy | 0.7500 |", "0.5000 to 1.0000",
                 "p50 1.0 ms", "MB", "minilm"):  # fmt: skip
        assert told in card


def test_nothing_is_pickled(place: Path) -> None:
    assert {file.suffix for file in place.rglob("*") if file.is_file()} <= {".json", ".npz", ".md"}


def test_a_changed_file_is_refused(place: Path) -> None:
    file = place / "contents" / "expert.0.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(ModelError, match=r"expert\.0\.npz was changed or damaged"):
        folder.load(place)


def test_a_missing_file_is_refused(place: Path) -> None:
    (place / "contents" / "intent.json").unlink()

    with pytest.raises(ModelError, match=r"lacks intent\.json"):
        folder.load(place)


def test_a_foreign_file_is_refused(place: Path) -> None:
    (place / "contents" / "extra.pkl").write_bytes(b"x")

    with pytest.raises(ModelError, match=r"not the model's: extra\.pkl"):
        folder.load(place)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"program": "other"}, "was not written by"),
        ({"format": 99}, "has format 99, not 1"),
        ({"kind": "mystery"}, "unknown kind of model `mystery`"),
        ({"task": "poetry"}, "unknown task"),
        ({"files": None}, "is damaged"),
        ({"threshold": "high"}, "is damaged"),
    ],
)
def test_another_model_file_is_refused(place: Path, change: dict, told: str) -> None:
    file = place / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(ModelError, match=told):
        folder.load(place)


@pytest.mark.parametrize("contents", ["", "[]", "nonsense", "{}"])
def test_no_model_file_at_all_is_refused(place: Path, contents: str) -> None:
    (place / "model.json").write_text(contents)

    with pytest.raises(ModelError):
        folder.load(place)


def test_a_folder_with_other_things_is_not_overwritten(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")

    with pytest.raises(ModelError, match="holds something else"):
        folder.save(trained, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_an_earlier_model_is_replaced(trained: Trained, place: Path) -> None:
    folder.save(trained, place)

    assert folder.load(place).task == "intent"
    assert [path.name for path in place.parent.iterdir()] == ["model"]


def test_a_threshold_makes_unsure_answers_out_of_scope(trained: Trained) -> None:
    strict = Trained(task="intent", model=trained.model, threshold=1.01)

    (found,) = strict.predict([Sample(text="hello")])

    assert found.label == OUT_OF_SCOPE
    assert found.ranking[0][0] in ("greet", "goodbye")


def test_answering_needs_no_library_of_training(place: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "import bot.cli.ngc.serve, bot.cli.ngc.predict, bot.server.ngc\n"
        "from bot.ngc.tasks import folder\n"
        "from bot.ngc.tasks.sample import Sample\n"
        f"model = folder.load(Path({str(place)!r}))\n"
        "assert model.predict([Sample(text='good morning')])[0].label == 'greet'\n"
        "heavy = {'torch', 'sklearn', 'scipy', 'matplotlib', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
