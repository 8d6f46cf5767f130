"""Turn the raw recording of real clients into traces: `python convert.py IN OUT`, JSON Lines both.

Nothing here judges a client.  What the recording does not hold is left out of the trace; README.md beside
this file says what that is.  A recording that contradicts itself stops the conversion.
"""

import json
import sys
from pathlib import Path
from typing import Any

CLIENTS = {
    "azure-cosmos(python,sync)": "azure-cosmos",
    "azure-cosmos(python,aio)": "azure-cosmos-aio",
    "@azure/cosmos(js)": "@azure/cosmos",
}
OPERATIONS = {"read": "point_read", "batch": "transactional_batch"}
TIMEOUTS = {"ServiceResponseTimeoutError", "TimeoutError"}
BLIND = ["replica", "address_refresh", "account_refresh"]


def convert(call: dict[str, Any]) -> dict[str, Any]:
    """Return one recorded call as a trace."""
    account = call["account"]
    return {
        "version": 1,
        "id": f"{CLIENTS[call['sdk']]} {call['version']} {call['id']}",
        "operation": OPERATIONS.get(call["op"], call["op"]),
        "mode": "gateway",
        "consistency": call["consistency"],
        "account": {"regions": account["regions"], "write_regions": account["write_regions"]},
        "client": {
            "preferred_locations": call["preferred"],
            "use_multiple_write_locations": len(account["write_regions"]) > 1,
        },
        "blind": BLIND,
        "note": note(call),
        "events": [*attempts_and_answers(call), end(call)],
    }


def attempts_and_answers(call: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each attempt, followed by how it ended; when it ended was not recorded."""
    script = [dict(entry) for entry in call["fault_script"]]
    events = []
    plan_is_due = call["op"] == "query" and call["sdk"] == "@azure/cosmos(js)"
    for attempt in call["attempts"]:
        operation = attempt["op"].removesuffix("/docs")
        is_plan = plan_is_due and operation == "read" and attempt["out"] == 200
        plan_is_due = plan_is_due and not is_plan
        begun = {"t": attempt["t"], "kind": "attempt"}
        if attempt["region"] != "global":
            begun["region"] = attempt["region"]
        if step := step_of(operation, is_plan):
            begun["step"] = step
        events += [begun, answer(attempt["out"], attempt["region"], operation, script, call["refuse"])]
    if unused := [entry for entry in script if entry.get("times", 0) > 0]:
        raise ValueError(f"no attempt met the scripted fault {unused[0]}")
    return events


def step_of(operation: str, is_plan: bool) -> str | None:
    """Return the step that an attempt stands for within its operation, if any."""
    if is_plan:
        return "query_plan"
    return {"pkranges": "partition_key_ranges", "query": "page"}.get(operation)


def answer(
    out: int | str, region: str, operation: str, script: list[dict[str, Any]], refuse: list[str]
) -> dict[str, Any]:
    """Return the response or the failure of one attempt, and count the scripted fault that caused it."""
    if isinstance(out, int):
        response: dict[str, Any] = {"kind": "response", "status": out}
        if out < 400:
            return response
        fault = take(script, operation, region, lambda fault: fault.get("status") == out)
        if fault.get("substatus"):
            response["substatus"] = fault["substatus"]
        if wait := fault.get("headers", {}).get("x-ms-retry-after-ms"):
            response["retry_after_ms"] = int(wait)
        return response
    sent = region not in refuse
    if sent:  # only a fault that follows the reading of the request can have cut it off
        take(script, operation, region, lambda fault: "hang" in fault or "close" in fault)
    cause = "timeout" if out in TIMEOUTS else "connectivity"
    return {"kind": "failure", "cause": cause, "sent": sent}


def take(script: list[dict[str, Any]], operation: str, region: str, fits: Any) -> dict[str, Any]:
    """Return the first scripted fault that this attempt can have met, and use it up once."""
    for entry in script:
        here = entry["op"] in ("*", operation) and entry["region"] in ("*", region)
        if here and entry.get("times") != 0 and fits(entry["fault"]):
            if "times" in entry:
                entry["times"] -= 1
            fault: dict[str, Any] = entry["fault"]
            return fault
    raise ValueError(f"no scripted fault explains how a {operation} in {region} ended")


def end(call: dict[str, Any]) -> dict[str, Any]:
    """Return what the application got."""
    final, last = call["final"], call["attempts"][-1]
    t = max(call["op_seconds"], last["t"])
    if final["status"] == "ok":
        return {"t": t, "kind": "result", "status": last["out"]}
    if isinstance(final["status"], int):
        shown = {} if final["substatus"] is None else {"substatus": final["substatus"]}
        return {"t": t, "kind": "error", "status": final["status"], **shown}
    name = final["exception"].replace("/", ".").rpartition(".")[2]
    return {"t": t, "kind": "error", "status": None, "name": name}


def note(call: dict[str, Any]) -> str:
    """Return what the trace has no place for, in a sentence or three."""
    faults = [fault_in_words(entry) for entry in call["fault_script"]]
    faults += [f"connections refused in {region}" for region in call["refuse"]]
    seen = call["n_gateway_seen"]
    parts = [f"Faults: {', then '.join(faults)}", f"the gateway read {seen} request{'s' * (seen != 1)}"]
    if any(attempt["region"] == "global" for attempt in call["attempts"]):
        parts.append("an attempt without a region went to the account's global endpoint")
    final = call["final"]
    if isinstance(final["status"], str) and final["status"] not in ("ok", "TimeoutError"):
        parts.append(f"the error's code was {final['status']}")
    if isinstance(final["status"], int) and final["substatus"] is None:
        parts.append("the application was shown no substatus")
        if final["exception"] is None:
            parts.append("the call raised nothing and returned the status")
    return "; ".join(parts) + "."


def fault_in_words(entry: dict[str, Any]) -> str:
    """Return one entry of the fault script as a phrase."""
    fault = entry["fault"]
    if "hang" in fault:
        what = f"no answer for {fault['hang']} s"
    elif "close" in fault:
        what = "connection closed once the request was read"
    else:
        what = f"{fault['status']}/{fault['substatus']}"
        if wait := fault.get("headers", {}).get("x-ms-retry-after-ms"):
            what += f" with a retry after {wait} ms"
    count = entry.get("times")
    times = "" if count is None else " (once)" if count == 1 else f" ({count} times)"
    where = "everywhere" if entry["region"] == "*" else f"in {entry['region']}"
    return f"{what} to {entry['op']} {where}{times}"


def main(source: str, target: str) -> None:
    """Convert one file of recorded calls into one file of traces."""
    traces = []
    for number, line in enumerate(Path(source).read_text(encoding="utf-8").splitlines(), start=1):
        try:
            traces.append(json.dumps(convert(json.loads(line)), ensure_ascii=False) + "\n")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            sys.exit(f"{source}:{number}: {error!r}")
    Path(target).write_text("".join(traces), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: convert.py IN OUT")
    try:
        main(sys.argv[1], sys.argv[2])
    except OSError as error:
        sys.exit(f"convert.py: {error}")
