"""Recognises intents: a linear classifier per language, keywords, and response selection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.component import Draft, Labelled, Untrained
from bot.ngc.features import join
from bot.ngc.head import Head, fit
from bot.project import Project
from bot.types import Intent

RANKING_LENGTH: Final = 10
FOREIGN_WEIGHT: Final = 0.6
"""How much an example of another language counts: on shop data they add 3 to 4 points."""


class LinearIntentClassifier:
    """One calibrated linear head per language, each taught by all languages."""

    def __init__(self, settings: Mapping[str, Any], *, shares_languages: bool) -> None:
        """Read Rasa's `ranking_length`.

        Args:
            settings: The component's settings in config.yml.
            shares_languages: Whether the features of different languages are comparable.
        """
        self._ranking_length = int(settings.get("ranking_length", RANKING_LENGTH))
        self._shares_languages = shares_languages
        self._heads: dict[str, Head] = {}

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Fit one head per language that has examples."""
        usable = [
            (labelled.draft, base_intent(labelled.example.intent))
            for labelled in examples
            if labelled.example.intent and labelled.draft.features
        ]
        self._heads = fit_heads(usable, shares_languages=self._shares_languages)

    def save(self, folder: Path) -> None:
        """Write the heads."""
        save_heads(folder, self._heads)

    def load(self, folder: Path) -> None:
        """Read the heads."""
        self._heads = load_heads(folder)

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with its ranking; unchanged if nothing is known of it."""
        head = self._heads.get(draft.space)
        if head is None or not draft.text.strip():
            return draft
        ranked = head.rank(join(draft.features))
        # Rasa takes 0 for "all".
        ranked = ranked[: self._ranking_length or None]
        ranking = tuple(Intent(name=name, confidence=share) for name, share in ranked)
        return replace(draft, ranking=ranking)


class KeywordIntentClassifier:
    """An intent whose example occurs in the text as a whole word; the first one wins (Rasa)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's `case_sensitive`."""
        self._flags = 0 if settings.get("case_sensitive", True) else re.IGNORECASE
        self._keywords: dict[str, str] = {}

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Take every example as a keyword; one that two intents share goes to neither."""
        owners: dict[str, set[str]] = {}
        for labelled in examples:
            if labelled.example.intent:
                intents = owners.setdefault(labelled.example.text, set())
                intents.add(base_intent(labelled.example.intent))
        self._keywords = {
            text: next(iter(intents)) for text, intents in owners.items() if len(intents) == 1
        }

    def save(self, folder: Path) -> None:
        """Write the keywords."""
        write_json(folder / "keywords.json", self._keywords)

    def load(self, folder: Path) -> None:
        """Read the keywords."""
        self._keywords = dict(read_json(folder / "keywords.json"))

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with confidence 1 for the intent found; an earlier ranking stays."""
        for keyword, intent in self._keywords.items():
            if re.search(rf"\b{re.escape(keyword)}\b", draft.text, self._flags):
                return replace(draft, ranking=(Intent(name=intent, confidence=1.0),))
        return draft


