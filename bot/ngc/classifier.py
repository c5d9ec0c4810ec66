"""Recognises intents: a linear classifier per language, keywords, and the fallback."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled, Untrained
from bot.ngc.features import join
from bot.ngc.head import Head
from bot.ngc.heads import base_intent, fit_heads, load_heads, save_heads
from bot.project import Project
from bot.types import Intent

RANKING_LENGTH: Final = 10
FALLBACK: Final = "nlu_fallback"


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
        return replace(draft, intent=ranking[0], ranking=ranking)


class KeywordIntentClassifier:
    """An intent whose example occurs in the text as a whole word; the first one wins (Rasa)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's `case_sensitive`."""
        self._flags = 0 if settings.get("case_sensitive", True) else re.IGNORECASE
        self._keywords: dict[str, str] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []

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
        self._compile()

    def save(self, folder: Path) -> None:
        """Write the keywords."""
        write_json(folder / "keywords.json", self._keywords)

    def load(self, folder: Path) -> None:
        """Read the keywords."""
        self._keywords = dict(read_json(folder / "keywords.json"))
        self._compile()

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with confidence 1 for the intent found; an earlier ranking stays."""
        for pattern, intent in self._patterns:
            if pattern.search(draft.text):
                return replace(draft, intent=Intent(name=intent, confidence=1.0))
        return draft

    def _compile(self) -> None:
        self._patterns = [
            (re.compile(rf"\b{re.escape(keyword)}\b", self._flags), intent)
            for keyword, intent in self._keywords.items()
        ]


class FallbackClassifier(Untrained):
    """Puts `nlu_fallback` first when the best intent is unsure or has a close rival (Rasa)."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Read Rasa's `threshold` and `ambiguity_threshold`."""
        self._threshold = float(settings.get("threshold", 0.3))
        self._ambiguity = float(settings.get("ambiguity_threshold", 0.1))

    def process(self, draft: Draft) -> Draft:
        """Return `draft`, with `nlu_fallback` at confidence `threshold` if it is unsure."""
        if not self._is_unsure(draft):
            return draft
        fallback = Intent(name=FALLBACK, confidence=self._threshold)
        # A keyword's intent has no ranking, and none is made up for its lack (Rasa).
        ranking = (fallback, *draft.ranking) if draft.ranking else ()
        return replace(draft, intent=fallback, ranking=ranking)

    def _is_unsure(self, draft: Draft) -> bool:
        if draft.intent is None or draft.intent.confidence < self._threshold:
            return True
        if len(draft.ranking) < 2:
            return False
        first, second = draft.ranking[:2]
        return first.confidence - second.confidence < self._ambiguity
