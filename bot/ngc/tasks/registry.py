"""Who learns each task, and who reads each kind of saved model; all imported when needed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.errors import ModelError, TrainingError
from bot.ngc.tasks.model import Preset, TaskModel, TaskName, Trainer

TASKS: Final[tuple[TaskName, ...]] = ("intent", "slots", "ner", "sentiment", "relations")
PRESETS: Final[tuple[Preset, ...]] = ("light", "accurate", "auto")

_TRANSFORMER: Final = "bot.ngc.transformer.trainer:train_transformer"
_TRAINERS: Final[Mapping[tuple[TaskName, Preset], str]] = {
    ("intent", "light"): "bot.ngc.tasks.light_intent:train_light_intent",
    ("slots", "light"): "bot.ngc.tasks.light_tags:train_light_tags",
    ("ner", "light"): "bot.ngc.tasks.light_tags:train_light_tags",
    ("sentiment", "light"): "bot.ngc.sentiment.train:train_sentiment",
    ("relations", "light"): "bot.ngc.relations.train:train_relations",
    **{(task, "accurate"): _TRANSFORMER for task in TASKS},
    **{(task, "auto"): "bot.ngc.tasks.choice:train_best" for task in TASKS},
}
_LOADERS: Final[Mapping[str, str]] = {
    "light-intent": "bot.ngc.tasks.light_intent:LightIntent.load",
    "light-tags": "bot.ngc.tasks.light_tags:LightTags.load",
    "light-sentiment": "bot.ngc.sentiment.model:SentimentModel.load",
    "light-relations": "bot.ngc.relations.model:RelationModel.load",
    "transformer": "bot.ngc.transformer.model:load_transformer",
}


def trainer(task: TaskName, preset: Preset) -> Trainer:
    """Return what learns `task`.

    Raises:
        TrainingError: nobody does.
    """
    target = _TRAINERS.get((task, preset))
    if target is None:
        raise TrainingError(
            f"nobody learns `{task}` with the preset `{preset}`; "
            f"tasks are {', '.join(TASKS)}, presets {', '.join(PRESETS)}"
        )
    return _found(target)


def load(kind: str, folder: Path) -> TaskModel:
    """Return the model of `kind` that was saved to `folder`.

    Raises:
        ModelError: nobody can read the kind, or a file is missing or damaged.
    """
    if kind not in _LOADERS:
        raise ModelError(f"{folder}: unknown kind of model `{kind}`; update Frontdesk")
    return _found(_LOADERS[kind])(folder)


def _found(target: str) -> Any:
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found
