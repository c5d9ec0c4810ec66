"""Where the command line keeps what it makes: packages, the cache of trained parts."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ModelError
from bot.project import Settings
from bot.training.cache import PartCache
from bot.training.package import latest

HOME = Path(".frontdesk")
RASA_MODELS = Path("models")


def is_rasa_layout(folder: Path) -> bool:
    """Return whether `folder` is laid out as Rasa does it, not with `training_data/`."""
    return (folder / "data").exists() or not (folder / "training_data").is_dir()


def models_folder(folder: Path) -> Path:
    """Return where the packages of the project in `folder` lie.

    A project in Rasa's layout has `models/`, where the latest package wins; in ours they are
    hidden, because a server trains by itself when a file changed.
    """
    return folder / (RASA_MODELS if is_rasa_layout(folder) else HOME / "models")


def part_cache(folder: Path) -> PartCache:
    """Return the trained parts of the project in `folder`."""
    return PartCache(folder / HOME / "cache")


def given_package(place: Path) -> Path:
    """Return the package that the user named: a file, or the newest one in a folder.

    Raises:
        ModelError: there is none.
    """
    package = latest(place)
    if package is None:
        problem = "holds no trained bot of Frontdesk" if place.is_dir() else "does not exist"
        raise ModelError(f"{place} {problem}; run `frontdesk train`")
    return package


def store_url(settings: Settings, folder: Path) -> str:
    """Return the URL of the project's store; a relative SQLite file lies below `folder`."""
    url, prefix = settings.store_url, "sqlite:///"
    if not url.startswith(prefix) or url.startswith(f"{prefix}/"):
        return url
    return f"{prefix}{(folder / url.removeprefix(prefix)).resolve()}"
