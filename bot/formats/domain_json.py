"""A domain and its dialogues as JSON, for a trained package: without loss, and fast to load."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from bot import domain as domain_module
from bot import project as project_module
from bot import types as types_module
from bot.domain import Domain
from bot.project import Story

_T = TypeVar("_T")
_TAG = "_"
"""The key that holds the name of a dataclass."""
_CLASSES: dict[str, type[Any]] = {
    name: item
    for module in (domain_module, project_module, types_module)
    for name, item in vars(module).items()
    if dataclasses.is_dataclass(item) and isinstance(item, type)
}


def domain_to_dict(domain: Domain) -> dict[str, Any]:
    """Return `domain` as JSON values; `domain_from_dict` reads them back."""
    return to_plain(domain)


def domain_from_dict(data: Mapping[str, Any]) -> Domain:
    """Return the domain that `domain_to_dict` wrote.

    Raises:
        ValueError: `data` is of another version or not a domain.
    """
    return _instance(data, Domain)


def story_to_dict(story: Story) -> dict[str, Any]:
    """Return a story or rule as JSON values; `story_from_dict` reads them back."""
    return to_plain(story)


def story_from_dict(data: Mapping[str, Any]) -> Story:
    """Return the story that `story_to_dict` wrote.

    Raises:
        ValueError: `data` is of another version or not a story.
    """
    return _instance(data, Story)


def to_plain(value: Any) -> Any:
    """Return a value of `bot.domain`, `bot.project` or `bot.types` as JSON values.

    Fields that have their default are left out, which keeps packages small.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {
            item.name: to_plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
            if not _is_default(item, getattr(value, item.name))
        }
        return {_TAG: type(value).__name__, **given}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [to_plain(item) for item in value] if isinstance(value, tuple | list) else value


def from_plain(kind: type[_T], data: Mapping[str, Any]) -> _T:
    """Return the value of class `kind` that `to_plain` wrote.

    Raises:
        ValueError: `data` is of another version or of another class.
    """
    return _instance(data, kind)


def _is_default(item: dataclasses.Field[Any], value: Any) -> bool:
    """Return whether leaving `item` out gives the same value back; 1 and True differ here."""
    default = item.default
    if item.default_factory is not dataclasses.MISSING:
        default = item.default_factory()
    return type(default) is type(value) and default == value


def _instance(data: Any, kind: type[Any]) -> Any:
    """Return the dataclass instance in `data`."""
    if not isinstance(data, Mapping) or data.get(_TAG) != kind.__name__:
        raise ValueError(f"expected a {kind.__name__}")
    hints = _hints(kind)
    unknown = [key for key in data if key != _TAG and key not in hints]
    if unknown:
        raise ValueError(f"a {kind.__name__} has no field `{unknown[0]}`")
    values = {key: _read(item, hints[key]) for key, item in data.items() if key != _TAG}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"an incomplete {kind.__name__}: {error}") from error


@functools.cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Return the types of the fields of `kind`."""
    return typing.get_type_hints(kind)


def _read(data: Any, hint: Any) -> Any:
    """Return `data` as a value of the type `hint`."""
    if dataclasses.is_dataclass(hint):
        return _instance(data, typing.cast("type[Any]", hint))
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _read_union(data, arguments)
    if origin is tuple:
        return tuple(
            _read(item, arguments[0 if arguments[-1] is ... else index])
            for index, item in enumerate(data)
        )
    if origin is frozenset:
        return frozenset(data)
    if isinstance(data, Mapping) and arguments and arguments[-1] is not Any:
        return {key: _read(item, arguments[-1]) for key, item in data.items()}
    return data


def _read_union(data: Any, members: tuple[Any, ...]) -> Any:
    """Return `data` as the member of a union that its tag names, or that is not None."""
    if data is None:
        return None
    if isinstance(data, Mapping) and _CLASSES.get(data.get(_TAG, "")) in members:
        return _instance(data, _CLASSES[data[_TAG]])
    return _read(data, next(item for item in members if item is not type(None)))
