"""Vectors in Qdrant: in a local folder without a server, or at the address of one."""

from __future__ import annotations

import atexit
import functools
import threading
import uuid
import warnings
from collections.abc import Collection, Sequence
from typing import Any, Final

from knowledge.embedder import FloatArray
from knowledge.errors import IndexUnreachable, MissingPackage
from knowledge.index import IntArray, Selection, check_dim
from knowledge.types import Facts, Filters

import numpy as np  # isort: skip

BATCH_ROWS: Final = 500
"""Of one request."""
EVERYONE: Final = "*"
"""The audience of what everyone may see; no name of a group."""
_opening: Final = threading.Lock()
_FIRST_DAY, _LAST_DAY = 0, 10**7
"""Ordinals of days before and after all others: what is valid without a limit."""


class QdrantIndex:
    """The vectors of one space and base, in a collection of the space."""

    def __init__(
        self, place: str, space: str, dim: int, base: str, segments: Collection[int] = ()
    ) -> None:
        """Hold where the collection is; nothing is opened yet.

        Args:
            place: A folder, or the URL of a server.
            space: Names the collection: `knowledge_SPACE_DIM`.
            dim: Length of a vector.
            base: Which base it is; several share a collection.
            segments: Those to search.
        """
        self._place, self._space, self._dim, self._base = place, space, dim, base
        self._segments = list(segments)
        self._collection = f"knowledge_{space}_{dim}"

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    def add(
        self, segment: int, rows: IntArray, vectors: FloatArray, facts: Sequence[Facts]
    ) -> None:
        """Put a segment into the collection."""
        from qdrant_client import models

        check_dim(vectors, self._dim)
        points = [
            models.PointStruct(
                id=_point(self._base, int(row)),
                vector=vector.tolist(),
                payload={"base": self._base, "row": int(row), "segment": segment, **_payload(one)},
            )
            for row, vector, one in zip(rows, vectors, facts, strict=True)
        ]
        self._delete(must=[_equals("segment", segment)])
        for start in range(0, len(points), BATCH_ROWS):
            self._call("upsert", points=points[start : start + BATCH_ROWS])

    def remove(self, rows: IntArray) -> None:
        """Delete rows."""
        self._delete(must=[_any("row", rows.tolist())])

    def of(self, segments: Collection[int]) -> QdrantIndex:
        """Return the index of these segments."""
        return QdrantIndex(self._place, self._space, self._dim, self._base, segments)

    def drop(self, kept: Collection[int]) -> None:
        """Delete the rows of all segments but `kept`."""
        self._delete(must=[], must_not=[_any("segment", list(kept))])

    def search(
        self, query: FloatArray, k: int, selection: Selection
    ) -> tuple[FloatArray, IntArray]:
        """Return the nearest selected rows."""
        from qdrant_client import models

        wanted = [
            _equals("base", self._base),
            _any("segment", self._segments),
            *_conditions(selection.filters),
        ]
        found = self._call(
            "query_points",
            query=query.tolist(),
            limit=k,
            query_filter=models.Filter(must=wanted),
            with_payload=["row"],
        ).points
        rows = np.array([one.payload["row"] for one in found], np.int64)
        return np.array([one.score for one in found], np.float32), rows

    def cosines(self, query: FloatArray, rows: IntArray) -> FloatArray:
        """Return how near `rows` are."""
        return self.vectors(rows) @ query

    def vectors(self, rows: IntArray) -> FloatArray:
        """Return the vectors of `rows`."""
        ids = {_point(self._base, row): place for place, row in enumerate(rows.tolist())}
        found = self._call("retrieve", ids=list(ids), with_vectors=True, with_payload=False)
        vectors = np.zeros((len(rows), self._dim), np.float32)
        for one in found:
            vectors[ids[str(one.id)]] = one.vector
        return vectors

    def _delete(self, *, must: Sequence[Any], must_not: Sequence[Any] = ()) -> None:
        from qdrant_client import models

        mine = [_equals("base", self._base), *must]
        chosen = models.Filter(must=mine, must_not=list(must_not))
        self._call("delete", points_selector=models.FilterSelector(filter=chosen))

    def _call(self, name: str, **values: Any) -> Any:
        client = _client(self._place)
        from qdrant_client.http.exceptions import ApiException

        try:
            with client.lock:
                client.ensure(self._collection, self._dim)
                return getattr(client.api, name)(collection_name=self._collection, **values)
        except (ApiException, OSError) as error:
            raise IndexUnreachable(f"Qdrant at {self._place} cannot be used: {error}") from error


class _Client:
    """One client per place: a local folder can be opened once only."""

    def __init__(self, place: str) -> None:
        try:
            from qdrant_client import QdrantClient
        except ImportError as error:
            raise MissingPackage(
                "vectors in Qdrant need qdrant-client; install `frontdesk[qdrant]`"
            ) from error
        is_url = place.startswith(("http://", "https://"))
        # Its SQLite would refuse other threads; the lock makes them take turns.
        local = {"path": place, "force_disable_check_same_thread": True}
        options: dict[str, Any] = {"url": place} if is_url else local
        try:
            self.api = QdrantClient(**options)
        except (RuntimeError, OSError) as error:  # another process has the folder open
            raise IndexUnreachable(f"Qdrant at {place} cannot be used: {error}") from error
        atexit.register(self.api.close)
        self.lock = threading.Lock()
        self._known: set[str] = set()

    def ensure(self, collection: str, dim: int) -> None:
        """Make the collection unless it is there."""
        from qdrant_client import models

        if collection in self._known:
            return
        if not self.api.collection_exists(collection):
            params = models.VectorParams(size=dim, distance=models.Distance.DOT)
            self.api.create_collection(collection, vectors_config=params)
        self._known.add(collection)


def _client(place: str) -> _Client:
    with _opening:
        return _opened(place)


@functools.cache
def _opened(place: str) -> _Client:
    with warnings.catch_warnings():
        # Local mode warns that payload indexes do nothing there; none are made.
        warnings.simplefilter("ignore", UserWarning)
        return _Client(place)


def _point(base: str, row: int) -> str:
    """Return the id of a row's point: Qdrant takes UUIDs, and several bases share a collection."""
    return str(uuid.uuid5(uuid.UUID(base), str(row)))


def _payload(facts: Facts) -> dict[str, Any]:
    return {
        "language": facts.language,
        "tags": list(facts.tags),
        "audience": list(facts.audience) or [EVERYONE],
        "first_day": facts.valid_from.toordinal() if facts.valid_from else _FIRST_DAY,
        "last_day": facts.valid_until.toordinal() if facts.valid_until else _LAST_DAY,
    }


def _conditions(filters: Filters) -> list[Any]:
    from qdrant_client import models

    day = filters.day.toordinal()
    conditions: list[Any] = [
        _any("audience", [EVERYONE, *filters.audience]),
        models.FieldCondition(key="first_day", range=models.Range(lte=day)),
        models.FieldCondition(key="last_day", range=models.Range(gte=day)),
    ]
    if filters.tags:
        conditions.append(_any("tags", list(filters.tags)))
    if filters.languages:
        conditions.append(_any("language", list(filters.languages)))
    return conditions


def _equals(key: str, value: str | int) -> Any:
    from qdrant_client import models

    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _any(key: str, values: list[Any]) -> Any:
    from qdrant_client import models

    return models.FieldCondition(key=key, match=models.MatchAny(any=values))
