"""Every kind of mistake is told with its file, line and column."""

# ruff: noqa: E501  # a table with one mistake a line is easier to scan

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigErrors, TrainingError
from bot.formats.project import load_project, read_project
from bot.training.conflicts import check_rules

_GOOD = {
    "config.yml": "assistant_id: shop\nlanguage: en\npipeline:\n- name: KeywordIntentClassifier\n"
    "policies:\n- name: RulePolicy\n",
    "domain.yml": "intents: [greet, order]\nentities: [item]\nslots:\n"
    "  item: {type: text, mappings: [{type: from_entity, entity: item}]}\n"
    "forms:\n  order_form: {required_slots: [item]}\n"
    "responses:\n  utter_greet: [{text: Hello}]\n  utter_ask_item: [{text: Which?}]\n"
    "actions: [action_note]\n",
    "data/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hello\n"
    "- intent: order\n  examples: |\n    - order it\n",
    "data/rules.yml": "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    "- rule: order\n  steps:\n  - intent: order\n  - action: order_form\n"
    "  - active_loop: order_form\n",
}


def project(folder: Path, changes: dict[str, tuple[str, str] | str]) -> Path:
    """Write the good project into `folder` with one text replaced in some files."""
    for name, text in (_GOOD | {name: "" for name in changes if name not in _GOOD}).items():
        change = changes.get(name, ("", ""))
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(change, tuple):
            assert change[0] in text, f"{change[0]} is not in {name}"
            path.write_text(text.replace(*change, 1) if change[0] else text)
        else:
            path.write_text(change)
    return folder


def test_the_good_project_has_no_mistakes_and_no_warnings(tmp_path: Path) -> None:
    assert load_project(project(tmp_path, {})).warnings == ()


