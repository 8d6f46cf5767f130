"""The wire: what a client's transport is seen to do, below the client's own retries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cosmos_retry.stand.workers.clock import Clock

MARK = "x-ms-stand-attempt"  # a header that tells the gateway which attempt a request belongs to
_OPERATIONS = ("docs", "sprocs")


class Wire:
    """The attempts of the operation, in order; requests for anything else are let through unseen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.attempts: list[dict[str, Any]] = []
        self.watching = False
        self.patience_s: float | None = None

    def watch(self, patience_s: float | None) -> None:
        """Begin to watch; requests of the operation wait `patience_s` real seconds at most for an answer."""
        self.attempts, self.patience_s, self.watching = [], patience_s, True

    def begin(self, method: str, url: str, headers: Any) -> dict[str, Any] | None:
        """An attempt begins, or None where the request is none of the operation's own; marks its headers."""
        parts = urlsplit(url)
        step = step_of(parts.path, headers)
        if not self.watching or step is None:
            return None
        attempt = {"t": self._clock.now(), "endpoint": f"{parts.scheme}://{parts.netloc}/"}
        if step:
            attempt["step"] = step
        self.attempts.append(attempt)
        headers[MARK] = str(len(self.attempts))
        return attempt

    def answered(self, attempt: dict[str, Any], status: int, headers: Mapping[str, str]) -> None:
        """An attempt was answered."""
        attempt |= {"ended": self._clock.now(), "status": status}
        for key, name in (("substatus", "x-ms-substatus"), ("retry_after_ms", "x-ms-retry-after-ms")):
            text = headers.get(name)
            if text and text.isdigit():
                attempt[key] = int(text)

    def failed(self, attempt: dict[str, Any], timed_out: bool, name: str, shortened_by: float = 0.0) -> None:
        """An attempt failed; a timeout that was shortened is put back on the clock."""
        if timed_out:
            self._clock.skip(shortened_by)
        cause = "timeout" if timed_out else "connectivity"
        attempt |= {"ended": self._clock.now(), "failure": cause, "error": name}

    def shorten(self, options: dict[str, Any], key: str, default: float) -> float:
        """Shorten the timeout in a request's options to the patience; return by how many seconds."""
        if self.patience_s is None:
            return 0.0
        nominal = float(options.get(key) or default)
        options[key] = min(nominal, self.patience_s)
        return nominal - float(options[key])


def step_of(path: str, headers: Mapping[str, str]) -> str | None:
    """Return the step of a trace that a request stands for, "" for the operation, None for anything else."""
    names = [name for name in path.split("/") if name]
    if len(names) < 5 or names[0] != "dbs" or names[2] != "colls":
        return None
    if names[4] == "pkranges":
        return "partition_key_ranges"
    if names[4] not in _OPERATIONS:
        return None
    lower = {name.lower(): str(value).lower() for name, value in headers.items()}
    if lower.get("x-ms-cosmos-is-query-plan-request") == "true":
        return "query_plan"
    is_query = lower.get("content-type", "").startswith("application/query+json")
    return "page" if is_query or lower.get("x-ms-documentdb-isquery") == "true" else ""
