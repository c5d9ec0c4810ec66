"""Seconds that the checks of 200 generated rules take; prints JSON.

python tests/bench/rules.py
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.dialogue.rules import RulePolicy
from bot.dialogue.stories import training_dialogues
from bot.domain import Domain, IntentDefinition, ResponseVariation
from bot.project import SlotStep, Story
from tests.bot.builders import does, rule, said, story, text_slot

RULES, STORIES, SLOTS = 200, 50, 10


def generated() -> tuple[Domain, list[Story]]:
    """Return a domain and rules over all its intents, every other one with a slot condition."""
    names = [f"intent_{number}" for number in range(RULES // 2)]
    slots = [text_slot(f"slot_{number}") for number in range(SLOTS)]
    domain = Domain(
        intents={name: IntentDefinition(name=name) for name in names},
        slots={slot.name: slot for slot in slots},
        responses={
            f"utter_{kind}_{name}": (ResponseVariation(content={"text": name}),)
            for name in names
            for kind in ("plain", "known")
        },
    )
    stories: list[Story] = []
    for number, name in enumerate(names):
        slot = f"slot_{number % SLOTS}"
        absent, present = SlotStep(name=slot, value=None), SlotStep(name=slot, value="x")
        plain, known = does(f"utter_plain_{name}"), does(f"utter_known_{name}")
        stories.append(rule(f"plain {name}", said(name), plain, conditions=(absent,)))
        stories.append(rule(f"known {name}", said(name), known, conditions=(present,)))
    for number in range(STORIES):
        chosen = [names[(number * 7 + step * 3) % len(names)] for step in range(4)]
        steps = [part for name in chosen for part in (said(name), does(f"utter_plain_{name}"))]
        stories.append(story(f"story {number}", *steps))
    return domain, stories


def main() -> None:
    """Time the training of the rule policy, checks included."""
    domain, stories = generated()
    dialogues = training_dialogues(stories, domain)
    started, used = time.perf_counter(), time.process_time()
    policy = RulePolicy().train(dialogues, domain)
    took_s, used_s = time.perf_counter() - started, time.process_time() - used
    result = {"rules": RULES, "stories": STORIES, "patterns": len(policy.rules.actions)}
    print(json.dumps(result | {"checked_in_s": round(took_s, 3), "cpu_s": round(used_s, 3)}))


if __name__ == "__main__":
    main()
