"""Lasting faults: every attempt ends alike, and a client that keeps to the documents gives up in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

import attrs
import msgspec

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.scenario import Scenario, parse_fault
from cosmos_retry.trace import AccountRefresh, Failure, Response
from cosmos_retry.units import US_PER_SECOND, seconds_to_us
from cosmos_retry.vectors.finding import Run, told_run
from cosmos_retry.walkthrough import walk

STATUSES = ("403/3", "404/1002", "408", "410", "429", "449", "503")
FAILURES = ("timeout-sent", "timeout-unsent", "connection-sent", "connection-unsent")
FAULTS = (*STATUSES, *FAILURES)
OF_ANY_WRITE = ("410", "429", "449", "503", "timeout-sent", "connection-sent", "connection-unsent")
ASKED_MS = 400.0  # by a 429: ten attempts take a few seconds
LONG_MS = (10_000.0, 31_000.0, None)  # three retries fill the 30 s; none fits; no wait is asked for
LIMITS: tuple[dict[str, float], ...] = (
    {"max_retries": 0},
    {"max_retries": 2},
    {"max_retries": 20, "max_wait_s": 5.0},
)
_EAST, _WEST, _NORTH, _SOUTH = "East US", "West US", "North Europe", "South Central US"


@attrs.frozen
class Paced(Scenario):
    """A scenario whose attempts take these times, in seconds, the last one from there on."""

    paces: tuple[float, ...] = attrs.field(default=(0.1,), validator=attrs.validators.min_len(1))

    def answer(self, attempt: int, now_us: int) -> Response | Failure:
        """Return what an attempt ends in (see `Scenario.answer`), after the time that is its own."""
        after = seconds_to_us(self.paces[min(attempt, len(self.paces)) - 1])
        return msgspec.structs.replace(
            Scenario.answer(self, attempt, now_us), t=(now_us + after) / US_PER_SECOND
        )


_TWO = Scenario(
    operation="create",
    mode="direct",
    consistency="Session",
    regions=(_EAST, _WEST),
    write_regions=(_EAST,),
    faults=(parse_fault("410"),),
    preferred=(_EAST, _WEST),
)
_ONE = attrs.evolve(_TWO, regions=(_EAST,), preferred=())
_MULTI = attrs.evolve(_TWO, write_regions=(_EAST, _WEST), use_multiple_write_locations=True)
_THREE = attrs.evolve(
    _MULTI,
    regions=(_EAST, _WEST, _NORTH),
    write_regions=(_EAST, _WEST, _NORTH),
    preferred=(_NORTH, _EAST, _WEST),
)
_FOUR = attrs.evolve(_THREE, regions=(*_THREE.regions, _SOUTH), preferred=(_SOUTH, _WEST, _EAST))
# A read that must turn to the region of the writes meets another one before it.
_APART = attrs.evolve(
    _TWO, regions=(_EAST, _WEST, _NORTH), write_regions=(_NORTH,), preferred=(_WEST, _EAST, _NORTH)
)


def _each(setting: Scenario, **many: Iterable[object]) -> list[Scenario]:
    """The setting with every combination of some values."""
    return [attrs.evolve(setting, **dict(zip(many, one, strict=True))) for one in product(*many.values())]  # type: ignore[arg-type]


_MODES = ("direct", "gateway")
_LEVELS = ("Eventual", "Session", "Strong")
# What was there first stands first: the order decides which vectors are new.
SETTINGS: dict[str, Sequence[Scenario]] = {
    "write": (_TWO, _MULTI, attrs.evolve(_TWO, mode="gateway"), attrs.evolve(_MULTI, mode="gateway")),
    "point_read": (
        *_each(_TWO, operation=["point_read"], consistency=_LEVELS),
        attrs.evolve(_TWO, operation="point_read", mode="gateway"),
    ),
    "query": _each(_TWO, operation=["query"], mode=_MODES),
    "metadata": (),  # what lasts for a metadata call lasts for its operation
}
ELSEWHERE: dict[str, Sequence[Scenario]] = {
    "write": [one for setting in (_ONE, _THREE, _FOUR, _APART) for one in _each(setting, mode=_MODES)],
    "point_read": [
        *_each(_ONE, operation=["point_read"], consistency=_LEVELS),
        *_each(_ONE, operation=["point_read"], mode=["gateway"]),
        *_each(_APART, operation=["point_read"], consistency=_LEVELS),
        *_each(_APART, operation=["point_read"], mode=["gateway"]),
        *_each(_FOUR, operation=["point_read"], mode=_MODES),
    ],
    "query": [one for setting in (_ONE, _APART) for one in _each(setting, operation=["query"], mode=_MODES)],
    "metadata": (),
}
OTHER_WRITES = ("upsert", "replace", "delete", "patch", "transactional_batch", "stored_procedure")
AT_THE_END = ("408", "410", "449", "timeout-unsent", "connection-unsent")
AT_ONCE_S = (0.0, 0.0, 0.0, 100.0)  # in the end time goes on, where no pace is asked for
# What is counted for the whole request is counted on in another region; the last fault lasts.
ACROSS: dict[str, Sequence[tuple[Scenario, Sequence[str]]]] = {
    "write": (
        (_MULTI, ("449", "403/3", "449")),
        (attrs.evolve(_THREE, mode="gateway"), ("403/3", "503", "503", "503", "403/3")),
        (attrs.evolve(_MULTI, mode="gateway", max_retries=1), ("429", "503", "503", "503", "429")),
    ),
    "point_read": (
        (
            attrs.evolve(_TWO, operation="point_read", mode="gateway", max_retries=1),
            ("429", "503", "503", "503", "429"),
        ),
    ),
    "query": (
        (
            attrs.evolve(_TWO, operation="query", mode="gateway", max_retries=1),
            ("429", "503", "503", "503", "429"),
        ),
    ),
    "metadata": (),
}
ENDS_OF_SUCCESS = ("299", "300", "303", "304", "305")  # the last ones that are, and those beside
WINDOWS_S = {"write": (30.0,), "point_read": (30.0, 60.0), "query": (30.0, 60.0)}


def scenarios(lifecycle: str) -> Iterator[Scenario]:
    """Yield the scenarios of a lifecycle: every fault in every setting, and some in settings of their own.

    Nobody has set a limit of throttling where `LIMITS` do not.
    """
    for setting in (*SETTINGS[lifecycle], *ELSEWHERE[lifecycle]):
        yield from (_meets(setting, fault) for fault in FAULTS)
    if lifecycle == "write":
        for setting, operation in product((_MULTI, attrs.evolve(_ONE, mode="gateway")), OTHER_WRITES):
            yield from (_meets(attrs.evolve(setting, operation=operation), fault) for fault in OF_ANY_WRITE)
    for setting in SETTINGS[lifecycle][-2:]:
        yield from (attrs.evolve(_meets(setting, "429"), retry_after_ms=asked) for asked in LONG_MS)
        yield from (attrs.evolve(_meets(setting, "429"), **limits) for limits in LIMITS)  # type: ignore[arg-type]
    for setting, faults in ACROSS[lifecycle]:
        yield attrs.evolve(_meets(setting, "429"), faults=tuple(map(parse_fault, faults)))
    for status in ENDS_OF_SUCCESS if lifecycle in ("point_read", "write") else ():
        yield _meets(SETTINGS[lifecycle][-1], status)
    # The window is over just when the first answer comes, and others come at once.
    for setting, fault in product(ELSEWHERE[lifecycle], AT_THE_END):
        for end in WINDOWS_S[lifecycle] if setting.regions == _ONE.regions else ():
            yield _paced(_meets(setting, fault), end, *AT_ONCE_S)


def _meets(setting: Scenario, fault: str) -> Scenario:
    asked = ASKED_MS if fault == "429" else None
    return attrs.evolve(setting, faults=(parse_fault(fault),), retry_after_ms=asked)


def _paced(scenario: Scenario, *paces: float) -> Paced:
    return Paced(**attrs.asdict(scenario, recurse=False), paces=paces)


def walked(contract: Contract, lifecycle: str, scenario: Scenario) -> Run:
    """Return the run of a client that keeps to the contract.

    Raises `ValueError` where the contract does not permit the run, or does not end it.
    """
    # Only a client in a hurry retries where the window ends.
    walkthrough = walk(scenario, contract, eager=isinstance(scenario, Paced))
    config = Config.from_trace(walkthrough.trace)
    run = told_run(contract, lifecycle, config, walkthrough.trace.events)
    if run is None or walkthrough.stopped:
        raise ValueError(f"{scenario.name}: {walkthrough.stopped or 'is not permitted'}")
    return run


def read_again(contract: Contract, lifecycle: str, run: Run) -> Run | None:
    """Return a run that ends in a 403/3 with a reading of the account before its end; None for any other.

    Only then a write may go elsewhere, so whether it may do so once more shows only then.
    """
    *events, answer, end = run.events
    is_moved = isinstance(answer, Response) and (answer.status, answer.substatus) == (403, 3)
    if lifecycle != "write" or not is_moved:
        return None
    order = run.config.order
    reading = AccountRefresh(t=end.t or 0.0, write_regions=[order[1 % len(order)]])
    return told_run(contract, lifecycle, run.config, (*events, answer, reading, end))


def lasting_from(scenario: Scenario) -> int:
    """Return the attempt that all attempts after it end like."""
    return max(len(scenario.faults), len(scenario.paces) if isinstance(scenario, Paced) else 1)
