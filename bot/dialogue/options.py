"""The settings of learned policies: which of Rasa's keys count here, and why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

TED: Final = "TEDPolicy"
UNEXPECTED: Final = "UnexpecTEDIntentPolicy"
DEFAULT_EPOCHS: Final = 100
"""An upper bound: training ends when the stories are predicted."""
DEFAULT_BATCH_SIZES: Final = (64, 256)
DEFAULT_LEARNING_RATE: Final = 0.004
_OTHER_LOSS = "the loss is always cross-entropy over all actions"
_OTHER_SHAPE = "the network has one width, `transformer_size`"
_NO_DROPOUT = "only `drop_rate_dialogue` and `drop_rate` are used"
_NO_CHECKPOINTS = "training takes seconds and stops by itself"
_NO_ENTITIES = "entities come from the pipeline only"
_IDLE: Final[Mapping[str, str]] = {
    "hidden_layers_sizes": _OTHER_SHAPE,
    "dense_dimension": _OTHER_SHAPE,
    "concat_dimension": _OTHER_SHAPE,
    "encoding_dimension": _OTHER_SHAPE,
    "unidirectional_encoder": "the encoder never looks ahead",
    "key_relative_attention": "relative positions are always used",
    "value_relative_attention": "relative positions are always used",
    "batch_strategy": "batches are filled with stories of similar length",
    "loss_type": _OTHER_LOSS,
    "number_of_negative_examples": _OTHER_LOSS,
    "use_maximum_negative_similarity": _OTHER_LOSS,
    "maximum_positive_similarity": _OTHER_LOSS,
    "maximum_negative_similarity": _OTHER_LOSS,
    "negative_margin_scale": _OTHER_LOSS,
    "scale_loss": _OTHER_LOSS,
    "similarity_type": "similarity is always the inner product",
    "model_confidence": "confidences are always a softmax",
    "regularization_constant": "dropout and early stopping regularise",
    "drop_rate_label": _NO_DROPOUT,
    "drop_rate_attention": _NO_DROPOUT,
    "connection_density": "all weights are dense",
    "use_sparse_input_dropout": _NO_DROPOUT,
    "use_dense_input_dropout": _NO_DROPOUT,
    "use_masked_language_model": "texts come with their embeddings",
    "evaluate_every_number_of_epochs": "use `frontdesk test core`",
    "evaluate_on_number_of_examples": "use `frontdesk test core`",
    "tensorboard_log_directory": "there is no TensorBoard log",
    "tensorboard_log_level": "there is no TensorBoard log",
    "checkpoint_model": _NO_CHECKPOINTS,
    "use_gpu": "a processor core is faster for networks this small",
    "entity_recognition": _NO_ENTITIES,
    "BILOU_flag": _NO_ENTITIES,
    "split_entities_by_comma": _NO_ENTITIES,
}
_COMMON: Final = frozenset({
    "priority", "max_history", "epochs", "batch_size", "learning_rate", "random_seed",
    "constrain_similarities", "ranking_length", "transformer_size", "number_of_transformer_layers",
    "number_of_attention_heads", "max_relative_position", "embedding_dimension",
    "drop_rate_dialogue", "drop_rate",
})  # fmt: skip
_OWN: Final[Mapping[str, frozenset[str]]] = {
    TED: frozenset({"e2e_confidence_threshold", "renormalize_confidences"}),
    UNEXPECTED: frozenset({"tolerance", "ignore_intents_list"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """How a network is built and trained; policies with equal options share one."""

    max_history: int | None = None
    """How many states count; None for all, as far as the longest story."""
    epochs: int = DEFAULT_EPOCHS
    """At most; training stops when the stories are predicted."""
    batch_sizes: tuple[int, int] = DEFAULT_BATCH_SIZES
    """Predictions per step, in the first and in the last epoch."""
    learning_rate: float = DEFAULT_LEARNING_RATE
    seed: int = 42
    constrains_similarities: bool = True
    """Whether each similarity by itself, not only their order, is learned."""
    width: int = 64
    layers: int = 1
    heads: int = 4
    max_distance: int = 5
    """Turns farther away than this count as equally far."""
    embedding: int = 20
    drop_rate: float = 0.1

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> NetworkOptions:
        """Return the options in a configuration entry."""
        sizes = settings.get("batch_size", DEFAULT_BATCH_SIZES)
        first, last = sizes if isinstance(sizes, list | tuple) else (sizes, sizes)
        heads = int(settings.get("number_of_attention_heads", 4))
        width = _of_dialogue(settings.get("transformer_size"), 64)
        return cls(
            max_history=settings.get("max_history"),
            epochs=int(settings.get("epochs", DEFAULT_EPOCHS)),
            batch_sizes=(int(first), int(last)),
            learning_rate=float(settings.get("learning_rate", DEFAULT_LEARNING_RATE)),
            seed=int(settings.get("random_seed") or 42),
            constrains_similarities=bool(settings.get("constrain_similarities", True)),
            width=-(-width // heads) * heads,
            layers=max(1, _of_dialogue(settings.get("number_of_transformer_layers"), 1)),
            heads=heads,
            max_distance=int(settings.get("max_relative_position") or 5),
            embedding=int(settings.get("embedding_dimension", 20)),
            drop_rate=float(settings.get("drop_rate_dialogue", settings.get("drop_rate", 0.1))),
        )


def _of_dialogue(value: Any, default: int) -> int:
    """Return the number for dialogues; Rasa also allows one per input, as a mapping."""
    if isinstance(value, Mapping):
        value = value.get("dialogue")
    return int(value) if value else default


def idle_keys(name: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each key of policy `name` that has no effect, with the reason."""
    for key in settings:
        if key not in _COMMON | _OWN[name]:
            why = _IDLE.get(key, "there is no such key")
            yield f"{name}: `{key}` has no effect: {why}"
