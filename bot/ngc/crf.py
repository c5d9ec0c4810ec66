"""Learns entities from annotated examples: a conditional random field per language."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.errors import ModelError
from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled, Token
from bot.ngc.entities import merge
from bot.ngc.pattern import compile_patterns
from bot.ngc.tokenizer import character_tokens
from bot.project import Project
from bot.types import Entity

OUTSIDE: Final = "O"
_PARTS: Final = "\t"
"""Between the prefix, entity, role and group of a label; names hold no tabs."""
WINDOW: Final = 2
_BETWEEN_COMMAS: Final = re.compile(r"[^,，、\s][^,，、]*(?<!\s)")
MIN_CONFIDENCE: Final = 0.5
"""A span that is likelier wrong than right is left out; not tuned."""


class CRFEntityExtractor:
    """Labels each token as the beginning, inside, last or only token of an entity, or none."""

    def __init__(self, settings: Mapping[str, Any], *, name: str = "CRFEntityExtractor") -> None:
        """Read Rasa's `max_iterations`, `L1_c` and `L2_c`; `name` is what entities will carry."""
        self._name = name
        self._splits_by_comma = settings.get("split_entities_by_comma", True)
        self._parameters = {
            "c1": float(settings.get("L1_c", 0.1)),
            "c2": float(settings.get("L2_c", 0.1)),
            "max_iterations": int(settings.get("max_iterations", 50)),
        }
        self._models: dict[str, bytes] = {}
        self._taggers: dict[str, Any] = {}  # Any: pycrfsuite has no type annotations
        self._sources: list[tuple[str, str]] = []
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        self._lock = threading.Lock()

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Fit one field per language that has annotated entities."""
        self._sources = compile_patterns(project.understanding, boundaries="latin")
        self._compile()
        languages = {labelled.draft.language for labelled in examples if labelled.example.entities}
        for language in sorted(languages - {""}):
            own = [
                labelled.example
                for labelled in examples
                if labelled.draft.language in (language, "")
            ]
            sequences = []
            for example in own:
                tokens = character_tokens(example.text)
                if tokens:
                    features = self._features(example.text, tokens)
                    sequences.append((features, _labels(tokens, example.entities)))
            self._models[language] = _fit(sequences, self._parameters)
        self._open()

    def save(self, folder: Path) -> None:
        """Write each field in CRFsuite's own format."""
        for language, model in self._models.items():
            (folder / f"{language}.crfsuite").write_bytes(model)
        write_json(folder / "patterns.json", self._sources)

    def load(self, folder: Path) -> None:
        """Read the fields.

        Raises:
            ModelError: a file is damaged.
        """
        self._sources = [(name, pattern) for name, pattern in read_json(folder / "patterns.json")]
        self._compile()
        self._models = {file.stem: file.read_bytes() for file in folder.glob("*.crfsuite")}
        self._open()

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the entities found; their confidence is the least of their tokens."""
        tagger = self._taggers.get(draft.language) or self._taggers.get(draft.space)
        tokens = character_tokens(draft.text)
        if tagger is None or not tokens:
            return draft
        features = self._features(draft.text, tokens)
        with self._lock:  # a tagger holds one sequence at a time
            labels = tagger.tag(features)
            shares = [tagger.marginal(label, row) for row, label in enumerate(labels)]
        found = [
            entity
            for span in _entities(draft.text, tokens, labels, shares, self._name)
            for entity in (split_by_comma(span) if self._splits(span.name) else [span])
            if (entity.confidence or 0.0) >= MIN_CONFIDENCE
        ]
        return replace(draft, entities=merge(draft.entities, found))

    def _splits(self, name: str) -> bool:
        """Return whether an entity ends at a comma: for all, or by name (Rasa)."""
        if isinstance(self._splits_by_comma, Mapping):
            return bool(self._splits_by_comma.get(name, True))
        return bool(self._splits_by_comma)

    def _compile(self) -> None:
        self._patterns = [
            (name, re.compile(pattern, re.IGNORECASE)) for name, pattern in self._sources
        ]

    def _open(self) -> None:
        if not self._models:
            return
        import pycrfsuite

        for language, model in self._models.items():
            tagger = pycrfsuite.Tagger()  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs
            try:
                tagger.open_inmemory(model)
            except ValueError as error:
                raise ModelError(
                    f"{language}.crfsuite of the model is damaged; train again"
                ) from error
            self._taggers[language] = tagger

    def _features(self, text: str, tokens: Sequence[Token]) -> list[list[str]]:
        tables = self._tables(text, tokens)
        own = [_token_features(token, names) for token, names in zip(tokens, tables, strict=True)]
        return [
            [
                f"{offset}:{feature}"
                for offset in range(-WINDOW, WINDOW + 1)
                for feature in _at(own, row + offset)
            ]
            for row in range(len(tokens))
        ]

    def _tables(self, text: str, tokens: Sequence[Token]) -> list[list[str]]:
        """Return, per token, the patterns and lookup tables that it is part of."""
        tables: list[list[str]] = [[] for _ in tokens]
        for name, pattern in self._patterns:
            spans = [match.span() for match in pattern.finditer(text)]
            for row, token in enumerate(tokens if spans else ()):
                if any(start <= token.start and token.end <= end for start, end in spans):
                    tables[row].append(name)
        return tables


def _at(features: Sequence[list[str]], row: int) -> list[str]:
    return features[row] if 0 <= row < len(features) else ["edge"]


def _token_features(token: Token, tables: Sequence[str]) -> list[str]:
    text = token.text
    low = text.lower()
    kind = "digit" if text.isdigit() else "word" if text[0].isalpha() else "mark"
    features = [f"low={low}", f"kind={kind}", *(f"table={name}" for name in tables)]
    if text.isascii() and kind == "word":
        features += [f"prefix={low[:3]}", f"suffix={low[-3:]}"]
        features += ["title"] * text.istitle() + ["upper"] * text.isupper()
    if kind == "digit":
        features.append(f"digits={min(len(text), 8)}")
    return features


def _labels(tokens: Sequence[Token], entities: Sequence[Entity]) -> list[str]:
    labels = [OUTSIDE] * len(tokens)
    for entity in entities:
        start, end = entity.start or 0, entity.end or 0
        rows = [
            row for row, token in enumerate(tokens) if start <= token.start and token.end <= end
        ]
        body = _PARTS.join((entity.name, entity.role or "", entity.group or ""))
        for place, row in enumerate(rows):
            first, last = place == 0, place == len(rows) - 1
            prefix = "U" if first and last else "B" if first else "L" if last else "I"
            labels[row] = prefix + _PARTS + body
    return labels


def _entities(
    text: str,
    tokens: Sequence[Token],
    labels: Sequence[str],
    shares: Sequence[float],
    extractor: str,
) -> list[Entity]:
    """Return the spans of equal labels; a prefix that does not fit begins a new span."""
    spans: list[tuple[str, int, int]] = []
    for row, label in enumerate(labels):
        prefix, _, body = label.partition(_PARTS)
        if label == OUTSIDE:
            continue
        continues = spans and spans[-1][2] == row and spans[-1][0] == body
        if prefix in "IL" and continues:
            spans[-1] = (body, spans[-1][1], row + 1)
        else:
            spans.append((body, row, row + 1))
    found = []
    for body, first, after in spans:
        name, role, group = body.split(_PARTS)
        start, end = tokens[first].start, tokens[after - 1].end
        share = min(shares[first:after])
        found.append(
            Entity(
                name=name,
                value=text[start:end],
                start=start,
                end=end,
                confidence=share,
                role=role or None,
                group=group or None,
                extractor=extractor,
                extra=_sides(role, group, share),
            )
        )
    return found


def _sides(role: str, group: str, share: float) -> dict[str, float]:
    """Return the confidences of role and group; all three labels are read as one."""
    sides = {"confidence_role": role, "confidence_group": group}
    return {key: share for key, label in sides.items() if label}


def split_by_comma(entity: Entity) -> list[Entity]:
    """Return the parts of `entity` between commas; "Rome, Oslo" is two cities."""
    start = entity.start or 0
    parts = list(_BETWEEN_COMMAS.finditer(str(entity.value)))
    if len(parts) < 2:
        return [entity]
    return [
        replace(entity, value=part.group(), start=start + part.start(), end=start + part.end())
        for part in parts
    ]


def _fit(
    sequences: Sequence[tuple[list[list[str]], list[str]]], parameters: Mapping[str, float]
) -> bytes:
    import pycrfsuite

    trainer = pycrfsuite.Trainer(verbose=False)  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs
    trainer.set_params(dict(parameters))
    for features, labels in sequences:
        trainer.append(features, labels)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        trainer.train(str(file))
        return file.read_bytes()
