"""Training data beside YAML: JSON, which Rasa 3 trains, and Markdown, which it passes over."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot.formats.converters.convert import add_json
from bot.formats.converters.draft import Draft, read_json
from bot.project import Place, Understanding
from bot.yamlsource import Report

_SUFFIXES = (".json", ".md")
_MARKDOWN = re.compile(
    r"^##\s*(?:intent|synonym|regex|lookup)\s*:|^\*\s*\w+.*\n\s*- \w", re.MULTILINE
)
"""A heading of Rasa 2's examples, or an intent with an action below it, as in its stories."""


def other_files(tops: Sequence[Path]) -> Iterator[Path]:
    """Iterate over the files in JSON and Markdown at `tops`, in a stable order."""
    for top in tops:
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        for path in found:
            is_hidden = any(part.startswith(".") for part in path.relative_to(top).parts)
            if path.suffix in _SUFFIXES and path.is_file() and not is_hidden:
                yield path


def read_other(
    paths: Sequence[Path], name: Callable[[Path], str], report: Report
) -> tuple[Understanding, tuple[Path, ...]]:
    """Return what `paths` teach, and which of them do; Markdown of Rasa 2 is a warning.

    Args:
        paths: Files in JSON and Markdown; those that hold something else are passed over.
        name: How messages call a file.
        report: Receives the mistakes.
    """
    draft, used = Draft(), list[Path]()
    for path in paths:
        if path.suffix == ".md":
            _warn_of_markdown(path, name(path), report)
            continue
        doubts = Report()
        source = read_json(path, doubts, name(path))
        if source is None:
            report.warnings += map(str, doubts.errors)
        elif add_json(draft, dataclasses.replace(source, report=report)):
            used.append(path)
    return draft.finish(), tuple(used)


def joined(first: Understanding, second: Understanding) -> Understanding:
    """Return both as one; of synonyms and lookup tables the second's win."""
    return Understanding(
        examples=(*first.examples, *second.examples),
        synonyms={**first.synonyms, **second.synonyms},
        regexes=(*first.regexes, *second.regexes),
        lookups={**first.lookups, **second.lookups},
        responses={**first.responses, **second.responses},
        feelings=(*first.feelings, *second.feelings),
        relations=(*first.relations, *second.relations),
    )


def _warn_of_markdown(path: Path, name: str, report: Report) -> None:
    """Tell that a file was training data of Rasa 2."""
    if _MARKDOWN.search(path.read_text("utf-8", "replace")):
        hint = "convert it with `rasa data convert` of Rasa 2.8"
        problem = "training data in Markdown is not read, as in Rasa 3"
        report.warn(Place(path=name, line=1), problem, hint)
