"""Picking: which of the conformance vectors a test runs for, by their ids, lifecycles and operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

import attrs

from cosmos_retry.config import SPELLINGS
from cosmos_retry.harness.files import Found, read_vectors, vectors_dir

VECTORS, LIFECYCLES, OPERATIONS = "vectors", "lifecycles", "operations"
_KEYS = {"lifecycle": LIFECYCLES, "operation": OPERATIONS}  # what a marker may name beside patterns


class BadChoice(ValueError):  # noqa: N818 - somebody's setting, and no error of ours
    """A choice that picks nothing, or is none; as text, one line."""


@attrs.frozen
class Choice:
    """One way to pick vectors: `what` is looked at, `names` are picked, and `where` is who says so.

    What is looked at are the `vectors` ids, by patterns in which case counts; their `lifecycles`; or their
    `operations`, in any spelling of a trace.
    """

    where: str
    what: str
    names: tuple[str, ...]

    def fits(self, found: Found) -> bool:
        """Return whether a vector is picked."""
        return any(self._is(name, found) for name in self.names)

    def check(self, found: Sequence[Found]) -> None:
        """Raise `BadChoice` for the first name that picks none of these vectors."""
        for name in self.names:
            if not any(self._is(name, one) for one in found):
                raise BadChoice(f"{self.where} {name}: {self._reason(found)}")

    def _is(self, name: str, found: Found) -> bool:
        if self.what == VECTORS:
            return fnmatchcase(found.vector.id, name)
        if self.what == LIFECYCLES:
            return found.lifecycle == name
        return _plain(found.vector.operation) == _plain(name)

    def _reason(self, found: Sequence[Found]) -> str:
        if self.what == VECTORS:
            return "no vector has an id like this"
        known = (one.lifecycle if self.what == LIFECYCLES else _plain(one.vector.operation) for one in found)
        return f"no vector has this {self.what.removesuffix('s')}; known: {', '.join(dict.fromkeys(known))}"


def of_marker(name: str, globs: Sequence[object], named: Mapping[str, object]) -> list[Choice]:
    """Return the choices of a marker.  Raises `BadChoice` for an argument that it does not have."""
    if strange := [key for key in named if key not in _KEYS]:
        raise BadChoice(f"the marker {name}: {strange[0]!r} is not known; known: {', '.join(_KEYS)}")
    found = [_choice(f"the marker {name}", VECTORS, globs)] if globs else []
    for key, value in named.items():
        names: Iterable[object] = value if isinstance(value, tuple | list | set | frozenset) else (value,)
        found.append(_choice(f"the marker {name}, {key}", _KEYS[key], names))
    return found


def _choice(where: str, what: str, names: Iterable[object]) -> Choice:
    told = [one for one in names if isinstance(one, str)]
    if strange := [one for one in names if not isinstance(one, str)]:
        raise BadChoice(f"{where}: {strange[0]!r} is no text")
    return Choice(where, what, tuple(told))


def pick(found: Sequence[Found], settings: Iterable[Choice], markers: Iterable[Choice] = ()) -> list[Found]:
    """Return the vectors that all choices pick; none where a test's markers pick none of those of the run.

    Raises `BadChoice` for a name that no vector has, and for settings that together pick none.
    """
    settings, markers = [*settings], [*markers]
    for choice in (*settings, *markers):
        choice.check(found)
    picked = [one for one in found if all(choice.fits(one) for choice in settings)]
    if not picked:
        said = ", ".join(f"{choice.where} {' '.join(choice.names)}" for choice in settings)
        raise BadChoice(f"{said}: no vector fits all of them")
    return [one for one in picked if all(choice.fits(one) for choice in markers)]


@lru_cache(maxsize=1)
def every_vector() -> tuple[Found, ...]:
    """Return the published vectors, in the order of their files."""
    return tuple(read_vectors(vectors_dir()))


def _plain(operation: str) -> str:
    return SPELLINGS.get(operation, operation)
