"""The scenario file: JSON in, scenarios out, and one line for each that is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from cosmos_retry.config import SPELLINGS
from cosmos_retry.excerpt import one_line
from cosmos_retry.gateway import ScriptError
from cosmos_retry.reading import Unreadable
from cosmos_retry.stand.faults import describe
from cosmos_retry.stand.operations import KIND, OF_KIND
from cosmos_retry.stand.record import Account, Options, Played
from cosmos_retry.stand.staging import check_scenario
from cosmos_retry.stand.topology import name_of
from cosmos_retry.stand.tracing import multiple
from cosmos_retry.trace import Level

LONGEST = 64 * 1024 * 1024  # bytes of a file
# A recording of a client may be given as it is: what it found is not looked at.
_FOUND = frozenset({"sdk", "version", "clock", "attempts", "final", "op_seconds", "n_gateway_seen"})


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    regions: list[str]
    write_regions: list[str]
    per_partition_failover: bool = False
    multi_write: bool | None = None  # follows from the write regions; recordings have it


class _Scenario(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    op: str
    account: _Account
    preferred: list[str] | None = None
    consistency: Level = "Session"
    client: Options = Options()
    per_call: dict[str, Any] | None = None
    fault_script: list[dict[str, Any]] = []
    refuse: list[str] = []


def read_scenarios(path: str) -> Iterator[Played | Unreadable]:
    """Yield each scenario of a file, or where and why it is none.

    A file holds one JSON object, an array of them, or one object on each line.  Raises OSError.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - the path is shown as it was given
        text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        yield Unreadable(path, 0, "", f"the file has more than {LONGEST} bytes")
        return
    known: set[str] = set()
    for line, field, given in _objects(text):
        found = _scenario(given, field)
        if isinstance(found, Played):
            if found.id not in known:
                known.add(found.id)
                yield found
                continue
            found = f"{field}.id", f"{found.id!a} is the id of a scenario above"
        yield Unreadable(path, line, *found)


def _objects(text: bytes) -> Iterator[tuple[int, str, Any]]:
    """Yield each object with its line (0: unknown) and its JSON path; text that is no JSON comes as it is."""
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        for number, line in enumerate(text.split(b"\n"), start=1):
            if line.strip():
                yield number, "$", line
        return
    if isinstance(whole, list):
        for number, one in enumerate(whole):
            yield 0, f"$[{number}]", one
    else:
        yield 1, "$", whole


def _recording(given: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario of a recording: its findings left out, its client's own options in `native`."""
    scenario = {name: value for name, value in given.items() if name not in _FOUND}
    match scenario.get("client"):
        case dict(client) if foreign := client.keys() - set(Options.__struct_fields__):
            known = {name: value for name, value in client.items() if name not in foreign}
            native = {**{name: client[name] for name in foreign}, **(client.get("native") or {})}
            scenario["client"] = {**known, "native": native}
    return scenario


def _scenario(given: Any, field: str) -> Played | tuple[str, str]:
    """Return the scenario that a JSON value is, or the field that is wrong in it, and the reason."""
    try:
        if isinstance(given, bytes):
            given = msgspec.json.decode(given)
        if isinstance(given, dict) and given.keys() & _FOUND:
            given = _recording(given)
        read = msgspec.convert(given, _Scenario)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        return field + where.rstrip("`"), one_line(reason[:1].lower() + reason[1:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return field, f"is no JSON: {one_line(str(error))}"
    operation = OF_KIND.get(read.op) or SPELLINGS.get(read.op, read.op)
    if operation not in KIND:
        return f"{field}.op", f"{read.op!a} is none of {', '.join(OF_KIND)}"
    given_account = read.account
    account = Account(
        given_account.regions, given_account.write_regions, given_account.per_partition_failover
    )
    preferred = account.regions if read.preferred is None else read.preferred
    for number, name in enumerate(preferred):
        if name not in account.regions or name in preferred[:number]:
            return f"{field}.preferred[{number}]", f"{name!a} is not a region of the account, or comes twice"
    played = Played(
        id=read.id,
        operation=operation,
        topology="",
        fault=describe([], [], []),
        account=account,
        preferred=preferred,
        consistency=read.consistency,
        client=read.client,
        per_call=read.per_call or {},
        fault_script=read.fault_script,
        refuse=read.refuse,
    )
    try:
        check_scenario(played)
    except ScriptError as error:
        return field + error.field.removeprefix("$"), error.reason
    return msgspec.structs.replace(
        played,
        topology=name_of(account.regions, account.write_regions, multiple(played)),
        fault=describe(read.fault_script, read.refuse, account.regions),
    )
