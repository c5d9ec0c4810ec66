"""Components of others: a dotted path in `config.yml`, or an entry point of `bot.components`.

The class takes its settings, a mapping, and fulfils `bot.ngc.component.Component`. One that was
written for Rasa does not run; of tokenizers and featurizers ours takes the place, as it does for
Rasa's own.
"""

from __future__ import annotations

import importlib
import logging
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from bot.errors import UnknownPlugin
from bot.ngc.component import Component
from bot.project import ComponentConfig

GROUP: Final = "bot.components"
VERBS: Final = ("train", "save", "load", "process")
RASA_PACKAGES: Final = ("rasa", "rasa_nlu_examples")
"""What is imported by components that only Rasa can run."""
_STAND_INS: Final = {
    "JiebaTokenizer": "JiebaTokenizer",
    "Tokenizer": "WhitespaceTokenizer",
    "Featurizer": "SentenceEmbeddingFeaturizer",
}
"""How a class's name ends → whose work ours does then."""
_log = logging.getLogger(__name__)
_PORTING: Final = (
    "Rasa's component classes are not run here: give the class "
    "`__init__(settings)`, `train(examples, project)`, `save(folder)`, `load(folder)` and "
    "`process(draft)`; bot/ngc/README.md shows how to port one"
)


class NeedsRasa(UnknownPlugin):
    """A component that was written for Rasa."""


@cache
def entry_point_names() -> tuple[str, ...]:
    """Return the names of the components that installed packages provide."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


def custom_component(config: ComponentConfig, home: Path | None) -> Component:
    """Return the untrained component that `config` names.

    Args:
        config: Its entry in `config.yml`.
        home: The project's folder; its modules can be named, as in Rasa.

    Raises:
        UnknownPlugin: the class is not found, or lacks a method of the contract.
    """
    place = config.place
    where = f" ({place.path}:{place.line}:{place.column})" if place else ""
    found = _class(config.name, where, home)
    missing = [verb for verb in VERBS if not callable(getattr(found, verb, None))]
    if missing:
        lacks = f"component '{config.name}'{where} lacks `{'`, `'.join(missing)}`"
        if hasattr(found, "process_training_data") or hasattr(found, "create"):
            raise NeedsRasa(f"{lacks}. {_PORTING}")
        raise UnknownPlugin(f"{lacks}. bot/ngc/README.md describes the contract")
    return found(dict(config.settings))


def stand_in(config: ComponentConfig, home: Path | None) -> ComponentConfig:
    """Return `config`, or what takes the place of a tokenizer or featurizer that needs Rasa."""
    ending = next((one for one in _STAND_INS if config.name.endswith(one)), None)
    if "." not in config.name or ending is None:
        return config
    try:
        custom_component(config, home)
    except NeedsRasa as error:
        _log.warning("%s. `%s` takes its place", str(error).partition(". ")[0], _STAND_INS[ending])
        return ComponentConfig(name=_STAND_INS[ending], place=config.place)
    return config


def _class(name: str, where: str, home: Path | None) -> Any:
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name in points:
        return points[name].load()
    module, _, attribute = name.rpartition(".")
    folder = str((home or Path()).resolve())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in RASA_PACKAGES:
            problem = f"component '{name}'{where} imports `{error.name}`. {_PORTING}"
            raise NeedsRasa(problem) from error
        problem = f"component '{name}'{where}: no module `{error.name}` in {folder} or installed"
        raise UnknownPlugin(problem) from error
    except AttributeError as error:
        problem = f"component '{name}'{where}: `{module}` has no `{attribute}`"
        raise UnknownPlugin(problem) from error
    except Exception as error:  # the project's own code; its author is told
        told = f"{type(error).__name__}: {error}"
        problem = f"component '{name}'{where}: `{module}` cannot be imported: {told}; correct it"
        raise UnknownPlugin(problem) from error
