"""The drawing: states, and boxes on the lines between them, before any language of pictures is chosen."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Box:
    """A labelled line: one row, or the rows of one verdict that lead from one state to one other.

    `target` is None where the rows forbid the move, and `=` where every state stays as it is.
    """

    name: str
    lines: tuple[str, ...]
    verdict: str
    sources: tuple[str, ...]
    target: str | None
    rows: tuple[str, ...]
    tooltip: str


@attrs.frozen
class Drawing:
    """One picture.

    `path` is its file without the suffix, `says` what stands below the title, `paper` the page that it is
    made for.  `states` are the states that a box touches, in the order of the vocabulary; `sentences` is
    whether each shows the sentence that explains it.  `columns` says what stands left of what.
    """

    path: str
    title: str
    says: tuple[str, ...]
    paper: str
    states: tuple[str, ...]
    boxes: tuple[Box, ...]
    columns: Mapping[str, int]
    sentences: bool = False
