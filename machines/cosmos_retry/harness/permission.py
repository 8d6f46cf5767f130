"""A permission: a move of the oracle as its server tells it."""

from __future__ import annotations

from cosmos_retry.harness.questions import Permission
from cosmos_retry.moves import ANY, Move


def permission(move: Move) -> Permission:
    """Return a move as a message says it."""
    return Permission(
        move=move.event,  # type: ignore[arg-type]
        row=move.row,
        from_s=move.not_before,
        verdict=move.verdict,  # type: ignore[arg-type]
        after=move.after,
        until_s=move.not_after,
        regions=list(move.regions),
        replica=None if move.event != "attempt" or move.replica == ANY else move.replica,  # type: ignore[arg-type]
        status=move.status,
        cites=list(move.cites),
        assumption=None if move.basis == "documented" else move.basis,
    )
