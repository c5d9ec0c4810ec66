"""Chooses the response of a retrieval intent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.ngc.archive import read_json, write_json
from bot.ngc.component import Draft, Labelled
from bot.ngc.features import join
from bot.ngc.head import Head
from bot.ngc.heads import base_intent, fit_heads, load_heads, save_heads
from bot.project import Project

RANKING_LENGTH: Final = 10


class ResponseSelector:
    """Chooses the response of a retrieval intent such as `faq/price`."""

    def __init__(self, settings: Mapping[str, Any], *, shares_languages: bool) -> None:
        """Read Rasa's settings; without `retrieval_intent` it serves all, as `default`."""
        self._retrieval_intent = settings.get("retrieval_intent")
        self._length = int(settings.get("ranking_length", RANKING_LENGTH))
        self._shares_languages = shares_languages
        self._retrieval_intents: list[str] = []
        self._heads: dict[str, Head] = {}
        self._responses: dict[str, list[Any]] = {}

    def train(self, examples: Sequence[Labelled], project: Project) -> None:
        """Fit one head per language on the full names of the retrieval intents."""
        self._retrieval_intents = sorted(
            {
                base_intent(labelled.example.intent)
                for labelled in examples
                if labelled.example.intent and "/" in labelled.example.intent
            }
        )
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
        contents = {"responses": self._responses, "retrieval_intents": self._retrieval_intents}
        write_json(folder / "responses.json", contents)

    def load(self, folder: Path) -> None:
        """Read the heads and the responses."""
        self._heads = load_heads(folder)
        contents = read_json(folder / "responses.json")
        self._responses = dict(contents["responses"])
        self._retrieval_intents = list(contents["retrieval_intents"])

    def process(self, draft: Draft) -> Draft:
        """Return `draft` with the chosen response, in Rasa's shape; an empty choice if none."""
        head = self._heads.get(draft.space)
        ranked = head.rank(join(draft.features)) if head and draft.text.strip() else []
        selector = {
            **draft.response_selector,
            "all_retrieval_intents": self._retrieval_intents,
            self._retrieval_intent or "default": self._chosen(ranked[: self._length or None]),
        }
        return replace(draft, response_selector=selector)

    def _chosen(self, ranked: Sequence[tuple[str, float]]) -> dict[str, Any]:
        key, confidence = ranked[0] if ranked else (None, 0.0)
        return {
            "response": {
                "responses": None if key is None else self._responses.get(key, []),
                "confidence": confidence,
                "intent_response_key": key,
                "utter_action": f"utter_{key}",
            },
            "ranking": [
                {"confidence": share, "intent_response_key": label} for label, share in ranked
            ],
        }


def _wordings(project: Project, name: str) -> list[Any]:
    found = project.domain.responses.get(name)
    if found is not None:
        return [dict(variation.content) for variation in found]
    other = project.understanding.responses.get(name)
    return list(other) if isinstance(other, (list, tuple)) else []
