"""Which index a setting names: files of FAISS, PostgreSQL or Qdrant."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from knowledge.errors import UnknownIndex
from knowledge.index import Index

FAISS: Final = "faiss"
_POSTGRES: Final = ("postgresql://", "postgres://", "postgresql+asyncpg://")
_QDRANT: Final = "qdrant:"


def kind_of(setting: str) -> str:
    """Return which kind of index a setting names, without place and password."""
    return setting.partition(":")[0].partition("+")[0]


def open_index(setting: str, folder: Path, space: str, dim: int, base: str) -> Index:
    """Return the empty index that `setting` names.

    Args:
        setting: `faiss`, `postgresql://user@host/database`, `qdrant:FOLDER` or
            `qdrant:https://host:6333`.
        folder: The folder of the base.
        space: The vector space.
        dim: Length of a vector.
        base: The id of the base, a UUID.

    Raises:
        UnknownIndex: the setting names none of these.
    """
    if setting == FAISS:
        from knowledge.index_faiss import FaissIndex

        return FaissIndex(folder / "vectors" / space, dim)
    if setting.startswith(_POSTGRES):
        from knowledge.index_postgres import PostgresIndex

        return PostgresIndex(setting, space, dim, base)
    if setting.startswith(_QDRANT):
        from knowledge.index_qdrant import QdrantIndex

        return QdrantIndex(setting.removeprefix(_QDRANT), space, dim, base)
    raise UnknownIndex(
        f"unknown index `{setting}`; write `faiss`, `postgresql://…` or `qdrant:FOLDER`"
    )
