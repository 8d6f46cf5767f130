"""Files of vectors: where they lie, and what they hold, checked before anything is played."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import msgspec

from cosmos_retry.config import ConfigError
from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.paths import PACKAGE
from cosmos_retry.vectors.vector import RowNote, Vector, VectorFile
from cosmos_retry.wellformed import check

INDEX = "index.json"  # beside the files, and none of them
LIFECYCLES = ("point_read", "query", "write", "metadata")
LARGEST = 256 * 1024 * 1024  # bytes of a file
_DECODER = msgspec.json.Decoder(VectorFile)


@attrs.frozen
class BadVectors(Exception):  # noqa: N818 - somebody's input, and no error of ours
    """A file that holds no vectors: the file, the place in it as a JSON path, and the reason."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        """One printable line: `file: place: reason`."""
        return one_line(": ".join(filter(None, (self.file, self.place, self.reason))))


@attrs.frozen
class Found:
    """A vector, the file that it was found in, and what that says of the rows that the vector names."""

    file: str
    lifecycle: str
    vector: Vector
    rows: Mapping[str, RowNote] = attrs.field(factory=dict, repr=False)


def vectors_dir(package: Path = PACKAGE) -> Path:
    """Return the directory of the published vectors: inside an installed package, or beside it in a checkout.

    Raises `BadVectors` where neither is there.
    """
    for candidate in (package / "vectors" / "v1", package.parent.parent / "tests" / "vectors" / "v1"):
        if candidate.is_dir():
            return candidate
    raise BadVectors(str(package), "", "there are no vectors inside the package, nor in a checkout around it")


def read_vectors(path: Path) -> list[Found]:
    """Return the vectors of a file, or of all `*.json` of a directory but its index, in the order of names.

    Raises `BadVectors` for the first thing that is wrong, and `OSError` for a file that cannot be read.
    """
    files = sorted(one for one in path.glob("*.json") if one.name != INDEX) if path.is_dir() else [path]
    found = [one for file in files for one in _read(file)]
    if not found:
        raise BadVectors(str(path), "", "holds no vectors")
    seen: dict[str, str] = {}
    for one in found:
        if one.vector.id in seen:
            reason = f"{excerpt(one.vector.id)} is the id of a vector in {seen[one.vector.id]}, too"
            raise BadVectors(one.file, "vectors", reason)
        seen[one.vector.id] = one.file
    return found


def _read(path: Path) -> Iterator[Found]:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadVectors(str(path), "", f"is larger than {LARGEST} bytes")
    try:
        held = _DECODER.decode(data)
    except RecursionError:
        raise BadVectors(str(path), "", "is nested too deeply to be a file of vectors") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason, _, place = str(error).partition(" - at `")
        raise BadVectors(str(path), place.rstrip("`").removeprefix("$").lstrip("."), reason) from None
    if held.lifecycle not in LIFECYCLES:
        reason = f"{excerpt(held.lifecycle)} is not permitted; permitted: {', '.join(LIFECYCLES)}"
        raise BadVectors(str(path), "lifecycle", reason)
    for number, vector in enumerate(held.vectors):
        if problem := _problem(vector, held):
            place, reason = problem
            raise BadVectors(str(path), f"vectors[{number}]{place}", f"{reason} (vector {vector.id})")
        yield Found(str(path), held.lifecycle, vector, held.rows)


def _problem(vector: Vector, held: VectorFile) -> tuple[str, str] | None:
    """The first thing about a vector that cannot be: its place, and the reason."""
    try:
        config = vector.config
    except ConfigError as error:
        return f".{error.field}", error.reason
    last = 0
    for number, ending in enumerate(vector.endings):
        place = f".endings[{number}]"
        if ending.attempt <= last:
            return f"{place}.attempt", f"{ending.attempt} comes after {last}; permitted: each once, in order"
        last = ending.attempt
        if ending.since is not None and ending.since > ending.attempt:
            return f"{place}.since", f"{ending.since} is a later attempt than {ending.attempt}"
        if not math.isfinite(ending.after_s):
            return f"{place}.after_s", "is no finite number of seconds"
        if ending.step == "page" and config.lifecycle != "query":
            return f"{place}.step", "'page' is permitted in a query only"
    for number, read in enumerate(vector.account_reads):
        if strange := [name for name in read if name not in config.regions]:
            return f".account_reads[{number}]", f"{excerpt(strange[0])} is not a region of the account"
    if vector.turns and (fault := check(vector.trace)):
        return ".turns", str(fault)
    for number, turn in enumerate(vector.turns):
        if strange := [
            row for row in (*turn.rows, *(one.row for one in turn.choices)) if row not in held.rows
        ]:
            return f".turns[{number}]", f"the row {excerpt(strange[0])} is not among the file's rows"
    return None
