"""Components of a project's own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from bot.domain import Domain
from bot.errors import UnknownPlugin
from bot.ngc.pipeline import Pipeline
from bot.project import ComponentConfig, Example, Place, Project, Settings, Understanding

ROOT = Path(__file__).parents[3]
README = (ROOT / "bot" / "ngc" / "README.md").read_text("utf-8")
EXAMPLES = (Example(text="hello", intent="greet"), Example(text="goodbye", intent="leave"))
RASAS = """
class Old:
    @classmethod
    def create(cls, config, model_storage, resource, execution_context): ...
    def process_training_data(self, data): ...
    def process(self, messages): ...
"""


def project(folder: Path, name: str, **settings: object) -> Project:
    place = Place(path="config.yml", line=3, column=11)
    pipeline = (
        ComponentConfig(name="KeywordIntentClassifier"),
        ComponentConfig(name=name, settings=settings, place=place),
    )
    return Project(
        folder=folder,
        settings=Settings(pipeline=pipeline),
        domain=Domain(),
        understanding=Understanding(examples=EXAMPLES),
    )


@pytest.fixture
def module(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the name of a module in `tmp_path` that no other test has imported."""
    return "own_" + re.sub(r"\W", "_", request.node.name)


def test_the_example_of_the_documentation_runs_from_the_projects_folder(
    tmp_path: Path, module: str
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / f"{module}.py").write_text(code)
    trained = Pipeline.train(project(tmp_path, f"{module}.Shouting", least_letters=4))
    trained.save(tmp_path / "saved")

    for pipeline in (trained, Pipeline.load(tmp_path / "saved")):
        assert [one.name for one in pipeline.understand("WHERE IS IT").entities] == ["shouting"]
        assert pipeline.understand("WHY").entities == ()
        assert pipeline.understand("hello").intent.name == "greet"


def test_a_component_of_rasa_is_told_with_its_place_and_how_to_port_it(
    tmp_path: Path, module: str
) -> None:
    (tmp_path / f"{module}.py").write_text(RASAS)

    with pytest.raises(UnknownPlugin, match=r"config.yml:3:11.*lacks.*Rasa's component classes"):
        Pipeline.train(project(tmp_path, f"{module}.Old"))


def test_a_component_that_imports_rasa_is_told(tmp_path: Path, module: str) -> None:
    (tmp_path / f"{module}.py").write_text("from rasa.engine.graph import GraphComponent")

    with pytest.raises(UnknownPlugin, match=r"config.yml:3:11.*imports `rasa`.*port"):
        Pipeline.train(project(tmp_path, f"{module}.Own"))


@pytest.mark.parametrize(
    ("name", "code", "ours"),
    [
        ("HanTokenizer", "from rasa.nlu.tokenizers.tokenizer import Tokenizer", "Whitespace"),
        ("JiebaTokenizer", RASAS.replace("Old", "JiebaTokenizer"), "`JiebaTokenizer`"),
        ("WordFeaturizer", "from rasa_nlu_examples import featurizers", "SentenceEmbedding"),
    ],
)
def test_ours_takes_the_place_of_a_tokenizer_or_featurizer_that_needs_rasa(
    tmp_path: Path, module: str, caplog: pytest.LogCaptureFixture, name: str, code: str, ours: str
) -> None:
    (tmp_path / f"{module}.py").write_text(code)

    pipeline = Pipeline.train(project(tmp_path, f"{module}.{name}", cache_dir="x"))

    assert pipeline.understand("hello").intent.name == "greet"
    assert re.search(rf"config.yml:3:11.*{ours}.* takes its place", caplog.text)


@pytest.mark.parametrize("name", ["no_such_module.Own", "sys.NoSuchClass"])
def test_a_class_that_is_not_there_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownPlugin, match=r"config\.yml:3:11"):
        Pipeline.train(project(tmp_path, name))


@pytest.fixture(autouse=True)
def _unchanged_path() -> object:
    before = list(sys.path)
    yield
    sys.path[:] = before
