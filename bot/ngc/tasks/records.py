"""One row of a labelled file as samples: every shape of row that is understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.formats import markup
from bot.ngc.tasks.bio import join_tokens, spans_of_tags
from bot.ngc.tasks.model import TaskName
from bot.ngc.tasks.sample import NO_RELATION, Sample, Span
from bot.ngc.tasks.splits import split_name

Row = Mapping[str, Any]

TEXT_KEYS: Final = ("text", "sentence", "message", "utterance", "query", "review")
_LABEL_KEYS: Final[Mapping[TaskName, tuple[str, ...]]] = {
    "intent": ("intent", "label", "category"),
    "slots": ("intent", "label"),
    "ner": ("label",),
    "sentiment": ("sentiment", "label", "polarity", "stars"),
    "relations": ("relation", "label"),
}
_NOTHING: Final = {"", "<null>", "null"}
"""How sets write that nobody gave an intent."""
_MARKED: Final = re.compile(r"<e([12])>(.*?)</e\1>", re.DOTALL)


class Mistake(Exception):
    """What is wrong with a row, and what to do."""

    def __init__(self, problem: str, hint: str) -> None:
        """Hold both."""
        self.problem, self.hint = problem, hint
        super().__init__(problem)


def samples_of(row: Row, task: TaskName, line: int) -> list[Sample]:
    """Return the samples of a row; one, but for a text with several relations.

    A blank text is no mistake: people send them.

    Args:
        row: The cells by name.
        task: Tells which labels matter.
        line: Where the row starts in its file, from 1.

    Raises:
        Mistake: a label, a text or an offset is missing or wrong.
    """
    split = split_name(_text(row.get("split")))
    if task == "relations":
        return [
            Sample(text=text, label=label, spans=pair, split=split, line=line)
            for text, label, pair in _relations(row)
        ]
    text, spans = _spans(row) if task in ("slots", "ner") else (_plain_text(row), ())
    label = _label(row, task)
    return [Sample(text=text, label=label, spans=spans, split=split, line=line)]


def pair_of(marked: str) -> Sample:
    """Return the sample of a text whose head and tail are marked as `<e1>..</e1>`, `<e2>..</e2>`.

    Raises:
        Mistake: one of them is missing.
    """
    text, pair = _between_markers(marked)
    return Sample(text=text, spans=pair)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _plain_text(row: Row) -> str:
    for key in TEXT_KEYS:
        if isinstance(row.get(key), str):
            return row[key]
    if _is_list(row.get("tokens")):
        return join_tokens([_text(token) for token in row["tokens"]])[0]
    raise Mistake("no text", f"name one of the columns {' or '.join(TEXT_KEYS[:2])}")


def _label(row: Row, task: TaskName) -> str:
    keys = _LABEL_KEYS[task]
    if task == "intent" and _is_list(row.get("intents")):
        # Rasa writes several intents of one text this way.
        return "+".join(_text(intent).strip() for intent in row["intents"])
    found = next((_text(row[key]).strip() for key in keys if _text(row.get(key)).strip()), "")
    if task in ("slots", "ner"):
        return "" if found.lower() in _NOTHING else found
    if not found:
        raise Mistake("no label", f"fill the column {' or '.join(keys[:2])}")
    return found


def _spans(row: Row) -> tuple[str, tuple[Span, ...]]:
    if _is_list(row.get("entities")):
        text = _plain_text(row)
        spans = [_span(entity, text) for entity in row["entities"]]
    elif _is_list(row.get("tokens")) and _is_list(row.get("tags")):
        text, spans = _tagged(row["tokens"], row["tags"])
    else:
        marked = _marked(_plain_text(row))
        text, spans = marked.text, [
            Span(entity.start or 0, entity.end or 0, entity.name, entity.role, entity.group)
            for entity in marked.entities
        ]  # fmt: skip
    return text, tuple(sorted(set(spans), key=lambda span: (span.start, -span.end, span.name)))


def _span(entity: Any, text: str) -> Span:
    if not isinstance(entity, Mapping):
        raise Mistake("an entity is no object", "write {start, end, entity}")
    name = _text(entity.get("entity") or entity.get("label") or entity.get("type")).strip()
    start, end = entity.get("start"), entity.get("end")
    if not name or not isinstance(start, int) or not isinstance(end, int):
        raise Mistake(
            "an entity lacks its name or offsets", "write {start, end, entity}; end is exclusive"
        )
    if not 0 <= start < end <= len(text):
        told = f"the entity `{name}` is at {start}-{end}, but the text has {len(text)} characters"
        raise Mistake(told, "count code points from 0; end is exclusive")
    role, group = (_text(entity.get(key)) or None for key in ("role", "group"))
    return Span(start, end, name, role, group)


def _tagged(tokens: Sequence[Any], tags: Sequence[Any]) -> tuple[str, list[Span]]:
    if len(tokens) != len(tags):
        told = f"{len(tokens)} tokens, but {len(tags)} tags"
        raise Mistake(told, "give each token one tag")
    text, places = join_tokens([_text(token) for token in tokens])
    return text, spans_of_tags([_text(tag) for tag in tags], places)


def _marked(text: str) -> markup.Marked:
    try:
        return markup.parse(text)
    except markup.MarkupError as error:
        raise Mistake(error.problem, error.hint) from error


def _relations(row: Row) -> Iterator[tuple[str, str, tuple[Span, Span]]]:
    """Yield the text, the relation and the pair of each relation of a row."""
    if _is_list(row.get("relations")):
        yield from _listed(row)
        return
    label = _label(row, "relations")
    if isinstance(row.get("text_marked"), str):
        text, pair = _between_markers(row["text_marked"])
    elif isinstance(row.get("text"), str) and _MARKED.search(row["text"]):
        text, pair = _between_markers(row["text"])
    else:
        text = _plain_text(row)
        pair = _found(text, row)
    yield text, label, pair


def _between_markers(marked: str) -> tuple[str, tuple[Span, Span]]:
    found = {match[1]: match for match in _MARKED.finditer(marked)}
    if set(found) != {"1", "2"}:
        raise Mistake("no pair", "mark the head as <e1>..</e1> and the tail as <e2>..</e2>")
    places: dict[str, Span] = {}
    text, position = "", 0
    for match in _MARKED.finditer(marked):
        text += marked[position : match.start()]
        name = match[2].strip()
        places[match[1]] = Span(len(text), len(text) + len(name), f"e{match[1]}")
        text, position = text + name, match.end()
    return text + marked[position:], (places["1"], places["2"])


def _found(text: str, row: Row) -> tuple[Span, Span]:
    """Return where head and tail stand in `text`, apart from each other where that is possible."""
    head, tail = (_text(row.get(key)).strip() for key in ("head", "tail"))
    if not head or not tail:
        raise Mistake("no head or no tail", "fill both, or mark them as <e1>..</e1>, <e2>..</e2>")
    heads, tails = _places(text, head), _places(text, tail)
    for name, places in ((head, heads), (tail, tails)):
        if not places:
            raise Mistake(f"`{name}` does not stand in the text", "write it as in the text")
    pairs = [
        (first, second)
        for first in heads
        for second in tails
        if first + len(head) <= second or second + len(tail) <= first
    ]
    start, other = pairs[0] if pairs else (heads[0], tails[0])
    return Span(start, start + len(head), "head"), Span(other, other + len(tail), "tail")


def _places(text: str, part: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(part), text)]


def _listed(row: Row) -> Iterator[tuple[str, str, tuple[Span, Span]]]:
    """Yield every ordered pair of the marked entities, most of them without a relation."""
    text, spans = _spans(row)
    named: dict[tuple[int, int], str] = {}
    for relation in row["relations"]:
        try:
            head, name, tail = relation
            named[int(head), int(tail)] = str(name)
        except (TypeError, ValueError) as error:
            raise Mistake("a relation cannot be read", "write [head, type, tail]") from error
    if any(not 0 <= place < len(spans) for pair in named for place in pair):
        raise Mistake("a relation names no entity", f"count the {len(spans)} entities from 0")
    for head, first in enumerate(spans):
        for tail, second in enumerate(spans):
            if head != tail:
                yield text, named.get((head, tail), NO_RELATION), (first, second)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
