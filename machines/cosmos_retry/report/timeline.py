"""A timeline: a story laid out as a drawing, time to the right and a lane for each region.

Only places and words are worked out here; the template draws them.  Lengths are units of the drawing, which
is `WIDTH` wide and as high as its lanes need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs

from cosmos_retry.report.labels import Label, place_labels
from cosmos_retry.report.story import Kind, Story

WIDTH, LEFT, RIGHT = 880, 150, 26
TOP, LANE, FOOT = 26, 36, 26
MOST_NAME = 21  # letters of a lane's name
MOST_LANES = 12  # for regions; the others share one more
_MORE = "(other regions)"


@attrs.frozen
class Mark:
    """One attempt, or what the application heard: `kind` gives the shape, `bad` is what went wrong."""

    x: float
    kind: Kind
    bad: bool
    says: str
    outcome: str


@attrs.frozen
class Lane:
    """One region, or the application: its name, its height in the drawing, and what stands in it."""

    y: int
    name: str
    whole_name: str
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]


@attrs.frozen
class Flag:
    """The moment that the verdict points at; `anchor` is the side of the line that its words begin at."""

    x: float
    text: str
    anchor: str


@attrs.frozen
class Timeline:
    """The whole drawing; `ticks` are the labels of the time axis."""

    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Label, ...]
    flag: Flag | None
    says: str


def lay_out(story: Story, regions: Iterable[str], marked: int = 0, why: str = "") -> Timeline:
    """Return the timeline of a story; `marked` is the number of the event to be marked, 0 for none.

    `why` stands beside the mark.  `regions` gives the order of the lanes; a region that no attempt went to
    has none.
    """
    end = max([one.t for one in story.tried] + ([story.ending.t] if story.ending else []), default=0.0)
    place = _scale(end)
    lanes: dict[str, list[Mark]] = {name: [] for name in _lane_names(story, regions)}
    for one in story.tried:
        says = f"attempt {one.number} at {one.t:g} s: {one.outcome}"
        lane = lanes[one.region if one.region in lanes else _MORE]
        lane.append(Mark(place(one.t), one.kind, one.event == marked, says, one.outcome))
    if story.refreshes:
        lanes["refreshes"] = [
            Mark(place(t), "open", False, f"refresh at {t:g} s: {what}", what) for t, what in story.refreshes
        ]
    if story.ending:
        last = story.ending
        says = f"the application hears at {last.t:g} s: {last.outcome}"
        lanes["application"] = [Mark(place(last.t), last.kind, last.event == marked, says, last.outcome)]
    return Timeline(
        height=TOP + LANE * len(lanes) + FOOT,
        lanes=tuple(_lane(row, name, marks) for row, (name, marks) in enumerate(lanes.items())),
        ticks=tuple(Label(place(t), text) for t, text in _ticks(end)),
        flag=_flag([mark for marks in lanes.values() for mark in marks], f"event {marked}: {why}"),
        says=f"{story.in_short}; {story.heard}",
    )


def _scale(end: float) -> Callable[[float], float]:
    width = WIDTH - LEFT - RIGHT
    return lambda t: round(LEFT + (width * t / end if end else 0.0), 1)


def _lane_names(story: Story, regions: Iterable[str]) -> list[str]:
    seen = dict.fromkeys(one.region for one in story.tried)
    first = [name for name in regions if name in seen]
    names = list(dict.fromkeys([*first, *seen]))
    return names if len(names) <= MOST_LANES else [*names[:MOST_LANES], _MORE]


def _lane(row: int, name: str, marks: Sequence[Mark]) -> Lane:
    shown = name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"
    labels = place_labels([(mark.x, mark.outcome) for mark in marks], LEFT - 12, WIDTH - 2)
    # Marks on the same spot hide one another; thousands of them would only make the page slow.
    visible = {(round(mark.x), mark.kind, mark.bad): mark for mark in reversed(marks)}
    drawn = tuple(sorted(visible.values(), key=lambda mark: (mark.bad, mark.x)))
    return Lane(y=TOP + LANE * row + 24, name=shown, whole_name=name, marks=drawn, labels=tuple(labels))


def _ticks(end: float) -> Iterator[tuple[float, str]]:
    """Yield four to ten times on the axis, in steps of 1, 2 or 5 with zeros."""
    if end <= 0:
        yield 0.0, "0 s"
        return
    power = 10.0 ** math.floor(math.log10(end / 4))
    step = max(factor * power for factor in (1, 2, 5) if end / (factor * power) >= 3.999)
    for number in range(math.floor(end / step + 1e-9) + 1):
        yield number * step, f"{number * step:g} s"


def _flag(marks: Sequence[Mark], text: str) -> Flag | None:
    bad = next((mark for mark in marks if mark.bad), None)
    if bad is None:
        return None
    late = bad.x > WIDTH * 0.7
    return Flag(bad.x, text, "end" if late else "start")
