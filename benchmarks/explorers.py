"""The searches and Spin's verifier, measured on the same models."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from cosmos_retry.contract import load_contract
from cosmos_retry.explore.found import Found
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.search import search
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.promela.cases import Case
from spin import Verifier, verifier

CASES = (
    Case("write", regions=2),
    Case("query", regions=4),
    Case("point_read", "direct", "Strong", regions=2),
    Case("write", regions=2, writes=(0, 1), multiple=True),
    Case("write", regions=3, writes=(0, 1, 2), multiple=True),
    Case("write", "gateway", regions=4, writes=(0, 1, 2, 3), multiple=True),
)
Json = dict[str, object]


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compiled_search() -> Callable[[Model], Found] | None:
    """Return the compiled search, or None where numba is not installed."""
    try:
        from cosmos_retry.explore import kernel
    except ImportError:
        return None
    return kernel.compiled_search


def explorers(rounds: int) -> list[Json]:
    """Return, for each model, its size and the seconds that everything took, as medians of some rounds."""
    contract, fast = load_contract(), compiled_search()
    found: list[Json] = []
    runs: list[tuple[Json, dict[str, Callable[[], object]]]] = []
    for case in CASES:
        began = time.perf_counter()
        model = Model(contract, case.setting, promised_lengths(contract.profile, case.setting))
        compiling = time.perf_counter() - began
        seen = search(model)
        one: Json = {"case": case.title, "states": seen.states, "edges": seen.edges, "model_s": compiling}
        works: dict[str, Callable[[], object]] = {"plain": lambda model=model: search(model)}  # type: ignore[misc]
        if fast is not None:
            assert list(fast(model).codes) == list(seen.codes)
            works["kernel"] = lambda model=model: fast(model)  # type: ignore[misc]
        pan = verifier(contract, case.setting)
        if isinstance(pan, Verifier):
            one |= {"spin_states": pan.run(), "spin_make_s": pan.seconds}
            works["spin"] = pan.run
        else:
            one["spin"] = pan
        found.append(one)
        runs.append((one, works))
    times: dict[tuple[int, str], list[float]] = {}
    for _ in range(rounds):
        for number, (_, works) in enumerate(runs):
            for name, work in works.items():
                times.setdefault((number, name), []).append(timed(work))
    for (number, name), some in times.items():
        found[number][f"{name}_s"] = median(some)
    return found
