"""Cross-validated F1 of intents and entities, and the CPU it takes; prints one JSON line each.

python tests/bench/understanding.py PROJECT...

With the environment variable FRONTDESK_RASA (the `rasa` executable of a 3.6 installation), Rasa
learns and reads the same folds, by the pipeline of the project. What that Rasa cannot run (spaCy,
a Duckling server) is left out, a pipeline without a tokenizer is replaced by Rasa's default, and
learning lasts at least `EPOCHS` epochs. FRONTDESK_RASA_FOLDS is a folder that keeps its readings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from dataclasses import replace

from bot.formats.events import reading_to_rasa
from bot.ngc.pipeline import Pipeline
from bot.project import ComponentConfig, Example, Project
from bot.training.checked import checked_project
from knowledge.languages import BilingualEmbedder
from tests.bench.folds import Answer, answer_of, expected, scores, split, usable

EPOCHS = 100
LEFT_OUT = ("Spacy", "Duckling", "Mitie", "LanguageModel", "ConveRT", "Sentence", "LanguageDet")
DEFAULT = (
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
)


def ours(project: Project, examples: tuple[Example, ...]) -> dict[str, Any]:
    """Return the scores and costs of our understanding."""
    pairs: list[tuple[Answer, Answer]] = []
    train_cpu_s = parse_cpu_s = 0.0
    names = entity_names(examples)
    for rows in split(examples):
        held = set(rows)
        kept = tuple(example for row, example in enumerate(examples) if row not in held)
        part = replace(
            project,
            settings=replace(project.settings, pipeline=offline_pipeline(project)),
            understanding=replace(project.understanding, examples=kept),
        )
        began = time.process_time()
        pipeline = Pipeline.train(part, embedder=BilingualEmbedder())
        train_cpu_s += time.process_time() - began
        began = time.process_time()
        readings = [reading_to_rasa(pipeline.understand(examples[row].text)) for row in rows]
        parse_cpu_s += time.process_time() - began
        pairs += [
            (expected(examples[row]), answer_of(reading, names))
            for row, reading in zip(rows, readings, strict=True)
        ]
    return scores(pairs) | costs(train_cpu_s, parse_cpu_s, len(pairs))


def rasas(project: Project, examples: tuple[Example, ...], folder: Path) -> dict[str, Any]:
    """Return the scores and costs of Rasa's understanding over the same folds."""
    executable = Path(os.environ["FRONTDESK_RASA"])
    folds = split(examples)
    folder.mkdir(parents=True, exist_ok=True)
    language = project.settings.language
    config = {"recipe": "default.v1", "language": language, "pipeline": rasa_pipeline(project)}
    (folder / "config.yml").write_text(json.dumps(config), "utf-8")
    for number, rows in enumerate(folds):
        held = set(rows)
        kept = [example for row, example in enumerate(examples) if row not in held]
        place = folder / str(number)
        place.mkdir(exist_ok=True)
        (place / "train.json").write_text(json.dumps(rasa_data(project, kept)), "utf-8")
        texts = [examples[row].text for row in rows]
        (place / "texts.json").write_text(json.dumps(texts), "utf-8")
    script = Path(__file__).with_name("rasa_folds.py")
    environment = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONPATH", None)
    with (folder / "log.txt").open("wb") as log:
        command = [str(executable.with_name("python")), str(script), str(folder)]
        subprocess.run(command, check=True, cwd=folder, env=environment, stdout=log, stderr=log)
    pairs: list[tuple[Answer, Answer]] = []
    train_cpu_s = parse_cpu_s = 0.0
    names = entity_names(examples)
    for number, rows in enumerate(folds):
        result = json.loads((folder / str(number) / "readings.json").read_text("utf-8"))
        train_cpu_s += result["train_cpu_s"]
        parse_cpu_s += result["parse_cpu_s"]
        pairs += [
            (expected(examples[row]), answer_of(reading, names))
            for row, reading in zip(rows, result["readings"], strict=True)
        ]
    return scores(pairs) | costs(train_cpu_s, parse_cpu_s, len(pairs))


def costs(train_cpu_s: float, parse_cpu_s: float, texts: int) -> dict[str, Any]:
    """Return the CPU seconds of one training and the CPU milliseconds of one text."""
    return {
        "train_cpu_s": round(train_cpu_s / 5, 2),
        "parse_cpu_ms": round(1000 * parse_cpu_s / texts, 2),
    }


def entity_names(examples: tuple[Example, ...]) -> frozenset[str]:
    """Return the annotated entities: only they can be right or wrong."""
    return frozenset(entity.name for example in examples for entity in example.entities)


def offline_pipeline(project: Project) -> tuple[ComponentConfig, ...]:
    """Return the pipeline without what asks a Duckling server; none runs here."""
    return tuple(
        one
        for one in project.settings.pipeline
        if not (one.name == "DucklingEntityExtractor" and one.settings.get("url"))
    )


def rasa_pipeline(project: Project) -> list[dict[str, Any]]:
    """Return the pipeline that Rasa runs."""
    kept = [one for one in project.settings.pipeline if not one.name.startswith(LEFT_OUT)]
    if any(one.name.endswith("Tokenizer") and "." not in one.name for one in kept):
        return [_component(one) for one in kept]
    tokenizer = "JiebaTokenizer" if project.settings.language == "zh" else "WhitespaceTokenizer"
    return [{"name": tokenizer}, *DEFAULT]


def _component(config: ComponentConfig) -> dict[str, Any]:
    settings = dict(config.settings)
    if "epochs" in settings:
        settings["epochs"] = max(EPOCHS, settings["epochs"])
    return {"name": config.name, **settings}


def rasa_data(project: Project, examples: list[Example]) -> dict[str, Any]:
    """Return training data in Rasa's JSON format."""
    known = project.understanding
    synonyms: dict[str, list[str]] = {}
    for text, value in known.synonyms.items():
        synonyms.setdefault(value, []).append(text)
    data = {
        "common_examples": [_example(example) for example in examples],
        "regex_features": [{"name": name, "pattern": text} for name, text in known.regexes],
        "lookup_tables": [{"name": n, "elements": list(w)} for n, w in known.lookups.items()],
        "entity_synonyms": [{"value": v, "synonyms": words} for v, words in synonyms.items()],
    }
    return {"rasa_nlu_data": data}


def _example(example: Example) -> dict[str, Any]:
    entities = []
    for one in example.entities:
        given = {"start": one.start, "end": one.end, "value": one.value, "entity": one.name}
        given |= {key: value for key, value in (("role", one.role), ("group", one.group)) if value}
        entities.append(given)
    return {"text": example.text, "intent": example.intent, "entities": entities}


def main() -> None:
    """Measure every project named on the command line."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(os.environ.get("FRONTDESK_RASA_FOLDS", scratch))
        for name in sys.argv[1:]:
            folder = Path(name).resolve()
            project = checked_project(folder)
            examples = usable(project)
            result: dict[str, Any] = {"project": folder.name, "examples": len(examples)}
            result["ours"] = ours(project, examples)
            if os.environ.get("FRONTDESK_RASA"):
                result["rasa"] = rasas(project, examples, kept / folder.name)
            print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
