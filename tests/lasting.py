"""Vectors in which every attempt meets the same fault, for longer than any client may go on."""

from collections.abc import Iterator
from itertools import product

from cosmos_retry.harness.files import Found
from cosmos_retry.scenario import Fault, parse_fault
from cosmos_retry.trace import Account, Client, Level
from cosmos_retry.vectors.vector import Breakdown, Ending, Reply, Vector

WEST, EAST, NORTH = "West US", "East US", "North Europe"
ATTEMPTS = 100
ANSWER_S, TIMEOUT_S = 0.1, 6.0
ASKED_MS = 400  # by a 429
ACCOUNTS = (
    (Account([WEST], [WEST]), Client()),
    (Account([WEST, EAST], [WEST]), Client()),
    (Account([WEST, EAST, NORTH], [WEST]), Client([EAST, NORTH])),
    (Account([WEST, EAST, NORTH], [WEST, EAST, NORTH]), Client([NORTH, EAST, WEST], True)),
    (Account([WEST, EAST, NORTH], [WEST, EAST]), Client([EAST, WEST])),
)
LEVELS: dict[str, tuple[Level, ...]] = {"point_read": ("Strong", "Session", "Eventual")}


def lasting(text: str) -> Iterator[Found]:
    """Yield a vector of a fault, as `410` or `timeout-sent`, for each operation, mode, level and account."""
    endings = [_ending(parse_fault(text), number) for number in range(1, ATTEMPTS + 1)]
    for operation, mode, (place, (account, client)) in product(
        ("point_read", "query", "create"), ("direct", "gateway"), enumerate(ACCOUNTS)
    ):
        for level in LEVELS.get(operation, ("Session",)):
            vector = Vector(
                id=f"{text} lasting: {operation} {mode} {level} account {place}",
                about="",
                operation=operation,  # type: ignore[arg-type]
                mode=mode,  # type: ignore[arg-type]
                consistency=level,
                account=account,
                client=client,
                endings=endings,
                turns=[],
                verdict="conforms",
            )
            yield Found("", vector.config.lifecycle, vector)


def _ending(fault: Fault, number: int) -> Ending:
    if fault.status is None:
        after_s = TIMEOUT_S if fault.cause == "timeout" else ANSWER_S
        return Breakdown(number, fault.cause, fault.sent, after_s)  # type: ignore[arg-type]
    asked = ASKED_MS if fault.status == 429 else None
    return Reply(number, fault.status, ANSWER_S, fault.substatus, asked)
