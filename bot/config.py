"""The settings of Frontdesk's own keys in `config.yml`, and nowhere else their defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.precision import threshold_for


class _Model(BaseModel):
    """Frozen, and strict about names: a misspelt key must not pass unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _SourceConfig(_Model):
    """What all sources of knowledge have."""

    language: str | None = None
    """Where a document names none; by default it is told from the words."""
    tags: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    """Who may see the answers; empty means everyone."""


class FaqConfig(_SourceConfig):
    """A table of questions and answers."""

    type: Literal["faq"]
    path: Annotated[str, Field(min_length=1)]
    """YAML, CSV, XLSX, JSON or JSON lines, from the project's folder."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our name of a column → the table's."""
    max_mb: Annotated[float, Field(gt=0)] = 50


class FilesConfig(_SourceConfig):
    """A folder of texts, or a single one."""

    type: Literal["files"]
    path: Annotated[str, Field(min_length=1)]
    """From the project's folder: Markdown, HTML, PDF, DOCX, TXT."""
    patterns: tuple[str, ...] = ()
    """Such as `*.md`; empty: all texts."""
    url: str = ""
    """Where they are published, such as `https://shop.example/help/{name}`."""
    max_mb: Annotated[float, Field(gt=0)] = 50
    """Of a file; larger ones are reported, and not read."""


class SiteConfig(_SourceConfig):
    """The pages of a web site."""

    type: Literal["site"]
    url: Annotated[str, Field(pattern=r"^https?://[^/]")]
    """A sitemap (`….xml`), or the page to begin at; only what lies below it is read."""
    max_pages: Annotated[int, Field(ge=1)] = 1_000
    requests_per_s: Annotated[float, Field(gt=0, le=100)] = 2
    max_mb: Annotated[float, Field(gt=0)] = 10
    """Of a page."""
    timeout_s: Annotated[float, Field(gt=0)] = 30
    """For all of a page."""
    allow_private: bool = False
    """Whether the site may lie in a private network."""


class SqlConfig(_SourceConfig):
    """The rows of a query."""

    type: Literal["sql"]
    name: Annotated[str, Field(pattern=r"^[\w-]+$")]
    """What its documents are called."""
    url: Annotated[str, Field(min_length=1)] = Field(repr=False)
    """An SQLAlchemy URL; write passwords as `${VARIABLE}`."""
    query: Annotated[str, Field(min_length=1)]
    """With columns as those of tables."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our name of a column → the query's."""
    max_rows: Annotated[int, Field(ge=1)] = 200_000
    timeout_s: Annotated[float, Field(gt=0)] = 60


class ConversationsConfig(_SourceConfig):
    """What operators answered, once a person has approved it."""

    type: Literal["conversations"]
    path: Annotated[str, Field(pattern=r"\.csv$")] = "knowledge/conversations.csv"
    """The table that `frontdesk knowledge sync` adds answers to, and people approve them in."""


SourceConfig = Annotated[
    FaqConfig | FilesConfig | SiteConfig | SqlConfig | ConversationsConfig,
    Field(discriminator="type"),
]


class KnowledgeConfig(_Model):
    """What the bot may answer from."""

    folder: Annotated[str, Field(min_length=1)] = ".frontdesk/knowledge"
    """Of the knowledge base."""
    index: Annotated[str, Field(pattern=r"^(faiss$|postgres(ql)?(\+asyncpg)?://|qdrant:.)")] = (
        "faiss"
    )
    """Where the vectors are: `faiss` (files), `postgresql://…` or `qdrant:FOLDER_OR_URL`."""
    sources: tuple[SourceConfig, ...] = ()
    precision: Annotated[float, Field(ge=0, le=1)] = 0.8
    """The share of answers that has to be right; for the sake of it, other questions get none."""
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """The probability from which a passage counts as an answer, in place of `precision`."""

    @property
    def least_probability(self) -> float:
        """From which a passage counts as an answer."""
        return threshold_for(self.precision) if self.threshold is None else self.threshold

    @model_validator(mode="after")
    def _has_own_names(self) -> KnowledgeConfig:
        names = [one.name for one in self.sources if isinstance(one, SqlConfig)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources of type `sql` are called `{name}`")
        return self


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
