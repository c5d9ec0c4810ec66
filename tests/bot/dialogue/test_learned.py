"""Learned policies: what they learn, how they are kept, and what they need."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.conversation import Conversation
from bot.dialogue.history import History
from bot.dialogue.model import DialogueModel
from bot.dialogue.ted import TedPolicy
from bot.dialogue.unexpected import UnexpectedIntentPolicy
from bot.dialogue.vocabulary import Rows
from bot.events import ActionRan, Event, SlotSet, UserFeaturized, UserSaid
from bot.project import ComponentConfig, Project, SlotStep, UserStep
from bot.types import Intent, Reading
from tests.bot.builders import Talk, does, domain, project, rule, said, story, text_slot

torch = pytest.importorskip("torch", reason="learning needs torch")
pytest.importorskip("onnx", reason="learning needs onnx")

FACTS = domain(
    slots=(text_slot("city"),),
    responses={
        "utter_greet": "Hello.", "utter_bye": "Bye.", "utter_where": "Where?",
        "utter_booked": "Booked.", "utter_help": "We book trips.", "utter_default": "Sorry?",
        "utter_odd": "That is unexpected.",
    },
)  # fmt: skip
CITY = SlotStep(name="city", value="Rome")
STORIES = (
    story("booking", said("greet"), does("utter_greet"), said("book"), does("utter_where"),
          said("inform"), CITY, does("utter_booked")),
    story("short booking", said("book"), does("utter_where"), said("inform"), CITY,
          does("utter_booked"), said("bye"), does("utter_bye")),
    story("greeting", said("greet"), does("utter_greet"), said("bye"), does("utter_bye")),
    story("help", said("greet"), does("utter_greet"), said("help"), does("utter_help")),
    story("help first", said("help"), does("utter_help"), said("book"), does("utter_where")),
)  # fmt: skip


def ted(**settings: Any) -> ComponentConfig:
    return ComponentConfig(name="TEDPolicy", settings={"max_history": 5, **settings})


UNEXPECTED = ComponentConfig(name="UnexpecTEDIntentPolicy", settings={"max_history": 5})


def bot(*policies: ComponentConfig | str, more: tuple[Any, ...] = ()) -> Project:
    return project(FACTS, *STORIES, *more, policies=policies or (ted(),))


@pytest.fixture(scope="module")
def model() -> DialogueModel:
    """TED and UnexpecTED, trained once."""
    return DialogueModel.train(bot(ted(), UNEXPECTED))


def user(intent: str) -> UserSaid:
    found = Intent(name=intent, confidence=1.0)
    return UserSaid(text=intent, reading=Reading(text=intent, intent=found))


def conversation(*given: Event | str) -> Conversation:
    """Return a conversation; a text is an action's name."""
    events: list[Event] = []
    for item in given:
        if isinstance(item, str) and events and isinstance(events[-1], UserSaid):
            events.append(UserFeaturized(use_text=False))
        events.append(ActionRan(name=item) if isinstance(item, str) else item)
    return Conversation.of("c", events, FACTS)


L = "action_listen"
BOOKED = (L, user("greet"), "utter_greet", L, user("book"), "utter_where")


def of_kind(model: DialogueModel, kind: type[Any]) -> Any:
    return next(policy for policy in model.policies if isinstance(policy, kind))


