"""Projects that other projects import, and importer classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigErrors
from bot.formats.fingerprint import fingerprint
from bot.formats.project import load_project

IMPORTS = "importers:\n- name: MultiProjectImporter\nimports: [shared/talk]\n"
FILES = {
    "config.yml": f"assistant_id: a\nlanguage: en\n{IMPORTS}",
    "domain.yml": "intents: [bye]\nresponses:\n  utter_bye: [{text: bye}]\n",
    "data/rules.yml": "rules:\n- rule: r\n  steps:\n  - intent: bye\n  - action: utter_bye\n",
    "data/nlu.yml": "nlu:\n- intent: bye\n  examples: |\n    - goodbye\n",
    "shared/talk/config.yml": "imports: [../more]\n",
    "shared/talk/domain.yml": "intents: [greet]\n",
    "shared/talk/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n",
    "shared/more/config.yml": "imports: [../talk]\n",
    "shared/more/domain.yml": "intents: [thank]\n",
    "shared/more/nlu.yml": "nlu:\n- intent: thank\n  examples: |\n    - thanks\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def intents(folder: Path) -> set[str]:
    return set(load_project(folder).domain.intents)


def test_imported_projects_import_others_even_in_a_circle(folder: Path) -> None:
    assert intents(folder) == {"bye", "greet", "thank"}


def test_imports_need_their_importer(folder: Path) -> None:
    config = FILES["config.yml"].replace("MultiProjectImporter", "RasaFileImporter")
    (folder / "config.yml").write_text(config, "utf-8")

    project = load_project(folder)

    assert set(project.domain.intents) == {"bye"}
    assert any("`imports` has no effect" in line for line in project.warnings)


def test_imports_without_any_importer_have_no_effect(folder: Path) -> None:
    (folder / "config.yml").write_text("language: en\nimports: [nowhere]\n", "utf-8")

    project = load_project(folder)

    assert set(project.domain.intents) == {"bye"}
    assert any("`imports` has no effect" in line for line in project.warnings)


def test_an_importer_may_be_named_with_its_module(folder: Path) -> None:
    name = "rasa.shared.importers.multi_project.MultiProjectImporter"
    config = FILES["config.yml"].replace("MultiProjectImporter", name)
    (folder / "config.yml").write_text(config, "utf-8")

    assert intents(folder) == {"bye", "greet", "thank"}


def test_a_missing_import_is_a_mistake_with_its_path(folder: Path) -> None:
    (folder / "config.yml").write_text(FILES["config.yml"].replace("talk", "tolk"), "utf-8")

    with pytest.raises(ConfigErrors) as raised:
        load_project(folder)

    assert str(raised.value).startswith("shared/tolk:1:1: the path does not exist")


def test_the_fingerprint_covers_imported_projects(folder: Path) -> None:
    before = fingerprint(folder)

    (folder / "shared/more/nlu.yml").write_text(FILES["shared/more/nlu.yml"] + "    - cheers\n")

    assert fingerprint(folder) != before


def test_an_importer_class_adds_files(folder: Path) -> None:
    (folder / "extra_importer.py").write_text(
        "class Importer:\n"
        "    def __init__(self, folder, **settings):\n        self.names = settings['names']\n"
        "    def files(self):\n        return self.names\n"
    )
    (folder / "extra.txt.yml").write_text("intents: [stop]\n")
    config = "assistant_id: a\nlanguage: en\nimporters:\n"
    config += "- name: extra_importer.Importer\n  names: [extra.txt.yml]\n"
    (folder / "config.yml").write_text(config, "utf-8")

    assert intents(folder) == {"bye", "stop"}


def test_an_importer_class_that_cannot_be_loaded_is_a_warning_with_its_place(folder: Path) -> None:
    config = "assistant_id: a\nlanguage: en\nimporters:\n- name: no_such_module.Importer\n"
    (folder / "config.yml").write_text(config, "utf-8")

    warnings = load_project(folder).warnings

    assert any(line.startswith("config.yml:4:9: the importer") for line in warnings)
