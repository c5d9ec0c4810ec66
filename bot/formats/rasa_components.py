"""Rasa's pipeline components: which of their keys have their effect here, and why others have not.

Facts only; `bot.ngc.catalog` says which of our steps does the work of each component.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_TRAINING: Final = "our classifier is solved exactly, not trained in epochs by a neural network"
_NETWORK: Final = "our classifier has no neural network of its own to shape"
_LOSS: Final = "our classifier has one loss, and calibrated confidences"
_FIXED: Final = "the classifier chooses this itself"
_FEATURES: Final = "our entity model looks at a fixed window of words, shapes, patterns and affixes"
_LABELS: Final = "labels are not split into tokens here"
_ENCODER: Final = "Frontdesk's sentence encoders are installed with it and need no model name"
_BILOU: Final = "our entity model always marks where entities begin and end"

_NEURAL: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "epochs",
            "batch_size",
            "batch_strategy",
            "learning_rate",
            "random_seed",
            "evaluate_every_number_of_epochs",
            "evaluate_on_number_of_examples",
            "tensorboard_log_directory",
            "tensorboard_log_level",
            "checkpoint_model",
            "drop_rate",
            "drop_rate_attention",
            "use_gpu",
            "run_eagerly",
        ),
        _TRAINING,
    ),
    **dict.fromkeys(
        (
            "hidden_layers_sizes",
            "share_hidden_layers",
            "transformer_size",
            "number_of_transformer_layers",
            "number_of_attention_heads",
            "use_key_relative_attention",
            "use_value_relative_attention",
            "max_relative_position",
            "unidirectional_encoder",
            "embedding_dimension",
            "dense_dimension",
            "concat_dimension",
            "connection_density",
            "weight_sparsity",
            "regularization_constant",
            "use_sparse_input_dropout",
            "use_dense_input_dropout",
            "use_masked_language_model",
            "featurizers",
        ),
        _NETWORK,
    ),
    **dict.fromkeys(
        (
            "constrain_similarities",
            "similarity_type",
            "loss_type",
            "model_confidence",
            "negative_margin_scale",
            "number_of_negative_examples",
            "maximum_positive_similarity",
            "maximum_negative_similarity",
            "use_maximum_negative_similarity",
            "scale_loss",
            "renormalize_confidences",
        ),
        _LOSS,
    ),
    "BILOU_flag": _BILOU,
}
_SPLITTING: Final[Mapping[str, str]] = dict.fromkeys(
    ("intent_tokenization_flag", "intent_split_symbol", "prefix_separator_symbol"), _LABELS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFacts:
    """What of a component's entry in `config.yml` has an effect."""

    keys: tuple[str, ...] = ()
    """Have the effect that Rasa documents."""
    idle: Mapping[str, str] = field(default_factory=dict)
    """Key → why it has no effect."""
    replaced: str | None = None
    """What does its work here, where the component itself is not run."""


_TOKENIZER: Final = ComponentFacts(keys=("token_pattern",), idle=_SPLITTING)
_SPACY_TOKENIZER: Final = ComponentFacts(
    keys=("token_pattern",),
    idle=_SPLITTING,
    replaced="texts are split by Frontdesk's tokenizer for their language",
)
_ENCODED: Final = (
    "`SentenceEmbeddingFeaturizer` takes its place: MiniLM for English, USE for other languages"
)
_EXTRACTED: Final = (
    "persons, places and the like are learnt from the project's annotated examples, persons also "
    "by how people introduce themselves; times and amounts are found by Frontdesk's own parser"
)
_LINEAR_IDLE: Final[Mapping[str, str]] = dict.fromkeys(
    (
        "C",
        "kernels",
        "gamma",
        "max_cross_validation_folds",
        "scoring_function",
        "num_threads",
        "max_iter",
        "solver",
        "tol",
        "random_state",
        "class_weight",
        "penalty",
    ),
    _FIXED,
)

