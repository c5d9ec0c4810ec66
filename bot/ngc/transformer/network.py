"""A BERT encoder with a head for labels and one for tags, in torch; only training imports this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.ngc.transformer.chain import Chain
from bot.ngc.transformer.pieces import SPELLINGS, Encoded
from bot.ngc.transformer.prototypes import PrototypeHead
from bot.ngc.transformer.units import TagSet
from knowledge.embedder import FloatArray
from knowledge.pretrained import EncoderShape, PretrainedEncoder

NO_TARGET = -100
"""A text without a label; torch's cross-entropy skips it."""
LENGTH_STEP = 4
"""Batches are padded to a multiple: few shapes, for which the products are prepared once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Texts of like length, side by side."""

    ids: Tensor
    """int64 [texts, pieces]."""
    mask: Tensor
    """bool [texts, pieces], true for pieces."""
    spellings: Tensor | None
    """int64 [texts, pieces]."""
    averages: Tensor
    """float32 [texts, spots, pieces]: rows that sum up to 1."""
    firsts: Tensor
    """int64 [texts, units]."""
    has_unit: Tensor
    """bool [texts, units]."""

    @classmethod
    def of(cls, texts: Sequence[Encoded], device: torch.device) -> Batch:
        """Return `texts` as tensors on `device`."""
        longest = max(len(text.ids) for text in texts)
        shape = (len(texts), -(-longest // LENGTH_STEP) * LENGTH_STEP)
        ids, mask, spellings = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        averages = np.zeros((len(texts), len(texts[0].spots), shape[1]), dtype=np.float32)
        units = max(1, *(len(text.units) for text in texts))
        firsts, has_unit = np.zeros((2, len(texts), units), dtype=np.int64)
        for row, text in enumerate(texts):
            ids[row, : len(text.ids)], mask[row, : len(text.ids)] = text.ids, 1
            spellings[row, : len(text.spellings)] = text.spellings
            firsts[row, : len(text.firsts)], has_unit[row, : len(text.firsts)] = text.firsts, 1
            for spot, (start, end) in enumerate(text.spots):
                averages[row, spot, start:end] = 1 / (end - start)
        tensors = [torch.from_numpy(array).to(device) for array in (ids, mask, spellings, averages)]
        more = [torch.from_numpy(array).to(device) for array in (firsts, has_unit)]
        return cls(
            ids=tensors[0],
            mask=tensors[1].bool(),
            spellings=tensors[2] if texts[0].spellings else None,
            averages=tensors[3],
            firsts=more[0],
            has_unit=more[1].bool(),
        )


class Layer(nn.Module):
    """One layer: attention, then the wide part; each is added and normalised (post-norm)."""

    def __init__(self, shape: EncoderShape, dropout: float) -> None:
        """Make the layer; its weights come later."""
        super().__init__()
        self.heads, self.dropout = shape.heads, dropout
        hidden, wide = shape.hidden, shape.feed_forward
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.output = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, shape.epsilon)
        self.up, self.down = nn.Linear(hidden, wide), nn.Linear(wide, hidden)
        self.output_norm = nn.LayerNorm(hidden, shape.epsilon)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return float32 [texts, pieces, hidden]; `mask` is bool [texts, 1, 1, pieces]."""
        sides = (self.query, self.key, self.value)
        query, key, value = (
            side(hidden).unflatten(2, (self.heads, -1)).transpose(1, 2) for side in sides
        )
        output = self.output(_heard(query, key, value, mask).transpose(1, 2).flatten(2))
        hidden = self.attention_norm(hidden + self._dropped(output))
        output = self.down(functional.gelu(self.up(hidden)))
        return self.output_norm(hidden + self._dropped(output))

    def _dropped(self, values: Tensor) -> Tensor:
        return functional.dropout(values, self.dropout, self.training)


def _heard(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Return what each piece hears of the others; all [texts, heads, pieces, hidden / heads].

    torch's fused attention takes 10 times as long on a CPU to go back through short texts.
    """
    likeness = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5
    return likeness.masked_fill(~mask, -torch.inf).softmax(-1).to(value.dtype) @ value


class Encoder(nn.Module):
    """The pretrained part. The table of words stays as published: it is half of all weights."""

    def __init__(self, pretrained: PretrainedEncoder, dropout: float) -> None:
        """Copy the weights of `pretrained`."""
        super().__init__()
        shape = pretrained.shape
        self.dropout = dropout
        self.norm = nn.LayerNorm(shape.hidden, shape.epsilon)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))
        arrays = pretrained.arrays
        words, positions = torch.tensor(arrays["words"]), torch.tensor(arrays["positions"])
        self.register_buffer("words", words, persistent=False)
        self.positions = nn.Parameter(positions)
        self.spellings = nn.Parameter(torch.zeros(SPELLINGS, shape.hidden))
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if (found := arrays.get(name.removeprefix("layers."))) is not None:
                    weight = torch.tensor(found)
                    # torch keeps [outputs, inputs].
                    parameter.copy_(weight.T if weight.dim() == 2 and "layers." in name else weight)

    def forward(self, batch: Batch) -> Tensor:
        """Return float32 [texts, pieces, hidden]."""
        hidden = functional.embedding(batch.ids, self.get_buffer("words"))
        hidden = hidden + self.positions[: batch.ids.shape[1]]
        if batch.spellings is not None:
            hidden = hidden + functional.embedding(batch.spellings, self.spellings)
        hidden = functional.dropout(self.norm(hidden), self.dropout, self.training)
        for layer in self.layers:
            hidden = layer(hidden, batch.mask[:, None, None])
        return hidden

    def arrays(self) -> dict[str, FloatArray]:
        """Return the learnt weights, named and shaped as in `knowledge.pretrained`."""
        found = {}
        for name, parameter in self.named_parameters():
            array = _array(parameter)
            is_product = array.ndim == 2 and name.startswith("layers.")
            found[name.removeprefix("layers.")] = array.T if is_product else array
        return found


