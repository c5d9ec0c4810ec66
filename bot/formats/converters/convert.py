"""Recognises what kind of training data lies at a place, and reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.errors import ConfigErrors
from bot.formats.converters import dialogflow, luis, rasa_json, wit
from bot.formats.converters.draft import Draft, read_json
from bot.formats.nlu import read_nlu
from bot.project import Place, Understanding
from bot.yamlsource import Report, Source, read_file

_YAML = (".yml", ".yaml")


def read_foreign(place: Path, language: str) -> tuple[Understanding, tuple[str, ...]]:
    """Return the training data at `place`, and warnings about what was left out.

    Args:
        place: A file, or a folder: an exported agent of Dialogflow, or one full of files.
        language: Which language of an agent to read.

    Raises:
        ConfigErrors: all mistakes of all files at once.
    """
    report, draft = Report(), Draft()
    known = 0
    if place.is_dir() and dialogflow.is_agent(place):
        dialogflow.read(draft, place, language, report)
        known = len(draft.examples) + len(report.errors)
    else:
        for path in _files(place):
            known += _read_file(draft, path, report)
    if not known:
        hint = "give Rasa's JSON or YAML, LUIS's or wit.ai's JSON, or a folder of Dialogflow's"
        problem = f"no training data in the language `{language}` is known there"
        report.error(Place(path=str(place), line=1), problem, hint)
    if report.errors:
        raise ConfigErrors(report.errors)
    for example in draft.examples:
        if example.intent is None and example.place is not None:
            problem = f"`{example.text}` has no intent; YAML cannot hold it"
            report.warn(example.place, problem, "write it as JSON, or give it an intent")
    return draft.finish(), tuple(report.warnings)


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    for path in sorted(place.rglob("*")):
        if path.suffix in (*_YAML, ".json") and path.is_file():
            yield path


def _read_file(draft: Draft, path: Path, report: Report) -> bool:
    """Add the content of one file to `draft`; return whether it is of a known kind."""
    if path.suffix in _YAML:
        source = read_file(path, str(path), report)
        if source is None:
            return True
        if source.root.get("nlu") is None:
            return False
        _add(draft, read_nlu([(source, path.parent)]).understanding)
        return True
    source = read_json(path, report)
    return source is None or add_json(draft, source)


def add_json(draft: Draft, source: Source) -> bool:
    """Add the content of a JSON file to `draft`; return whether it is of a known kind."""
    root = source.root
    if root.get(rasa_json.ROOT) is not None:
        rasa_json.read(draft, source)
    elif root.get(luis.KEY) is not None:
        luis.read(draft, source)
    elif any(root.get(key) is not None for key in wit.KEYS):
        wit.read(draft, source)
    else:
        return False
    return True


def _add(draft: Draft, more: Understanding) -> None:
    draft.examples += more.examples
    draft.synonyms |= more.synonyms
    draft.regexes += more.regexes
    draft.lookups |= more.lookups
