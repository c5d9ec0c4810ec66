"""Serves models over HTTP with onnxruntime, numpy and tokenizers alone.

`python -m bot.ngc.slim FOLDER...`, or `frontdesk ngc serve --slim --model FOLDER`.

The routes and answers are those of `bot.server.ngc`, of which it has no documentation pages. For
small machines: about 110 MB of memory, ready within a second. It is meant for one's own network:
behind something that knows TLS and limits how much one client may ask.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Final

from bot.errors import BotError, ModelError
from bot.ngc.tasks import folder
from bot.ngc.tasks.answers import Answers, Asked, NoModel, language_json
from bot.ngc.tasks.folder import Trained
from bot.ngc.tasks.sample import Sample, Span
from bot.ngc.tasks.wire import MAX_CHARS, MAX_TEXTS, ROUTES, Json
from knowledge.errors import WeightsError

PORT: Final = 5006
MAX_BODY_BYTES: Final = 256 * 1024
READ_TIMEOUT_S: Final = 10.0
_PREFIX: Final = "/v1/ngc/"


class Refused(Exception):
    """A request that cannot be answered."""

    def __init__(self, status: HTTPStatus, problem: str) -> None:
        """Hold the status and what is wrong."""
        super().__init__(problem)
        self.status = status


class Routes:
    """What each route answers."""

    def __init__(self, answers: Answers) -> None:
        """Hold what the models say."""
        self._answers = answers

    def answer(self, path: str, body: Any) -> Any:
        """Return the JSON that answers a POST of `body` to `path`.

        Raises:
            Refused: no such route or model, or a body that is not as the route wants it.
        """
        name, _, ending = path.removeprefix(_PREFIX).partition("/")
        known = name == "language" or name in ROUTES
        if not path.startswith(_PREFIX) or not known or ending not in ("", "batch"):
            raise Refused(HTTPStatus.NOT_FOUND, f"nothing is served at {path}")
        asked = _batch(body) if ending else [_asked(body)]
        try:
            found = self._found(name, asked)
        except NoModel as error:
            raise Refused(HTTPStatus.NOT_FOUND, str(error)) from error
        return found if ending else found[0]

    def _found(self, name: str, asked: Sequence[Asked]) -> list[Json]:
        texts = [one.text for one in asked]
        match name:
            case "intent":
                return self._answers.intents(texts)
            case "sentiment":
                return self._answers.sentiments(texts)
            case "entities":
                return self._answers.entities(texts)
            case "relations":
                return self._answers.relations(asked)
            case _:
                return [language_json(text) for text in texts]


def _batch(body: Any) -> list[Asked]:
    listed = _member(body, "texts")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_TEXTS:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"send a list of 1 to {MAX_TEXTS}")
    return [_asked({"text": one} if isinstance(one, str) else one) for one in listed]


def _asked(body: Any) -> Asked:
    """Return the text of `body`, and the parts of it whose relation is wanted."""
    text = _member(body, "text")
    if not isinstance(text, str) or len(text) > MAX_CHARS:
        told = f"a text is a string of at most {MAX_CHARS} characters"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    if "head" not in body and "tail" not in body:
        return Asked(text)
    return Asked(text, (_place(body, "head", text), _place(body, "tail", text)))


def _place(body: Any, side: str, text: str) -> Span:
    place = _member(body, side)
    start, end = _member(place, "start"), _member(place, "end")
    is_inside = isinstance(start, int) and isinstance(end, int) and 0 <= start < end
    if not is_inside or end > len(text):
        told = "head and tail must lie inside the text, and not be empty"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, told)
    return Span(start, end, str(place.get("entity", "")))


def _member(body: Any, name: str) -> Any:
    if not isinstance(body, dict) or name not in body:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"send a JSON object with `{name}`")
    return body[name]


class Handler(BaseHTTPRequestHandler):
    """Reads one request and writes its answer."""

    protocol_version = "HTTP/1.1"
    timeout = READ_TIMEOUT_S
    wbufsize = -1  # headers and body leave together, else the client's system delays them by 40 ms
    disable_nagle_algorithm = True
    routes: ClassVar[Routes]

    def do_GET(self) -> None:
        """Tell that the server is there."""
        if self.path == "/health":
            self._send(HTTPStatus.OK, {"status": "ok"})
        else:
            self._send(HTTPStatus.NOT_FOUND, {"detail": f"nothing is served at {self.path}"})

    def do_POST(self) -> None:
        """Answer a text."""
        try:
            body = self._body()
            self._send(HTTPStatus.OK, self.routes.answer(self.path.partition("?")[0], body))
        except Refused as refused:
            self._send(refused.status, {"detail": str(refused)})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the given name
        """Write no line per request: paths and texts are the customers' own."""

    def _body(self) -> Any:
        length = self.headers.get("content-length", "")
        if not length.isdigit():
            self.close_connection = True
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "send a body and its Content-Length")
        if int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            told = f"the body is larger than {MAX_BODY_BYTES} bytes"
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise Refused(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error

    def _send(self, status: HTTPStatus, told: Any) -> None:
        content = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Server(ThreadingHTTPServer):
    """A thread per connection; threads end with the process."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], trained: Sequence[Trained]) -> None:
        """Listen on `address`; a port of 0 is chosen by the system."""
        handler = type("BoundHandler", (Handler,), {"routes": Routes(Answers(trained))})
        super().__init__(address, handler)


def _ready(place: Path) -> Trained:
    """Return the model in `place`, after its first answer, which is the slowest.

    Raises:
        ModelError: there is none, a damaged one, or one that needs more packages.
    """
    try:
        trained = folder.load(place)
        trained.predict([Sample(text="hello")] if trained.task != "relations" else [])
    except (ImportError, WeightsError) as error:
        raise ModelError(
            f"{place} answers together with encoders that are not installed ({error}); "
            "make a model of it that needs none with `frontdesk nsm compress`"
        ) from error
    return trained


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the models that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bot.ngc.slim", description=__doc__)
    parser.add_argument("models", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--interface", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT)
    given = parser.parse_args(arguments)
    try:
        trained = [_ready(place) for place in given.models]
    except BotError as error:
        parser.exit(2, f"{error}\n")
    with Server((given.interface, given.port), trained) as server:
        print(f"Serving on http://{given.interface}:{server.server_port}", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
