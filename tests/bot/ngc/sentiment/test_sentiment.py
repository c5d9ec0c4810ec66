"""The light trainer of sentiment, and the step of the pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import TrainingError
from bot.ngc import shipped
from bot.ngc.component import Draft
from bot.ngc.sentiment.analyzer import SentimentAnalyzer
from bot.ngc.sentiment.features import grams_of
from bot.ngc.sentiment.model import SentimentModel
from bot.ngc.sentiment.train import train_sentiment
from bot.ngc.tasks.model import Lesson
from bot.ngc.tasks.sample import Sample
from bot.project import FeelingExample, Understanding
from bot.types import Sentiment
from knowledge.languages import BilingualEmbedder, detect_language
from tests.bot.builders import domain, project

STARS = [
    Sample(text=text, label=label)
    for label, texts in {
        "5": ("lovely tent", "lovely lamp", "很喜欢", "真好看", "lovely!"),
        "1": ("it broke", "broke at once", "坏了", "又坏了", "broke again"),
    }.items()
    for text in texts
]


@pytest.fixture(scope="module")
def embedder() -> BilingualEmbedder:
    return BilingualEmbedder()


def learn(samples, embedder: BilingualEmbedder) -> SentimentModel:
    lesson = Lesson(task="sentiment", train=samples)
    return train_sentiment(lesson, lambda _what, _share: None, embedder=embedder)


def test_any_labels_are_learnt_and_read_back(embedder: BilingualEmbedder, tmp_path: Path) -> None:
    model = learn(STARS, embedder)
    asked = [Sample(text=text) for text in ("a lovely kettle", "the kettle broke", "水壶坏了")]
    assert [one.label for one in model.predict(asked)] == ["5", "1", "1"]
    model.save(tmp_path)
    read = SentimentModel.load(tmp_path, embedder=embedder)
    for one, other in zip(model.predict(asked), read.predict(asked), strict=True):
        assert one.label == other.label
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)
        assert sum(share for _, share in other.ranking) == pytest.approx(1.0)


def test_one_label_alone_teaches_nothing(embedder: BilingualEmbedder) -> None:
    with pytest.raises(TrainingError, match="two different labels"):
        learn(STARS[:3], embedder)


def test_grams_see_stems_and_characters_but_no_case_width_or_number() -> None:
    assert set(grams_of("BROKE 17")) == set(grams_of("ｂｒｏｋｅ 4"))
    assert "~brok" in grams_of("Broken")
    assert "破 服 务" in grams_of("什么破服务")


def analyse(analyzer: SentimentAnalyzer, text: str) -> Sentiment | None:
    language = detect_language(text, "en")
    return analyzer.process(Draft(text=text, language=language, space=language)).sentiment


def trained(embedder: BilingualEmbedder, *feelings: FeelingExample) -> SentimentAnalyzer:
    analyzer = SentimentAnalyzer(embedder)
    understanding = Understanding(feelings=feelings)
    bare = project(domain())
    analyzer.train([], type(bare)(**{**_fields(bare), "understanding": understanding}))
    return analyzer


def _fields(value) -> dict:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


@pytest.mark.parametrize(
    ("text", "label", "is_angry"),
    [
        ("Thank you so much, you were a great help!", "positive", False),
        ("where is my parcel", "neutral", False),
        ("You are liars, give me my money back or I will sue you!", "negative", True),
        ("谢谢，你们的服务太好了", "positive", False),
        ("请问多久能发货", "neutral", False),
        ("你们这是骗子公司，再不退钱我就去投诉你们！", "negative", True),
    ],
)
def test_the_shipped_model_knows_feelings_in_both_languages(
    embedder: BilingualEmbedder, text: str, label: str, is_angry: bool
) -> None:
    found = analyse(trained(embedder), text)
    assert found is not None
    assert found.label == label
    assert (found.anger >= 0.5) == is_angry


def test_what_holds_no_letter_has_no_feeling(embedder: BilingualEmbedder) -> None:
    assert analyse(trained(embedder), "12 34 !!") is None
    assert analyse(trained(embedder), "") is None


def test_a_project_can_bring_its_own_examples(embedder: BilingualEmbedder, tmp_path: Path) -> None:
    own = [
        FeelingExample(text=one.text, sentiment={"5": "joy", "1": "grief"}[one.label])
        for one in STARS
    ]
    analyzer = trained(embedder, *own)
    analyzer.save(tmp_path)
    read = SentimentAnalyzer(embedder)
    read.load(tmp_path)
    found = analyse(read, "lovely kettle")
    assert found is not None and found.label == "joy" and found.anger == 0.0


def test_the_shipped_model_is_not_copied(embedder: BilingualEmbedder, tmp_path: Path) -> None:
    trained(embedder).save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["analyzer.json", "embedding.json"]
    assert (shipped.FOLDER / shipped.SENTIMENT / "head.npz").is_file()
