"""The action server as Rasa calls it, and the same actions in process for `ivy ask` and the tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

ACTION_PATIENCE = 1.5  # seconds; Rasa's own limit is 300 (rasa/core/constants.py, DEFAULT_REQUEST_TIMEOUT)


def shorten_action_patience() -> None:
    """Make Rasa give up on an action server that hangs while there is still time to answer."""
    import rasa.core.actions.action as action

    action.DEFAULT_REQUEST_TIMEOUT = ACTION_PATIENCE


class InProcessActions(EndpointConfig):
    """The project's action classes, run where Rasa's RemoteAction would have made its HTTP call."""

    def __init__(self, package: str = "actions") -> None:
        super().__init__(url="inprocess://actions")
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, method: str = "post", subpath: Any = None, content_type: Any = None, compress: bool = False, **kwargs: Any) -> Any:
        try:
            return await asyncio.wait_for(self._executor.run(kwargs["json"]), ACTION_PATIENCE)
        except ActionExecutionRejection as rejected:
            body = json.dumps({"action_name": rejected.action_name, "error": str(rejected)})
            raise ClientResponseError(400, "rejected", body) from rejected
