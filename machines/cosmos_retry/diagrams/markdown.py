"""Markdown: text, places and tables of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Made from the tables in spec/ by `make diagrams`; edit those, not this. -->"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def text(said: str) -> str:
    """Return text on one line, with everything escaped that Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", " ".join(said.split()))


def anchor(name: str) -> str:
    """Return the name of the place on a page where a row, a clause or an assumption is found."""
    return name.replace("/", "-")


def place(name: str) -> str:
    """Return the mark of such a place."""
    return f'<a id="{anchor(name)}"></a>'


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table; its cells are Markdown already."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)]
