"""A fine-tuned transformer is made smaller in every way, and answers alike."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.errors import ModelError, TrainingError
from bot.ngc.tasks import folder
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.model import Lesson, TaskModel
from bot.ngc.tasks.sample import Prediction, Sample, Span

pytest.importorskip("torch")

from bot.ngc.transformer import training
from bot.ngc.transformer.calibration import Calibration
from bot.ngc.transformer.model import TransformerModel
from bot.ngc.transformer.partner import Partner
from bot.ngc.transformer.recipe import Recipe
from bot.ngc.transformer.trainer import train_transformer
from bot.nsm import static_training
from bot.nsm.alone import alone
from bot.nsm.compress import Order, compress
from bot.nsm.dissect import dissect
from bot.nsm.measure import measure
from bot.nsm.precision import EIGHT_BITS, with_precision

ITEMS = ["kettle", "lamp", "coat", "mug", "rug", "chair", "desk", "sofa"]
TEMPLATES = {
    "track": "where is my {}",
    "return": "I want to return the {}",
    "greet": "hello {} seller",
}
FACTS = {
    "preset": "accurate", "seed": 0, "train_seconds": 1.0, "data": "shop", "licence": "",
    "texts": 24, "labels": 3, "languages": ["en"], "encoder": "MiniLM", "threshold": 0.0,
    "task": "slots", "kind": "transformer", "p50_ms": 1.0, "p99_ms": 1.0,
}  # fmt: skip


def shop() -> list[Sample]:
    return [
        Sample(
            text=template.format(item),
            label=label,
            spans=(Span(start := template.index("{"), start + len(item), "item"),),
        )
        for label, template in TEMPLATES.items()
        for item in ITEMS
    ]


SHOP = shop()
LABELS_ALONE = [dataclasses.replace(sample, spans=()) for sample in SHOP]


@pytest.fixture(autouse=True)
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "recipe_for", lambda _, **_more: Recipe(epochs=6, batch_texts=16))
    monkeypatch.setattr(static_training, "first_vectors", few_directions)


def few_directions(teacher: TransformerModel, _: object) -> np.ndarray:
    """Return the words of the teacher's table: reading 30,000 pieces takes half a minute."""
    weights = teacher.weights
    return (weights.words.astype(np.float32) * weights.word_scales)[:, :64].copy()


@pytest.fixture(scope="module")
def teacher() -> TransformerModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "recipe_for", lambda _, **_more: Recipe(epochs=8, batch_texts=8))
        return train_transformer(Lesson(task="slots", train=SHOP, threads=1), quiet)


def quiet(_told: str, _share: float) -> None:
    """Say nothing."""


def smaller(teacher: TransformerModel, **order: object) -> TaskModel:
    given = Order(**{"samples": SHOP, "threads": 1, **order})  # type: ignore[arg-type]
    return compress(Trained(task="slots", model=teacher, facts=FACTS), given, quiet).model


def agreement(one: Sequence[Prediction], other: Sequence[Prediction]) -> float:
    return float(np.mean([a.label == b.label for a, b in zip(one, other, strict=True)]))


def test_the_weights_that_come_back_from_the_graph_are_those_that_went_in(
    teacher: TransformerModel,
) -> None:
    exact = with_precision(teacher, "float32", SHOP)
    first, again = dissect(teacher), dissect(exact)

    assert first.shape == again.shape and first.shape.layers == 6
    assert first.arrays.keys() == again.arrays.keys()
    for name, array in first.arrays.items():
        np.testing.assert_allclose(array, again.arrays[name], atol=1e-6)


@pytest.mark.parametrize("precision", EIGHT_BITS)
def test_eight_bits_find_what_float32_finds(teacher: TransformerModel, precision: str) -> None:
    exact = with_precision(teacher, "float32", SHOP)
    rounded = smaller(teacher, target="int8", precision=precision)

    assert isinstance(rounded, TransformerModel)
    assert len(rounded.weights.graph) < len(exact.weights.graph) / 3
    assert agreement(rounded.predict(SHOP), exact.predict(SHOP)) == 1.0
    spans = [found.spans for found in rounded.predict(SHOP)]
    assert spans == [found.spans for found in exact.predict(SHOP)]


def test_precisions_that_need_examples_say_so(teacher: TransformerModel) -> None:
    with pytest.raises(TrainingError, match="static8 needs examples of texts"):
        smaller(teacher, target="int8", precision="static8", samples=[])


