"""The settings of `socketio:` in `credentials.yml`: Rasa's keys, and two of our own."""

from __future__ import annotations

from typing import Literal

import jwt
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator


class SocketIoSettings(BaseModel):
    """As in Rasa; the last two are ours."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    user_message_evt: str = "user_uttered"
    bot_message_evt: str = "bot_uttered"
    session_persistence: bool = False
    """True: the client names its session, and misses nothing while it is away."""
    namespace: str | None = None
    socketio_path: str = "/socket.io"
    jwt_key: SecretStr | None = None
    jwt_method: str = "HS256"
    metadata_key: str = "metadata"
    cors_allowed_origins: Literal["*"] | tuple[str, ...] | None = None
    """Origins of pages that may connect, such as `https://shop.example`; null: our own only."""
    custom_payloads: Literal["compatible", "safe"] = "compatible"
    """How `custom:` responses are sent, see `render.py`."""

    @field_validator("socketio_path")
    @classmethod
    def _starts_with_a_slash(cls, path: str) -> str:
        if not path.strip("/"):
            raise ValueError("the path must have a name; write `/socket.io`")
        return "/" + path.strip("/")

    @field_validator("jwt_method")
    @classmethod
    def _can_be_checked(cls, method: str) -> str:
        try:
            jwt.get_algorithm_by_name(method)
        except NotImplementedError as error:
            raise ValueError(f"{error}; `HS256` is the usual one") from error
        return method

    @field_validator("cors_allowed_origins", mode="before")
    @classmethod
    def _one_or_many(cls, origins: object) -> object:
        return [origins] if isinstance(origins, str) and origins != "*" else origins
