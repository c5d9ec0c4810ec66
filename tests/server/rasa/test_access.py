"""Who may use the API: the token, and JWTs with their roles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest

from tests.conftest import running
from tests.server.rasa.conftest import JWT_SECRET, TOKEN, write_project


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server that wants a token or a JWT."""
    patch = pytest.MonkeyPatch()
    patch.setenv("FRONTDESK_AUTH_TOKEN", TOKEN)
    patch.setenv("JWT_SECRET", JWT_SECRET)
    with running(write_project(tmp_path_factory.mktemp("guarded"))) as server:
        yield server.url
    patch.undo()


def bearer(claims: dict[str, Any], secret: str = JWT_SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


ADMIN = {"user": {"username": "ana", "role": "admin"}}
USER = {"user": {"username": "ana", "role": "user"}}


@pytest.mark.parametrize(
    ("path", "claims", "status"),
    [
        ("/status", ADMIN, 200),
        ("/status", USER, 403),
        ("/conversations/ana/tracker", USER, 200),
        ("/conversations/ben/tracker", USER, 403),
        ("/conversations/ben/tracker", ADMIN, 200),
        ("/conversations/ana/tracker", {"user": {"username": "ana"}}, 403),
        ("/status", {}, 403),
        ("/status", ADMIN | {"exp": int(time.time()) - 1000}, 401),
        ("/status", ADMIN | {"aud": "others"}, 401),
    ],
)
def test_a_jwt_allows_what_its_role_allows(
    guarded: str, path: str, claims: dict[str, Any], status: int
) -> None:
    answer = httpx.get(f"{guarded}{path}", headers=bearer(claims), timeout=30)

    assert answer.status_code == status, answer.text
    reasons = {401: "NotAuthenticated", 403: "NotAuthorized"}
    assert answer.json().get("reason") == reasons.get(status)


def test_a_jwt_of_another_issuer_is_refused(guarded: str) -> None:
    answer = httpx.get(f"{guarded}/status", headers=bearer(ADMIN, "x" * 40))

    assert answer.status_code == 401


def test_the_token_opens_everything_and_nothing_opens_without_it(guarded: str) -> None:
    assert httpx.get(f"{guarded}/status", params={"token": TOKEN}).status_code == 200
    assert httpx.get(f"{guarded}/status", params={"token": "wrong"}).status_code == 401
    assert httpx.get(f"{guarded}/status").status_code == 401
    assert httpx.get(f"{guarded}/version").status_code == 200
