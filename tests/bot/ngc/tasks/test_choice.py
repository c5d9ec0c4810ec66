"""`auto` takes what is better on texts left out, and `light` where torch is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import MissingExtra, TrainingError
from bot.ngc.tasks import registry
from bot.ngc.tasks.choice import better_preset, cross_validated, train_best
from bot.ngc.tasks.model import Lesson, Preset, Progress
from bot.ngc.tasks.sample import Prediction, Sample
from bot.ngc.tasks.threshold import train_for_precision

SAMPLES = [Sample(text=str(number), label="ab"[number % 2]) for number in range(30)]


class Knowing:
    """Is right on texts whose number is below a bound."""

    kind = "knowing"

    def __init__(self, bound: int, learnt: Sequence[Sample]) -> None:
        self.bound, self.learnt = bound, learnt

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        assert not {one.text for one in samples} & {one.text for one in self.learnt}
        labels = [one.label if int(one.text) < self.bound else "?" for one in samples]
        sure = [1 - int(one.text) / 100 for one in samples]
        return [
            Prediction(label=label, confidence=share, ranking=((label, share),))
            for label, share in zip(labels, sure, strict=True)
        ]

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def _quiet(text: str, share: float) -> None:
    assert 0.0 <= share <= 1.0


def _give(monkeypatch: pytest.MonkeyPatch, bounds: dict[Preset, int]) -> None:
    def trainer(task: str, preset: Preset):
        def train(lesson: Lesson, progress: Progress) -> Knowing:
            progress("learning", 1.0)
            if preset not in bounds:
                raise MissingExtra("torch is missing")
            return Knowing(bounds[preset], lesson.train)

        return train

    monkeypatch.setattr(registry, "trainer", trainer)


@pytest.mark.parametrize(
    ("bounds", "chosen"),
    [
        ({"light": 10, "accurate": 20}, "accurate"),
        ({"light": 20, "accurate": 10}, "light"),
        ({"light": 20, "accurate": 20}, "light"),
        ({"light": 1}, "light"),
    ],
    ids=["accurate", "light", "a tie", "no torch"],
)
def test_the_better_preset_is_taken(
    monkeypatch: pytest.MonkeyPatch, bounds: dict[Preset, int], chosen: Preset
) -> None:
    _give(monkeypatch, bounds)
    lesson = Lesson(task="intent", train=SAMPLES)

    assert better_preset(lesson, _quiet) == chosen
    made = train_best(lesson, _quiet)
    assert isinstance(made, Knowing)
    assert (made.bound, len(made.learnt)) == (bounds[chosen], 30)


def test_every_sample_is_predicted_by_a_model_that_did_not_learn_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _give(monkeypatch, {"light": 30})

    found = cross_validated(Lesson(task="intent", train=SAMPLES), "light", 5, _quiet)

    assert [one.label for one in found] == [one.label for one in SAMPLES]


def test_a_threshold_for_a_precision_is_chosen_on_texts_held_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _give(monkeypatch, {"light": 20})
    train = registry.trainer("intent", "light")

    made, chosen = train_for_precision(train, Lesson(task="intent", train=SAMPLES), 1.0, _quiet)

    assert isinstance(made, Knowing) and len(made.learnt) == 30
    assert 0.70 < chosen.confidence <= 1.0
    assert 0.0 < chosen.reach < 1.0


def test_unknown_presets_are_refused() -> None:
    with pytest.raises(TrainingError, match="nobody learns `poetry`"):
        registry.trainer("poetry", "light")  # type: ignore[arg-type]


def test_every_trainer_and_loader_of_the_registry_exists() -> None:
    for target in {*registry._TRAINERS.values(), *registry._LOADERS.values()}:
        assert callable(registry._found(target))
