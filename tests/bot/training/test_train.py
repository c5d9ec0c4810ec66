"""What is trained again after a change, told by what was trained; and what packages promise."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest

from bot.errors import ModelError, TrainingError
from bot.formats.project import load_project
from bot.training.cache import PartCache
from bot.training.package import latest, packages, peek
from bot.training.train import Training, load_trained, stale_parts, train_parts

FILES = {
    "config.yml": "assistant_id: a\nlanguage: en\npipeline:\n- name: KeywordIntentClassifier\n"
    "policies:\n- name: MemoizationPolicy\n- name: RulePolicy\n",
    "domain.yml": "intents: [greet, bye]\nresponses:\n  utter_hi: [{text: hi}]\n"
    "  utter_bye: [{text: bye}]\n",
    "data/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n"
    "- intent: bye\n  examples: |\n    - goodbye\n",
    "data/rules.yml": "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_hi\n",
    "data/stories.yml": "stories:\n- story: bye\n  steps:\n  - intent: bye\n"
    "  - action: utter_bye\n",
}
ALL = ("dialogue", "understanding")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, "utf-8")
    return project


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def cache(folder: Path) -> PartCache:
    return PartCache(folder / "cache")


def train(folder: Path, **options: object) -> Training:
    project = load_project(folder)
    models = folder / "models"
    return train_parts(project, models, lambda *_: None, cache=cache(folder), **options)  # type: ignore[arg-type]


def trained(training: Training) -> tuple[str, ...]:
    return tuple(part for part, made in training.parts.items() if made == "trained")


def test_everything_is_trained_once(folder: Path) -> None:
    first, second = train(folder), train(folder)

    assert trained(first) == ALL
    assert trained(second) == ()


def test_a_wording_trains_nothing_but_is_packed(folder: Path) -> None:
    train(folder)
    change(folder / "domain.yml", "text: hi", "text: good day")

    training = train(folder)

    assert trained(training) == ()
    said = load_trained(training.package).domain.responses["utter_hi"]
    assert said[0].content["text"] == "good day"


@pytest.mark.parametrize(
    ("name", "old", "new", "parts"),
    [
        ("data/stories.yml", "utter_bye", "utter_hi", ("dialogue",)),
        ("data/rules.yml", "intent: greet", "intent: bye", ("dialogue",)),
        ("config.yml", "- name: MemoizationPolicy\n", "", ("dialogue",)),
        ("data/nlu.yml", "- hello", "- good day", ("understanding",)),
        ("config.yml", "Classifier\n", "Classifier\n  case_sensitive: false\n", ("understanding",)),
        ("domain.yml", "[greet, bye]", "[greet, bye, stop]", ("dialogue", "understanding")),
        ("data/stories.yml", "stories:", "# only a comment\n\nstories:", ()),
        ("data/nlu.yml", "- intent: greet", "# moved by a line\n- intent: greet", ()),
    ],
    ids=lambda item: str(item).strip()[:24],
)
def test_only_what_a_change_concerns_is_trained(
    folder: Path, name: str, old: str, new: str, parts: tuple[str, ...]
) -> None:
    train(folder)
    change(folder / name, old, new)
    if name == "data/rules.yml":
        change(folder / "data/stories.yml", "utter_bye", "utter_hi")

    stale = stale_parts(load_project(folder), cache(folder))

    assert stale == parts == trained(train(folder))


def test_force_trains_what_the_cache_holds(folder: Path) -> None:
    train(folder)

    assert trained(train(folder, force=True)) == ALL


def test_contradictions_come_before_understanding_and_leave_nothing(folder: Path) -> None:
    change(folder / "data/stories.yml", "intent: bye", "intent: greet")

    with pytest.raises(TrainingError, match="Contradicting"):
        train(folder)

    assert list((folder / "cache").iterdir()) == []
    assert not (folder / "models").exists()


def test_a_model_of_understanding_alone_decides_nothing(folder: Path) -> None:
    training = train(folder, scope="nlu")
    bot = load_trained(training.package)

    assert training.package.name.startswith("nlu-")
    assert bot.understanding.understand("hello").intent.name == "greet"


def test_a_model_of_dialogue_alone_still_reads_intents(folder: Path) -> None:
    training = train(folder, scope="core")
    bot = load_trained(training.package)

    assert training.package.name.startswith("core-")
    assert bot.understanding.understand("/greet").intent.name == "greet"
    assert bot.understanding.understand("hello").intent.name is None


def test_the_newest_package_of_a_folder_is_loaded(folder: Path) -> None:
    train(folder, name="first")
    change(folder / "domain.yml", "text: hi", "text: good day")
    train(folder, name="second")

    assert [path.name for path in packages(folder / "models")] == ["second.tar.gz", "first.tar.gz"]
    said = load_trained(folder / "models").domain.responses["utter_hi"]
    assert said[0].content["text"] == "good day"


def test_packages_of_others_are_passed_over(folder: Path) -> None:
    package = train(folder, name="ours").package
    foreign = folder / "models" / "of-rasa.tar.gz"
    with tarfile.open(foreign, "w:gz") as archive:
        archive.add(folder / "domain.yml", "metadata.json")
    (folder / "models" / "noise.tar.gz").write_bytes(b"no archive")

    assert latest(folder / "models") == package
    with pytest.raises(ModelError, match=r"of-rasa\.tar\.gz is no trained bot"):
        peek(foreign)


def test_a_changed_file_is_refused(folder: Path) -> None:
    package = train(folder).package
    content = gzip.decompress(package.read_bytes())
    package.write_bytes(gzip.compress(content.replace(b'"utter_hi"', b'"utter_ho"')))

    with pytest.raises(ModelError, match="was changed or lost"):
        load_trained(package)


def test_a_member_outside_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    package = train(folder).package
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(package) as source, tarfile.open(bad, "w:gz") as target:
        first = source.next()
        assert first is not None
        target.addfile(first, source.extractfile(first))
        outside = tarfile.TarInfo("../outside")
        target.addfile(outside)

    with pytest.raises(ModelError):
        load_trained(bad)
    assert not (tmp_path / "outside").exists()


def test_examples_are_packed_on_request(folder: Path) -> None:
    with tarfile.open(train(folder, keeps_examples=True).package) as archive:
        assert "examples.json" in archive.getnames()
    with tarfile.open(train(folder).package) as archive:
        assert "examples.json" not in archive.getnames()


def test_the_least_recently_used_parts_leave_a_full_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.training.cache.MAX_BYTES", 25)
    parts = PartCache(tmp_path)
    for key in ("one", "two", "three"):
        parts.make("part", key, lambda folder: (folder / "file").write_bytes(b"0123456789"))  # type: ignore[func-returns-value]

    assert [parts.holds("part", key) for key in ("one", "two", "three")] == [False, True, True]
