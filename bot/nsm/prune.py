"""A vocabulary without the pieces that a bot's texts never need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.ngc.tasks.sample import Sample
from bot.ngc.transformer.model import TransformerModel
from bot.ngc.transformer.pieces import Pieces
from bot.ngc.transformer.vocabulary import prune
from bot.nsm.dissect import dissect
from knowledge.encoder_products import quantise_rows
from knowledge.encoder_session import EncoderSession

COMMON_PIECES: Final = 8_000
"""Of the vocabulary's most frequent pieces those in Latin letters stay, seen or not."""


def pruned(
    model: TransformerModel, samples: Sequence[Sample], *, common: int = COMMON_PIECES
) -> TransformerModel:
    """Return `model` with the pieces of `samples` and those that any text may need.

    A word that has lost its piece is read in smaller ones, down to its letters.
    """
    encoder = prune(dissect(model), [sample.text for sample in samples], common=common)
    words, scales = quantise_rows(encoder.arrays["words"])
    weights = replace(model.weights, words=words, word_scales=scales)
    facts = model.facts
    return replace(
        model,
        weights=weights,
        tokenizer=encoder.tokenizer,
        pieces=Pieces(
            encoder.tokenizer,
            granularity=facts.granularity if facts.tags.names else None,
            has_spellings=facts.has_spellings,
        ),
        session=EncoderSession.of(weights),
    )
