"""The light classifier learns, knows what it does not know, and takes whatever texts there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ModelError, TrainingError
from bot.ngc.tasks.light_intent import LightIntent, train_light_intent
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import OUT_OF_SCOPE, Prediction, Sample
from knowledge.languages import BilingualEmbedder

EMBEDDER = BilingualEmbedder()
TEXTS = {
    "refund": ["I want my money back", "please refund me", "can I get a refund", "refund my order"],
    "track": ["where is my parcel", "track my order", "has my package shipped", "delivery status"],
    "greet": ["hello", "hi there", "good morning", "hey"],
}
OTHERS = ["what is the capital of France", "tell me a joke", "how tall is Mount Everest"]


def _samples(texts: dict[str, list[str]] = TEXTS) -> list[Sample]:
    return [Sample(text=text, label=label) for label, all_of in texts.items() for text in all_of]


def _train(samples: list[Sample], **more: list[Sample]) -> LightIntent:
    lesson = Lesson(task="intent", train=samples, **more)
    return train_light_intent(lesson, lambda _text, _share: None, embedder=EMBEDDER)


def _read(model: LightIntent, *texts: str) -> list[Prediction]:
    return model.predict([Sample(text=text) for text in texts])


def test_texts_that_were_not_learnt_get_their_label() -> None:
    model = _train(_samples())

    found = _read(model, "give me my money back please", "where has my package gone", "hi")

    assert [one.label for one in found] == ["refund", "track", "greet"]
    for one in found:
        assert one.confidence == one.ranking[0][1]
        assert sum(share for _, share in one.ranking) == pytest.approx(1.0, abs=1e-5)


def test_texts_out_of_scope_teach_what_to_refuse() -> None:
    outside = [Sample(text=text, label=OUT_OF_SCOPE) for text in OTHERS]
    model = _train([*_samples(), *outside])

    inside, other = _read(model, "please refund my money", "what is the capital of Spain")

    assert inside.label == "refund"
    assert other.label == OUT_OF_SCOPE
    assert OUT_OF_SCOPE not in dict(other.ranking)


def test_chinese_is_learnt_too() -> None:
    model = _train(
        _samples({
            "refund": ["我要退款", "把钱退给我", "可以退钱吗"],
            "track": ["我的包裹到哪了", "查一下快递", "什么时候发货"],
        })
    )  # fmt: skip

    assert [one.label for one in _read(model, "帮我退一下钱", "快递到哪里了")] == [
        "refund",
        "track",
    ]


def test_a_saved_model_answers_alike(tmp_path: Path) -> None:
    model = _train(_samples())
    model.save(tmp_path)

    loaded = LightIntent.load(tmp_path, EMBEDDER)

    for before, after in zip(
        _read(model, "refund", "where is it"), _read(loaded, "refund", "where is it"), strict=True
    ):
        assert before.label == after.label
        assert before.confidence == pytest.approx(after.confidence, abs=0.01)


def test_the_same_seed_gives_the_same_model() -> None:
    first, second = _train(_samples()), _train(_samples())

    assert _read(first, "money please") == _read(second, "money please")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    _train(_samples()).save(tmp_path)
    (tmp_path / "intent.json").write_text("{}")

    with pytest.raises(ModelError, match="damaged"):
        LightIntent.load(tmp_path, EMBEDDER)


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(TrainingError, match="no text has a label"):
        _train([Sample(text="hello"), Sample(text="x", label=OUT_OF_SCOPE)])


@pytest.mark.parametrize(
    "samples",
    [
        [Sample(text="hello", label="greet")],
        [Sample(text="hello", label="greet"), Sample(text="hi", label="greet")],
        [Sample(text="hello", label="greet"), Sample(text="bye", label="goodbye")],
        [Sample(text="same", label=label) for label in ("a", "b", "a", "b")],
        [Sample(text="", label="a"), Sample(text="x", label="a"), Sample(text=" ", label="b")],
        [Sample(text="hello " * 2_000, label="a"), Sample(text="🎉🎉", label="b")],
    ],
    ids=["one", "one class", "one each", "two labels", "blank", "long and emoji"],
)
def test_poor_examples_still_give_a_model(samples: list[Sample]) -> None:
    (found,) = _read(_train(samples), "hello")

    assert found.label in {sample.label for sample in samples}
    assert 0.0 <= found.confidence <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000, "🎉👨\u200d👩\u200d👧🎉", "退款 refund 请", "مرحبا كيف حالك", "שלום",
        "\x00\x01", "\ud800", "\u202eabc",
    ],
    ids=["long", "emoji", "mixed", "arabic", "hebrew", "control", "surrogate", "override"],
)  # fmt: skip
def test_any_text_gets_an_answer(text: str) -> None:
    (found,) = _read(_shared(), text)

    assert len(found.ranking) == 3
    assert 0.0 <= found.confidence <= 1.0


def test_a_blank_text_is_out_of_scope() -> None:
    (found,) = _read(_shared(), "  \n")

    assert (found.label, found.confidence) == (OUT_OF_SCOPE, 0.0)


def test_full_width_letters_are_read_as_plain_ones() -> None:
    wide, plain = _read(_shared(), "ｒｅｆｕｎｄ　ｍｅ", "refund me")

    assert wide == plain


_MODELS: list[LightIntent] = []


def _shared() -> LightIntent:
    if not _MODELS:
        _MODELS.append(_train(_samples()))
    return _MODELS[0]