_C, _D, _N, _R = "config.yml", "domain.yml", "data/nlu.yml", "data/rules.yml"
_ERRORS: list[tuple[str, str, str, str]] = [
    # file, good text, bad text, the beginning and an essential part of the message
    (_C, "language: en", "knowledge: {sources: [{type: faq_yaml, path: a}]}", "2:30: unknown type `faq_yaml`; known: faq, files, site, sql, conversations"),
    (_C, "language: en", "knowledge: {sources: [{path: a}]}", "2:23: a source needs a `type`; known: faq"),
    (_C, "language: en", "knowledge: {sources: [{type: files, pth: a, path: b}]}", "2:37: unknown key `knowledge.sources.0.pth`; did you mean `path`?"),
    (_C, "language: en", "knowledge: {sources: [{type: files}]}", "2:23: `knowledge.sources.0.path`: field required"),
    (_C, "language: en", "knowledge: {sources: [{type: site, url: ftp://a}]}", "2:36: `knowledge.sources.0.url`: string should match"),
    (_C, "language: en", "knowledge: {sources: [{type: faq, path: a, max_mb: 0}]}", "2:44: `knowledge.sources.0.max_mb`: input should be greater than 0, found `0`"),
    (_C, "language: en", "knowledge:\n  sources:\n  - {type: sql, name: a, url: x, query: y}\n  - {type: sql, name: a, url: x, query: y}", "2:1: `knowledge`: two sources of type `sql` are called `a`"),
    (_C, "language: en", "knowledge: {treshold: 1}", "2:13: unknown key `knowledge.treshold`; did you mean `threshold`?"),
    (_C, "RulePolicy", "RulPolicy", "6:9: unknown policy `RulPolicy`; did you mean `RulePolicy`?"),
    (_C, "RulePolicy", "MappingPolicy", "6:9: `MappingPolicy` was removed in Rasa 3"),
    (_C, "RulePolicy", "DIETClassifier", "6:9: `DIETClassifier` does not belong into"),
    (_C, "- name: KeywordIntentClassifier", "- naem: x", "4:3: an entry of `pipeline` needs"),
    (_C, "assistant_id: shop", "assistant_id: 5", "1:15: `assistant_id` must be a text"),
    (_C, "language: en", "importers: x", "2:12: `importers` must be a list"),
    (_C, "- name: RulePolicy", "- name: MemoizationPolicy\n  max_history: abc", "7:16: `MemoizationPolicy`: `max_history` must be a whole number, or null, found `abc`"),
    (_C, "- name: KeywordIntentClassifier", "- name: FallbackClassifier\n  threshold: high", "5:14: `FallbackClassifier`: `threshold` must be a number, found `high`"),
    (_C, "- name: KeywordIntentClassifier", "- name: CountVectorsFeaturizer\n  stop_words: german", "5:15: `CountVectorsFeaturizer`: `stop_words` must be a list of words, or `english`"),
    (_C, "language: en", "recipe: graph.v1", "2:9: the recipe `graph.v1` is not supported"),
    (_C, "language: en", "store: {ulr: x}", "2:9: unknown key `store.ulr`; did you mean `url`?"),
    (_C, "language: en", "knowledge: {threshold: 3}", "2:13: `knowledge.threshold`: input should"),
    (_C, "language: en", "x: ${UNSET_FOR_TEST}", "2:4: the environment variable `UNSET_FOR_TEST`"),
    (_C, "- name: RulePolicy", "- name: RulePolicy\n  core_fallback_action_name: action_x",
     "6:9: unknown fallback action `action_x`"),
    (_D, "greet, order]", "greet, greet, order]", "1:18: `greet` is defined twice"),
    (_D, "[greet, order]", "[greet: , order]", "1:11: the intent `greet` has a `:`"),
    (_D, "type: text", "type: txt", "4:16: unknown type `txt` of the slot `item`; did you mean"),
    (_D, "type: text, ", "", "4:3: the slot `item` has no `type`"),
    (_D, ", mappings: [{type: from_entity, entity: item}]", "", "4:3: the slot `item` has no `mapp"),
    (_D, "from_entity, ", "from_entty, ", "4:40: unknown mapping type `from_entty`"),
    (_D, ", entity: item", "", "4:33: the `from_entity` mapping of the slot `item` needs"),
    (_D, "type: text, ", "type: any, influence_conversation: true, ", "4:21: the slot `item` of ty"),
    (_D, "type: text, ", "type: float, min_value: 2, ", "4:23: `min_value` 2 of the slot `item`"),
    (_D, "  item: {", "  物: {type: any, mappings: []}\n  item: {", "4:3: the slot name `物` has no Latin letter"),
    (_D, "required_slots: [item]", "required_slots: [itm]",
     "6:3: the form `order_form` requires the unknown slot `itm`; did you mean `item`?"),
    (_D, "{required_slots: [item]}", "{required_slot: [item]}",
     "6:16: unknown key `required_slot` of the form `order_form`; did you mean `required_slots`?"),
    (_D, "{required_slots: [item]}", "{ignored_intents: [greet]}", "6:3: the form `order_form` has"),
    (_D, "entity: item}", "entity: item, conditions: [{active_loop: x_form}]}",
     "4:3: a mapping of the slot `item` names the unknown form `x_form`"),
    (_D, "{text: Hello}", "{txt: Hello}", "8:17: a variation of `utter_greet` has neither"),
    (_D, "{text: Hello}", "{text: 5}", "8:24: the text of `utter_greet` must be a text"),
    (_D, "[{text: Hello}]", "", "8:3: the response `utter_greet` has no variations"),
    (_D, "{text: Hello}", "{text: Hello, imgae: x}", "8:31: unknown key `imgae` in a variation of `utter_greet`; did you mean `image`?"),
    (_D, "{text: Hello}", "{text: Hello, image: 4}", "8:38: `image` of `utter_greet` must be a text, found `4`"),
    (_D, "{text: Hello}", "{text: Hello, condition: {type: slot}}", "8:42: `condition` of `utter_greet` must be a list"),
    (_D, "{text: Hello}", "{text: Hello, buttons: [a]}", "8:41: a button of `utter_greet` must be a mapping"),
    (_D, "{text: Hello}", "{text: Hello, buttons: [{title: 1}]}", "8:49: the title of a button of `utter_greet` must be"),
    (_D, "{text: Hello}", "{custom: }", "8:17: a variation of `utter_greet` has neither"),
    (_D, "{text: Hello}", "{custom: x}", "8:26: `custom` of `utter_greet` must be a mapping"),
    (_D, "[greet, order]", "[greet, order, 5]", "1:25: the name `5` must be a text; put it in quotes"),
    (_D, "entities: [item]", "entities: [item: ]", "2:12: the entity `item` has a `:` but no settings"),
    (_D, "{required_slots: [item]}", "", "6:3: the form `order_form` must be a mapping"),
    (_D, "{required_slots: [item]}", "{required_slots: item}", "6:32: `required_slots` of `order_form` must be a list"),
    (_D, "entity: item}", "entity: item, conditions: {active_loop: order_form}}", "4:79: the `conditions` of a mapping must be a list"),
    (_D, "type: text, ", "type: categorical, values: a, ", "4:37: the `values` of the slot `item` must be a list"),
    (_D, "type: text, ", "type: float, initial_value: a, ", "4:38: `initial_value` must be a number, found `a`"),
    (_D, "[action_note]", "[action_note, action_note]", "10:24: `action_note` is defined twice"),
    (_D, "intents: [greet, order]", "intents: greet", "1:10: `intents` must be a list"),
    (_D, "[greet, order]", "[greet: {}, order]", "1:11: the intent `greet` has a `:` but no settings"),
    (_D, "[greet, order]", "[greet: {ignore_entities: }, order]", "1:19: `ignore_entities` is empty"),
    (_D, "entities: [item]", "entities: [item: {roles: }]", "2:19: `roles` is empty; write `roles: []`"),
    (_D, "intents: [greet, order]", "intents:", "1:1: `intents` is empty; write `intents: []`, or"),
    (_D, "intents: [", "session_config:\nintents: [", "1:1: `session_config` is empty; write `session_config: {}`"),
    (_D, "intents: [", "config:\nintents: [", "1:1: `config` must be a mapping"),
    (_D, "intents: [", "config: {store_entities_as_slots: x}\nintents: [", "1:35: `store_entities_as_slots` must be true or false"),
    (_D, "intents: [", "e2e_actions: [5]\nintents: [", "1:15: the text `5` of `e2e_actions` must be a text"),
    (_D, "intents: [", "e2e_actions: [a, a]\nintents: [", "1:18: `a` is defined twice under `e2e_actions`"),
    (_D, "[action_note]", "[action_note: {foo: 1}]", "10:25: unknown key `foo` of the action `action_note`"),
    (_D, "[action_note]", "[action_note: ]", "10:11: the action `action_note` has a `:` but no settings"),
    (_D, "{required_slots: [item]}", "{required_slots: }", "6:16: `required_slots` is empty; write"),
    (_D, "  order_form: {", "  5: {required_slots: []}\n  order_form: {", "6:3: the name `5` must be a text; put it in quotes"),
    (_D, "type: text, ", "type: text, auto_fill: false, ", "4:22: a slot of type `text` has no key `auto_fill`; remove it: Rasa 3 fills"),
    (_D, "type: text, ", "type: text, values: [a], ", "4:22: a slot of type `text` has no key `values`; only the type `categorical` has it"),
    (_D, "type: text, ", "type: float, max_value: , ", "4:23: `max_value` of the slot `item` is empty; remove it"),
    (_D, "entity: item}", "entity: item, role: 1}", "4:73: `role` must be a text, found `1`; put it in quotes"),
    (_D, "entity: item}", "entity: item, conditions: }", "4:79: the `conditions` of a mapping must be a list"),
    (_D, "entity: item}", "entity: item, conditions: [{active_loop: order_form, foo: 1}]}", "4:106: unknown key `foo` in a condition; remove it"),
    (_D, "{text: Hello}", "{custom: {}}", "8:17: a variation of `utter_greet` has neither"),
    (_D, "{text: Hello}", "{text: Hello, id: 1}", "8:35: `id` of `utter_greet` must be a text, found `1`"),
    (_D, "{text: Hello}", "{text: Hello, condition: [{name: item, value: x, foo: 1}]}", "8:66: unknown key `foo` in a condition"),
    (_C, "- name: KeywordIntentClassifier", "- KeywordIntentClassifier", "4:3: an entry of `pipeline` needs a `name`; write `- name: KeywordIntentClassifier`"),
    (_C, "KeywordIntentClassifier", "rasa.nlu.classifiers.nope.KeywordClassifier", "4:9: unknown component `rasa.nlu.classifiers.nope.KeywordClassifier`"),
    (_C, "language: en", "importers: [RasaFileImporter]", "2:13: an entry of `importers` needs a `name`"),
    (_C, "language: en", "x: ${}", "2:4: `${}` names no environment variable"),
    (_N, "hello", 'see [x]{"entity": }', "4:25: broken entity annotation"),
    (_N, "hello", '[x]{"entity": "item", "value": [1]}', "4:10: `value` of the entity annotation"),
    (_N, "hello", '[x]{"entity": "item", "role": 5}', "4:10: `role` of the entity annotation"),
    (_N, "- intent: greet", "- intent: greet/a/b", "2:11: the intent `greet/a/b` has a slash in the"),
    (_N, "- intent: greet", "- intent: /greet", "2:11: the intent `/greet` has a slash in the wrong"),
    (_N, "- intent: order", "- intent: order\n  synonym: x", "6:3: the entry is both of `intent` and"),
    (_N, "- intent: order", "- regex: item\n  examples: |\n    - (x\n- intent: order",
     "7:7: `(x` of the regex `item` is no valid pattern: missing ), unterminated"),
    (_N, "- intent: greet", "- intnt: greet", "2:3: the entry must have one of the keys"),
    (_N, "hello", '[x]{"entity": "item", "role": null}', "4:10: `role` of the entity annotation"),
    (_N, "- intent: greet", "- synonym: a\n  metadata: {}\n  examples: |\n    - b\n- intent: greet", "3:3: unknown key `metadata` beside `synonym`"),
    (_N, "- intent: greet", "- regex: a\n  examples: [b]\n- intent: greet", "3:13: the examples of the regex `a` must be a text"),
    (_N, "|\n    - hello", "[hello]", "3:14: an example must have a `text`; write `- text: ...`"),
    (_N, "|\n    - hello", "[{text: hello, txt: x}]", "3:28: unknown key `txt` of an example; did you mean `text`?"),
    (_N, "nlu:\n", "version: 3.1\nnlu:\n", "1:10: `version` must be a text"),
    (_N, "  examples: |\n    - hello", "  example: |\n    - hello", "3:3: unknown key `example`"),
    (_R, "action: utter_greet", "action: utter_gret", "5:5: unknown response `utter_gret`"),
    (_R, "action: utter_greet", "action: action_nte", "5:5: unknown action `action_nte` in `greet`"),
    (_R, "action: utter_greet", "acton: utter_greet", "5:5: unknown step `acton`; did you mean `ac"),
    (_R, "active_loop: order_form", "active_loop: ordr_form", "10:5: unknown form `ordr_form`"),
    (_R, "- action: utter_greet", "- action: utter_greet\n  - intent: order",
     "6:5: the rule `greet` has more than one user turn"),
    (_R, "- action: utter_greet", "- checkpoint: x", "5:5: a rule cannot have the step `checkpoint`"),
    (_R, "- action: utter_greet", "- bot: hi", "5:5: a rule cannot have the step `bot`"),
    (_R, "- rule: greet\n", "- rule: greet\n  condtion: []\n", "3:3: unknown key `condtion` in a"),
    (_R, "- rule: greet\n", "- rule: greet\n  wait_for_user_input: no\n", "3:24: `wait_for_user_inp"),
    (_R, "- rule: greet\n", "- rule: greet\n  condition:\n  - slots: []\n", "4:5: unknown condition"),
    (_R, "- action: utter_greet", "- slot_was_set: item", "5:19: `slot_was_set` must be a list"),
    (_R, "- rule: greet", "- story: greet", "2:3: an entry of `rules` needs a name as a text; move it to `stories:`"),
    (_R, "- rule: greet", "- rule: 5", "2:9: an entry of `rules` needs a name as a text; put it in quotes"),
    (_R, "- rule: greet\n", "- rule: greet\n  condition: {active_loop: order_form}\n", "3:14: the condition of `greet` must be a list"),
    (_R, "steps:\n  - intent: greet\n  - action: utter_greet", "steps: greet", "3:10: the steps of `greet` must be a list"),
    (_R, "- intent: greet", "- or: [greet]", "4:10: `greet` cannot be an alternative of `or`"),
    (_R, "- intent: greet", "- or: [{intent: greet, foo: 1}]", "4:26: `foo` does not belong to an alternative `intent`"),
    (_R, "- intent: greet", "- user:", "4:5: `user` is empty; write a name, or remove it"),
    (_R, "- intent: greet", "- intent: greet\n    entities:", "5:14: `entities` must be a list"),
    (_R, "- intent: greet", "- intent: greet\n    entities: [{role: x}]", "5:16: an entity must have one name"),
    (_R, "- intent: greet", "- intent: greet\n    entities: [{item: x, role: [y]}]", "5:32: `role` must be a text"),
    (_R, "- intent: greet", "- intent: greet\n    metadata: x", "5:5: `metadata` does not belong to a step `intent`"),
    (_R, "- rule: greet\n", "- rule: greet\n  condition:\n", "3:13: the condition of `greet` must be a list"),
    (_R, "- rule: greet\n", "- rule: greet\n  condition: [{active_loop: order_form, slot_was_set: []}]\n", "3:41: a condition must have one key"),
    (_R, "rules:", "rules:\n  - rule: [", "malformed YAML"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    _ERRORS,
    ids=[f"{item[0]}: {item[2][:30]!r}" for item in _ERRORS],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, name: str, good: str, bad: str, message: str
) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load_project(project(tmp_path, {name: (good, bad)}))

    lines = [str(error) for error in caught.value.exceptions]
    assert any(line.startswith(f"{name}:") and message in line for line in lines), lines
    if message[0].isdigit():
        assert lines == [line for line in lines if line.startswith(f"{name}:{message}")]


@pytest.mark.parametrize(
    ("name", "good", "bad", "message"),
    [
        (_C, "assistant_id: shop\n", "", "config.yml:1:1: `assistant_id` is not set"),
        (_C, "language: en", "langage: en", "2:1: unknown key `langage`; did you mean"),
        (_D, "intents: [greet, order]", "intents: [greet, order, bye]", "the intent `bye` has no e"),
        (_D, "actions:", "action:", "10:1: the key `action` has no effect; did you mean `actions`?"),
        (_D, "utter_greet: [{text: Hello}]", "utter_greet: [{text: Hello}]\n  utter_b: [{text: b}]",
         "9:3: the response `utter_b` is in no story or rule"),
        (_D, "type: text", "type: categorical", "4:3: the categorical slot `item` has no `values`"),
        (_N, "order it", "hello", "7:7: `hello` is an example of `order` and of `greet`; remove one"),
        (_N, "order it", "order [it](thing)", "7:7: unknown entity `thing`"),
        (_N, "hello", '[x]{"entity": "item", "size": 1}', "4:10: unknown key `size` in an entity"),
        (_N, "- intent: order", "- intent:\n- intent: order", "5:3: the intent has no name and is"),
        (_N, "- intent: order", "- lookup: item\n  examples: |\n- intent: order",
         "5:3: the lookup `item` has no examples"),
        (_D, "[{text: Hello}]", "[]", "8:3: the response `utter_greet` has no variations"),
        (_N, "    - order it", "    order it\n    - go", "7:5: the line `order it` is skipped"),
        (_N, "nlu:\n", 'version: "9.0"\nnlu:\n', "1:10: the format version 9.0 is newer than 3.1"),
        (_R, "- action: utter_greet", "- slot_was_set:\n    - itm: 1", "6:7: unknown slot `itm`"),
        (_R, "- rule: greet", "- rule:", "2:8: an entry of `rules` needs a name as a text: it is skipped"),
        (_R, "- rule: greet", "- rule: empty\n- rule: greet", "2:3: `empty` has no steps and is skipped"),
        (_R, "- action: utter_greet", "- slot_was_set: [5]", "5:20: `5` is no slot and is skipped"),
        (_N, "nlu:\n", "version:\nnlu:\n- intent: bye\n  examples: |\n    - bye\n", "5:7: unknown intent `bye`"),
        (_R, "- intent: greet", "- intent: /greet", "4:13: the intent `/greet` starts with `/`"),
        (_R, "  - intent: greet", "  - intent: gret", "4:5: unknown intent `gret` in `greet`; did you"),
        (_R, "- rule: greet\n ", "-", "2:3: an entry of `rules` needs a name as a text: it is skipped"),
        (_R, "- intent: greet", "- intent:", "4:5: without a name `intent` stands for any message"),
        (_R, "- intent: greet", "- intent: ''", "4:5: without a name `intent` stands for any message"),
        (_R, "- intent: greet", "- {}\n  - intent: greet", "4:5: a step without a key is skipped; remove it"),
        (_R, "- intent: greet", "- or: []\n  - intent: greet", "4:9: `or` without alternatives is skipped"),
        (_R, "- intent: greet", "- intent: greet\n    entities: [null]", "5:16: an entity without a name is skipped"),
        (_R, "- intent: greet", "- intent: greet\n    entities: [{item: a, b: c}]", "5:16: of several names of an entity `b` counts"),
        (_R, "- action: utter_greet", "- action: ''\n  - action: utter_greet", "5:5: `action` is empty: the step is skipped"),
        (_D, "entities: [item]", "entities: [item: {influence_conversation: 'no'}]", "2:43: `influence_conversation` must be true or false, found `no`; `true` is used, as in Rasa"),
        (_D, "entities: [item]", "entities: [item: {roles: {a: b}}]", "2:26: only the keys count where a list of names belongs"),
        (_D, "type: text, ", "type: text, influence_conversation: , ", "4:46: `influence_conversation` must be true or false, found `None`; `false` is used"),
        (_D, "type: text, ", "type: text, value_reset_delay: 3, ", "4:22: the key `value_reset_delay` of the slot `item` has no effect"),
        (_D, "entity: item}", "entity: item, intent: 3}", "4:75: the intent `3` should be a text"),
        (_D, "entity: item}", "entity: item, conditions: [{requested_slot: item}]}", "4:80: without `active_loop` a condition holds outside"),
        (_D, "[greet, order]", "[greet: {triggers: utter_greet}, order]", "1:19: `triggers` has no effect since Rasa 3; write a rule"),
        (_D, "actions: [", "session_config: {session_expiration_time: '60'}\nactions: [", "10:43: `session_expiration_time` is a text, not a number"),
        (_D, "{text: Hello}", "{text: Hello, condition: [{type: slto, name: item, value: x}]}", "8:50: the type `slto` of a condition of `utter_greet` is read as `slot`"),
        (_N, "hello", 'see [x]{"entity": "item"', "4:14: this annotation has no end and stays text"),
        (_N, "- intent: order", "- lookup: item\n  examples: items.txt\n- intent: order", "6:13: the lookup file `items.txt` does not exist"),
        (_N, "nlu:\n", 'version: "3.1.1"\nnlu:\n', "1:10: the format version 3.1.1 is newer than 3.1"),
        (_C, "- name: KeywordIntentClassifier", "- name: RegexEntityExtractor\n  use_regexes: 'no'", "5:16: `RegexEntityExtractor`: `use_regexes` must be true or false, found `no`; `true` is used, as in Rasa"),
    ],
)  # fmt: skip
def test_what_rasa_accepts_is_only_a_warning(
    tmp_path: Path, name: str, good: str, bad: str, message: str
) -> None:
    loaded = load_project(project(tmp_path, {name: (good, bad)}))

    assert any(line.startswith(name) and message in line for line in loaded.warnings), (
        loaded.warnings
    )


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        {
            _C: ("RulePolicy", "RulPolicy"),
            _D: ("type: text", "type: txt"),
            _N: ("nlu:", "nlu: ["),
            _R: ("action: utter_greet", "action: utter_gret"),
            "data/stories.yml": "stories:\n- story: s\n  steps:\n  - intent: [a\n",
        },
    )

    _, report = read_project(folder)

    places = [f"{error.path}:{error.line}" for error in report.errors]
    assert places[0] == "config.yml:6"
    assert {line.split(":")[0] for line in places} == {_C, _D, _N, _R, "data/stories.yml"}


