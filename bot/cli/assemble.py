"""Puts the parts of a trained bot together: the one place that knows all of them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from bot.actions.remote import ActionServer
from bot.cli.places import store_url
from bot.cli.train import package_to_serve
from bot.engine import Engine
from bot.formats.service import load_service
from bot.model import LoadedModel
from bot.ngc.remote import NluServer
from bot.nlg.answering import PLAIN, Answering
from bot.nlg.remote import NlgServer
from bot.project import Endpoint
from bot.server.desk import Desk
from bot.server.supervisor import ActionProcess, find_actions, free_port
from bot.stores import open_store
from bot.training.knowledge import open_base
from bot.training.train import TrainedBot, load_trained
from bot.types import Message, Reading
from knowledge.base import KnowledgeBase
from knowledge.errors import KnowledgeError
from knowledge.languages import BilingualEmbedder
from knowledge.types import Hit

_log = logging.getLogger(__name__)

HITS = 20
"""Passages of which the best are weighed by what a message is about."""
STARTING_ATTEMPTS = 7
"""Connections tried while a child is starting: 0.2 s, doubled each time, is 13 s in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A desk that is ready to run, and the child that its actions need."""

    desk: Desk
    actions: ActionProcess | None
    load: Callable[[Path], LoadedModel]
    """Loads another package for the same desk."""
    knowledge: KnowledgeBase
    """What the desk answers from; it follows the commits of other processes."""

    @property
    def children(self) -> tuple[ActionProcess, ...]:
        """Return what has to run beside the desk."""
        return (self.actions,) if self.actions else ()


def assemble(
    folder: Path,
    *,
    package: Path | None = None,
    endpoints: Path | None = None,
    credentials: Path | None = None,
) -> Assembly:
    """Return the desk of the project in `folder`, trained first where needed.

    A URL under `action_endpoint` of endpoints.yml is used as in Rasa; without one, the project's
    own actions are run as a child process.
    """
    service = load_service(folder, endpoints=endpoints, credentials=credentials)
    actions, server = None, None
    if (endpoint := service.endpoints.get("action_endpoint")) is not None:
        server = ActionServer.at(endpoint)
    elif (module := find_actions(folder)) is not None:
        actions = ActionProcess(folder, module, free_port())
        server = ActionServer.at(Endpoint(url=actions.url), attempts=STARTING_ATTEMPTS)
    chosen = package_to_serve(folder, package)
    knowledge = open_base(folder, service.settings, embedder=BilingualEmbedder(), read_only=True)
    answering = Answering.of(service.settings.nlg, knowledge.embedder)
    load = partial(
        load_model,
        actions=server,
        endpoints=service.endpoints,
        knowledge=knowledge,
        answering=answering,
    )
    store = open_store(store_url(service.settings, folder))
    model = load(chosen)
    # Channels may be classes of the project, as in Rasa.
    sys.path.append(str(folder.resolve()))
    desk = Desk(store, model, service.channels, service.channel_places)
    return Assembly(desk=desk, actions=actions, load=load, knowledge=knowledge)


def load_model(
    package: Path,
    *,
    actions: ActionServer | None,
    endpoints: Mapping[str, Endpoint],
    knowledge: KnowledgeBase,
    answering: Answering = PLAIN,
) -> LoadedModel:
    """Return the model of a trained package, which uses the servers of the project.

    Raises:
        ModelError: the package is missing, changed or of another version.
    """
    trained = load_trained(package, embedder=knowledge.embedder)
    return LoadedModel(
        engine=build_engine(trained, actions, endpoints, knowledge=knowledge, answering=answering),
        domain=trained.domain,
        id=trained.manifest.fingerprint[:16],
        file=package,
    )


def build_engine(
    trained: TrainedBot,
    actions: ActionServer | None,
    endpoints: Mapping[str, Endpoint] = MappingProxyType({}),
    *,
    knowledge: KnowledgeBase | None = None,
    answering: Answering = PLAIN,
) -> Engine:
    """Return the engine over a trained bot's parts, some of which may be servers elsewhere."""
    nlu, nlg = endpoints.get("nlu"), endpoints.get("nlg")
    return Engine(
        domain=trained.domain,
        understand=NluServer.at(nlu).understand if nlu else partial(_understand, trained),
        nlg=NlgServer.at(nlg) if nlg and nlg.url else None,
        expect=None if nlu else trained.understanding.expect,
        dialogue=trained.dialogue,
        retrieve=partial(retrieve, knowledge, trained.manifest.language),
        action_endpoint=actions,
        answering=answering,
        knowledge_threshold=trained.manifest.knowledge_threshold,
        offers_person=trained.manifest.offers_person,
    )


def retrieve(
    knowledge: KnowledgeBase | None, main_language: str, text: str, language: str | None
) -> tuple[Hit, ...]:
    """Return the best passages for `text`, of the base as it is now; none without a base."""
    if knowledge is None:
        return ()
    try:
        knowledge.reload()
    except KnowledgeError as error:  # what was read before still answers
        _log.warning("%s", error)
    return knowledge.search(text, language or main_language, HITS)


def _understand(trained: TrainedBot, message: Message) -> Reading:
    return trained.understanding.understand(message.text, message.locale)
