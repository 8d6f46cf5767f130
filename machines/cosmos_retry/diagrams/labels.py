"""The labels: events, guards, time bounds and effects of a row in words, with the numbers of the profile."""

from __future__ import annotations

from collections.abc import Iterable

from cosmos_retry.contract import Contract, Row
from cosmos_retry.diagrams.edges import ANY

_SIDES = {"not_before": "≥", "after": ">", "not_after": "≤"}
_MOST_ANSWERS = 3


def words(name: str) -> str:
    """Return a name of the vocabulary as words."""
    return name.replace("_", " ")


def state_words(name: str) -> str:
    """Return a state's name as words, also of what stands for all the states that are not named."""
    return "any other state" if name == ANY else words(name)


class Labels:
    """Puts rows into words; `rows` are those that may run together, which settles the lengths of windows."""

    def __init__(self, contract: Contract, rows: Iterable[Row]) -> None:
        self._vocabulary = contract.vocabulary
        self._parameters = contract.profile.parameters
        self._lengths: dict[str, list[str]] = {}
        effects = [self._vocabulary.effects[name] for row in rows for name in row.do]
        for effect in effects:
            if effect.verb == "open" and effect.policy and effect.length:
                known = self._lengths.setdefault(effect.policy, [])
                if effect.length not in known:
                    known.append(effect.length)

    def event(self, row: Row) -> str:
        """Return the event of a row, and the answers that it is for."""
        return " ".join([words(row.on), " or ".join(self.answers(row))]).strip()

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
        return tuple(self._guard(name) for name in row.when if not self._is_answer(name))

    def bounds(self, row: Row) -> tuple[str, ...]:
        """Return the time bounds: `not before` and `not after` include their instant, `after` does not."""
        return tuple(f"{words(relation)} {self._instant(name)}" for relation, name in row.bounds)

    def short_bounds(self, row: Row) -> tuple[str, ...]:
        """Return the time bounds of a row with signs, and without the policy, which its state gives away."""
        return tuple(f"{_SIDES[relation]} {self._instant(name, short=True)}" for relation, name in row.bounds)

    def sided_bounds(self, row: Row) -> tuple[str, ...]:
        """Return the time bounds of a row with signs: ≥ and ≤ include their instant, > does not."""
        return tuple(f"{_SIDES[relation]} {self._instant(name)}" for relation, name in row.bounds)

    def effects(self, row: Row) -> tuple[str, ...]:
        """Return the effects of a row in words."""
        return tuple(words(name) for name in row.do)

    def _is_answer(self, guard: str) -> bool:
        return self._vocabulary.guards[guard].feature == "answer"

    def _guard(self, name: str) -> str:
        guard = self._vocabulary.guards[name]
        limit = self._vocabulary.features[guard.feature].limit
        # The limit tells `some` from `spent`: a guard that takes both, or neither, does not look at it.
        if limit is None or ("some" in guard.is_) == ("spent" in guard.is_):
            return words(name)
        return f"{words(name)} (limit {self._number(limit)})"

    def _instant(self, name: str, short: bool = False) -> str:
        """Return an instant in words, with the parameter that it is worked out from where there is one."""
        instant = self._vocabulary.instants[name]
        said = words(name.removeprefix(f"{instant.policy}_") if short else name)
        if instant.kind == "after_answer":
            return f"{said} ({_seconds(sum(self._parameters[p].value for p in instant.parameters))})"
        if instant.kind in ("window_end", "last_call", "last_asked_call"):
            lengths = [self._number(length) for length in self._lengths.get(instant.policy or "", ())]
            return f"{said} ({' or '.join(lengths)})" if lengths else said
        return said

    def _number(self, parameter: str) -> str:
        found = self._parameters[parameter]
        return _seconds(found.value) if found.unit == "s" else f"{found.value:g}"


def _seconds(value: float) -> str:
    return f"{value * 1000:g} ms" if 0 < value < 1 else f"{value:g} s"
