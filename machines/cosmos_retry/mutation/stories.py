"""The third judge: short stories, each with the verdict that it must get and the row that must decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import msgspec

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.errors import ContractError
from cosmos_retry.excerpt import excerpt
from cosmos_retry.mutation.static import Spot
from cosmos_retry.notation import trace
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.paths import spec_dir
from cosmos_retry.trace import Error, Result, Trace
from cosmos_retry.verdict import VIOLATES, Verdict, judge
from cosmos_retry.wellformed import check

_SETTING = re.compile(r"([A-Z_]+) = (.+)")
_PARTS = ("name", "setting", "story", "verdict", "row")


@attrs.frozen
class Story:
    """A trace, its verdict, and the row that must have decided, or come nearest."""

    name: str
    trace: Trace
    verdict: str
    row: str

    def told(self, contract: Contract) -> Verdict | None:
        """Return the verdict under a contract, or None where that is not what the story says.

        Where the application hears in the story, it hears under the contract.
        """
        found = judge(self.trace, contract)
        if not found.complete and any(isinstance(event, Result | Error) for event in self.trace.events):
            return None
        cited = found.cites or (found.assumptions and found.verdict != VIOLATES)
        decided = self.row in {*found.rows, found.row, found.nearest}
        return found if found.verdict == self.verdict and decided and cited else None


def committed() -> Path | None:
    """Return the stories of a checkout, or None where the package stands alone."""
    file = spec_dir().parent / "tests" / "data" / "cases.txt"
    return file if file.is_file() else None


def read_stories(file: Path) -> list[Story]:
    """Return the stories of a file: `name | setting | story | verdict | row`, and settings by name.

    Raises `OSError` where it cannot be read, `ContractError` for a line that is no story.
    """
    settings: dict[str, str] = {}
    found = []
    for number, line in enumerate(_lines(file), start=1):
        if match := _SETTING.fullmatch(line):
            settings[match[1]] = match[2]
        elif line and not line.startswith("#"):
            try:
                found.append(_story(line, settings))
            except ValueError as error:
                raise ContractError(str(file), f"line {number}", "-", f"is no story: {error}") from None
    return found


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ContractError(str(file), f"byte {error.start}", "-", "is not UTF-8 text") from None


def _story(line: str, settings: Mapping[str, str]) -> Story:
    """Return the story of a line; raises ValueError, which says in words what is wrong with it."""
    parts = [part.strip() for part in line.split(" | ")]
    if len(parts) != len(_PARTS):
        raise ValueError(f"its parts number {len(parts)}; permitted: {' | '.join(_PARTS)}")
    name, setting, story, verdict, row = parts
    first, _, options = setting.partition(" ")
    whole = f"{settings.get(first, first)} {options}".strip()
    try:
        told = trace(name, whole, story)
    except msgspec.ValidationError:
        raise
    except (ValueError, LookupError, TypeError):
        # Python's own words for it would say nothing about the notation.
        raise ValueError(f"unknown notation in {excerpt(setting)} or in {excerpt(story)}") from None
    if fault := check(told):
        raise ValueError(str(fault))
    return Story(name, told, verdict, row)


class Shelf:
    """Stories, and which of them a change of the contract can concern."""

    def __init__(self, contract: Contract, stories: Sequence[Story]) -> None:
        """Judge every story under the sound contract; `untold` are those that it does not bear out."""
        self._stories = stories
        self._by_row: dict[str, list[Story]] = {}
        self._by_state: dict[tuple[str, str], list[Story]] = {}
        self.untold = []
        self.decisive: dict[str, set[str]] = {}
        for story in stories:
            found = story.told(contract)
            if found is None:
                self.untold.append(story.name)
                continue
            self.decisive[story.name] = {*found.rows, found.row}
            for row in dict.fromkeys((story.row, found.row, *found.rows[::-1], found.nearest)):
                self._by_row.setdefault(row, []).append(story)
            for place in states(contract, story.trace):
                self._by_state.setdefault(place, []).append(story)

    def concerned(self, subject: str, changed: Iterable[Spot]) -> list[Story]:
        """Return the stories that may end otherwise, those first in which the row decides.

        With nothing changed in the tables, as where a parameter is another, it may be any.
        """
        near = sorted(self._by_row.get(subject, ()), key=lambda one: one.row != subject)
        places = dict.fromkeys((lifecycle, state) for lifecycle, state, _ in changed)
        others = [story for place in places for story in self._by_state.get(place, ())]
        found = {story.name: story for story in (*near, *(others if places else self._stories))}
        return list(found.values())


def states(contract: Contract, told: Trace) -> set[tuple[str, str]]:
    """Return the lifecycles and states that the runs of a trace come through, in which a row is asked for."""
    operation = Operation(Config.from_trace(told), contract)
    found = set(_standing(operation))
    for event in told.events:
        try:
            operation.observe(event)
        except NotPermitted as finding:
            found |= {(operation.config.lifecycle, one.refusal.state) for one in finding.lost}
            found |= {("metadata", one.refusal.state) for one in finding.lost}
            break
        found |= set(_standing(operation))
    return found


def _standing(operation: Operation) -> Iterator[tuple[str, str]]:
    """Where the runs stand, and where they would have stood between two events."""
    for one in operation.hypotheses:
        # A call that begins beside the operation begins anew.
        yield "metadata", "start"
        yield "metadata", "in_flight"
        yield operation.config.lifecycle, one.state
        if one.side is not None:
            yield "metadata", one.side.state
        for taken in one.path[-2:]:
            yield operation.config.lifecycle, str(taken.row.to)
    for lost in operation.lost:
        yield operation.config.lifecycle, lost.refusal.state
        yield "metadata", lost.refusal.state
