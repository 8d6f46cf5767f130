"""Asking: what is asked of the Python SDK, in its own words: options of a client, arguments of a call."""

from __future__ import annotations

from typing import Any

_OPTIONS = {
    "connection_timeout_s": "connection_timeout",
    "read_timeout_s": "read_timeout",
    "max_retries": "retry_throttle_total",  # `retry_total` of 0 would be ignored
    "max_wait_s": "retry_throttle_backoff_max",
}


def options(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the client's constructor."""
    client = asked["client"]
    found = {ours: client[name] for name, ours in _OPTIONS.items() if client.get(name) is not None}
    return {
        "preferred_locations": client["preferred_locations"],
        "multiple_write_locations": client["use_multiple_write_locations"],
        **found,
        **client.get("native", {}),
    }


def call(asked: dict[str, Any], *, synchronous: bool) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """Return the name, the arguments and the named arguments of the container's method for an operation.

    A stored procedure belongs to the container's `scripts`.
    """
    document, key = asked["document"], asked["partition_key"]
    name, extra = asked["id"], asked.get("per_call", {})
    match asked["operation"]:
        case "point_read":
            return "read_item", (name, key), extra
        case "query":
            text, parameters = asked["query"], asked["parameters"]
            return "query_items", (text, parameters), {"partition_key": key, **extra}
        case "create":
            return "create_item", (document,), extra
        case "upsert":
            return "upsert_item", (document,), extra
        case "replace":
            return "replace_item", (name, document), extra
        case "delete":
            return "delete_item", (name, key), extra
        case "patch":
            return "patch_item", (name, key, asked["patch"]), extra
        case "transactional_batch":
            batch = [("create", (one,)) for one in asked["batch"]]
            return "execute_item_batch", (batch, key), extra
        case "stored_procedure":
            # The two clients name it differently.
            given = "params" if synchronous else "parameters"
            named = {given: asked["arguments"], "partition_key": key, **extra}
            return "execute_stored_procedure", (asked["procedure"],), named
    raise ValueError(f"no such operation: {asked['operation']}")
