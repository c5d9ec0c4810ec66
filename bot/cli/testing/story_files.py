"""What a test of stories writes: Rasa's files, under Rasa's names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.conversation import LISTEN
from bot.evaluation.scores import Report, report
from bot.evaluation.stories import UNLIKELY, Played, StoryVerdict, labels, summarise
from bot.events import ActionRan, LoopSet, SlotSet, UserSaid
from bot.formats import markup
from bot.formats.story_writer import WrittenStep, WrittenStory, write_stories
from bot.project import ActionStep
from bot.types import Entity

NONE_FAILED = "# None of the test stories failed - all good!"
NONE_PASSED = "# None of the test stories succeeded :("
NO_WARNINGS = "# No warnings for test stories"


def story_report(verdicts: Sequence[StoryVerdict]) -> Report:
    """Return the content of `story_report.json`."""
    pairs = labels(verdicts)
    scores = report([expected for expected, _ in pairs], [found for _, found in pairs])
    return {**scores, "conversation_accuracy": summarise(verdicts)}


def write_json(path: Path, content: Any) -> None:
    """Write `content` to `path` as readable JSON."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def write_story_files(
    verdicts: Sequence[StoryVerdict],
    out: Path,
    *,
    successes: bool = False,
    errors: bool = True,
    warnings: bool = True,
) -> None:
    """Write the report, and the stories that failed, passed or passed with a warning."""
    write_json(out / "story_report.json", story_report(verdicts))
    failed = [verdict for verdict in verdicts if not verdict.is_passed]
    passed = [verdict for verdict in verdicts if verdict.is_passed]
    warned = [verdict for verdict in passed if verdict.has_warning]
    if errors:
        _write(out / "failed_test_stories.yml", failed, NONE_FAILED)
    if successes:
        _write(out / "successful_test_stories.yml", passed, NONE_PASSED)
    if warnings:
        _write(out / "stories_with_warnings.yml", warned, NO_WARNINGS)


def _write(path: Path, verdicts: Sequence[StoryVerdict], otherwise: str) -> None:
    stories = [_written(verdict) for verdict in verdicts]
    path.write_text(write_stories(stories) if stories else otherwise, "utf-8")


def _written(verdict: StoryVerdict) -> WrittenStory:
    return WrittenStory(
        name=verdict.name, steps=tuple(step for item in verdict.played for step in _step(item))
    )


def _step(item: Played) -> Iterator[WrittenStep]:
    match item.event:
        case UserSaid():
            yield _user(item, item.event)
        case SlotSet(name=name, value=value):
            yield WrittenStep(content={"slot_was_set": [{name: value}]}, comments={})
        case LoopSet(name=name):
            yield WrittenStep(content={"active_loop": name}, comments={})
        case ActionRan(name=name, action_text=text):
            comment = _comment(item)
            if name == LISTEN and not comment:
                return
            key = "action" if name else "bot"
            # The story may name a response in full, where the policies know only its intent.
            written = item.step.name if isinstance(item.step, ActionStep) and text is None else None
            yield WrittenStep(
                content={key: name if name == LISTEN else written or name or text},
                comments={key: comment} if comment else {},
            )
        case _:
            return


def _comment(item: Played) -> str | None:
    if item.predicted is not None:
        said = f"predicted: {item.predicted}"
        return f"{said} after {UNLIKELY}" if item.is_after_unlikely else said
    return f"predicted: {UNLIKELY}" if item.is_after_unlikely else None


def _user(item: Played, event: UserSaid) -> WrittenStep:
    told, read = event.reading, item.reading
    intent = told.intent.name
    if intent is None:
        return WrittenStep(content={"user": event.text or ""}, comments={})
    content: dict[str, Any] = {"intent": intent}
    comments: dict[str, str] = {}
    entities = told.entities
    if read is not None:
        found = {entity.start: entity for entity in read.entities}
        entities = tuple(e for e in told.entities if e.start in found)
        for entity in entities:
            other = found[entity.start]
            if other.name != entity.name:
                comments[entity.name] = f"predicted: {other.name}: {other.value}"
        if read.intent.name != intent or not entities:
            marked = markup.render(read.text, read.entities)
            comments["intent"] = f"predicted: {read.intent.name}: {marked}"
    if told.entities:
        content["entities"] = [_entity(entity) for entity in entities]
    return WrittenStep(content=content, comments=comments)


def _entity(entity: Entity) -> Any:
    """Return the entity as Rasa's files name it: without role and group."""
    return entity.name if entity.value is None else {entity.name: entity.value}