@pytest.mark.parametrize(
    ("events", "action"),
    [
        ((L, user("greet")), "utter_greet"),
        ((*BOOKED,), L),
        ((*BOOKED, L, user("inform"), SlotSet(name="city", value="Rome")), "utter_booked"),
        ((*BOOKED, L, user("inform"), SlotSet(name="city", value="Ulan Bator")), "utter_booked"),
        ((L, user("greet"), "utter_greet", L, user("help"), "utter_help", L, user("book")),
         "utter_where"),
        ((*BOOKED, L, user("help")), "utter_help"),
        ((*BOOKED, L, user("help"), "utter_help", L, user("bye")), "utter_bye"),
    ],
    ids=["as told", "waits", "as told, later", "another city", "another order", "interjection",
         "goes on after an interjection"],
)  # fmt: skip
def test_it_does_what_the_stories_suggest(
    model: DialogueModel, events: Sequence[Event | str], action: str
) -> None:
    predicted = of_kind(model, TedPolicy).predict(History.of(conversation(*events), FACTS))
    assert predicted.action == action
    assert sum(predicted.scores.values()) == pytest.approx(1.0, abs=1e-4)


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    graphs = [
        of_kind(DialogueModel.train(bot(ted(random_seed=seed, epochs=2))), TedPolicy).encoder.onnx
        for seed in (1, 1, 2)
    ]
    assert graphs[0] == graphs[1] != graphs[2]


def test_a_saved_model_predicts_the_same(model: DialogueModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = DialogueModel.load(tmp_path, FACTS)
    assert loaded == model
    asked = conversation(*BOOKED)
    assert loaded.predictions(asked) == model.predictions(asked)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dialogue.json", "encoder-0.json", "encoder-0.onnx",
    ]  # fmt: skip


@pytest.mark.parametrize("layers", [1, 2])
def test_the_served_graph_computes_what_was_trained(layers: int) -> None:
    from bot.dialogue.encoder import Encoder
    from bot.dialogue.graph import onnx_of
    from bot.dialogue.lessons import lessons_of
    from bot.dialogue.network import Network
    from bot.dialogue.options import NetworkOptions
    from bot.dialogue.stories import training_dialogues

    options = NetworkOptions.of({"number_of_transformer_layers": layers})
    lessons = lessons_of(training_dialogues(STORIES, FACTS), FACTS, 3, no_texts)
    torch.manual_seed(0)
    network = Network(lessons, options).eval()
    rows = torch.arange(len(lessons.states))[None]
    hidden = network(torch.from_numpy(lessons.states), rows)[0, -1]
    wanted = (network.action_query(hidden) @ network.actions.T).detach().numpy()
    weights = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    facts = {
        "vocabulary": lessons.vocabulary.to_dict(), "action_names": lessons.action_names,
        "intent_names": lessons.intent_names, "window": 3, "reach": layers * 2 + 1,
        "max_distance": options.max_distance,
    }  # fmt: skip
    encoder = Encoder.of(facts, onnx_of(weights, options), no_texts)
    last = lessons.states[-encoder.reach :]
    np.testing.assert_allclose(encoder.similarities_of_rows(last)[0], wanted, atol=1e-4)


def no_texts(texts: Sequence[str]) -> Rows:
    raise AssertionError("no text was given in the stories")


