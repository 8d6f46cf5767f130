"""The register agrees with the contract: what a clause is said to have become is what it became."""

from __future__ import annotations

import pytest

from cosmos_retry import load_contract
from cosmos_retry.invariants import load_invariants

CONTRACT = load_contract()
CITED = {
    "row": {cite for row in CONTRACT.rows.values() for cite in row.cites},
    "invariant": {cite for entry in load_invariants() for cite in entry.cites},
    "parameter": {cite for one in CONTRACT.profile.parameters.values() for cite in one.cites},
}


@pytest.mark.parametrize("kind", ["row", "invariant"])
def test_cited_clauses_became_what_cites_them(kind: str) -> None:
    """The clauses that rows and invariants cite are those of which the register says so."""
    said = {clause.id for clause in CONTRACT.clauses.values() if kind in clause.became}
    assert said == CITED[kind]


def test_parameters_cite_clauses_that_became_parameters() -> None:
    """A parameter cites clauses that became one; options without a number became parameters as well."""
    said = {clause.id for clause in CONTRACT.clauses.values() if "parameter" in clause.became}
    assert said >= CITED["parameter"]


@pytest.mark.parametrize("name", CONTRACT.assumptions)
def test_assumption_and_clauses_name_each_other(name: str) -> None:
    """An assumption names the clauses that it comes from, and each of them names it."""
    assumption = CONTRACT.assumptions[name]
    assert assumption.clauses
    for clause in assumption.clauses:
        assert name in CONTRACT.clauses[clause].assumption, clause


def test_holes_and_conflicts_are_settled() -> None:
    """A clause that is a hole or a conflict names the assumption that settles it."""
    for clause in CONTRACT.clauses.values():
        if {"hole", "conflict"} & set(clause.became):
            assert clause.assumption, clause.id
        for name in clause.assumption:
            assert name in CONTRACT.assumptions, clause.id


def test_every_assumption_is_relied_on() -> None:
    """Each assumption stands behind a row, an instant, a value of a feature, or a parameter."""
    words = CONTRACT.vocabulary
    used = {words.mixed_rests_on}
    for row in CONTRACT.rows.values():
        used |= {row.basis, *row.rests_on}
    used |= {instant.rests_on or "" for instant in words.instants.values()}
    used |= {name for feature in words.features.values() for name in feature.rests_on.values()}
    used |= {one.assumption or "" for one in CONTRACT.profile.parameters.values()}
    assert set(CONTRACT.assumptions) <= used


def test_nothing_in_the_vocabulary_is_idle() -> None:
    """Each guard, effect, instant, state and event is used by a row, and each feature by a guard."""
    words, rows = CONTRACT.vocabulary, CONTRACT.rows.values()
    assert set(words.guards) == {guard for row in rows for guard in row.when}
    assert set(words.effects) == {effect for row in rows for effect in row.do}
    assert set(words.instants) == {instant for row in rows for _, instant in row.bounds}
    assert set(words.events) == {row.on for row in rows}
    assert set(words.states) == {state for one in CONTRACT.lifecycles.values() for state in one.states}
    assert set(words.features) == {guard.feature for guard in words.guards.values()}
