"""Reading a scene: JSON in, a Scene out, or one line that says where it is wrong and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cosmos_retry.gateway.check import ScriptError, check
from cosmos_retry.gateway.fault import Scripted
from cosmos_retry.gateway.scene import Scene

LONGEST = 16 * 1024 * 1024  # bytes of a file


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    regions: list[str]
    write_regions: list[str]
    per_partition_failover: bool = False


class _Script(msgspec.Struct, forbid_unknown_fields=True):
    """A scene as it is written down."""

    account: _Account
    consistency: str = "Session"
    fault_script: list[Scripted] = []
    refuse: list[str] = []
    documents: dict[str, list[dict[str, Any]]] = {}
    partition_key: str = "/pk"


def read_script(path: Path | str) -> Scene:
    """Return the scene in a file; raises ScriptError, which names the file, and OSError."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(LONGEST + 1)
        if len(text) > LONGEST:
            raise ScriptError("", f"the file has more than {LONGEST} bytes")
        return parse_script(text)
    except ScriptError as error:
        raise ScriptError(error.field, error.reason, str(path)) from None


def parse_script(given: bytes | str | Mapping[str, Any]) -> Scene:
    """Return the scene in a JSON text, or in its value as Python has it; raises ScriptError."""
    try:
        if isinstance(given, bytes | str):
            given = msgspec.json.decode(given, type=dict[str, Any])
        found = msgspec.convert(given, _Script)
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `")
        raise ScriptError(field.rstrip("`") or "$", _lower(reason)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ScriptError("$", f"no JSON: {error}") from None
    scene = Scene(
        regions=found.account.regions,
        write_regions=found.account.write_regions,
        consistency=found.consistency,
        faults=found.fault_script,
        refused=found.refuse,
        documents=found.documents,
        partition_key=found.partition_key,
        per_partition_failover=found.account.per_partition_failover,
    )
    check(scene)
    return scene


def parse_faults(given: Sequence[Mapping[str, Any]]) -> tuple[Scripted, ...]:
    """Return the entries of a `fault_script`; raises ScriptError.  What they mean is checked by a scene."""
    try:
        return tuple(msgspec.convert(given, list[Scripted]))
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$")
        raise ScriptError(f"$.fault_script{field.rstrip('`')}", _lower(reason)) from None


def _lower(reason: str) -> str:
    return reason[:1].lower() + reason[1:]