def test_a_smaller_vocabulary_reads_unknown_words_in_pieces(teacher: TransformerModel) -> None:
    pruned = smaller(teacher, target="prune")
    odd = Sample(text="where is my xylophone 你好 🎉")

    assert isinstance(pruned, TransformerModel)
    assert len(pruned.weights.words) < len(teacher.weights.words) / 2
    assert agreement(pruned.predict(SHOP), teacher.predict(SHOP)) == 1.0
    assert pruned.predict([odd])[0].label == "track"


def test_a_student_with_fewer_layers_answers_as_its_teacher(
    teacher: TransformerModel, tmp_path: Path
) -> None:
    student = smaller(teacher, target="distil", layers=2)

    assert isinstance(student, TransformerModel)
    assert dissect(student).shape.layers == 2
    assert agreement(student.predict(SHOP), teacher.predict(SHOP)) > 0.9
    folder.save(Trained(task="slots", model=student, facts=FACTS), tmp_path / "student")
    again = folder.load(tmp_path / "student")
    assert again.predict(SHOP[:3]) == student.predict(SHOP[:3])


def test_a_student_cannot_have_more_layers_than_its_teacher(teacher: TransformerModel) -> None:
    with pytest.raises(TrainingError, match="6 layers; choose fewer"):
        smaller(teacher, target="distil", layers=6)


def test_static_vectors_answer_as_their_teacher(teacher: TransformerModel, tmp_path: Path) -> None:
    static = smaller(teacher, target="static", samples=LABELS_ALONE)

    assert agreement(static.predict(SHOP), teacher.predict(SHOP)) > 0.9
    odd = static.predict([Sample(text=""), Sample(text="🎉" * 3_000)])
    assert all(sum(share for _, share in one.ranking) == pytest.approx(1.0) for one in odd)
    folder.save(Trained(task="slots", model=static, facts=FACTS), tmp_path / "static")
    again = folder.load(tmp_path / "static")
    assert again.predict(SHOP[:3]) == static.predict(SHOP[:3])


def test_a_small_model_has_no_partner_and_is_as_sure(teacher: TransformerModel) -> None:
    lesson = Lesson(task="slots", train=SHOP, threads=1)
    partner = Partner.fit(lesson, SHOP, teacher.facts.labels)
    facts = dataclasses.replace(teacher.facts, calibration=Calibration(1.0, partner_weight=0.5))
    together = dataclasses.replace(teacher, facts=facts, partner=partner)

    single = alone(together, SHOP)

    assert single.partner is None and agreement(single.predict(SHOP), together.predict(SHOP)) == 1.0
    confidences = [[one.confidence for one in model.predict(SHOP)] for model in (single, together)]
    assert np.mean(confidences[0]) == pytest.approx(np.mean(confidences[1]), abs=0.02)


def test_the_card_of_a_smaller_model_tells_how_it_was_made(
    teacher: TransformerModel, tmp_path: Path
) -> None:
    trained = Trained(task="slots", model=teacher, facts=FACTS | {"scores": {"accuracy": 1.0}})

    folder.save(compress(trained, Order(target="prune", samples=SHOP), quiet), tmp_path / "small")

    card = (tmp_path / "small" / folder.CARD).read_text("utf-8")
    assert "made smaller: `nsm compress --target prune`" in card and "accuracy" not in card


def test_a_light_model_is_not_made_smaller() -> None:
    class Light:
        kind = "light-intent"

        def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
            return [Prediction() for _ in samples]

        def save(self, folder: Path) -> None:
            """Write nothing."""

    with pytest.raises(ModelError, match="kind `light-intent` cannot be made smaller"):
        compress(Trained(task="intent", model=Light()), Order(target="prune", samples=SHOP), quiet)


def test_a_model_is_measured_in_a_process_of_its_own(
    teacher: TransformerModel, tmp_path: Path
) -> None:
    folder.save(Trained(task="slots", model=teacher, facts=FACTS), tmp_path / "model")

    found = measure("before", tmp_path / "model", SHOP)

    assert found.score > 0.9  # F1 of the entities
    assert 0 < found.p50_ms <= found.p99_ms and found.start_s > 0
    assert 20 < found.resident_mb < 300 and 10 < found.model_mb < 60
    json.dumps(dataclasses.asdict(found))
