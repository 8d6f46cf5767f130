"""The unshown: changes of the contract that no vector shows, each with a run that tells it apart."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence

from cosmos_retry import table
from cosmos_retry.contract import Contract
from cosmos_retry.mutation.difference import Difference
from cosmos_retry.mutation.hearing import Hearing
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.mutation.operators import mutants
from cosmos_retry.mutation.trial import Bench
from cosmos_retry.vectors.stock import Stock

SHOWN, REFUSED, EQUIVALENT, DIFFERS = "shown", "refused", "equivalent", "differs"
Found = tuple[Mutant, str, Difference | None]
_PORTION = 20
_AT_HAND: list[tuple[Bench, list[Mutant]]] = []  # made before the processes part


def unshown(
    contract: Contract, vectors: Stock, chosen: Sequence[int] | None = None, jobs: int = 1
) -> Iterator[Found]:
    """Yield what becomes of each mutant, or of those at some places in their order, in no particular order.

    It is refused by the loader, shown by a vector, equivalent, or it differs.  A row that stands there twice
    says nothing else, and is refused by the proof.
    """
    _AT_HAND[:] = [(Bench(contract, vectors, [], None), list(mutants(contract)))]
    places = range(len(_AT_HAND[0][1])) if chosen is None else chosen
    if jobs <= 1:
        yield from map(_one, places)
        return
    vectors.prepare()
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(_one, places, chunksize=_PORTION)


def _one(place: int) -> Found:
    bench, every = _AT_HAND[0]
    mutant = every[place]
    # The tables of mutants that are done with would only fill the memory.
    table._cached.cache_clear()
    hearing = Hearing(bench.contract, bench.fields, mutant)
    if mutant.beside is not None or bench.loader(hearing) is not None:
        return mutant, REFUSED, None
    if bench.vectors(hearing) is not None:
        return mutant, SHOWN, None
    found = None if hearing.says_only else hearing.difference
    return mutant, EQUIVALENT if found is None else DIFFERS, found
