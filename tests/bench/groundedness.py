"""How well the groundedness check tells what passages support; prints JSON.

```
python tests/bench/groundedness.py          # the fixed test set
python tests/bench/groundedness.py --fit    # the weights, fitted on the development set
```
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.nlg import groundedness
from bot.nlg.figures import figures_in, figures_of
from bot.nlg.groundedness import Evidence, Groundedness, Support
from knowledge.languages import BilingualEmbedder

FOLDER = Path(__file__).parents[1] / "bot/nlg"
KINDS = ("supported", "unsupported", "contradicting")


@dataclass(frozen=True)
class Case:
    language: str
    passages: list[str]
    sentence: str
    kind: str


def cases(name: str) -> Iterator[Case]:
    """Yield the sentences of a set with their passages."""
    for entry in yaml.safe_load((FOLDER / name).read_text("utf-8")):
        for kind in KINDS:
            for sentence in entry[kind]:
                yield Case(entry["language"], entry["passages"], sentence, kind)


def f1(truth: np.ndarray, told: np.ndarray) -> float:
    """Return F1 of the class True."""
    hits = int((truth & told).sum())
    return 2 * hits / max(1, int(truth.sum()) + int(told.sum()))


def false_figures(case: Case) -> bool:
    """Tell whether the sentence has a figure that no passage has."""
    known = figures_in(case.passages)
    return any(not any(one.agrees(two) for two in known) for one in figures_of(case.sentence)[1])


def report(found: list[Case], told: list[Support]) -> dict[str, Any]:
    """Return the scores."""
    truth = np.array([case.kind == "supported" for case in found])
    kept = np.array([support.is_supported for support in told])
    scores: dict[str, Any] = {
        "triples": len(found),
        "f1_supported": round(f1(truth, kept), 4),
        "f1_not_supported": round(f1(~truth, ~kept), 4),
        "f1_macro": round((f1(truth, kept) + f1(~truth, ~kept)) / 2, 4),
        "accuracy": round(float((truth == kept).mean()), 4),
        "false_numbers_uttered": sum(
            case.kind != "supported" and support.is_supported and false_figures(case)
            for case, support in zip(found, told, strict=True)
        ),
    }
    for kind in KINDS:
        of_kind = [s.is_supported for c, s in zip(found, told, strict=True) if c.kind == kind]
        scores[f"kept_{kind}"] = f"{sum(of_kind)}/{len(of_kind)}"
    for language in ("en", "zh"):
        own = np.array([case.language == language for case in found])
        scores[f"f1_macro_{language}"] = round(
            (f1(truth[own], kept[own]) + f1(~truth[own], ~kept[own])) / 2, 4
        )
    return scores


def fit(found: list[Case], embedder: BilingualEmbedder) -> list[float]:
    """Return the weights of a logistic regression over the sentences without a problem."""
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for case in found:
        evidence = Evidence(case.passages, embedder, case.language)
        text = groundedness._Text(case.sentence)
        if groundedness.problem_of(text, evidence):
            continue
        rows.append(groundedness.measure(text, evidence)[0])
        labels.append(case.kind == "supported")
    model = LogisticRegression(C=1.0, max_iter=1000).fit(np.array(rows), labels)
    return [round(float(w), 2) for w in (model.intercept_[0], *model.coef_[0])]


def main() -> None:
    """Print the scores, or the fitted weights with the scores on the development set."""
    options = argparse.ArgumentParser()
    options.add_argument("--fit", action="store_true")
    options.add_argument("--errors", action="store_true", help="list what was told wrong")
    given = options.parse_args()
    embedder = BilingualEmbedder()
    found = list(cases("groundedness_dev.yml" if given.fit else "groundedness_test.yml"))
    weights = fit(found, embedder) if given.fit else groundedness.WEIGHTS
    check = Groundedness(embedder, weights)
    started = time.perf_counter()
    told = [
        check.check(case.sentence, check.evidence(case.passages, case.language)) for case in found
    ]
    took_ms = 1000 * (time.perf_counter() - started) / len(found)
    scores = report(found, told) | {"weights": list(weights), "mean_ms": round(took_ms, 2)}
    if given.errors:
        scores["errors"] = [
            f"{case.kind}: {case.sentence} [{support.probability:.2f} {support.problem}]"
            for case, support in zip(found, told, strict=True)
            if (case.kind == "supported") != support.is_supported
        ]
    print(json.dumps(scores, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
