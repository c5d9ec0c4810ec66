"""Test data that was posted: stories, or labelled texts as YAML or Rasa's JSON."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ConfigErrors
from bot.formats.converters import rasa_json
from bot.formats.converters.draft import Draft
from bot.formats.nlu import read_nlu
from bot.formats.stories import read_stories
from bot.project import Story, Understanding
from bot.yamlsource import Report, Source, read_text

NAME = "body"
"""What reports call the text."""


def read_posted_stories(text: str) -> tuple[Story, ...]:
    """Return the test stories of `text`.

    Raises:
        ConfigErrors: all mistakes at once.
    """
    source = _source(text)
    stories = tuple(read_stories(source, is_test=True))
    _check(source.report)
    return stories


def read_posted_examples(text: str) -> Understanding:
    """Return the labelled texts of `text`.

    Raises:
        ConfigErrors: all mistakes at once.
    """
    source = _source(text)
    if source.root.get(rasa_json.ROOT) is not None:
        draft = Draft()
        rasa_json.read(draft, source)
        found = draft.finish()
    else:
        found = read_nlu([(source, Path())]).understanding
    _check(source.report)
    return found


def _source(text: str) -> Source:
    report = Report()
    # The server's own environment is no business of who posts.
    source = read_text(text, NAME, report, environment={})
    if source is not None and not isinstance(source.root.value, dict | None):
        source.error(source.root, "the text must be a mapping", "begin with `nlu:` or `stories:`")
    _check(report)
    assert source is not None  # or the report would hold why
    return source


def _check(report: Report) -> None:
    if report.errors:
        raise ConfigErrors(report.errors)
