"""`config.yml`: Rasa's keys and ours. Names of components are checked, their settings are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from types import NoneType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config import (
    ConversationsConfig,
    FaqConfig,
    FilesConfig,
    OwnKeys,
    SiteConfig,
    SqlConfig,
)
from bot.formats import rasa_components, rasa_names
from bot.formats.importers import imports_of
from bot.formats.setting_kinds import read_component, read_policy
from bot.project import ComponentConfig, Settings
from bot.yamlsource import Node, Source, did_you_mean

_RASA_KEYS = (
    "recipe",
    "assistant_id",
    "language",
    "pipeline",
    "policies",
    "importers",
    "imports",
    "spaces",
)
_OWN_KEYS = tuple(OwnKeys.model_fields)
_SOURCE_MODELS = {
    "faq": FaqConfig,
    "files": FilesConfig,
    "site": SiteConfig,
    "sql": SqlConfig,
    "conversations": ConversationsConfig,
}
"""`type` of a knowledge source → what it is read as."""
_IDLE_KEYS = {
    "spaces": "spaces exist only in Rasa's paid product",
    "core_target": "write the whole pipeline instead",
    "nlu_target": "write the whole pipeline instead",
}
_UNSPACED_LANGUAGES = ("zh", "ja", "th")
_PLACEHOLDER_ID = "placeholder_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """What `config.yml` says, beyond the settings that training sees."""

    settings: Settings
    imports: tuple[str, ...] = ()
    """Folders of further projects, for Rasa's `MultiProjectImporter`."""
    names_pipeline: bool = True
    """Whether the pipeline is the project's own choice."""
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Channels as in `credentials.yml`."""


def read_config(source: Source) -> ConfigFile:
    """Return the configuration of a project; mistakes go to the report of `source`."""
    root = source.root
    if root.value is not None and not isinstance(root.value, dict):
        source.error(root, "`config.yml` must be a mapping", "start with `language: en`")
        return ConfigFile(settings=_settings(source, OwnKeys()))
    for key, _ in root.items():
        if key in _IDLE_KEYS:
            source.warn(root.key(key), f"the key `{key}` has no effect", _IDLE_KEYS[key])
        elif key not in _RASA_KEYS and key not in _OWN_KEYS and key != "version":
            hint = did_you_mean(key, (*_RASA_KEYS, *_OWN_KEYS))
            source.lapse(root.key(key), f"unknown key `{key}`", hint or "remove it")
    _check_rasa_keys(source)
    own = _own_keys(source)
    return ConfigFile(
        settings=_settings(source, own),
        names_pipeline=bool((pipeline := root.get("pipeline")) and pipeline.value),
        imports=imports_of(source),
        channels={name: settings or {} for name, settings in own.channels.items()},
    )


def _check_rasa_keys(source: Source) -> None:
    """Report values of Rasa's keys that cannot be honoured."""
    root = source.root
    recipe = root.get("recipe")
    if recipe is not None and recipe.value not in ("default.v1", None):
        hint = "use `recipe: default.v1` with `pipeline` and `policies`"
        source.error(recipe, f"the recipe `{recipe.plain()}` is not supported", hint)
    identity = root.get("assistant_id")
    if identity is None or identity.value in (None, _PLACEHOLDER_ID):
        hint = "give the bot a name that no other bot has"
        source.warn(identity or root, "`assistant_id` is not set", hint)
    language = root.get("language")
    if language is None and root.get("languages") is None:
        source.warn(root, "`language` is not set", "`en` is used; write `language: en`")
    if language is not None and not isinstance(language.value, str | None):
        source.error(language, "`language` must be a text", "write `language: en`")
    if identity is not None and not isinstance(identity.value, str | None):
        source.error(identity, "`assistant_id` must be a text", "put it in quotes")
    importers = root.get("importers")
    hint = "write `- name: RasaFileImporter`"
    if importers is not None and not isinstance(importers.value, list):
        source.error(importers, "`importers` must be a list", hint)
    for item in importers.list() if importers else ():
        if item.get("name") is None:
            source.error(item, "an entry of `importers` needs a `name`", hint)


