"""The ways to a smaller model, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, get_args

from threadpoolctl import threadpool_limits

from bot.errors import ModelError
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.latency import latency
from bot.ngc.tasks.model import Lesson, Progress, TaskModel
from bot.ngc.tasks.sample import Sample
from bot.ngc.transformer.model import TransformerModel
from bot.nsm.alone import alone
from bot.nsm.precision import Precision, with_precision
from bot.nsm.prune import pruned

Target = Literal["int8", "distil", "static", "prune"]
"""`int8`: the same network in 8 bits. `distil`: fewer layers. `static`: a vector per piece of a
word. `prune`: a smaller vocabulary."""
TARGETS: Final[tuple[Target, ...]] = get_args(Target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a model is to be made smaller."""

    target: Target
    samples: Sequence[Sample]
    """Texts of the kind that the model reads; its training texts serve best."""
    precision: Precision = "block8"
    layers: int = 3
    seed: int = 0
    threads: int = 0


def compress(trained: Trained, order: Order, progress: Progress) -> Trained:
    """Return a smaller model that answers alike, with onnxruntime, numpy and tokenizers alone.

    Raises:
        ModelError: only a fine-tuned transformer can be made smaller.
        TrainingError: the order cannot be carried out with this model.
    """
    model = trained.model
    if not isinstance(model, TransformerModel):
        raise ModelError(
            f"a model of kind `{model.kind}` cannot be made smaller; "
            "train one with --preset accurate"
        )
    smaller = _WAYS[order.target](model, order, progress)
    with threadpool_limits(limits=1):
        times = asdict(latency(smaller, order.samples))
    told = {"kind": smaller.kind, "made_by": _told(order), "scores": {}, **times}
    return replace(trained, model=smaller, facts={**trained.facts, **told})


def _told(order: Order) -> str:
    more = {"int8": f" ({order.precision})", "distil": f" ({order.layers} layers)"}
    return f"nsm compress --target {order.target}{more.get(order.target, '')}"


def _rounded(model: TransformerModel, order: Order, _: Progress) -> TaskModel:
    return with_precision(alone(model, order.samples), order.precision, order.samples)


def _distilled(model: TransformerModel, order: Order, progress: Progress) -> TaskModel:
    from bot.nsm.distil import distil  # needs torch

    return distil(model, _lesson(model, order), progress, layers=order.layers)


def _static(model: TransformerModel, order: Order, progress: Progress) -> TaskModel:
    from bot.nsm.static_training import make_static  # needs torch

    return make_static(model, _lesson(model, order), progress)


def _pruned(model: TransformerModel, order: Order, _: Progress) -> TaskModel:
    return pruned(alone(model, order.samples), order.samples)


def _lesson(model: TransformerModel, order: Order) -> Lesson:
    return Lesson(
        task=model.facts.task, train=order.samples, seed=order.seed, threads=order.threads
    )


_WAYS: Final[Mapping[Target, Callable[[TransformerModel, Order, Progress], TaskModel]]] = {
    "int8": _rounded,
    "distil": _distilled,
    "static": _static,
    "prune": _pruned,
}
