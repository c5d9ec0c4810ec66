"""`endpoints.yml`: where the servers of a project are."""

from __future__ import annotations

from collections.abc import Mapping

from bot.project import Endpoint
from bot.yamlsource import Source, did_you_mean

SECTIONS = (
    "action_endpoint",
    "nlg",
    "nlu",
    "models",
    "tracker_store",
    "lock_store",
    "event_broker",
)
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
            if url is None and name in _NEEDS_URL and not values.get("actions_module"):
                source.error(root.key(name), f"`{name}` has no `url`", "add `url: http://...`")
            endpoints[str(name)] = Endpoint(url=str(url or ""), settings=values)
        elif node.value is not None:
            source.error(node, f"`{name}` must be a mapping", "add `url: http://...` below it")
    return endpoints
