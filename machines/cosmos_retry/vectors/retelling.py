"""Retelling: whether another contract says of a vector's run what the vector says."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.vectors.telling import tell
from cosmos_retry.vectors.vector import RowNote, Vector


@attrs.frozen
class Kept:
    """A vector, the lifecycle that it is about, and what its file says of the rows that it names."""

    lifecycle: str
    vector: Vector
    notes: Mapping[str, RowNote] = attrs.field(eq=False)

    def is_borne_out(self, contract: Contract) -> bool:
        """Whether a contract says the same of the run: choices, rows, verdict, and what the rows say."""
        vector = self.vector
        told = tell(contract, self.lifecycle, vector.config, vector.events)
        return (
            told is not None
            and list(told.turns) == vector.turns
            and (told.verdict, told.ended) == (vector.verdict, vector.ended)
            and all(self.notes.get(name) == note for name, note in told.notes.items())
        )
