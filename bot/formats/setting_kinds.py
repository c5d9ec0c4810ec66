"""What the settings of components and policies must be: only of those that have an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.yamlsource import Node, Source, scalar


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value, and how a message calls it."""

    words: str
    accepts: Callable[[Any], bool]
    or_null: bool = False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_whole(value) and value > 0


_NUMBER: Final = Kind("a number", _is_number)
_WHOLE: Final = Kind("a whole number", _is_whole)
_SIZE: Final = Kind("a whole number above 0", _is_size)
_SIZE_OR_NULL: Final = Kind("a whole number above 0, or null", _is_size, or_null=True)
_WHOLE_OR_NULL: Final = Kind("a whole number, or null", _is_whole, or_null=True)
_FLAG: Final = Kind("true or false", lambda value: isinstance(value, bool))
_TEXT: Final = Kind("a text", lambda value: isinstance(value, str))
_TEXT_OR_NULL: Final = Kind("a text, or null", lambda value: isinstance(value, str), or_null=True)
_LIST: Final = Kind("a list", lambda value: isinstance(value, list), or_null=True)
_SPLIT: Final = Kind("true, false, or a mapping", lambda value: isinstance(value, bool | dict))
_WORDS: Final = Kind(
    "a list of words, or `english`",
    lambda value: isinstance(value, list) or value == "english",
    or_null=True,
)
_SIZES: Final = Kind(
    "a whole number, or a list of two",
    lambda value: _is_size(value) or (isinstance(value, list) and len(value) == 2),
)
_BY_INPUT: Final = Kind(
    "a whole number, or a mapping", lambda value: _is_whole(value) or isinstance(value, dict)
)
_NAMES: Final = Kind("a mapping of names", lambda value: isinstance(value, dict), or_null=True)

_SHARED: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("case_sensitive", "use_lookup_tables", "use_regexes"), _FLAG),
    "use_word_boundaries": _FLAG,
    "ranking_length": _WHOLE,
    "token_pattern": _TEXT_OR_NULL,
    "split_entities_by_comma": _SPLIT,
    "dimensions": _LIST,
}
_COMPONENTS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "JiebaTokenizer": {"dictionary_path": _TEXT_OR_NULL},
    "CountVectorsFeaturizer": {
        "analyzer": _TEXT,
        "min_ngram": _SIZE,
        "max_ngram": _SIZE,
        "lowercase": _FLAG,
        "min_df": _NUMBER,
        "max_df": _NUMBER,
        "max_features": _SIZE_OR_NULL,
        "stop_words": _WORDS,
        "strip_accents": _TEXT_OR_NULL,
    },
    "DIETClassifier": {"intent_classification": _FLAG, "entity_recognition": _FLAG},
    "FallbackClassifier": {"threshold": _NUMBER, "ambiguity_threshold": _NUMBER},
    "CRFEntityExtractor": {"max_iterations": _SIZE, "L1_c": _NUMBER, "L2_c": _NUMBER},
    "DucklingEntityExtractor": {
        "url": _TEXT_OR_NULL,
        "locale": _TEXT_OR_NULL,
        "timezone": _TEXT_OR_NULL,
        "timeout": _NUMBER,
    },
    "RelationExtractor": {"entities": _NAMES},
    "ResponseSelector": {"retrieval_intent": _TEXT_OR_NULL},
}
_MEMORY: Final[Mapping[str, Kind]] = {
    "priority": _WHOLE,
    "max_history": _WHOLE_OR_NULL,
    "use_nlu_confidence_as_score": _FLAG,
}
_NETWORK: Final[Mapping[str, Kind]] = {
    "priority": _WHOLE,
    "max_history": _WHOLE_OR_NULL,
    "epochs": _WHOLE,
    "batch_size": _SIZES,
    "learning_rate": _NUMBER,
    "random_seed": _WHOLE_OR_NULL,
    "constrain_similarities": _FLAG,
    "ranking_length": _WHOLE,
    "transformer_size": _BY_INPUT,
    "number_of_transformer_layers": _BY_INPUT,
    "number_of_attention_heads": _SIZE,
    "max_relative_position": _WHOLE_OR_NULL,
    "embedding_dimension": _SIZE,
    "drop_rate_dialogue": _NUMBER,
    "drop_rate": _NUMBER,
}
_POLICIES: Final[Mapping[str, Mapping[str, Kind]]] = {
    "MemoizationPolicy": _MEMORY,
    "AugmentedMemoizationPolicy": _MEMORY,
    "RulePolicy": {
        "priority": _WHOLE,
        "core_fallback_threshold": _NUMBER,
        "core_fallback_action_name": _TEXT,
        "enable_fallback_prediction": _FLAG,
        "restrict_rules": _FLAG,
        "check_for_contradictions": _FLAG,
        "use_nlu_confidence_as_score": _FLAG,
    },
    "TEDPolicy": {**_NETWORK, "e2e_confidence_threshold": _NUMBER},
    "UnexpecTEDIntentPolicy": {**_NETWORK, "tolerance": _NUMBER, "ignore_intents_list": _LIST},
}


def read_component(source: Source, item: Node, name: str) -> dict[str, Any]:
    """Return the settings of the pipeline component `name`; mistakes go to the report."""
    return _read(source, item, name, {**_SHARED, **_COMPONENTS.get(name, {})})


def read_policy(source: Source, item: Node, name: str) -> dict[str, Any]:
    """Return the settings of the policy `name`; mistakes go to the report."""
    return _read(source, item, name, _POLICIES.get(name, {}))


def _read(source: Source, item: Node, name: str, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, node in item.items():
        if key == "name":
            continue
        # A number that stands in a variable is one.
        value = scalar(node.value) if node.has_variable and key in kinds else node.plain()
        kind = kinds.get(key)
        if kind and not (kind.accepts(value) or (value is None and kind.or_null)):
            problem = f"`{name}`: `{key}` must be {kind.words}, found `{node.plain()}`"
            if kind is _FLAG:
                # Rasa takes whatever it finds, and every text means true.
                value = bool(value)
                source.lapse(node, problem, f"`{str(value).lower()}` is used, as in Rasa")
            else:
                source.error(node, problem)
        settings[key] = value
    return settings
