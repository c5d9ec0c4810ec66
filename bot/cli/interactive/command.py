"""`frontdesk interactive`: talk, correct, and keep what was taught."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.cli.interactive.prompts import Prompts
from bot.cli.places import is_rasa_layout

if TYPE_CHECKING:
    from bot.cli.interactive.teaching import Lesson
    from bot.domain import Domain
    from bot.engine import Engine

console = Console()


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where what was taught goes."""

    stories: Path
    nlu: Path
    domain: Path


def interactive(
    folder: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="A package, or a folder of packages.")
    ] = None,
    e2e: Annotated[
        bool, typer.Option("--e2e", help="Write stories with the users' texts.")
    ] = False,
    skip_visualization: Annotated[
        bool, typer.Option("--skip-visualization", help="Draw no graph at the end.")
    ] = False,
    conversation_id: Annotated[
        str | None, typer.Option("--conversation-id", help="The conversation's name.")
    ] = None,
    endpoints: Annotated[Path | None, typer.Option("--endpoints", help="The endpoints.")] = None,
) -> None:
    """Teach the bot in the terminal."""
    from bot.cli.interactive.teaching import Teacher

    prompts = Prompts(console, console.input)
    engine = _engine(folder, model, endpoints)
    teacher = Teacher(engine, prompts, conversation_id or f"interactive-{uuid.uuid4().hex[:8]}")
    lesson = asyncio.run(teacher.teach())
    if not keep(lesson, engine.domain, folder, prompts, with_texts=e2e):
        return
    if not skip_visualization:
        from bot.cli.visualize import visualize

        visualize(folder)


def _engine(folder: Path, model: Path | None, endpoints: Path | None) -> Engine:
    from bot.actions.remote import ActionServer
    from bot.cli.assemble import build_engine
    from bot.cli.train import package_to_serve
    from bot.formats.service import load_service
    from bot.nlg.answering import Answering
    from bot.training.knowledge import open_base
    from bot.training.train import load_trained

    service = load_service(folder, endpoints=endpoints)
    package = package_to_serve(folder, model)
    knowledge = open_base(folder, service.settings, read_only=True)
    trained = load_trained(package, warms_up=False, embedder=knowledge.embedder)
    endpoint = service.endpoints.get("action_endpoint")
    actions = ActionServer.at(endpoint) if endpoint else None
    answering = Answering.of(service.settings.nlg, knowledge.embedder)
    return build_engine(
        trained, actions, service.endpoints, knowledge=knowledge, answering=answering
    )


def keep(
    lesson: Lesson, domain: Domain, folder: Path, prompts: Prompts, *, with_texts: bool
) -> bool:
    """Write what was taught into the project's files, after asking where; return whether."""
    from bot.formats import additions

    if not lesson.conversations and not lesson.examples:
        prompts.tell("Nothing was taught.")
        return False
    try:
        files = _ask_files(folder, prompts)
    except (EOFError, KeyboardInterrupt):
        prompts.tell(("Nothing was written.", "yellow"))
        return False
    if files is None:
        return False
    if lesson.conversations:
        names = additions.add_stories(
            folder / files.stories, lesson.conversations, domain, with_texts=with_texts
        )
        prompts.tell(f"{files.stories}: added {', '.join(names)}")
    if lesson.examples:
        count = additions.add_examples(folder / files.nlu, lesson.examples)
        prompts.tell(f"{files.nlu}: added {count} examples")
    if lesson.new_responses:
        additions.add_responses(folder / files.domain, lesson.new_responses)
        prompts.tell(f"{files.domain}: added responses {', '.join(lesson.new_responses)}")
    for key, new in (("intents", lesson.new_intents), ("actions", lesson.new_actions)):
        if new:
            additions.add_names(folder / files.domain, key, new)
            prompts.tell(f"{files.domain}: added {key} {', '.join(new)}")
    return True


def _ask_files(folder: Path, prompts: Prompts) -> Files | None:
    if not prompts.confirm("Write what was taught into the project?"):
        prompts.tell("Nothing was written.")
        return None
    top = Path("data" if is_rasa_layout(folder) else "training_data")
    domain = Path("domain.yml") if is_rasa_layout(folder) else top / "domain.yml"
    return Files(
        stories=Path(prompts.ask("Stories go to", str(top / "stories.yml"))),
        nlu=Path(prompts.ask("Examples go to", str(top / "nlu.yml"))),
        domain=Path(prompts.ask("New names go to", str(domain))),
    )