class ResponseSelector:
    """Chooses the response of a retrieval intent such as `faq/price`."""

    def __init__(self, settings: Mapping[str, Any], *, shares_languages: bool) -> None:
        """Read Rasa's `retrieval_intent`; without it one selector serves all, named `default`."""
        self._retrieval_intent = settings.get("retrieval_intent")
        self._shares_languages = shares_languages
        self._heads: dict[str, Head] = {}
        self._responses: dict[str, list[Any]] = {}

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Fit one head per language on the full names of the retrieval intents."""
        usable = [
            (labelled.draft, labelled.example.intent)
            for labelled in examples
            if labelled.example.intent
            and "/" in labelled.example.intent
            and labelled.draft.features
            and self._retrieval_intent in (None, base_intent(labelled.example.intent))
        ]
        self._heads = fit_heads(usable, shares_languages=self._shares_languages)
        labels = {label for _, label in usable}
        self._responses = {label: _wordings(project, f"utter_{label}") for label in sorted(labels)}

    def save(self, folder: Path) -> None:
        """Write the heads and the responses."""
        save_heads(folder, self._heads)
        write_json(folder / "responses.json", self._responses)

    def load(self, folder: Path) -> None:
        """Read the heads and the responses."""
        self._heads = load_heads(folder)
        self._responses = dict(read_json(folder / "responses.json"))

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the chosen response, in Rasa's shape."""
        head = self._heads.get(draft.space)
        if head is None or not draft.text.strip():
            return draft
        ranked = head.rank(join(draft.features))[:RANKING_LENGTH]
        key, confidence = ranked[0]
        chosen = {
            "response": {
                "responses": self._responses.get(key, []),
                "confidence": confidence,
                "intent_response_key": key,
                "utter_action": f"utter_{key}",
            },
            "ranking": [
                {"confidence": share, "intent_response_key": label} for label, share in ranked
            ],
        }
        retrieval = sorted({base_intent(label) for label in self._responses})
        selector = {
            **draft.response_selector,
            "all_retrieval_intents": retrieval,
            self._retrieval_intent or "default": chosen,
        }
        return replace(draft, response_selector=selector)


class FallbackClassifier(Untrained):
    """Puts `nlu_fallback` first when the best intent is unsure or has a close rival (Rasa)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's `threshold` and `ambiguity_threshold`."""
        self._threshold = float(settings.get("threshold", 0.3))
        self._ambiguity = float(settings.get("ambiguity_threshold", 0.1))

    def process(self, draft: Draft) -> Draft:
        """Return `draft`, with `nlu_fallback` at confidence `threshold` if it is unsure."""
        if not self._is_unsure(draft.ranking):
            return draft
        fallback = Intent(name="nlu_fallback", confidence=self._threshold)
        return replace(draft, ranking=(fallback, *draft.ranking))

    def _is_unsure(self, ranking: Sequence[Intent]) -> bool:
        if not ranking or ranking[0].confidence < self._threshold:
            return True
        return len(ranking) > 1 and ranking[0].confidence - ranking[1].confidence < self._ambiguity


def base_intent(intent: str) -> str:
    """Return the retrieval intent of a full name: `faq` for `faq/price`."""
    return intent.split("/", 1)[0]


def fit_heads(examples: Sequence[tuple[Draft, str]], *, shares_languages: bool) -> dict[str, Head]:
    """Return one head per language; examples without a language count for all of them."""
    languages = sorted({draft.language for draft, _ in examples if draft.language})
    rows = [join(draft.features) for draft, _ in examples]
    heads = {}
    for language in languages:
        weights = [
            1.0
            if draft.language in (language, "")
            else (FOREIGN_WEIGHT if shares_languages else 0.0)
            for draft, _ in examples
        ]
        used = [row for row, weight in enumerate(weights) if weight]
        heads[language] = fit(
            [rows[row] for row in used],
            [examples[row][1] for row in used],
            [weights[row] for row in used],
        )
    return heads


def save_heads(folder: Path, heads: Mapping[str, Head]) -> None:
    """Write `heads` to `folder`."""
    write_json(folder / "labels.json", {language: head.labels for language, head in heads.items()})
    for language, head in heads.items():
        write_arrays(folder / f"head.{language}.npz", weights=head.weights, bias=head.bias)


def load_heads(folder: Path) -> dict[str, Head]:
    """Return the heads of `folder`.

    Raises:
        ModelError: a file is missing or damaged.
    """
    heads = {}
    for language, labels in read_json(folder / "labels.json").items():
        arrays = read_arrays(folder / f"head.{language}.npz")
        heads[language] = Head(tuple(labels), arrays["weights"], arrays["bias"])
    return heads


def _wordings(project: Project, name: str) -> list[Any]:
    found = project.domain.responses.get(name)
    if found is not None:
        return [dict(variation.content) for variation in found]
    other = project.understanding.responses.get(name)
    return list(other) if isinstance(other, (list, tuple)) else []
