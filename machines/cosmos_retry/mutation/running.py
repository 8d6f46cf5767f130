"""Running: many mutants tried, in this process or in several at once; the order is that of the tables."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path

from cosmos_retry import table
from cosmos_retry.contract import load_contract
from cosmos_retry.errors import ContractError
from cosmos_retry.mutation.mutant import Mutant
from cosmos_retry.mutation.operators import mutants
from cosmos_retry.mutation.stories import read_stories
from cosmos_retry.mutation.tables import Tables, committed_tables
from cosmos_retry.mutation.trial import Bench, Outcome
from cosmos_retry.mutation.vectors import published

_PORTION = 40
_BENCHES: dict[tuple[Path | None, bool], Bench] = {}  # one to a process
_NAMED: dict[tuple[str, str], Mutant] = {}


def bench(cases: Path | None, vectors: bool = True) -> Bench:
    """Return the contract with its judges, the published vectors among them, and the stories of a file.

    Raises `ContractError` where a story is none or the contract itself does not bear it out.
    """
    if (cases, vectors) not in _BENCHES:
        contract = load_contract()
        directory = committed_tables()
        made = Bench(
            contract,
            published(contract) if vectors else None,
            [] if cases is None else read_stories(cases),
            None if directory is None else Tables(contract, directory),
        )
        if made.shelf.untold:
            raise ContractError(str(cases), made.shelf.untold[0], "verdict", "is not what the contract says")
        _BENCHES[cases, vectors] = made
    return _BENCHES[cases, vectors]


def tried(
    chosen: Sequence[Mutant], cases: Path | None, jobs: int = 1, vectors: bool = True
) -> Iterator[Outcome]:
    """Yield what becomes of each mutant, in order."""
    if jobs <= 1 or len(chosen) <= _PORTION:
        judges = bench(cases, vectors)
        yield from map(judges.try_, chosen)
        return
    names = [(one.operator, one.name) for one in chosen]
    portions = [(cases, vectors, names[at : at + _PORTION]) for at in range(0, len(names), _PORTION)]
    with multiprocessing.Pool(jobs) as pool:
        for outcomes in pool.imap(_portion, portions):
            yield from outcomes


def _portion(work: tuple[Path | None, bool, list[tuple[str, str]]]) -> list[Outcome]:
    cases, vectors, names = work
    judges = bench(cases, vectors)
    if not _NAMED:
        _NAMED.update({(one.operator, one.name): one for one in mutants(judges.contract)})
    # The tables of mutants that are done with would only fill the memory.
    table._cached.cache_clear()
    return [judges.try_(_NAMED[name]) for name in names]
