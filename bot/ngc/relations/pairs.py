"""Which entities of a text could be related."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import Final

from bot.ngc.relations.model import Types
from bot.ngc.tasks.sample import NO_RELATION, Sample, Span
from bot.project import RelationExample
from bot.types import Entity

MAX_ENTITIES: Final = 12
"""Of a text; the pairs grow with the square."""


def possible_types(examples: Sequence[RelationExample]) -> frozenset[Types]:
    """Return the types of head and tail of all relations in `examples`."""
    return frozenset(
        (one.entities[head].name, one.entities[tail].name)
        for one in examples
        for head, _, tail in one.relations
    )


def pairs_of(
    text: str, entities: Sequence[Entity], types: Collection[Types]
) -> list[tuple[int, int, Sample]]:
    """Return head and tail, as places in `entities`, and the sample of each possible pair.

    The sample's further spans are the other entities.
    """
    spans = [Span(one.start or 0, one.end or 0, one.name) for one in entities[:MAX_ENTITIES]]
    return [
        (head, tail, Sample(text=text, spans=(spans[head], spans[tail], *others)))
        for head, tail in itertools.permutations(range(len(spans)), 2)
        if (spans[head].name, spans[tail].name) in types
        for others in [tuple(one for n, one in enumerate(spans) if n not in (head, tail))]
    ]


def samples_of(examples: Sequence[RelationExample]) -> list[Sample]:
    """Return one sample per possible pair of each example, labelled `NO_RELATION` where it is.

    Shapes:
        some 3 per example.
    """
    types, samples = possible_types(examples), []
    for one in examples:
        told = {(head, tail): name for head, name, tail in one.relations}
        for head, tail, sample in pairs_of(one.text, one.entities, types):
            label = told.get((head, tail), NO_RELATION)
            samples.append(Sample(text=sample.text, label=label, spans=sample.spans))
    return samples
