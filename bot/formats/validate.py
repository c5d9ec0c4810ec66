"""What refers to what in a project: names that do not exist, or that nobody uses.

As strict as Rasa's own validation: what Rasa trains with a warning is a warning here. Rules and
stories that contradict each other are found by the policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.domain import BUILTIN_INTENTS, SlotDefinition
from bot.errors import ConfigError
from bot.formats import rasa_names
from bot.formats.domain_draft import Places
from bot.project import (
    ActionStep,
    CheckpointStep,
    Example,
    LoopStep,
    OrStep,
    Place,
    Project,
    SlotStep,
    Step,
    Story,
    UserStep,
)
from bot.yamlsource import Report, did_you_mean

_FREE_RESPONSES = (
    "utter_default",
    "utter_restart",
    "utter_back",
    "utter_ask_rephrase",
    "utter_ask_",
)
"""Responses, or beginnings of their names, that default actions and forms say."""
_ADD_TO_DOMAIN = "add it to the domain, or correct the name"


def check(
    project: Project,
    places: Places | None = None,
    *,
    knows_domain: bool = True,
    is_whole: bool = True,
    is_strict: bool = False,
) -> tuple[list[ConfigError], list[str]]:
    """Return the mistakes and the warnings about how the parts of `project` fit together.

    Args:
        project: What was read.
        places: Where the parts of the domain were written; without it they get line 1.
        knows_domain: Every file of the domain could be read. Otherwise nothing is reported that
            may only follow from the missing names.
        is_whole: Every other file could be read, too; otherwise nothing is called unused.
        is_strict: What Rasa lets pass is a mistake.
    """
    checker = _Checker(project, places or {})
    checker.report.is_strict = is_strict
    if knows_domain:
        checker.check_domain()
        checker.check_stories()
        checker.check_policies()
        checker.check_labels()
    checker.check_rules()
    checker.check_texts()
    if is_whole and knows_domain:
        checker.check_unused()
        checker.check_checkpoints()
    return checker.report.errors, checker.report.warnings


class _Checker:
    """Knows all names of a project and reports those that do not fit."""

    def __init__(self, project: Project, places: Places) -> None:
        self.project = project
        self.places = places
        self.report = Report()
        self._told: set[tuple[str, str]] = set()
        domain = project.domain
        self.intents = self._known("intents", (*domain.intents, *BUILTIN_INTENTS))
        self.entities = self._known("entities", domain.entities)
        self.slots = self._known("slots", domain.slots)
        self.responses = self._known("responses", domain.responses)
        self.forms = self._known("forms", domain.forms)
        self.loops = {*self.forms, *domain.actions, *rasa_names.KNOWN_ACTIONS}
        retrieval = {name.split("/")[0] for name in self.responses if "/" in name}
        retrieval |= {f"utter_{name}" for name, item in domain.intents.items() if item.is_retrieval}
        self.utterances = self.responses | retrieval
        policies = {item.name.rpartition(".")[2] for item in project.settings.policies}
        self.learners = policies & {"TEDPolicy", "UnexpecTEDIntentPolicy"}
        self.actions = (
            self._known("actions", (*domain.actions, *domain.e2e_actions))
            | set(rasa_names.KNOWN_ACTIONS)
            | self.utterances
            | self.forms
        )

    def _known(self, section: str, names: Iterable[str]) -> set[str]:
        """Return the names of a section, with those that have a mistake of their own."""
        return {*names, *(name for part, name in self.places if part == section)}

    def _place(self, section: str, name: str) -> Place:
        """Return where a part of the domain was written."""
        return self.places.get((section, name), Place(path="domain.yml", line=1))

    def check_domain(self) -> None:
        """Report forms, mappings, intents and responses that name unknown things."""
        domain = self.project.domain
        self._check_required_slots()
        self._check_questions()
        for slot in domain.slots.values():
            self._check_conditions(slot)
            self._check_mapping_names(slot)
        self._check_response_conditions()
        self._check_intent_entities()

    def _check_required_slots(self) -> None:
        """Report forms that require unknown slots."""
        for form in self.project.domain.forms.values():
            for slot in form.required_slots:
                if slot not in self.slots:
                    problem = f"the form `{form.name}` requires the unknown slot `{slot}`"
                    hint = did_you_mean(slot, self.slots, "add it to `slots`")
                    self.report.error(self._place("forms", form.name), problem, hint)

    def _check_questions(self) -> None:
        """Warn about slots of forms that nothing asks for, which leaves the customer waiting."""
        for form in self.project.domain.forms.values():
            for slot in form.required_slots:
                names = (f"utter_ask_{form.name}_{slot}", f"utter_ask_{slot}")
                actions = (name.replace("utter_", "action_", 1) for name in names)
                if slot in self.slots and not {*names, *actions} & self.actions:
                    problem = f"nothing asks for the slot `{slot}` of the form `{form.name}`"
                    hint = f"write the response `utter_ask_{slot}`"
                    self.report.warn(self._place("forms", form.name), problem, hint)

    def _check_response_conditions(self) -> None:
        """Warn about responses whose conditions name unknown slots."""
        for name, variations in self.project.domain.responses.items():
            for slot_name in {slot for item in variations for slot, _ in item.conditions}:
                if slot_name not in self.slots:
                    problem = f"a condition of `{name}` names the unknown slot `{slot_name}`"
                    hint = did_you_mean(slot_name, self.slots)
                    self.report.warn(self._place("responses", name), problem, hint)

    def _check_intent_entities(self) -> None:
        """Warn about intents that name unknown entities."""
        for intent in self.project.domain.intents.values():
            for entity in (*(intent.used_entities or ()), *intent.ignored_entities):
                if entity.split("#")[0] not in self.entities:
                    problem = f"the intent `{intent.name}` names the unknown entity `{entity}`"
                    hint = did_you_mean(entity, self.entities)
                    self.report.warn(self._place("intents", intent.name), problem, hint)

    def _check_conditions(self, slot: SlotDefinition) -> None:
        """Report mapping conditions for forms that are unknown or do not ask for the slot."""
        place = self._place("slots", slot.name)
        for form in _condition_forms(slot):
            if form not in self.forms:
                problem = f"a mapping of the slot `{slot.name}` names the unknown form `{form}`"
                self.report.error(place, problem, did_you_mean(form, self.forms, _ADD_TO_DOMAIN))
                continue
            definition = self.project.domain.forms.get(form)
            # A form without required slots asks for what its action says.
            asked = definition.required_slots if definition else ()
            if asked and slot.name not in asked and form in _form_conditions(slot):
                problem = (
                    f"a mapping of the slot `{slot.name}` names the form `{form}`, "
                    "which does not require the slot"
                )
                hint = f"add `{slot.name}` to the `required_slots` of `{form}`"
                self.report.error(place, problem, hint)

    def _check_mapping_names(self, slot: SlotDefinition) -> None:
        """Warn about mappings that can never apply."""
        place = self._place("slots", slot.name)
        for mapping in slot.mappings:
            if mapping.entity is not None and mapping.entity not in self.entities:
                problem = f"a mapping of `{slot.name}` names the unknown entity `{mapping.entity}`"
                self.report.warn(place, problem, did_you_mean(mapping.entity, self.entities))
            for intent in (*mapping.intents, *mapping.not_intents):
                if intent not in self.intents:
                    problem = f"a mapping of `{slot.name}` names the unknown intent `{intent}`"
                    self.report.warn(place, problem, did_you_mean(intent, self.intents))

    def check_stories(self) -> None:
        """Report unknown names in stories and rules; in test stories they only warn.

        Rasa trains a rule with an unknown intent, and without the policies that learn from
        stories also a story with an unknown name: such names are lapses.
        """
        for story in (*self.project.stories, *self.project.test_stories):
            for step in (*story.conditions, *_flat(story.steps)):
                self._check_step(step, story)

    def _check_step(self, step: Step, story: Story) -> None:
        """Report the names of one step."""
        place = step.place or story.place or Place(path="data", line=1)
        fails = self.report.warn if story.kind == "test" else self.report.error
        lapses = self.report.warn if story.kind == "test" else self.report.lapse
        match step:
            case UserStep(intent=str(intent)) if intent.split("/")[0] not in self.intents:
                is_learnt = story.kind == "story" and "UnexpecTEDIntentPolicy" in self.learners
                tell = fails if is_learnt else lapses
                hint = did_you_mean(intent, self.intents, _ADD_TO_DOMAIN)
                tell(place, f"unknown intent `{intent}` in `{story.name}`", hint)
            case ActionStep(name=str(name)) if name not in self.actions:
                what = "response" if name.startswith("utter_") else "action"
                is_free = story.kind == "story" and not self.learners
                tell = lapses if is_free and not name.startswith("action_") else fails
                hint = did_you_mean(name, self.actions, _ADD_TO_DOMAIN)
                tell(place, f"unknown {what} `{name}` in `{story.name}`", hint)
            case ActionStep(name=str(name)) if name.startswith("utter_"):
                self._check_wording(name, story, place)
            case LoopStep(name=str(name)) if name not in self.loops:
                hint = did_you_mean(name, self.forms, _ADD_TO_DOMAIN)
                fails(place, f"unknown form `{name}` in `{story.name}`", hint)
            case SlotStep(name=name) if name not in self.slots:
                hint = did_you_mean(name, self.slots, _ADD_TO_DOMAIN)
                self.report.warn(place, f"unknown slot `{name}` in `{story.name}`", hint)
            case _:
                pass
        if isinstance(step, UserStep):
            self._check_entities(step, story, place)

    def _check_entities(self, step: UserStep, story: Story, place: Place) -> None:
        """Warn about the unknown entities of a user turn."""
        for entity in step.entities:
            if entity.name not in self.entities:
                hint = did_you_mean(entity.name, self.entities, _ADD_TO_DOMAIN)
                problem = f"unknown entity `{entity.name}` in `{story.name}`"
                self.report.warn(place, problem, hint)

    def _check_wording(self, name: str, story: Story, place: Place) -> None:
        """Report a response of `actions` without a text, which an NLG server may have."""
        if name not in self.utterances and "nlg" not in self.project.endpoints:
            problem = f"the response `{name}` in `{story.name}` has no text"
            self.report.lapse(place, problem, "write its text under `responses`")

    def check_policies(self) -> None:
        """Report a fallback action that does not exist."""
        for policy in self.project.settings.policies:
            name = policy.settings.get("core_fallback_action_name")
            if policy.name == "RulePolicy" and name is not None and name not in self.actions:
                place = policy.place or Place(path="config.yml", line=1)
                hint = did_you_mean(name, self.actions, _ADD_TO_DOMAIN)
                self.report.error(place, f"unknown fallback action `{name}`", hint)

    def check_rules(self) -> None:
        """Report rules with more than one user turn, unless the policy allows them."""
        policy = next(
            (item for item in self.project.settings.policies if item.name == "RulePolicy"), None
        )
        if policy is None or policy.settings.get("restrict_rules") is False:
            return
        for story in self.project.stories:
            turns = [step for step in story.steps if _is_user_turn(step)]
            if story.kind == "rule" and len(turns) > 1:
                place = turns[1].place or story.place or Place(path="data", line=1)
                problem = f"the rule `{story.name}` has more than one user turn"
                self.report.error(place, problem, "split it, or write a story instead")

    def check_labels(self) -> None:
        """Warn about examples with unknown intents or entities."""
        for example in self.project.understanding.examples:
            place = example.place or Place(path="data", line=1)
            intent = _base(example.intent)
            if intent is not None and intent not in self.intents:
                hint = did_you_mean(intent, self.intents, _ADD_TO_DOMAIN)
                self._warn_once(("intent", intent), place, f"unknown intent `{intent}`", hint)
            for entity in example.entities:
                if entity.name not in self.entities:
                    hint = did_you_mean(entity.name, self.entities, _ADD_TO_DOMAIN)
                    problem = f"unknown entity `{entity.name}`"
                    self._warn_once(("entity", entity.name), place, problem, hint)

    def check_texts(self) -> None:
        """Warn about the same text under two intents."""
        first: dict[str, Example] = {}
        for example in self.project.understanding.examples:
            place = example.place or Place(path="data", line=1)
            intent = _base(example.intent)
            other = first.setdefault(example.text, example)
            if _base(other.intent) != intent:
                where = f"{other.place.path}:{other.place.line}" if other.place else "elsewhere"
                problem = f"`{example.text}` is an example of `{intent}` and of `{other.intent}`"
                self.report.warn(place, problem, f"remove one; the other is at {where}")

    def _warn_once(self, key: tuple[str, str], place: Place, problem: str, hint: str) -> None:
        """Warn at the first place of a name that is likely to come again."""
        if key not in self._told:
            self._told.add(key)
            self.report.warn(place, problem, hint)

    def check_unused(self) -> None:
        """Warn about intents without examples, and about what no story or rule uses."""
        steps = [step for story in self.project.stories for step in _flat(story.steps)]
        used = {_base(step.intent) for step in steps if isinstance(step, UserStep)}
        said = {step.name for step in steps if isinstance(step, ActionStep)}
        learnt = {_base(example.intent) for example in self.project.understanding.examples}
        for name in self.project.domain.intents:
            place = self._place("intents", name)
            if name in BUILTIN_INTENTS:
                continue
            if name not in learnt:
                hint = f"write `- intent: {name}` with examples"
                self.report.lapse(place, f"the intent `{name}` has no examples", hint)
            if name not in used:
                hint = "use it, or remove it"
                self.report.warn(place, f"the intent `{name}` is in no story or rule", hint)
        fallbacks = _setting_texts(self.project)
        for name in self.project.domain.responses:
            is_free = name.startswith(_FREE_RESPONSES) or "/" in name or name in fallbacks
            if name not in said and not is_free:
                hint = "use it, or remove it unless an action says it"
                place = self._place("responses", name)
                self.report.warn(place, f"the response `{name}` is in no story or rule", hint)

    def check_checkpoints(self) -> None:
        """Warn about checkpoints that no story reaches or continues."""
        starts: dict[str, CheckpointStep] = {}
        ends: dict[str, CheckpointStep] = {}
        for story in self.project.stories:
            for index, step in enumerate(story.steps):
                if isinstance(step, CheckpointStep):
                    is_start = all(isinstance(s, CheckpointStep) for s in story.steps[:index])
                    (starts if is_start else ends).setdefault(step.name, step)
        for name, step in starts.items():
            if name not in ends and step.place:
                hint = did_you_mean(name, ends, "end a story with it, or remove it")
                self.report.warn(step.place, f"no story reaches the checkpoint `{name}`", hint)
        for name, step in ends.items():
            if name not in starts and step.place:
                hint = did_you_mean(name, starts, "start a story with it, or remove it")
                self.report.warn(step.place, f"no story continues the checkpoint `{name}`", hint)


def _condition_forms(slot: SlotDefinition) -> Iterator[str]:
    """Iterate over the forms that the mappings of `slot` name."""
    forms = (item.active_loop for mapping in slot.mappings for item in mapping.conditions)
    return iter(dict.fromkeys(name for name in forms if name is not None))


def _form_conditions(slot: SlotDefinition) -> set[str | None]:
    """Return the forms that have to ask for `slot`: one that it only starts need not."""
    mappings = (mapping for mapping in slot.mappings if mapping.type != "from_trigger_intent")
    return {item.active_loop for mapping in mappings for item in mapping.conditions}


def _flat(steps: Iterable[Step]) -> Iterator[Step]:
    """Iterate over `steps` with the alternatives of each `or` in its place."""
    for step in steps:
        if isinstance(step, OrStep):
            yield from (item for alternative in step.alternatives for item in alternative)
        elif isinstance(step, CheckpointStep):
            yield step
            yield from step.conditions
        else:
            yield step


def _is_user_turn(step: Step) -> bool:
    """Return whether `step` waits for the customer."""
    return any(isinstance(item, UserStep) for item in _flat((step,)))


def _base(intent: str | None) -> str | None:
    """Return the intent without its response key."""
    return None if intent is None else intent.split("/")[0]


def _setting_texts(project: Project) -> set[Any]:
    """Return the texts among the settings of the policies, where responses may be named."""
    return {
        value
        for policy in project.settings.policies
        for value in policy.settings.values()
        if isinstance(value, str)
    }
