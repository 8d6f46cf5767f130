"""Wrapping: text broken into the lines of a label, and the room that these lines need in any font."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

import attrs
import graphviz

FONT = "Arial,Helvetica,sans-serif"
FONT_SIZE = 9  # points
# A character's width in ems, wider than Arial's: a label still fits where another font has to stand in.
_EM = 0.56
_MARGIN = 0.12  # inches, both sides together
# A number and its unit, and a sign and what follows it, stay on one line.
_TOGETHER = re.compile(r"(?<=\d) (?=m?s\b|rows\b)|(?<=limit) (?=\d)|(?<=[≥>≤]) ")


@attrs.frozen
class Wrap:
    """How a kind of label is set: its width in characters, and whether its lines begin at the left."""

    width: int
    left: bool = True

    def label(self, lines: Iterable[str]) -> str:
        """Return lines as a label of Graphviz's, wrapped and escaped."""
        end = r"\l" if self.left else r"\n"
        return "".join(graphviz.escape(line) + end for line in self._wrapped(lines))

    def inches(self, lines: Iterable[str]) -> str:
        """Return the width that the lines need, in inches."""
        longest = max(len(line) for line in self._wrapped(lines))
        return f"{longest * FONT_SIZE * _EM / 72 + _MARGIN:.2f}"

    def _wrapped(self, lines: Iterable[str]) -> list[str]:
        indent = "  " if self.left else ""
        kept = [_TOGETHER.sub("\N{NO-BREAK SPACE}", line) for line in lines]
        parts = [textwrap.wrap(line, self.width, subsequent_indent=indent) or [" "] for line in kept]
        return [line for part in parts for line in part]


TITLE = Wrap(170)
ROW = Wrap(43)
BUNDLE = Wrap(57)
STATE = Wrap(20, left=False)
