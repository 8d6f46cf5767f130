"""The time bounds: on which side of a bound an event lies, as expressions over its places in time."""

from __future__ import annotations

from cosmos_retry.contract import Row
from cosmos_retry.promela.names import UnknownWordError, known, name
from cosmos_retry.vocabulary import Instant, Vocabulary

# An instant of a policy, by kind: the macro that says on which side of it an event lies.
_OF_A_POLICY = {
    "window_end": "WINDOW_END",
    "last_call": "LAST_CALL_FOR",
    "last_asked_call": "LAST_ASKED_CALL",
    "backoff_end": "BACKOFF_END",
}
_RELATIONS = {"not_before": "NOT_BEFORE", "after": "AFTER", "not_after": "NOT_AFTER"}


def instant_expression(instant: Instant, words: Vocabulary) -> str:
    """Return on which side of an instant an event lies.  Raises `UnknownWordError` for an unknown kind."""
    if instant.kind == "asked_wait_end":
        return "ASKED_WAIT_END"
    if instant.kind == "after_answer":
        return f"AFTER_ANSWER({' + '.join(one.upper() for one in instant.parameters)})"
    if instant.kind not in _OF_A_POLICY:
        raise UnknownWordError(f"instant of the unknown kind {instant.kind!r}")
    policy = known("policy", instant.policy, words.policies, f"instant of kind {instant.kind}")
    return f"{_OF_A_POLICY[instant.kind]}({name('policy', policy)})"


def bound_conditions(row: Row, words: Vocabulary) -> list[str]:
    """Return the row's time bounds as conditions.  Raises `UnknownWordError` for an unknown instant."""
    return [
        f"{_RELATIONS[relation]}({name('instant', known('instant', instant, words.instants, row.id))})"
        for relation, instant in row.bounds
    ]
