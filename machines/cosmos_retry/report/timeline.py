"""A timeline: a story laid out as a drawing, time to the right and a lane for each region.

Only places and words are worked out here; the template draws them.  Lengths are units of the drawing, which
is as wide as its sheet and as high as its lanes need.  There are two sheets, because a drawing shrinks with
its text: what can be read on a wide screen cannot be read on a narrow one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs

from cosmos_retry.report.labels import CHARACTER, Label, place_labels
from cosmos_retry.report.story import Kind, Story

TOP, FOOT = 26, 26
MOST_NAME = 21  # letters of a lane's name
MOST_LANES = 12  # for regions; the others share one more
_MORE = "(other regions)"
_BOLD = 1.15  # how much wider a bold letter is


@attrs.frozen
class Sheet:
    """What a timeline is drawn on: how wide it is, and where time begins and ends in it.

    A lane takes `lane` of its height; its line lies `line` below its upper end, and its name `name_above`
    that line.  A letter is `character` wide; the axis has `fewest` steps or up to two and a half times that.
    """

    width: int
    left: int
    right: int
    lane: int
    line: int
    name_above: int
    character: float
    fewest: int


WIDE = Sheet(880, left=150, right=26, lane=36, line=24, name_above=-4, character=CHARACTER, fewest=4)
NARROW = Sheet(340, left=16, right=26, lane=54, line=42, name_above=30, character=7.6, fewest=2)
SHEETS = {"broad": WIDE, "slim": NARROW}


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
    """The moment that the verdict points at; its words start, end or have their middle at `words_x`."""

    x: float
    text: str
    words_x: float
    anchor: str


@attrs.frozen
class Timeline:
    """The whole drawing; `ticks` are the labels of the time axis."""

    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Label, ...]
    flag: Flag | None


def lay_out(
    story: Story, regions: Iterable[str], marked: int = 0, why: str = "", sheet: Sheet = WIDE
) -> Timeline:
    """Return the timeline of a story; `marked` is the number of the event to be marked, 0 for none.

    `why` stands beside the mark.  `regions` gives the order of the lanes; a region that no attempt went to
    has none.
    """
    end = max([one.t for one in story.tried] + ([story.ending.t] if story.ending else []), default=0.0)
    place = _scale(end, sheet)
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
        height=TOP + sheet.lane * len(lanes) + FOOT,
        lanes=tuple(_lane(row, name, marks, sheet) for row, (name, marks) in enumerate(lanes.items())),
        ticks=tuple(Label(place(t), text) for t, text in _ticks(end, sheet.fewest)),
        flag=_flag([mark for marks in lanes.values() for mark in marks], f"event {marked}: {why}", sheet),
    )


def _scale(end: float, sheet: Sheet) -> Callable[[float], float]:
    width = sheet.width - sheet.left - sheet.right
    return lambda t: round(sheet.left + (width * t / end if end else 0.0), 1)


def _lane_names(story: Story, regions: Iterable[str]) -> list[str]:
    seen = dict.fromkeys(one.region for one in story.tried)
    first = [name for name in regions if name in seen]
    names = list(dict.fromkeys([*first, *seen]))
    return names if len(names) <= MOST_LANES else [*names[:MOST_LANES], _MORE]


def _lane(row: int, name: str, marks: Sequence[Mark], sheet: Sheet) -> Lane:
    shown = name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"
    words = [(mark.x, mark.outcome) for mark in marks]
    labels = tuple(place_labels(words, sheet.left - 12, sheet.width - 2, sheet.character))
    # Marks on the same spot hide one another; thousands of them would only make the page slow.
    visible = {(round(mark.x), mark.kind, mark.bad): mark for mark in reversed(marks)}
    drawn = tuple(sorted(visible.values(), key=lambda mark: (mark.bad, mark.x)))
    y = TOP + sheet.lane * row + sheet.line
    return Lane(y=y, name=shown, whole_name=name, marks=drawn, labels=labels)


def _ticks(end: float, fewest: int) -> Iterator[tuple[float, str]]:
    """Yield the times on the axis, in steps of 1, 2 or 5 with zeros: `fewest` steps or some more."""
    if end <= 0:
        yield 0.0, "0 s"
        return
    power = 10.0 ** math.floor(math.log10(end / fewest))
    step = max(factor * power for factor in (1, 2, 5) if end / (factor * power) >= fewest - 1e-3)
    for number in range(math.floor(end / step + 1e-9) + 1):
        yield number * step, f"{number * step:g} s"


def _flag(marks: Sequence[Mark], text: str, sheet: Sheet) -> Flag | None:
    bad = next((mark for mark in marks if mark.bad), None)
    if bad is None:
        return None
    length = len(text) * sheet.character * _BOLD
    if bad.x + length <= sheet.width:
        return Flag(bad.x, text, bad.x, "start")
    if bad.x >= length:
        return Flag(bad.x, text, bad.x, "end")
    return Flag(bad.x, text, sheet.width / 2, "middle")