def test_names_lost_to_a_broken_domain_are_not_told_again(tmp_path: Path) -> None:
    _, report = read_project(project(tmp_path, {_D: ("intents: [greet, order]", "intents: [")}))

    assert [error.path for error in report.errors] == [_D]


def test_a_response_of_an_nlg_server_needs_no_text(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        {
            _D: ("[action_note]", "[action_note, utter_bye]"),
            _R: ("action: utter_greet", "action: utter_bye"),
        },
    )

    told = "data/rules.yml:5:5: the response `utter_bye` in `greet` has no text"
    assert any(line.startswith(told) for line in load_project(folder).warnings)
    (folder / "endpoints.yml").write_text("nlg:\n  url: http://localhost:1/nlg\n")
    assert not any(line.startswith(told) for line in load_project(folder).warnings)


@pytest.mark.parametrize(
    ("policies", "step", "is_refused"),
    [
        ("- name: RulePolicy\n", "- intent: nope", False),
        ("- name: RulePolicy\n", "- action: utter_nope", False),
        ("- name: RulePolicy\n", "- action: action_nope", True),
        ("- name: RulePolicy\n- name: TEDPolicy\n", "- intent: nope", False),
        ("- name: RulePolicy\n- name: TEDPolicy\n", "- action: utter_nope", True),
        ("- name: RulePolicy\n- name: UnexpecTEDIntentPolicy\n", "- intent: nope", True),
    ],
)
def test_an_unknown_name_in_a_story_stops_what_learns_from_it(
    tmp_path: Path, policies: str, step: str, is_refused: bool
) -> None:
    story = f"stories:\n- story: s\n  steps:\n  - intent: order\n  {step}\n"
    folder = project(tmp_path, {_C: ("- name: RulePolicy\n", policies), "data/stories.yml": story})

    project_read, report = read_project(folder)

    told = [*map(str, report.errors)] if is_refused else [*project_read.warnings]
    assert bool(report.errors) == is_refused
    assert any(line.startswith("data/stories.yml:5:") and "nope" in line for line in told)


