"""The action server as Rasa calls it, and the same actions in process for `ivy ask` and the tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

ACTION_PATIENCE = 1.5  # seconds; Rasa's own limit is 300 (rasa/core/constants.py, DEFAULT_REQUEST_TIMEOUT)


def quicken_action_calls() -> None:
    """Make Rasa give up on an action server that hangs while there is still time to answer, and check its replies with a
    validator that is made once: Rasa makes one for each reply and checks its schema too, 20 ms on the event loop
    (rasa/core/actions/action.py, `_validate_action_result`)."""
    import rasa.core.actions.action as action
    from jsonschema.validators import validator_for

    schema = action.RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def is_valid(_: action.RemoteAction, result: dict) -> bool:
        validator.validate(result)
        return True

    action.DEFAULT_REQUEST_TIMEOUT = ACTION_PATIENCE
    action.RemoteAction._validate_action_result = is_valid


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
