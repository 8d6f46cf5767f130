"""A short notation for traces, so that a story fits on a line.

Configuration: `create direct Session WE/W` - operation, mode, level, regions/write regions as letters; then
any of `mwl` (the client uses multiple write locations), `pref=EW` (preferred locations), `throttle=5x20`
(retries x seconds), `blind=sent` (what cannot be seen), `account=Eventual` (the account's own level).

Events, separated by `;`, each a time in seconds and what happened: `W` an attempt in West US, `W.1` to its
replica 1, `?` in a region not seen, `W#plan` for the query plan, `W#addr` for addresses; `410/1002` an
answer, `429+500` one that asks for 500 ms, `404@2` one to attempt 2; `timeout:sent`, `timeout:unsent`,
`timeout`, `lost:sent`, `lost:unsent`, `lost` failures; `refresh` of addresses; `account` refresh,
`account(E)` with the write regions it named; `ok`, `ok404` a result; `!408` an error, `!` one without a
status.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from cosmos_retry.trace import Trace

REGIONS = {"W": "West US", "E": "East US", "N": "North Europe", "S": "Southeast Asia", "X": "Atlantis"}
STEPS = {"plan": "query_plan", "addr": "address_resolution", "ranges": "partition_key_ranges", "page": "page"}
_ATTEMPT = re.compile(r"([WENSX?])(?:\.(\d+))?(?:#(\w+))?")
_ANSWER = re.compile(r"(\d{3})(?:/(\d+))?(?:\+(\d+))?(?:@(\d+))?")
_FAILURE = re.compile(r"(timeout|lost)(?::(sent|unsent))?(?:@(\d+))?")


def trace(name: str, setting: str, story: str) -> Trace:
    """Return the trace that a configuration and a story stand for.

    Raises `ValueError` for what the notation does not know, `msgspec.ValidationError` for what no trace has.
    """
    return msgspec.convert({"id": name, **_setting(setting), "events": _events(story)}, Trace)


def _names(letters: str) -> list[str]:
    return [REGIONS[letter] for letter in letters]


def _setting(text: str) -> dict[str, Any]:
    operation, mode, level, topology, *options = text.split()
    regions, write_regions = topology.split("/")
    client: dict[str, Any] = {}
    found: dict[str, Any] = {
        "operation": operation,
        "mode": mode,
        "consistency": level,
        "account": {"regions": _names(regions), "write_regions": _names(write_regions)},
        "client": client,
    }
    for option in options:
        key, _, value = option.partition("=")
        if key == "mwl":
            client["use_multiple_write_locations"] = True
        elif key == "pref":
            client["preferred_locations"] = _names(value)
        elif key == "throttle":
            retries, seconds = value.split("x")
            client["throttling"] = {"max_retries": int(retries), "max_wait_s": float(seconds)}
        elif key == "blind":
            found["blind"] = value.split(",")
        elif key == "account":
            found["account"]["consistency"] = value
        else:
            raise ValueError(f"unknown option {option!r}")
    return found


def _events(story: str) -> list[dict[str, Any]]:
    return [_event(*part.split(maxsplit=1)) for part in story.split(";") if part.strip()]


def _event(time: str, what: str) -> dict[str, Any]:
    what = what.strip()
    found = _kind(what)
    return found if time == "-" else {"t": float(time), **found}


def _kind(what: str) -> dict[str, Any]:
    if what == "refresh":
        return {"kind": "address_refresh"}
    if what.startswith("account"):
        told = {"write_regions": _names(what[8:-1])} if "(" in what else {}
        return {"kind": "account_refresh", **told}
    if what.startswith("ok"):
        return {"kind": "result", "status": int(what[2:] or 200)}
    if what.startswith("!"):
        return {"kind": "error", "status": int(what[1:]) if what[1:] else None}
    if match := _FAILURE.fullmatch(what):
        cause, sent, of = match.groups()
        found: dict[str, Any] = {"kind": "failure", "cause": {"lost": "connectivity"}.get(cause, cause)}
        return found | ({"sent": sent == "sent"} if sent else {}) | ({"of": int(of)} if of else {})
    if match := _ANSWER.fullmatch(what):
        status, substatus, asked, of = match.groups()
        found = {"kind": "response", "status": int(status), "substatus": int(substatus or 0)}
        return found | ({"retry_after_ms": int(asked)} if asked else {}) | ({"of": int(of)} if of else {})
    if match := _ATTEMPT.fullmatch(what):
        region, replica, step = match.groups()
        found = dict[str, Any](kind="attempt")
        found |= {"region": REGIONS[region]} if region != "?" else {}
        found |= {"replica": int(replica)} if replica else {}
        return found | ({"step": STEPS[step]} if step else {})
    raise ValueError(f"unknown event {what!r}")
