"""The settings of Frontdesk's own keys in `config.yml`, and nowhere else their defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Model(BaseModel):
    """Frozen, and strict about names: a misspelt key must not pass unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceConfig(BaseModel):
    """One source of knowledge; further keys belong to the source of that type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    """Such as `faq_yaml`, `csv`, `markdown` or `html`."""
    path: str | None = None
    """A file, folder or pattern, from the project's folder."""


class KnowledgeConfig(_Model):
    """What the bot may answer from."""

    sources: tuple[SourceConfig, ...] = ()
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.55
    """The score from which a passage counts as an answer."""


class StoreConfig(_Model):
    """Where conversations are kept."""

    url: Annotated[str, Field(min_length=1)] = "sqlite:///.frontdesk/frontdesk.db"
    """An SQLAlchemy URL."""


class HandoffConfig(_Model):
    """When a person is offered without being asked for."""

    on_anger: bool = False
    """Offer one to a customer who is angry, or unhappy again and again."""


ResponderName = Literal["templates", "verbatim", "extractive", "generate"]
Tone = Literal["neutral", "friendly", "formal"]
Length = Literal["short", "medium", "long"]


class ChatModelConfig(_Model):
    """A language model: behind a URL, or on this machine."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] | None = None
    """An OpenAI-compatible address, such as `http://localhost:8000/v1`."""
    local: str | None = None
    """A folder of weights, a GGUF file, or the name of an installed package that holds one."""
    name: str = ""
    """How the server calls the model."""
    key_env: str = "FRONTDESK_LLM_KEY"
    """The environment variable that holds the key; a key never stands in a file."""
    timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    """Of one read: how long the model may be silent."""
    attempts: Annotated[int, Field(ge=1, le=5)] = 2
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    max_tokens: Annotated[int, Field(ge=16, le=4096)] = 300
    price_per_million_prompt_tokens: Annotated[float, Field(ge=0)] = 0.0
    price_per_million_completion_tokens: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.url is None) == (self.local is None):
            raise ValueError("give either `url` or `local`")
        if self.url is not None and not self.name:
            raise ValueError("a model behind a `url` needs its `name`")
        return self


class NlgConfig(_Model):
    """How answers are worded; `nlg:` of endpoints.yml is Rasa's NLG server and another matter."""

    responders: Annotated[tuple[ResponderName, ...], Field(min_length=1)] = (
        "templates",
        "verbatim",
        "extractive",
    )
    """Tried in this order; the first one that has an answer gives it."""
    model: ChatModelConfig | None = None
    budget_s: Annotated[float, Field(gt=0, le=120)] = 6.0
    """How long a model may take for an answer; then the next responder answers."""
    tone: Tone = "neutral"
    length: Length = "medium"
    rephrase_templates: bool = False
    """The model words the domain's responses anew, if there is one."""
    follow_ups: bool = True
    """"And for Germany?" is understood with the question before it."""
    split_questions: bool = True
    """Each question of a message is answered."""
    clarify: bool = True
    """Ask which is meant where two passages fit about equally well."""
    summaries: Literal["extractive", "model"] = "extractive"
    """Who writes what an operator reads first."""

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        if len(set(self.responders)) < len(self.responders):
            raise ValueError("a responder is named twice")
        wants = "generate" in self.responders or self.rephrase_templates
        if (wants or self.summaries == "model") and self.model is None:
            raise ValueError("`generate`, `rephrase_templates` and `summaries: model` need `model`")
        return self


class OwnKeys(_Model):
    """Our keys of `config.yml`, beside Rasa's."""

    languages: tuple[str, ...] = ()
    """The languages of the customers; the first is the main one."""
    knowledge: KnowledgeConfig = KnowledgeConfig()
    store: StoreConfig = StoreConfig()
    handoff: HandoffConfig = HandoffConfig()
    nlg: NlgConfig = NlgConfig()
    server: dict[str, Any] = Field(default_factory=dict)
    """Read by the server, which knows its keys."""
    channels: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """As in `credentials.yml`: channel name → settings."""
