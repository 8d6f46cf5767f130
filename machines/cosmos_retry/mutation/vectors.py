"""The second judge: conformance vectors, which a contract that says anything else does not bear out."""

from __future__ import annotations

from cosmos_retry.contract import Contract
from cosmos_retry.harness.files import BadVectors, read_vectors, vectors_dir
from cosmos_retry.vectors.publishing import kept_of
from cosmos_retry.vectors.stock import Stock


def published(contract: Contract) -> Stock | None:
    """Return the published vectors, or None where there are none.

    Raises `BadVectors` or `OSError` where they cannot be read.
    """
    try:
        directory = vectors_dir()
    except BadVectors:
        return None
    return Stock(contract, kept_of(read_vectors(directory)))
