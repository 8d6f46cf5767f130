"""An answer of the service: a status with its substatus, headers and body; and the errors that end in one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "Conflict",
    410: "Gone",
    412: "PreconditionFailed",
    413: "RequestEntityTooLarge",
    424: "FailedDependency",
    429: "TooManyRequests",
    449: "RetryWith",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


@attrs.frozen
class Answer:
    """What the service says.  `body` is its bytes; empty for 204 and 304, which have none."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    substatus: int = 0

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the same answer with more headers; those that it has stay."""
        return attrs.evolve(self, headers={**headers, **self.headers})


class ServiceError(Exception):
    """A request that the service refuses; its `answer` says why."""

    def __init__(self, status: int, message: str, substatus: int = 0) -> None:
        """Take the status, a sentence for people, and the substatus."""
        super().__init__(status, message, substatus)
        self.answer = error(status, message, substatus)


def reply(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer whose body is `value` as JSON."""
    return Answer(status, msgspec.json.encode(value), headers or {})


def error(status: int, message: str, substatus: int = 0) -> Answer:
    """Return an error as the service words it: a code, and a message."""
    code = CODES.get(status, str(status))
    return Answer(status, msgspec.json.encode({"code": code, "message": message}), {}, substatus)
