"""One linear head per language, each taught by all languages: fitted, saved and loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bot.ngc.archive import read_arrays, read_json, write_arrays, write_json
from bot.ngc.component import Draft
from bot.ngc.features import join
from bot.ngc.head import Head, fit, space_of

FOREIGN_WEIGHT: Final = 0.6
"""How much an example of another language counts: on shop data they add 3 to 4 points."""


def base_intent(intent: str) -> str:
    """Return the retrieval intent of a full name: `faq` for `faq/price`."""
    return intent.split("/", 1)[0]


def fit_heads(examples: Sequence[tuple[Draft, str]], *, shares_languages: bool) -> dict[str, Head]:
    """Return one head per language; examples without a language count for all of them."""
    languages = sorted({draft.language for draft, _ in examples if draft.language})
    rows = [join(draft.features) for draft, _ in examples]
    if shares_languages and len(languages) > 1:
        space, labels = space_of(rows), [label for _, label in examples]
        return {
            language: fit(space, labels, _weights(examples, language, FOREIGN_WEIGHT))
            for language in languages
        }
    heads = {}
    for language in languages:
        weights = _weights(examples, language, 0.0)
        used = [row for row, weight in enumerate(weights) if weight]
        heads[language] = fit(
            [rows[row] for row in used],
            [examples[row][1] for row in used],
            [weights[row] for row in used],
        )
    return heads


def _weights(examples: Sequence[tuple[Draft, str]], language: str, foreign: float) -> list[float]:
    return [1.0 if draft.language in (language, "") else foreign for draft, _ in examples]


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
