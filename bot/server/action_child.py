"""rasa-sdk's action server in one process: `python -m bot.server.action_child MODULE PORT`.

`python -m rasa_sdk` starts Sanic's manager, which starts a worker and a resource tracker. Those two
live on, and hold the port, when the manager is killed; one process dies as a whole.
"""

from __future__ import annotations

import logging
import sys

from rasa_sdk import utils
from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

HOST = "127.0.0.1"


def main(module: str, port: int) -> None:
    """Serve the custom actions in `module` on the loopback address until told to stop."""
    utils.configure_colored_logging(logging.INFO)
    utils.update_sanic_log_level()
    executor = ActionExecutor()
    executor.register_package(module)
    app = create_app_for_serve(executor)
    app.prepare(host=HOST, port=port, single_process=True)
    Sanic.serve_single(primary=app)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
