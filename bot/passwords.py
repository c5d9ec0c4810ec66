"""Passwords of operators: argon2id hashes, checked in the same time for known and unknown names."""

from __future__ import annotations

import functools
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the argon2id hash to store."""
    return _HASHER.hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Return whether `password` fits `hashed`; None costs the same time and never fits."""
    try:
        _HASHER.verify(hashed or _unknown(), password)
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


def new_password() -> str:
    """Return a random password of 18 characters, 108 bits."""
    return secrets.token_urlsafe(14)[:18]


@functools.cache
def _unknown() -> str:
    """Return a hash that no password fits."""
    return _HASHER.hash(secrets.token_hex(16))
