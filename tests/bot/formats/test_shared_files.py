"""Every file of Rasa's own test data: accepted or refused here as Rasa 3.6.21 does it.

`rasa_verdicts.json` holds what Rasa's readers said of each file, by its path; `DIFFERENCES` says
where Frontdesk means to differ.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.formats.config import read_config
from bot.formats.domain import DOMAIN_KEYS, read_domain
from bot.formats.nlu import read_nlu
from bot.formats.stories import read_stories
from bot.yamlsource import Report, read_file

_DEFAULT = Path(__file__).parents[3].parent / "shared"
_SHARED = Path(os.environ.get("FRONTDESK_SHARED") or _DEFAULT)
_FILES = _SHARED / "rasa_bots" / "rasa_testdata"
_CONFIG_KEYS = frozenset({"pipeline", "policies", "language", "recipe", "assistant_id"})
_DATA_KEYS = frozenset({"nlu", "stories", "rules"})
VERDICTS: dict[str, str] = json.loads(
    Path(__file__).with_name("rasa_verdicts.json").read_text("utf-8")
)
DIFFERENCES = {
    "test_config/graph_config.yml": "the recipe `graph.v1` describes Rasa's own graph",
    "test_config/graph_config_short.yml": "as above",
    "test_domains/custom_slot_domain.yml": "its slot class is not installed: a warning",
}
"""File → why the verdict here is the other one."""

if not _FILES.is_dir():
    pytest.skip(
        f"no files at {_FILES}; set FRONTDESK_SHARED to the shared folder", allow_module_level=True
    )


def mistakes(path: Path) -> list[ConfigError]:
    """Return what reading one file by itself reports."""
    report = Report()
    source = read_file(path, path.name, report)
    keys = set(source.root.plain() or {}) if source else set[str]()
    if source is None or not keys:
        return report.errors
    if keys & _CONFIG_KEYS and not keys & {*DOMAIN_KEYS, *_DATA_KEYS}:
        read_config(source)
    if keys & {*DOMAIN_KEYS}:
        read_domain([source], []).finish()
    if keys & _DATA_KEYS:
        read_nlu([(source, path.parent)])
        read_stories(source, is_test=path.name.startswith("test_"))
    return report.errors


@pytest.mark.parametrize("name", VERDICTS)
def test_a_file_is_accepted_or_refused_as_by_rasa(name: str) -> None:
    found = mistakes(_FILES / name)

    is_refused = (VERDICTS[name] == "refused") != (name in DIFFERENCES)
    assert bool(found) == is_refused, "\n".join(map(str, found))
    assert all(item.line >= 1 and item.path == Path(name).name for item in found)


def test_every_file_has_a_verdict() -> None:
    assert [name for name in VERDICTS if not (_FILES / name).is_file()] == []
    assert len(VERDICTS) > 200
