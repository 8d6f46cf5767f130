"""The register's checks: what clauses, assumptions and words became, and which rows decide a story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cosmos_retry.contract import Contract


def disagreements(contract: Contract) -> Iterator[str]:
    """Yield what in a contract does not agree with its registers, one line each."""
    rows, words = contract.rows.values(), contract.vocabulary
    cited = {cite for row in rows for cite in row.cites}
    for clause in contract.clauses.values():
        if ("row" in clause.became) != (clause.id in cited):
            yield f"clause {clause.id} {'is cited by no row' if clause.id not in cited else 'became no row'}"
    relied = {words.mixed_rests_on}
    relied |= {name for row in rows for name in (row.basis, *row.rests_on)}
    relied |= {instant.rests_on or "" for instant in words.instants.values()}
    relied |= {name for feature in words.features.values() for name in feature.rests_on.values()}
    relied |= {one.assumption or "" for one in contract.profile.parameters.values()}
    yield from (f"nothing rests on {name}" for name in contract.assumptions if name not in relied)
    used: Mapping[str, set[str]] = {
        "guard": {guard for row in rows for guard in row.when},
        "effect": {effect for row in rows for effect in row.do},
        "instant": {instant for row in rows for _, instant in row.bounds},
        "event": {row.on for row in rows},
    }
    known = {
        "guard": words.guards,
        "effect": words.effects,
        "instant": words.instants,
        "event": words.events,
    }
    for kind, names in known.items():
        yield from (f"no row has the {kind} {name}" for name in names if name not in used[kind])
