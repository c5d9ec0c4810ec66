"""A language model on this machine: a tiny one, made here, of random weights."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.config import ChatModelConfig
from bot.nlg.models.chat import ChatMessage, ModelUnavailable
from bot.nlg.models.local_chat import LocalChatModel, weights_of

pytest.importorskip("transformers", reason="needs transformers: pip install frontdesk[llm]")

ASKED = (ChatMessage(role="system", content="you"), ChatMessage(role="user", content="say it"))
WORDS = ["<unk>", "<end>", "you", "say", "it", "世界", "a", "b", "c", "d"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model with ten words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    place = tmp_path_factory.mktemp("model")
    words = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", eos_token="<end>",
        chat_template="{% for m in messages %}{{ m['content'] }} {% endfor %}",
    )  # fmt: skip
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(WORDS), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, eos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


def model(place: Path | str) -> LocalChatModel:
    return LocalChatModel.of(ChatModelConfig(local=str(place)))


async def text_of(one: LocalChatModel, max_tokens: int) -> list[str]:
    return [piece async for piece in one.stream(ASKED, max_tokens=max_tokens)]


def test_it_writes_piece_by_piece_and_is_counted(folder: Path) -> None:
    one = model(folder)

    written = asyncio.run(text_of(one, 6))

    assert len(written) > 1
    assert set("".join(written).split()) <= set(WORDS)
    assert one.usage.completion_tokens == 6
    assert one.usage.prompt_tokens == 3
    assert asyncio.run(text_of(one, 6)) == written, "it writes the likeliest"


def test_who_stops_reading_stops_it(folder: Path) -> None:
    async def read_one(one: LocalChatModel) -> None:
        stream = one.stream(ASKED, max_tokens=100_000)
        assert await anext(stream)
        await stream.aclose()
        await asyncio.wait_for(text_of(one, 1), 30)  # the next answer need not wait for the rest

    one = model(folder)
    asyncio.run(read_one(one))

    assert one.usage.cancelled == 1


@pytest.mark.parametrize("place", ["/nowhere/at/all", "no_such_package_here"])
def test_weights_that_are_not_there_are_named(place: str) -> None:
    with pytest.raises(ModelUnavailable, match="no language model at"):
        asyncio.run(text_of(model(place), 1))


def test_a_folder_a_file_and_a_package_are_found(tmp_path: Path) -> None:
    (tmp_path / "small.gguf").touch()

    assert weights_of(str(tmp_path)) == (str(tmp_path), "small.gguf")
    assert weights_of(str(tmp_path / "small.gguf")) == (str(tmp_path), "small.gguf")
    assert weights_of("bot")[0].endswith("bot")
