"""The third judge: conformance vectors, none of which may still be borne out by a contract that is another."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.harness.files import BadVectors, Found, read_vectors, vectors_dir
from cosmos_retry.vectors.publishing import notes
from cosmos_retry.vectors.retelling import Kept
from cosmos_retry.vectors.stock import Stock


def published(contract: Contract) -> Stock | None:
    """Return the published vectors, or None where there are none.

    Raises `BadVectors` or `OSError` where they cannot be read.
    """
    try:
        directory = vectors_dir()
    except BadVectors:
        return None
    return stock(contract, read_vectors(directory))


def stock(contract: Contract, found: Sequence[Found]) -> Stock:
    """Return vectors of a contract, as judges of others."""
    said = notes(contract, [one.vector for one in found])
    return Stock(contract, [Kept(one.lifecycle, one.vector, said) for one in found])