def test_an_unused_checkpoint_is_a_warning(tmp_path: Path) -> None:
    story = "stories:\n- story: lost\n  steps:\n  - checkpoint: never\n  - intent: greet\n"

    loaded = load_project(project(tmp_path, {"data/stories.yml": story}))

    assert any("data/stories.yml:4:5: no story reaches the checkpoint `never`" in line
               for line in loaded.warnings)  # fmt: skip


def test_several_user_turns_are_allowed_where_the_policy_allows_them(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        {
            _C: ("- name: RulePolicy", "- name: RulePolicy\n  restrict_rules: false"),
            _R: ("- action: utter_greet", "- action: utter_greet\n  - intent: order"),
        },
    )

    assert load_project(folder).warnings == ()


def test_a_domain_of_the_wrong_shape_is_the_only_mistake(tmp_path: Path) -> None:
    for number, bad in enumerate(("hello\n", "- a\n", "forms: [order_form]\n")):
        _, report = read_project(project(tmp_path / str(number), {_D: bad}))

        assert [error.path for error in report.errors] == [_D], report.errors


def test_endpoints_that_the_server_does_not_use_say_what_to_do(tmp_path: Path) -> None:
    text = "tracker_store:\n  type: addons.Store\nevent_broker:\n  type: pika\n  url: x\n"

    loaded = load_project(project(tmp_path, {"endpoints.yml": text}))

    assert [line.split(";")[0] for line in loaded.warnings] == [
        "endpoints.yml:1:1: `tracker_store` is not used by the server",
        "endpoints.yml:3:1: `event_broker` is not used by the server",
    ]