class Network(nn.Module):
    """The encoder and what it is asked: a label per text, a tag per unit, or both."""

    def __init__(
        self,
        pretrained: PretrainedEncoder,
        *,
        labels: int,
        tags: TagSet,
        spots: int,
        dropout: float,
    ) -> None:
        """Make heads for `labels` labels and for `tags`; none where there is nothing to tell."""
        super().__init__()
        hidden = pretrained.shape.hidden
        self.encoder = Encoder(pretrained, dropout)
        self.dropout = nn.Dropout(dropout)
        self.label_head = PrototypeHead(hidden * spots, labels) if labels > 1 else None
        self.tag_head = nn.Linear(hidden, len(tags)) if tags.names else None
        self.chain = Chain(tags) if tags.names else None

    def pooled(self, batch: Batch, hidden: Tensor) -> Tensor:
        """Return the averages over the spots of each text; float32 [texts, spots · hidden]."""
        return (batch.averages @ hidden.float()).flatten(1)

    def label_logits(self, batch: Batch, hidden: Tensor) -> Tensor:
        """Return float32 [texts, labels]."""
        assert self.label_head is not None
        return self.label_head(self.dropout(self.pooled(batch, hidden)))

    def emissions(self, batch: Batch, hidden: Tensor) -> Tensor:
        """Return how well each tag fits each unit; float32 [texts, units, tags]."""
        assert self.tag_head is not None
        rows = torch.arange(len(batch.ids), device=hidden.device)[:, None]
        return self.tag_head(self.dropout(hidden[rows, batch.firsts].float()))

    def head_arrays(self) -> Mapping[str, FloatArray]:
        """Return the weights of the heads as numpy multiplies with them: [inputs, outputs]."""
        found: dict[str, FloatArray] = {}
        if self.label_head is not None:
            found |= {f"label.{name}": one for name, one in self.label_head.arrays().items()}
        if self.tag_head is not None and self.chain is not None:
            found["tag.weight"] = _array(self.tag_head.weight.T)
            found["tag.bias"] = _array(self.tag_head.bias)
            found["transitions"] = _array(self.chain.transitions())
        return found


def _array(tensor: Tensor) -> FloatArray:
    return tensor.detach().float().cpu().numpy()
