"""Vectors held against changed tables: what no promise notices is named, with its clause and a trace."""

from __future__ import annotations

from functools import lru_cache

import attrs
import pytest

from cosmos_retry import judge
from cosmos_retry.contract import Contract, load_contract, with_rows
from cosmos_retry.harness.files import read_vectors, vectors_dir
from cosmos_retry.reading import read_trace
from cosmos_retry.trace import Trace
from cosmos_retry.vectors.holding import Held, held
from cosmos_retry.vectors.publishing import kept_of
from cosmos_retry.vectors.retelling import Kept

CONTRACT = load_contract()


@lru_cache
def about(*words: str) -> tuple[Kept, ...]:
    """Return the published vectors whose names hold all of some words."""
    return tuple(
        one for one in kept_of(read_vectors(vectors_dir())) if all(word in one.name for word in words)
    )


def changed(name: str, **fields: object) -> Contract:
    """Return the contract with fields of a row changed; without fields, the row is gone."""
    rows = [
        attrs.evolve(row, **fields) if row.id == name else row  # type: ignore[arg-type]
        for row in CONTRACT.rows.values()
        if fields or row.id != name
    ]
    return with_rows(CONTRACT, rows)


# What a reviewer might let pass: no promise speaks of it, because nothing more is permitted than before.
LAXER: dict[str, tuple[str, dict[str, str], str]] = {
    "a refusal left open": ("write.408", {"to": "not_applicable"}, "002/408/write/server-no-retry"),
    "another refusal left open": ("write.412", {"to": "quiet"}, "002/412/write/no-retry"),
    "a forbidding row taken away": ("write.sent.timeout.resend", {}, "002/410/write/client/sent/no-retry"),
    "a verdict made open": (
        "write.410.surface.single.at-once",
        {"verdict": "unspecified"},
        "002/410/write/client/unsent/single",
    ),
}


@pytest.mark.parametrize("name", LAXER)
def test_tables_that_forbid_less_depart_from_a_vector(name: str) -> None:
    """It is named with a clause that the row rests on; its trace is one that the sound contract permits."""
    row, fields, clause = LAXER[name]
    fault = "timeout" if "timeout" in row else row.split(".")[1]
    found = held(changed(row, **fields), about("write", fault)[:40], jobs=1)
    assert found.departures
    lines = list(found.lines())
    assert lines[1].startswith(f"DEPARTS {found.departures[0][0].name}: ")
    assert any(line.startswith("  the vector: ") for line in lines)
    cited = next(line for line in lines if line.startswith("  ["))
    assert clause in cited, cited
    trace = read_trace(next(line for line in lines if line.startswith("  {")).strip().encode())
    assert isinstance(trace, Trace)
    assert judge(trace).verdict == found.departures[0][0].vector.verdict


def test_the_tables_as_they_are_depart_from_none() -> None:
    """Of the vectors of 449s to a read, and of lasting 408s to a write, none says anything else."""
    for words in (("point", "449"), ("write", "lasting", "408")):
        assert held(CONTRACT, about(*words), jobs=1) == Held(len(about(*words)), (), (), ())
        assert len(about(*words)) > 8


def test_another_sentence_is_named_and_no_departure() -> None:
    """A row that cites something else leads every run as before; it is named beside."""
    contract = changed("write.449", cites=("002/409/write/no-retry",))
    found = held(contract, about("write", "449"), jobs=1)
    assert found.departures == ()
    assert found.reworded == ("write.449",)


def test_a_verdict_that_rests_on_something_else_is_named() -> None:
    """Where a bound rests on an assumption no longer, no run departs, and its vectors say what is missing."""
    words = CONTRACT.vocabulary
    instant = attrs.evolve(words.instants["throttle_window_end"], rests_on=None)
    instants = {**words.instants, "throttle_window_end": instant}
    contract = attrs.evolve(CONTRACT, vocabulary=attrs.evolve(words, instants=instants))
    found = held(contract, about("write", "429"), jobs=1)
    assert (found.departures, found.reworded) == ((), ())
    assert {how for _, how in found.founded} == {"without the assumption throttle-window"}


def test_the_shortest_comes_first_and_each_row_once() -> None:
    """Departures are ordered by the events before them; what is shown differs in its rows."""
    found = held(changed("write.408", to="not_applicable"), about("write", "408"), jobs=1)
    events = [departure.events for _, departure in found.departures]
    assert events == sorted(events)
    assert len(events) > 3
    shown = [line for line in found.lines() if line.startswith("DEPARTS ")]
    assert len(shown) == len({departure.rows for _, departure in found.departures})