COMPONENTS: Final[Mapping[str, ComponentFacts]] = {
    "LanguageDetector": ComponentFacts(),
    "NameEntityExtractor": ComponentFacts(),
    "SentimentAnalyzer": ComponentFacts(),
    "RelationExtractor": ComponentFacts(keys=("entities",)),
    "SentenceEmbeddingFeaturizer": ComponentFacts(),
    "WhitespaceTokenizer": _TOKENIZER,
    "JiebaTokenizer": ComponentFacts(keys=("token_pattern", "dictionary_path"), idle=_SPLITTING),
    "MitieTokenizer": _SPACY_TOKENIZER,
    "SpacyTokenizer": _SPACY_TOKENIZER,
    "MitieNLP": ComponentFacts(idle={"model": _ENCODER}, replaced="no MITIE model is loaded"),
    "SpacyNLP": ComponentFacts(
        idle={"model": _ENCODER, "case_sensitive": _ENCODER}, replaced="no spaCy model is loaded"
    ),
    "ConveRTFeaturizer": ComponentFacts(idle={"model_url": _ENCODER}, replaced=_ENCODED),
    "CountVectorsFeaturizer": ComponentFacts(
        keys=(
            "analyzer",
            "min_ngram",
            "max_ngram",
            "lowercase",
            "min_df",
            "max_df",
            "max_features",
            "stop_words",
            "strip_accents",
        ),
        idle={
            "token_pattern": "words come from the tokenizer; set `token_pattern` there",
            **dict.fromkeys(
                ("OOV_token", "OOV_words"), "unknown words are read by their letters and meaning"
            ),
            "use_shared_vocab": "labels have no features here",
            "use_lemma": "no lemmatizer is needed beside the sentence encoder",
            "additional_vocabulary_size": "training always starts anew",
        },
    ),
    "LanguageModelFeaturizer": ComponentFacts(
        idle=dict.fromkeys(("model_name", "model_weights", "cache_dir"), _ENCODER),
        replaced=_ENCODED,
    ),
    "LexicalSyntacticFeaturizer": ComponentFacts(idle={"features": _FEATURES}),
    "MitieFeaturizer": ComponentFacts(idle={"pooling": _ENCODER}, replaced=_ENCODED),
    "SpacyFeaturizer": ComponentFacts(idle={"pooling": _ENCODER}, replaced=_ENCODED),
    "RegexFeaturizer": ComponentFacts(
        keys=("case_sensitive", "use_lookup_tables", "use_regexes", "use_word_boundaries"),
        idle={"number_additional_patterns": "training always starts anew"},
    ),
    "DIETClassifier": ComponentFacts(
        keys=(
            "ranking_length",
            "intent_classification",
            "entity_recognition",
            "split_entities_by_comma",
        ),
        idle=_NEURAL,
    ),
    "FallbackClassifier": ComponentFacts(keys=("threshold", "ambiguity_threshold")),
    "KeywordIntentClassifier": ComponentFacts(keys=("case_sensitive",)),
    "LogisticRegressionClassifier": ComponentFacts(keys=("ranking_length",), idle=_LINEAR_IDLE),
    "SklearnIntentClassifier": ComponentFacts(keys=("ranking_length",), idle=_LINEAR_IDLE),
    "MitieIntentClassifier": ComponentFacts(
        idle={"num_threads": _FIXED},
        replaced="`LogisticRegressionClassifier` over sentence embeddings takes its place",
    ),
    "RegexMessageHandler": ComponentFacts(),
    "CRFEntityExtractor": ComponentFacts(
        keys=("max_iterations", "L1_c", "L2_c", "split_entities_by_comma"),
        idle={"BILOU_flag": _BILOU, "features": _FEATURES},
    ),
    "DucklingEntityExtractor": ComponentFacts(
        keys=("url", "dimensions", "locale", "timezone", "timeout")
    ),
    "EntitySynonymMapper": ComponentFacts(),
    "MitieEntityExtractor": ComponentFacts(
        replaced="`CRFEntityExtractor` takes its place and learns from the same examples"
    ),
    "RegexEntityExtractor": ComponentFacts(
        keys=("case_sensitive", "use_lookup_tables", "use_regexes", "use_word_boundaries")
    ),
    "SpacyEntityExtractor": ComponentFacts(keys=("dimensions",), replaced=_EXTRACTED),
    "ResponseSelector": ComponentFacts(
        keys=("retrieval_intent", "ranking_length"),
        idle={
            **_NEURAL,
            "use_text_as_label": "responses are chosen by the examples of their key",
        },
    ),
}
SHARED_KEYS: Final = ("alias",)
"""Every component of Rasa may have them; they name it in Rasa's own files only."""
FOREIGN_COMPONENTS: Final[Mapping[str, str]] = {
    "rasa_chinese.nlu.tokenizers.lm_tokenizer.LanguageModelTokenizer": "JiebaTokenizer",
    "rasa_chinese.nlu.tokenizers.LanguageModelTokenizer": "JiebaTokenizer",
}
"""Components of other packages whose work one of ours does."""


def known_name(name: str) -> str | None:
    """Return which of `COMPONENTS` the name in `config.yml` stands for; None for a user's class."""
    if name in FOREIGN_COMPONENTS:
        return FOREIGN_COMPONENTS[name]
    # Rasa's own classes may be written with their module.
    short = name.rsplit(".", 1)[-1] if name.startswith("rasa.") else name
    return short if short in COMPONENTS else None
