"""The labels: events, guards, time bounds and effects of a row in words, with the numbers of the profile."""

from __future__ import annotations

from collections.abc import Iterable

from cosmos_retry.contract import Contract, Row

_SIDES = {"not_before": "≥", "after": ">", "not_after": "≤"}
_MOST_ANSWERS = 3


def words(name: str) -> str:
    """Return a name of the vocabulary as words."""
    return name.replace("_", " ")


class Labels:
    """Puts rows into words; `rows` are those that may run together, which settles the lengths of windows."""

    def __init__(self, contract: Contract, rows: Iterable[Row]) -> None:
        self._vocabulary = contract.vocabulary
        self._parameters = contract.profile.parameters
        self._lengths: dict[str, list[str]] = {}
        for row in rows:
            for name in row.do:
                effect = self._vocabulary.effects[name]
                if effect.verb == "open" and effect.policy and effect.length:
                    known = self._lengths.setdefault(effect.policy, [])
                    if effect.length not in known:
                        known.append(effect.length)

    def guard(self, name: str) -> str:
        """Return a guard in words, with the limit that it is measured against."""
        limit = self._vocabulary.features[self._vocabulary.guards[name].feature].limit
        return f"{words(name)} (limit {self._number(limit)})" if limit else words(name)

    def answers(self, row: Row) -> tuple[str, ...]:
        """Return the answers that a row is for, `404/1002` for instance; empty where it is for any."""
        for name in row.when:
            guard = self._vocabulary.guards[name]
            if guard.feature == "answer":
                values = tuple(v for v in self._vocabulary.features["answer"].values if v in guard.is_)
                return values if len(values) <= _MOST_ANSWERS else (words(name.removeprefix("answer_")),)
        return ()

    def guards(self, row: Row) -> tuple[str, ...]:
        """Return the guards of a row in words, apart from the answer that it is for."""
        guards = self._vocabulary.guards
        return tuple(self.guard(name) for name in row.when if guards[name].feature != "answer")

    def event(self, row: Row) -> str:
        """Return the event of a row, and the answers that it is for."""
        return " ".join([words(row.on), " or ".join(self.answers(row))]).strip()

    def bounds(self, row: Row, symbols: bool = False) -> tuple[str, ...]:
        """Return the time bounds of a row.

        `not before` and `not after` (as symbols ≥ and ≤) include their instant, `after` (>) excludes it.
        """
        return tuple(
            f"{_SIDES[relation] if symbols else words(relation)} {self.instant(name)}" for relation, name in row.bounds
        )

    def instant(self, name: str) -> str:
        """Return an instant in words, with the length that it is worked out from where that is a parameter."""
        instant = self._vocabulary.instants[name]
        if instant.kind == "after_answer":
            total = sum(self._parameters[parameter].value for parameter in instant.parameters)
            return f"{words(name)} ({_seconds(total)})"
        if instant.kind in ("window_end", "last_call", "last_asked_call"):
            lengths = " or ".join(self._number(length) for length in self._lengths.get(instant.policy or "", ()))
            return f"{words(name)} ({lengths})" if lengths else words(name)
        return words(name)

    def effects(self, row: Row) -> tuple[str, ...]:
        """Return the effects of a row in words."""
        return tuple(words(name) for name in row.do)

    def _number(self, parameter: str) -> str:
        found = self._parameters[parameter]
        return _seconds(found.value) if found.unit == "s" else f"{found.value:g}"


def _seconds(value: float) -> str:
    return f"{value * 1000:g} ms" if 0 < value < 1 else f"{value:g} s"
