"""The matrix: status, operation and topology, what the documents say, and what each client did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import attrs

from cosmos_retry.catalogue import load_catalogue
from cosmos_retry.contract import Contract
from cosmos_retry.stand.record import Played
from cosmos_retry.standreport.case import Case, anchored
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.documented import Documented, documented
from cosmos_retry.verdict import VIOLATES

_SUBSTATUS = re.compile(r"([0-9]{3})/([1-9][0-9]{0,8})")
_TIMES = re.compile(r" x(\d+)")


@attrs.frozen
class Line:
    """One scenario: its parts as words, what is documented, and each client's case (None: not run)."""

    played: Played
    told: Documented
    cases: tuple[Case | None, ...]

    @property
    def operation(self) -> str:
        """The operation, with the consistency level where it is not Session."""
        level = "" if self.played.consistency == "Session" else f", {self.played.consistency}"
        return self.played.operation.replace("_", " ") + level

    @property
    def fault(self) -> str:
        """The fault, and how often it is met."""
        return _TIMES.sub(r" ×\1", self.played.fault)

    @property
    def marks(self) -> str:
        """What a reader may want to see alone: `bad`, `ghostly`, `apart` (the clients differ)."""
        cases = [case for case in self.cases if case is not None]
        words = {case.word for case in cases}
        told = {
            "bad": VIOLATES in words,
            "ghostly": any(case.ghost for case in cases),
            "apart": len(words) > 1,
        }
        return " ".join(name for name, is_so in told.items() if is_so)


@attrs.frozen
class Block:
    """The lines of one fault, whatever the number of times that it is met; `name` is its substatus's."""

    fault: str
    lines: tuple[Line, ...]
    name: str = ""

    @property
    def anchor(self) -> str:
        """The name of its place in the page."""
        return f"fault-{anchored(self.fault)}"


def matrix(columns: Sequence[Column], told: dict[str, Documented]) -> list[Block]:
    """Return all scenarios of all clients, by fault; statuses in order of number, accidents after them."""
    played = {case.id: case.record.scenario for column in columns for case in column.cases.values()}
    lines = [
        Line(one, told[one.id], tuple(column.cases.get(one.id) for column in columns))
        for one in sorted(played.values(), key=_order)
    ]
    blocks = groupby(lines, key=lambda line: _kind(line.played))
    return [Block(fault, tuple(some), _name(fault)) for fault, some in blocks]


def documented_of(columns: Sequence[Column], contract: Contract) -> dict[str, Documented]:
    """Return what is documented for each scenario that any client went through."""
    played = {case.id: case.record.scenario for column in columns for case in column.cases.values()}
    return {name: documented(one, contract) for name, one in played.items()}


def _name(fault: str) -> str:
    """The name of a substatus; "" where there is none."""
    code = _SUBSTATUS.fullmatch(fault)
    found = load_catalogue().lookup(int(code[1]), int(code[2])) if code else ()
    return next((entry.name for entry in found), "")


def _kind(played: Played) -> str:
    return _TIMES.sub("", played.fault)


def _order(played: Played) -> tuple[bool, str, bool, str, bool, str, str, str]:
    kind = _kind(played)
    write = played.operation not in ("point_read", "query")
    several = played.topology.startswith("mw")
    where = (several, played.topology)
    return (not kind[:1].isdigit(), kind, write, played.operation, *where, played.fault, played.id)
