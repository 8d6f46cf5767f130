"""The alternatives to a violation: what the client might have done instead, as a person wants to read it."""

from __future__ import annotations

from cosmos_retry.contract import Contract
from cosmos_retry.moves import Move
from cosmos_retry.verdict import Verdict


def alternatives(verdict: Verdict, contract: Contract) -> list[Move]:
    """Return the moves that were permitted where a client went wrong, in the order of the tables.

    A refresh that would have changed nothing is left out.  Where nothing was permitted outright, the moves
    come on which the documents do not speak.
    """
    rows = contract.rows
    moves = [move for move in verdict.permitted if rows[move.row].to != "=" or rows[move.row].do]
    return [move for move in moves if move.verdict == "permitted"] or moves
