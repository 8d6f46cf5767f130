"""The steps of a walkthrough as a person reads them: a table, what came of it, and the clauses behind it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from cosmos_retry.commands.terminal import say
from cosmos_retry.contract import DOCUMENTED, Contract
from cosmos_retry.scenario import ANSWER_S, Scenario
from cosmos_retry.trace import (
    AccountRefresh,
    AddressRefresh,
    Attempt,
    Error,
    Event,
    Failure,
    Response,
    Result,
)
from cosmos_retry.verdict import judge
from cosmos_retry.walkthrough import FIRST_DELAY_S, NO_HINT_DELAY_S, WalkStep, Walkthrough

_WIDTH = 110
_COLUMNS = ("t (s)", "who", "what", "state after", "row", "why")


def walkthrough_json(scenario: Scenario, walkthrough: Walkthrough, contract: Contract) -> dict[str, Any]:
    """Return all that `print_walkthrough` prints, as plain data for JSON."""
    settings = msgspec.to_builtins(walkthrough.trace)
    events = settings.pop("events")
    verdict = judge(walkthrough.trace, contract)
    return {
        "scenario": {
            **settings,
            "faults": [fault.text for fault in scenario.faults],
            "times": scenario.times,
            "answer_after_s": ANSWER_S,
            "timeout_after_s": scenario.timeout_s,
        },
        "steps": [
            {
                "who": _who(step.event, scenario),
                "what": what,
                "event": event,
                "state": step.state,
                "row": step.row.id,
                "basis": step.row.basis,
                "cites": step.cites,
            }
            for step, event, what in zip(
                walkthrough.steps, events, _whats(walkthrough.steps, scenario), strict=True
            )
        ],
        "hears": _hears(walkthrough),
        "attempts": _by_region(walkthrough),
        "assumptions": {name: contract.assumptions[name].choice for name in verdict.assumptions},
        "clauses": {cite: contract.clauses[cite].says for cite in _citations(walkthrough.steps)},
        "stopped": walkthrough.stopped,
    }


def print_walkthrough(scenario: Scenario, walkthrough: Walkthrough, contract: Contract) -> None:
    """Print what was given, the steps as a table, what the application hears, and the citations."""
    steps = walkthrough.steps
    for line in _given(scenario):
        _say_wrapped(line, indent=2)
    citations = {cite: number for number, cite in enumerate(_citations(steps), start=1)}
    rows = [
        (
            f"{step.event.t:.3f}",
            _who(step.event, scenario),
            what,
            step.state,
            step.row.id,
            _why(step, citations),
        )
        for step, what in zip(steps, _whats(steps, scenario), strict=True)
    ]
    say()
    _print_table(_COLUMNS, rows)
    say()
    say(f"The application hears: {_hears(walkthrough)}")
    say(f"Attempts: {', '.join(f'{region} {n}' for region, n in _by_region(walkthrough).items())}")
    _print_list("States", _glossary(steps, contract))
    verdict = judge(walkthrough.trace, contract)
    _print_list(
        "Rests on these assumptions",
        [(name, contract.assumptions[name].choice) for name in verdict.assumptions],
    )
    _print_list(
        "Clauses", [(f"[{number}] {cite}", contract.clauses[cite].says) for cite, number in citations.items()]
    )


def _given(scenario: Scenario) -> Iterable[str]:
    writes = ", ".join(scenario.write_regions)
    yield f"{scenario.operation} in {scenario.mode.title()} mode under {scenario.consistency}"
    yield f"Account: {', '.join(scenario.regions)}; writes in {writes}"
    used = "used" if scenario.use_multiple_write_locations else "not used"
    preferred = ", ".join(scenario.preferred) or "none"
    yield f"Client: preferred locations {preferred}; multiple write locations {used}"
    faults = ", then ".join(fault.text for fault in scenario.faults)
    until = (
        "for ever" if scenario.times is None else f"until {scenario.times} attempts have failed, then success"
    )
    yield f"Faults: {faults}, {until}; an answer takes {ANSWER_S:g} s, a timeout {scenario.timeout_s:g} s"
    short = f"{FIRST_DELAY_S['retry_with'] * 1000:g} ms"
    yield (
        f"Schedule: one that is permitted, out of many: {FIRST_DELAY_S['gone']:g} s before the first retry, "
        f"then twice as long each time; after a 449 from {short} on; after a 429 what the service asks for, "
        f"or else {NO_HINT_DELAY_S:g} s"
    )
    if scenario.mode == "gateway":
        yield "Replicas and their addresses are the gateway's affair: the client neither picks nor sees them"


def _who(event: Event, scenario: Scenario) -> str:
    match event:
        case Response():
            return "service"
        case Failure():
            return "network"
        case AddressRefresh() if scenario.mode == "gateway":
            return "gateway"
    return "client"


def _whats(steps: Sequence[WalkStep], scenario: Scenario) -> list[str]:
    """What happened at each step, in words; the attempts are counted."""
    made = 0
    found = []
    for step in steps:
        made += isinstance(step.event, Attempt)
        found.append(_what(step.event, made, scenario))
    return found


def _what(event: Event, made: int, scenario: Scenario) -> str:
    match event:
        case Attempt():
            return f"attempt {made} in {event.region}, replica {event.replica}"
        case Response():
            asked = event.retry_after_ms
            hint = "" if asked is None else f", retry after {asked:g} ms"
            return f"answers {_code(event.status, event.substatus)}{hint}"
        case Failure():
            how = (
                f"no answer in {scenario.timeout_s:g} s" if event.cause == "timeout" else "connection failed"
            )
            return f"{how}; the request was {'' if event.sent else 'not '}sent"
        case AddressRefresh():
            return "resolves the addresses again"
        case AccountRefresh():
            return f"reads the account again: writes in {', '.join(event.write_regions or ())}"
        case Result():
            return f"hands the success to the application: {event.status}"
        case Error():
            return f"hands an error to the application: {_code(event.status, event.substatus)}"


def _code(status: int | None, substatus: int | None) -> str:
    return f"{status}/{substatus}" if substatus else f"{status}"


def _why(step: WalkStep, citations: dict[str, int]) -> str:
    """The numbers of the clauses, and the assumption that the row itself rests on."""
    numbers = "".join(f"[{citations[cite]}]" for cite in step.cites)
    return f"{numbers} {step.row.basis}".strip() if step.row.basis != DOCUMENTED else numbers


def _citations(steps: Sequence[WalkStep]) -> list[str]:
    return list(dict.fromkeys(cite for step in steps for cite in step.cites))


def _hears(walkthrough: Walkthrough) -> str:
    last = walkthrough.steps[-1].event
    if isinstance(last, Result):
        return f"success, {last.status}, after {last.t:g} s"
    if isinstance(last, Error):
        return f"error {_code(last.status, last.substatus)} after {last.t:g} s"
    return f"nothing: {walkthrough.stopped}"


def _by_region(walkthrough: Walkthrough) -> dict[str, int]:
    events = [step.event for step in walkthrough.steps]
    return dict(Counter(str(event.region) for event in events if isinstance(event, Attempt)))


def _glossary(steps: Sequence[WalkStep], contract: Contract) -> list[tuple[str, str]]:
    states = dict.fromkeys(step.state for step in steps)
    return [(state, contract.vocabulary.states[state].says) for state in states]


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, tuple("-" * width for width in widths), *rows):
        cells = [
            f"{row[0]:>{widths[0]}}",
            *(f"{cell:{w}}" for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        say("  ".join(cells).rstrip())


def _print_list(title: str, entries: Sequence[tuple[str, str]]) -> None:
    if entries:
        say()
        say(f"{title}:")
    for name, text in entries:
        _say_wrapped(f"  {name}: {text}", indent=6)


def _say_wrapped(text: str, indent: int) -> None:
    for line in textwrap.wrap(text, _WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False):
        say(line)
