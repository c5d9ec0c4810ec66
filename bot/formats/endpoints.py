"""`endpoints.yml`: where the servers of a project are."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, FilePath, ValidationError

from bot.project import Endpoint
from bot.yamlsource import Node, Source, did_you_mean

SECTIONS = (
    "action_endpoint",
    "nlg",
    "nlu",
    "models",
    "tracker_store",
    "lock_store",
    "event_broker",
)
_IDLE = {
    "tracker_store": (
        "conversations are kept in the store of config.yml (`store.url`); "
        "`frontdesk import-conversations` takes the old ones over"
    ),
    "event_broker": "no event is sent while the server runs; `frontdesk export` sends them",
    "models": "packages are not fetched; copy the package here and name it with -m",
}
"""Sections that a server does not use, each with what to do."""
_NEEDS_URL = ("action_endpoint", "nlg", "nlu", "models")


def read_endpoints(source: Source) -> Mapping[str, Endpoint]:
    """Return the endpoints by section; mistakes go to the report of `source`."""
    root = source.root
    if root.value is not None and not isinstance(root.value, dict):
        source.error(root, "the file must be a mapping", "start with `action_endpoint:`")
    endpoints: dict[str, Endpoint] = {}
    for name, node in root.items():
        if name == "version":
            continue
        if name not in SECTIONS:
            hint = did_you_mean(name, SECTIONS)
            source.warn(root.key(name), f"the section `{name}` has no effect", hint)
        elif isinstance(node.value, dict):
            values = node.plain()
            url = values.pop("url", None)
            # `frontdesk migrate` says more of Rasa's own tracker stores.
            if name in _IDLE and (name != "tracker_store" or "." in str(values.get("type"))):
                problem = f"`{name}` is not used by the server"
                source.warn(root.key(name), problem, _IDLE[name])
            if name in _NEEDS_URL:
                _check(source, node, str(name), has_url=url is not None)
            endpoints[str(name)] = Endpoint(url=str(url or ""), settings=values)
        elif node.value is not None:
            source.error(node, f"`{name}` must be a mapping", "add `url: http://...` below it")
    return endpoints


class _BasicAuth(BaseModel):
    username: str
    password: str


class _Settings(BaseModel):
    """What every endpoint with a URL understands; other keys are its own."""

    params: dict[str, str | int | float | bool] = {}
    headers: dict[str, str | int | float | bool] = {}
    basic_auth: _BasicAuth | None = None
    token: str | int | None = None
    token_name: str = "token"  # noqa: S105 - the name of a parameter
    cafile: FilePath | None = None
    enable_selective_domain: bool = False


def _check(source: Source, node: Node, name: str, *, has_url: bool) -> None:
    """Report what is wrong with the settings of an endpoint that is called over HTTP."""
    values = node.plain()
    kind = str(values.get("type") or "callback").lower()
    if name == "nlg" and kind not in ("callback", "response"):
        hint = "serve it over HTTP and give its `url`, or use `type: response`"
        source.error(node.value["type"], f"the NLG class `{values['type']}` cannot be used", hint)
    elif not has_url and not values.get("actions_module") and kind != "response":
        source.error(node, f"`{name}` has no `url`", "add `url: http://...`")
    try:
        _Settings.model_validate(values)
    except ValidationError as refused:
        for item in refused.errors():
            key = str(item["loc"][0])
            path = ".".join(str(part) for part in item["loc"][:2])
            source.error(node.key(key), f"`{name}.{path}`: {item['msg']}")