def test_a_policy_class_is_refused_with_its_place(tmp_path: Path) -> None:
    change = ("- name: RulePolicy", "- name: addons.MyPolicy")

    _, report = read_project(project(tmp_path, {_C: change}))

    assert str(report.errors[0]).startswith("config.yml:6:9: the policy class `addons.MyPolicy`")


def test_a_number_from_the_environment_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISTORY", "3")
    policy = ("- name: RulePolicy", "- name: MemoizationPolicy\n  max_history: ${HISTORY}")

    loaded = load_project(project(tmp_path, {_C: policy}))

    assert loaded.settings.policies[0].settings == {"max_history": 3}


def test_rules_that_contradict_each_other_are_told_with_their_places(tmp_path: Path) -> None:
    again = "- rule: again\n  steps:\n  - intent: greet\n  - action: action_note\n- rule: order"
    loaded = load_project(project(tmp_path, {_R: ("- rule: order", again)}))

    with pytest.raises(TrainingError) as caught:
        check_rules(loaded)

    assert "- data/rules.yml:2:9: the prediction of the action 'utter_greet'" in str(caught.value)
    assert "- data/rules.yml:6:9: the prediction of the action 'action_note'" in str(caught.value)


def test_flags_of_a_pattern_may_stand_anywhere_as_up_to_python_3_10(tmp_path: Path) -> None:
    extra = "nlu:\n- regex: item\n  examples: |\n    - ab(?i)c\n    - \\(?i\\)\n"

    loaded = load_project(project(tmp_path, {"data/more.yml": extra}))

    assert loaded.understanding.regexes == (("item", "(?i)abc"), ("item", r"\(?i\)"))