def _own_keys(source: Source) -> OwnKeys:
    """Return our keys; a mistake in one leaves its default."""
    given = {
        key: node.plain()
        for key, node in source.root.items()
        if key in _OWN_KEYS and node.value is not None
    }
    try:
        return OwnKeys.model_validate(given)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            _report_own(source, item)
        return OwnKeys()


def _report_own(source: Source, found: ErrorDetails) -> None:
    """Report one finding of pydantic at the place of its key."""
    node, place = source.root, source.root
    model: Any = OwnKeys
    owner: Any = OwnKeys
    path: list[str] = []
    for part in found["loc"]:
        if isinstance(node.value, list) and isinstance(part, int):
            place = node = node.value[part]
        elif part in _SOURCE_MODELS and path[:2] == ["knowledge", "sources"]:
            model = _SOURCE_MODELS[str(part)]  # pydantic names the model that it chose
            continue
        elif isinstance(node.value, dict) and part in node.value:
            place, node = node.key(part), node.value[part]
            owner, model = model, _model_of(model, str(part))
        path.append(str(part))
    name, kind = ".".join(path), found["type"]
    if kind == "extra_forbidden":
        hint = did_you_mean(path[-1], tuple(getattr(owner, "model_fields", ())))
        source.error(place, f"unknown key `{name}`", hint)
    elif kind.startswith("union_tag"):
        given = node.get("type")
        problem = f"unknown type `{given.plain()}`" if given else "a source needs a `type`"
        source.error(given or place, problem, f"known: {', '.join(_SOURCE_MODELS)}")
    else:
        message = found["msg"].removeprefix("Value error, ")
        shown = "" if kind in ("missing", "value_error") else f", found `{node.plain()}`"
        source.error(place, f"`{name}`: {message[:1].lower() + message[1:]}{shown}")


def _model_of(model: Any, name: str) -> Any:
    """Return the model of the field `name`, None if it is a plain value."""
    item = getattr(model, "model_fields", {}).get(name)
    kind = item.annotation if item else None
    # `ChatModelConfig | None` is about the model, too.
    kind = next((one for one in get_args(kind) if one is not NoneType), kind)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _settings(source: Source, own: OwnKeys) -> Settings:
    """Return the settings of the project."""
    language = _text(source, "language") or (own.languages[0] if own.languages else "en")
    installed = (point.name for point in entry_points(group="bot.components"))
    pipeline = tuple(_components(source, "pipeline", (*rasa_names.COMPONENTS, *installed)))
    policies = tuple(_components(source, "policies", rasa_names.POLICIES))
    return Settings(
        assistant_id=_text(source, "assistant_id") or _PLACEHOLDER_ID,
        language=language,
        pipeline=pipeline or automatic_pipeline(language),
        policies=policies or automatic_policies(),
        knowledge_folder=own.knowledge.folder,
        knowledge_index=own.knowledge.index,
        knowledge_sources=own.knowledge.sources,
        knowledge_threshold=own.knowledge.least_probability,
        handoff_on_anger=own.handoff.on_anger,
        nlg=own.nlg,
        store_url=own.store.url,
    )


def _text(source: Source, key: str) -> str | None:
    """Return the text under `key`."""
    node = source.root.get(key)
    return node.value if node and isinstance(node.value, str) else None


def automatic_pipeline(language: str) -> tuple[ComponentConfig, ...]:
    """Return the pipeline of a project that names none."""
    is_unspaced = language.split("-")[0].lower() in _UNSPACED_LANGUAGES
    first = rasa_names.CHINESE_TOKENIZER if is_unspaced else rasa_names.AUTO_PIPELINE[0][0]
    entries = ((first, {}), *rasa_names.AUTO_PIPELINE[1:])
    return tuple(ComponentConfig(name=name, settings=settings) for name, settings in entries)


