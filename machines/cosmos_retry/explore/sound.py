"""What is told of a contract beside its promises: overlaps, numbers that differ, runs without end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.explore.checking import Totals
from cosmos_retry.explore.pins import Pins
from cosmos_retry.features import measure_for
from cosmos_retry.invariants.faults import is_success
from cosmos_retry.invariants.promises import Invariant
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.proof import holes, idle, overlaps
from cosmos_retry.tasks import Task, run_tasks
from cosmos_retry.worst import worst_cases
from cosmos_retry.worst.settings import representative, setting_of


def flaws(contract: Contract) -> list[str]:
    """Return a line for each overlap of two rows, each answer that no row takes, and each idle row."""
    lines = [
        f"{one.lifecycle}: {' and '.join(one.rows)} may both take {one.event} in {one.state}"
        for one in overlaps(contract)
    ]
    lines += [
        f"{one.lifecycle}: no row takes {one.event} in {one.state}"
        + (" with " if one.values else "")
        + ", ".join(f"{name} {value}" for name, value in one.values)
        for one in holes(contract)
    ]
    return lines + [f"{one.lifecycle}: {one.name}: {one.reason}" for one in idle(contract)]


def differing_statuses(contract: Contract) -> list[str]:
    """Return a line for each status that is a success to a feature or to the promises, and not to both."""
    anywhere, nothing, lines = setting_of(), Memory(), []
    for name, feature in contract.vocabulary.features.items():
        if "success" not in feature.ranges:
            continue
        measure = measure_for(name, feature, contract.profile)
        for status in range(100, 600):
            is_told = measure(anywhere, nothing, Seen("response", status=status)) == "success"
            if is_told != is_success(status):
                sides = (f"the feature {name}", "the promises")
                one, other = sides if is_told else sides[::-1]
                lines.append(f"status {status} is a success to {one}, and none to {other}")
    return lines


def differing_numbers(contract: Contract, promises: Iterable[Invariant]) -> list[str]:
    """Return a line for each parameter that is not what a promise says it is."""
    parameters = contract.profile.parameters
    return [
        f"{promise.id} promises {name} = {number:g} {parameters[name].unit}, "
        f"the profile has {parameters[name].value:g}"
        for promise in promises
        for name, number in promise.numbers.items()
        if parameters[name].value != number
    ]


def unpinned(pins: Pins, totals: dict[str, Totals]) -> list[str]:
    """Return a line for each count that is not the one that was noted down."""
    return [
        f"{lifecycle}: {name} = {getattr(one, name)}, noted down were {number}"
        for lifecycle, one in totals.items()
        for name, number in pins.counts.get(lifecycle, {}).items()
        if getattr(one, name) != number
    ]


def unending(contract: Contract, lifecycles: Sequence[str], pins: Pins, jobs: int | None = None) -> list[str]:
    """Return a line for each kind of configuration in which a run need not end.

    Every run must end within a time that can be worked out; the number of its attempts must be known as
    well, but where an assumption says that only time bounds it.
    """
    lines = []
    settings = [one for one in representative() if one.lifecycle in lifecycles]
    tasks: list[Task] = [(worst_cases, (contract, one.config, one.lifecycle)) for one in settings]
    for setting, cases in zip(settings, run_tasks(tasks, jobs), strict=True):
        for case in cases:
            where = f"{setting.title}, {setting.label}, {case.fault}"
            if case.longest is None:
                lines.append(f"every-run-ends: {where}: no bound on the time")
            if case.requests.bound is None and not set(case.requests.unbounded_by) & set(pins.unbounded_by):
                lines.append(f"every-run-ends: {where}: no bound on the requests")
    return lines
