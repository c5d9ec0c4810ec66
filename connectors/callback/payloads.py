"""The callback channel's settings in `credentials.yml`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class BasicAuth(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(frozen=True)

    username: str
    password: SecretStr


class CallbackSettings(BaseModel):
    """Rasa's keys of an endpoint; `secret` and `timeout_s` are ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str
    """Where the bot's messages are posted."""
    headers: dict[str, str] = Field(default_factory=dict)
    params: dict[str, str] = Field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    token: SecretStr | None = None
    """Added to the query, as in Rasa."""
    query_name: str = Field(default="token", alias="token_name")
    """The token's name in the query."""
    cafile: Path | None = None
    secret: SecretStr | None = Field(default=None, min_length=16)
    """Signs each request in the header `X-Signature`."""
    timeout_s: float = Field(default=10.0, gt=0, le=60)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http address; write `http://host:port/path`")
        return url