def with_own_steps(pipeline: tuple[ComponentConfig, ...]) -> tuple[ComponentConfig, ...]:
    """Return an automatic pipeline with the steps that Rasa does not have."""
    return (*pipeline, *(ComponentConfig(name=name) for name in rasa_names.OWN_STEPS))


def automatic_policies() -> tuple[ComponentConfig, ...]:
    """Return the policies of a project that names none."""
    entries = rasa_names.AUTO_POLICIES
    return tuple(ComponentConfig(name=name, settings=settings) for name, settings in entries)


def _components(source: Source, key: str, known: Sequence[str]) -> Iterator[ComponentConfig]:
    """Iterate over the entries of `pipeline` or `policies`."""
    block = source.root.get(key)
    if block is None or block.value is None:
        return
    if not isinstance(block.value, list):
        hint = f"list the {key} with `- name: ...`, or leave the key empty"
        source.error(block, f"`{key}` must be a list, found `{block.plain()}`", hint)
        return
    for item in block.list():
        name_node = item.get("name")
        if name_node is None or not isinstance(name_node.value, str):
            hint = f"write `- name: {item.value if isinstance(item.value, str) else '...'}`"
            source.error(item, f"an entry of `{key}` needs a `name`", hint)
            continue
        name = name_node.value
        _check_name(source, name_node, name, known, key)
        if key == "pipeline":
            known_name = rasa_components.known_name(name)
            settings = read_component(source, item, known_name or "")
            _warn_of_idle_keys(source, item, name_node)
        else:
            settings = read_policy(source, item, name.rpartition(".")[2])
        yield ComponentConfig(name=name, settings=settings, place=source.place(name_node))


def _warn_of_idle_keys(source: Source, item: Node, name_node: Node) -> None:
    """Tell, one line each, what of a component has no effect here and why."""
    known = rasa_components.known_name(name_node.value)
    if known is None:
        return
    facts = rasa_components.COMPONENTS[known]
    if facts.replaced:
        source.warn(name_node, f"`{name_node.value}` is not run itself", facts.replaced)
    elif known != name_node.value.rsplit(".", 1)[-1]:
        hint = f"`{known}` takes its place"
        source.warn(name_node, f"`{name_node.value}` is not run itself", hint)
    accepted = ("name", *facts.keys, *rasa_components.SHARED_KEYS)
    for key, _ in item.items():
        if key in facts.idle:
            source.warn(item.key(key), f"`{known}`: `{key}` has no effect", facts.idle[key])
        elif key not in accepted:
            hint = did_you_mean(key, (*facts.keys, *facts.idle)) or "remove it"
            source.warn(item.key(key), f"`{known}`: unknown key `{key}`", hint)


def _check_name(source: Source, node: Node, name: str, known: Sequence[str], key: str) -> None:
    """Report a component or policy that nobody provides; dotted names are the user's classes."""
    short = name.rpartition(".")[2]
    if name in known or (rasa_components.known_name(name) if key == "pipeline" else short in known):
        return
    if name in rasa_names.REMOVED:
        source.error(node, f"`{name}` was removed in Rasa 3", rasa_names.REMOVED[name])
    elif name in (*rasa_names.COMPONENTS, *rasa_names.POLICIES):
        other = "policies" if key == "pipeline" else "pipeline"
        source.error(node, f"`{name}` does not belong into `{key}`", f"move it to `{other}`")
    elif key == "policies":
        hint = f"use {', '.join(known)}, or move its decisions into rules and custom actions"
        problem = f"unknown policy `{name}`"
        if "." in name:
            problem = f"the policy class `{name}` is not run"
        else:
            hint = did_you_mean(name, known, hint)
        source.error(node, problem, hint)
    elif "." not in name or name.startswith("rasa."):
        hint = did_you_mean(short, known, "write your own class as `module.Class`")
        source.error(node, f"unknown component `{name}`", hint)
