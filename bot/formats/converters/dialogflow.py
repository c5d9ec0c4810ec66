"""An agent exported from Dialogflow ES: a folder with `intents/` and `entities/`."""

from __future__ import annotations

from pathlib import Path

from bot.formats.converters.draft import Draft, children, optional, read_json, required
from bot.project import Example
from bot.types import Entity
from bot.yamlsource import Node, Report, Source


def is_agent(folder: Path) -> bool:
    """Tell whether `folder` holds an exported agent."""
    return (folder / "agent.json").is_file()


def read(draft: Draft, folder: Path, language: str, report: Report) -> None:
    """Add the intents and entities of the agent in `folder` to `draft`."""
    for path in sorted((folder / "intents").glob(f"*_usersays_{language}.json")):
        described = path.with_name(f"{path.stem.removesuffix(f'_usersays_{language}')}.json")
        intent = _name(described, report) or described.stem
        if (source := read_json(path, report)) is not None:
            for node in source.root.list():
                _read_example(draft, source, node, intent)
    for path in sorted((folder / "entities").glob(f"*_entries_{language}.json")):
        described = path.with_name(f"{path.stem.removesuffix(f'_entries_{language}')}.json")
        about = read_json(described, report) if described.is_file() else None
        if (source := read_json(path, report)) is not None:
            _read_entity(draft, source, about, described.stem)


def _name(path: Path, report: Report) -> str | None:
    source = read_json(path, report) if path.is_file() else None
    return required(source, source.root, "name") if source else None


def _read_example(draft: Draft, source: Source, node: Node, intent: str) -> None:
    text, entities = "", []
    for part in required(source, node, "data", list) or ():
        words = required(source, part, "text") or ""
        if (name := _entity_name(part)) is not None and words:
            start, end = len(text), len(text) + len(words)
            entities.append(Entity(name=name, value=words, start=start, end=end))
        text += words
    if text.strip():
        place = source.place(node)
        draft.examples.append(
            Example(text=text, intent=intent, entities=tuple(entities), place=place)
        )


def _entity_name(part: Node) -> str | None:
    """Return the name of a marked part: its alias, or its type without the sign."""
    meta = optional(part, "meta")
    if meta is None or meta == "@sys.ignore":
        return None
    return optional(part, "alias") or meta.removeprefix("@")


def _read_entity(draft: Draft, source: Source, about: Source | None, stem: str) -> None:
    name = (optional(about.root, "name") if about else None) or stem
    regexp = about.root.get("isRegexp") if about else None
    if regexp is not None and regexp.value is True:
        for node in source.root.list():
            if pattern := required(source, node, "value"):
                draft.regexes.append((name, pattern))
        return
    words: list[str] = []
    for node in source.root.list():
        value = required(source, node, "value")
        if value is None:
            continue
            texts = [str(item.value) for item in children(node, "synonyms")]
        texts = [str(item.value) for item in children(node, "synonyms")]
        # `@other` and the like refer to other entities; they are no words.
        words += [text for text in dict.fromkeys((value, *texts)) if not text.startswith("@")]
        for text in texts:
            draft.add_synonym(text, value)
    if words:
        draft.lookups[name] = tuple(words)
