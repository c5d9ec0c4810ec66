"""The names of pipeline components and policies, Rasa's and ours. Names only, no behaviour."""

from __future__ import annotations

from typing import Any

from bot.domain import DEFAULT_ACTIONS
from bot.formats import rasa_components

COMPONENTS = tuple(rasa_components.COMPONENTS)
POLICIES = (
    "AugmentedMemoizationPolicy",
    "MemoizationPolicy",
    "RulePolicy",
    "TEDPolicy",
    "UnexpecTEDIntentPolicy",
)
REMOVED: dict[str, str] = {
    "FallbackPolicy": "use `RulePolicy` with `core_fallback_threshold`, and `FallbackClassifier`",
    "TwoStageFallbackPolicy": "use `FallbackClassifier` and a rule for `nlu_fallback`",
    "MappingPolicy": "use `RulePolicy` and write a rule for each mapped intent",
    "FormPolicy": "use `RulePolicy`, which runs forms",
    "SklearnPolicy": "use `TEDPolicy`",
    "KerasPolicy": "use `TEDPolicy`",
    "EmbeddingPolicy": "use `TEDPolicy`",
    "EmbeddingIntentClassifier": "use `DIETClassifier`",
    "DucklingHTTPExtractor": "use `DucklingEntityExtractor`",
    "HFTransformersNLP": "use `LanguageModelFeaturizer`",
    "LanguageModelTokenizer": "use `WhitespaceTokenizer`",
    "ConveRTTokenizer": "use `WhitespaceTokenizer`",
}
"""Names of earlier versions, each with what replaces it."""
KNOWN_ACTIONS = (*DEFAULT_ACTIONS, "action_answer_from_knowledge", "action_handoff")
"""Actions that every bot has: Rasa's and ours."""
AUTO_PIPELINE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("WhitespaceTokenizer", {}),
    ("RegexFeaturizer", {}),
    ("LexicalSyntacticFeaturizer", {}),
    ("CountVectorsFeaturizer", {}),
    ("CountVectorsFeaturizer", {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
    ("DIETClassifier", {"epochs": 100, "constrain_similarities": True}),
    ("EntitySynonymMapper", {}),
    ("ResponseSelector", {"epochs": 100, "constrain_similarities": True}),
    ("FallbackClassifier", {"threshold": 0.3, "ambiguity_threshold": 0.1}),
)
"""The pipeline of a project that names none: names and settings."""
OWN_STEPS = ("SentimentAnalyzer", "RelationExtractor")
"""Follow the automatic pipeline in projects in our own layout."""
AUTO_POLICIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("MemoizationPolicy", {}),
    ("RulePolicy", {}),
    ("UnexpecTEDIntentPolicy", {"max_history": 5, "epochs": 100}),
    ("TEDPolicy", {"max_history": 5, "epochs": 100, "constrain_similarities": True}),
)
"""The policies of a project that names none: names and settings."""
CHINESE_TOKENIZER = "JiebaTokenizer"
"""Takes the place of the whitespace tokenizer for languages written without spaces."""
