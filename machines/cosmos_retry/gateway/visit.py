"""A visit: one request on its way through a scene, and what of it is kept."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cosmos_retry.gateway.played import Arrival

_KEPT = ("x-ms-", "if-", "user-agent", "prefer", "content-length")  # beginnings of headers that matter
_LEFT_OUT = ("x-ms-date",)
LONGEST = 300  # characters of a header, and of a path, that are kept


@attrs.define
class Visit:
    """One request on its way through the stage; `arrival` is what is known of it so far."""

    arrival: Arrival
    is_late: bool = False

    def note(self, **known: object) -> None:
        """Learn more of it."""
        self.arrival = attrs.evolve(self.arrival, **known)  # type: ignore[arg-type]


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a record keeps, by their names in small letters: none that holds a secret."""
    small = {name.lower(): value[:LONGEST] for name, value in headers.items()}
    return {name: small[name] for name in sorted(small) if name.startswith(_KEPT) and name not in _LEFT_OUT}
