"""Project → trained package: understanding, knowledge and dialogue, in that order of cost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.dialogue.model import DialogueModel
from bot.domain import Domain
from bot.formats.domain_json import domain_from_dict, domain_to_dict
from bot.ngc.pipeline import Pipeline, embedded_languages
from bot.project import Project
from bot.training.package import Manifest, read, write
from bot.training.passages import passages_of
from knowledge.languages import BilingualEmbedder
from knowledge.retriever import Retriever
from knowledge.types import Hit

Progress = Callable[[str, float], None]
"""Told what is being done, and which share of it is done, in [0, 1]."""
HITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedBot:
    """What a package holds, loaded."""

    manifest: Manifest
    domain: Domain
    understanding: Pipeline
    dialogue: DialogueModel
    retriever: Retriever | None

    def retrieve(self, text: str, language: str | None) -> tuple[Hit, ...]:
        """Return the best passages for `text`, none without a knowledge source."""
        if self.retriever is None:
            return ()
        return self.retriever.retrieve(text, language or self.manifest.language, HITS)


def train_project(project: Project, models: Path, progress: Progress) -> Path:
    """Return the folder of the new package.

    Raises:
        ConfigErrors: a knowledge source has mistakes.
        TrainingError: rules contradict each other or the stories.
    """
    passages = passages_of(project)
    dialogue = DialogueModel.train(project)
    progress("rules and stories checked", 1.0)
    embedder = BilingualEmbedder()
    understanding = Pipeline.train(project, progress, embedder=embedder)
    retriever = Retriever.build(passages, progress, embedder=embedder) if passages else None
    settings = project.settings
    manifest = Manifest(
        fingerprint=project.fingerprint,
        assistant_id=settings.assistant_id,
        language=settings.language,
        knowledge_threshold=settings.knowledge_threshold,
        details={"examples": len(project.understanding.examples), "passages": len(passages)},
    )

    def fill(folder: Path) -> None:
        domain = json.dumps(domain_to_dict(project.domain), ensure_ascii=False)
        (folder / "domain.json").write_text(domain, "utf-8")
        understanding.save(folder / "understanding")
        dialogue.save(folder / "dialogue")
        if retriever is not None:
            retriever.save(folder / "knowledge")

    return write(models, manifest, fill)


def load_trained(folder: Path) -> TrainedBot:
    """Return the bot of a package.

    Raises:
        ModelError: the package is missing, changed or of another version.
    """
    embedder = BilingualEmbedder()
    # Reading weights leaves the interpreter free: the server starts meanwhile. A model of a
    # language that the project does not have would only take memory.
    for language in embedded_languages(folder / "understanding"):
        threading.Thread(target=embedder.warm_up, args=(language,), daemon=True).start()
    manifest = read(folder)
    domain = domain_from_dict(json.loads((folder / "domain.json").read_text("utf-8")))
    knowledge = folder / "knowledge"
    return TrainedBot(
        manifest=manifest,
        domain=domain,
        understanding=Pipeline.load(folder / "understanding", embedder=embedder, warms_up=True),
        dialogue=DialogueModel.load(folder / "dialogue", domain),
        retriever=Retriever.load(knowledge, embedder=embedder) if knowledge.is_dir() else None,
    )
