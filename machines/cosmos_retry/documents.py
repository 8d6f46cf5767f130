"""The source documents, cut into segments: each a piece of text with its place and its digest.

A segment is as much text as one clause needs: one list item, one table row's label with the first words
beside it, one paragraph.  The places are human locators, and unique within a document:

- `002, row 410, 2.3.1`: a list item in a row of the retry table, by its ordinals.  Its depth is the number of
  lists open before it as the table is written, although some of them are closed too late or never.
- `001, table 1, row 403, 2`: the second paragraph in a cell; the first belongs to the row itself.
- `000, section 5, 1.4`: counted from the headings; the paragraph 1 of the section, the list item 4 below it.

The retry table comes in two forms, as a table with HTML lists and as an outline with one clause a line; both
give the same places and digests.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from cosmos_retry.errors import ContractError
from cosmos_retry.markup import MARKER, Pieces, normalise

DOCUMENTS = ("000", "001", "002")
OUTLINE = "outline"

_RULE = re.compile(r"\|[\s:|-]+\|?\s*")


@attrs.frozen
class Segment:
    """A piece of a document: its place, its normalised text, and the line of the file where it starts."""

    place: str
    text: str
    line: int

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the normalised text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def find_documents(directory: Path) -> dict[str, list[Path]]:
    """Return the files of each document in a directory: keys `000`, `001`, `002` and `outline`, in order.

    A document's files are those whose name starts with its number; the outline's have `outline` in their
    name.  An absent document has an empty list.  Raises `ContractError` where there is no such directory,
    or none of the documents in it.
    """
    try:
        files = sorted(path for path in directory.iterdir() if path.is_file())
    except OSError as error:
        raise ContractError(str(directory), "-", "documents", error.strerror or "not readable") from None
    found: dict[str, list[Path]] = {name: [] for name in (*DOCUMENTS, OUTLINE)}
    for path in files:
        name = OUTLINE if OUTLINE in path.name else path.name[:3]
        found.get(name, []).append(path)
    if not any(found.values()):
        wanted = ", ".join([*(f"{name}*" for name in DOCUMENTS), f"*{OUTLINE}*"])
        raise ContractError(str(directory), "-", "documents", f"no file here is named {wanted}")
    return found


def read_segments(name: str, path: Path) -> list[Segment]:
    """Return the segments of one file, in order; `name` is its key in `find_documents`.

    A byte order mark and any style of line end are accepted.  Raises `ContractError` where the file cannot
    be read or is not UTF-8; a text of any shape gives segments, if not the ones hoped for.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ContractError(str(path), "-", "text", error.strerror or "not readable") from None
    except UnicodeDecodeError as error:
        raise ContractError(str(path), f"byte {error.start}", "text", "not UTF-8") from None
    return segments(name, text)


def segments(name: str, text: str) -> list[Segment]:
    """Return the segments of a document's text, in order; `name` is as in `read_segments`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    document = "002" if name == OUTLINE else name
    cut = {"002": _retry_table, OUTLINE: _outline}.get(name, _prose)
    seen: Counter[str] = Counter()
    result = []
    for place, piece, line in cut(lines):
        if not piece:
            continue
        seen[place] += 1
        nth = f" ({seen[place]})" if seen[place] > 1 else ""
        result.append(Segment(f"{document}, {place}{nth}", piece, line))
    return result


_Raw = Iterator[tuple[str, str, int]]


def _retry_table(lines: list[str]) -> _Raw:
    """The table of 002, whose cells hold HTML lists.  The first heading is the document's name, no clause."""
    titled = False
    for number, line in enumerate(lines):
        if line.startswith("#") and not titled:
            titled = True
        elif line.startswith("|"):
            yield from _row(lines, number, "", cut_at_break=False)
        elif line.strip():
            yield "outside the table", normalise(line), number + 1


