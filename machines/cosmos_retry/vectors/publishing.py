"""Publishing: vectors as files, beside those that are out already, which are never edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import msgspec

from cosmos_retry import places
from cosmos_retry.contract import Contract
from cosmos_retry.harness.files import Found
from cosmos_retry.vectors.retelling import Kept
from cosmos_retry.vectors.vector import VERSION, RowNote, Vector, VectorFile

INDEX = "index.json"
WITHDRAWN = "the contract says something else of this run, or other vectors show what it showed"
Shelf = dict[str, list[Vector]]  # by lifecycle


@attrs.frozen
class Change:
    """What a new set does to the published one: ids of vectors, each with the reason where it goes."""

    kept: tuple[str, ...]
    added: tuple[str, ...]
    withdrawn: Mapping[str, str]


def change(published: Iterable[Vector], wanted: Iterable[Vector]) -> Change:
    """Return what becomes of published vectors where others are wanted."""
    old, new = {one.id: one for one in published}, {one.id: one for one in wanted}
    return Change(
        kept=tuple(sorted(old.keys() & new.keys())),
        added=tuple(sorted(new.keys() - old.keys())),
        withdrawn=dict.fromkeys(sorted(old.keys() - new.keys()), WITHDRAWN),
    )


def kept_of(found: Iterable[Found]) -> list[Kept]:
    """Return vectors as they were read."""
    return [Kept(one.lifecycle, one.vector, one.rows) for one in found]


def read_index(directory: Path) -> dict[str, Any]:
    """Return the index of a directory, empty where there is none.

    Raises `OSError` or `ValueError` for one that cannot be read.
    """
    file = directory / INDEX
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def file_name(lifecycle: str, vector: Vector) -> str:
    """Return the file that a vector belongs in."""
    return f"{lifecycle}-{vector.mode}.json"


def texts(contract: Contract, shelf: Shelf) -> Iterator[tuple[str, str]]:
    """Yield the files, by name and text: a vector on each line."""
    for lifecycle, vectors in shelf.items():
        files: dict[str, list[Vector]] = {}
        for vector in sorted(vectors, key=lambda one: one.id):
            files.setdefault(file_name(lifecycle, vector), []).append(vector)
        for name, some in files.items():
            yield name, _text(contract, lifecycle, some)


def notes(contract: Contract, vectors: Iterable[Vector]) -> dict[str, RowNote]:
    """Return what is said of the rows that vectors name."""
    named = {row for one in vectors for turn in one.turns for row in turn.rows}
    named |= {choice.row for one in vectors for turn in one.turns for choice in turn.choices}
    rows = [contract.rows[name] for name in sorted(named) if name in contract.rows]
    return {row.id: RowNote(row.says, list(row.cites), row.basis) for row in rows}


def _text(contract: Contract, lifecycle: str, vectors: Sequence[Vector]) -> str:
    whole = VectorFile(VERSION, lifecycle, notes(contract, vectors), [])  # type: ignore[arg-type]
    head = msgspec.to_builtins(whole)
    del head["vectors"]
    rows = ",\n".join(f"  {_line(name)}: {_line(one)}" for name, one in head.pop("rows").items())
    lines = ",\n".join(f"  {_line(msgspec.to_builtins(one))}" for one in vectors)
    top = "".join(f" {_line(key)}: {_line(value)},\n" for key, value in head.items())
    return f'{{\n{top} "rows": {{\n{rows}\n }},\n "vectors": [\n{lines}\n ]\n}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def index_text(index: Mapping[str, Any]) -> str:
    """Return the index as text."""
    return json.dumps(index, indent=1, ensure_ascii=False) + "\n"


def write(directory: Path, files: Iterable[tuple[str, str]], index: Mapping[str, Any]) -> None:
    """Write the files and the index; a file that is no longer there is removed."""
    directory.mkdir(parents=True, exist_ok=True)
    written = {INDEX}
    for name, text in files:
        places.write(directory / name, text)
        written.add(name)
    places.write(directory / INDEX, index_text(index))
    for file in directory.glob("*.json"):
        if file.name not in written:
            file.unlink()