def letters(texts: Sequence[str]) -> Rows:
    """Embed a text by its letters; enough to tell words apart."""
    rows = np.zeros((len(texts), 26), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for letter in text.lower():
            if letter.isascii() and letter.isalpha():
                row[ord(letter) - ord("a")] += 1
    return rows


def test_a_story_with_a_users_words_is_followed_by_the_words() -> None:
    told = story("words", UserStep(text="umbrella please"), does("utter_odd"))
    trained = DialogueModel.train(bot(ted(), more=(told,)), embed=letters)
    unknown = Reading(text="umbrella please", intent=Intent(name=None, confidence=0.0))
    heard = UserSaid(text="umbrella please", reading=unknown)
    decision = trained.decide(conversation(L, heard))
    assert (decision.action, decision.is_end_to_end) == ("utter_odd", True)
    assert not trained.decide(conversation(L, user("greet"))).is_end_to_end


def test_an_intent_that_no_story_has_there_is_unlikely(model: DialogueModel) -> None:
    policy = of_kind(model, UnexpectedIntentPolicy)
    odd = policy.predict(History.of(conversation(L, user("inform")), FACTS))
    assert odd.scores == {"action_unlikely_intent": 1.0}
    query = odd.metadata["query_intent"]
    assert query["name"] == "inform"
    assert query["score"] < query["threshold"]
    assert query["severity"] == pytest.approx(query["threshold"] - query["score"])
    assert odd.metadata["ranking"][0]["name"] in ("greet", "book", "help")


@pytest.mark.parametrize(
    "events",
    [(L, user("greet")), (L, user("ask")), (L, user("inform"), "utter_odd"), (L,)],
    ids=["expected", "in no story", "the bot acted already", "nothing was said"],
)
def test_nothing_else_is_unlikely(model: DialogueModel, events: Sequence[Event | str]) -> None:
    policy = of_kind(model, UnexpectedIntentPolicy)
    assert policy.predict(History.of(conversation(*events), FACTS)).scores == {}


def test_ignored_intents_are_never_unlikely() -> None:
    ignoring = ComponentConfig(
        name="UnexpecTEDIntentPolicy",
        settings={"max_history": 5, "ignore_intents_list": ["inform"]},
    )
    policy = of_kind(DialogueModel.train(bot(ignoring)), UnexpectedIntentPolicy)
    assert policy.predict(History.of(conversation(L, user("inform")), FACTS)).scores == {}


def test_a_tolerant_policy_finds_less_unlikely() -> None:
    def thresholds(tolerance: float) -> dict[str, float]:
        config = ComponentConfig(
            name="UnexpecTEDIntentPolicy", settings={"max_history": 5, "tolerance": tolerance}
        )
        return of_kind(DialogueModel.train(bot(config)), UnexpectedIntentPolicy).thresholds

    strict, tolerant = thresholds(0.0), thresholds(0.6)
    assert all(tolerant[name] <= strict[name] for name in strict)
    assert tolerant != strict


def test_a_rule_may_answer_an_unlikely_intent_and_the_event_says_why() -> None:
    handled = rule("odd", does("action_unlikely_intent"), does("utter_odd"))
    talk = Talk(bot("RulePolicy", UNEXPECTED, ted(), more=(handled,)))
    assert talk.say("/inform") == ["That is unexpected."]
    assert talk.turn is not None
    marked = [e for e in talk.turn.events if isinstance(e, ActionRan) and e.metadata]
    assert [event.name for event in marked] == ["action_unlikely_intent"]
    assert set(marked[0].metadata) == {"query_intent", "ranking"}


@pytest.mark.parametrize("memory", ["MemoizationPolicy", "AugmentedMemoizationPolicy"])
def test_without_a_rule_the_stories_are_followed_as_if_nothing_was_odd(memory: str) -> None:
    trained = DialogueModel.train(bot(memory))
    odd = conversation(L, user("greet"), "action_unlikely_intent")
    assert trained.decide(odd).action == "utter_greet"
    later = conversation(L, user("greet"), "action_unlikely_intent", "utter_greet", L, user("bye"))
    assert trained.decide(later).action == "utter_bye"


def test_policies_share_one_network(model: DialogueModel) -> None:
    first, second = (policy.encoder for policy in model.policies)  # type: ignore[union-attr]
    assert first is second


def test_without_torch_training_goes_on_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else found(name)
    )
    trained = DialogueModel.train(bot("MemoizationPolicy", ted()))
    assert [policy.name for policy in trained.policies] == ["MemoizationPolicy"]
    [line] = trained.warnings
    assert "torch not installed" in line
    assert 'pip install "frontdesk[train]"' in line


def test_torch_is_imported_neither_to_serve_nor_without_learned_policies(
    model: DialogueModel, tmp_path: Path
) -> None:
    model.save(tmp_path)
    code = f"""
import json, sys
from pathlib import Path
from bot.dialogue.model import DialogueModel
from tests.bot.builders import booking
DialogueModel.train(booking())
DialogueModel.load(Path({str(tmp_path)!r}), booking().domain)
print(json.dumps([name for name in ("torch", "onnx") if name in sys.modules]))
"""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