def _row(lines: list[str], number: int, table: str, cut_at_break: bool) -> _Raw:
    """One row of a table: its label and the text beside it, then every list item or paragraph after that."""
    if _RULE.fullmatch(lines[number]):
        return
    label, _, cell = lines[number].strip().strip("|").partition("|")
    label = normalise(label)
    pieces = Pieces(cell, cut_at_break).pieces
    beside = pieces.pop(0)[1] if pieces and (cut_at_break or pieces[0][0] == 0) else ""
    is_heading = number + 1 < len(lines) and _RULE.fullmatch(lines[number + 1])
    place = table + ("heading" if is_heading else f"row {label.split(' ')[0]}")
    yield place, f"{label} | {beside}" if beside else label, number + 1
    if cut_at_break:
        for ordinal, (_, piece) in enumerate(pieces, start=2):
            yield f"{place}, {ordinal}", piece, number + 1
    else:
        for path, (_, piece) in zip(_paths(depth for depth, _ in pieces), pieces, strict=True):
            yield f"{place}, {path}", piece, number + 1


def _outline(lines: list[str]) -> _Raw:
    """The table of 002 unfolded: a row starts at the margin, two columns of indent are one list.

    All up to the first heading says what the file is, and is no clause.
    """
    titles = [number for number, line in enumerate(lines) if line.startswith("## ")]
    row = None
    ordinals: list[int] = []
    for number in range(titles[0] + 1 if titles else 0, len(lines)):
        line = lines[number].expandtabs()
        text = normalise(line)
        depth = (len(line) - len(line.lstrip())) // 2
        if not text:
            continue
        if depth == 0:
            label = text.split(" ")[0]
            row = "heading" if row is None and not label[0].isdigit() else f"row {label}"
            ordinals = []
            yield row, text, number + 1
        else:
            yield f"{row or 'outside the table'}, {_next(ordinals, depth)}", text, number + 1


def _prose(lines: list[str]) -> _Raw:
    """A page of Markdown: front matter, headings, paragraphs, lists, and tables with paragraphs in cells."""
    start = 0
    fence = {"---": "---", "<properties": "/>"}.get(lines[0].strip())
    if fence:
        start = next((n for n, line in enumerate(lines) if n and line.strip() == fence), 0) + 1
        yield "front matter", normalise(" ".join(lines[:start])), 1
    section = table = items_at = 0
    ordinals: list[int] = []
    paragraph: list[str] = []
    for number in range(start, len(lines) + 1):
        line = lines[number] if number < len(lines) else ""
        stripped = line.strip()
        marker = MARKER.match(stripped)
        is_block = not stripped or line.startswith(("#", "|")) or marker
        if paragraph and is_block:
            items_at = 1
            text, first = normalise(" ".join(paragraph)), number - len(paragraph) + 1
            yield f"section {section}, {_next(ordinals, 1)}", text, first
            paragraph = []
        if not is_block:
            paragraph.append(line)
        elif marker:
            depth = items_at + (2 if line[0].isspace() else 1)
            yield f"section {section}, {_next(ordinals, depth)}", normalise(line), number + 1
        elif line.startswith("#"):
            section += 1
            items_at = 0
            ordinals = []
            yield f"section {section}", normalise(line.lstrip("# ")), number + 1
        elif line.startswith("|"):
            table += number == start or not lines[number - 1].startswith("|")
            yield from _row(lines, number, f"table {table}, ", cut_at_break=True)


def _paths(depths: Iterable[int]) -> Iterator[str]:
    """The ordinals of list items whose depths are given in order, as `2.3.1`."""
    ordinals: list[int] = []
    for depth in depths:
        yield _next(ordinals, depth)


def _next(ordinals: list[int], depth: int) -> str:
    """Step `ordinals` to the next item at `depth`, counted from 1, and return it as a path."""
    depth = max(depth, 1)
    del ordinals[depth:]
    ordinals.extend([0] * (depth - len(ordinals)))
    ordinals[depth - 1] += 1
    return ".".join(str(ordinal) for ordinal in ordinals)
