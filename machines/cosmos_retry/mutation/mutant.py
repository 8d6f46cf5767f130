"""The mutant: the contract with one thing changed, and what that was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from cosmos_retry.contract import Contract, Row, with_rows
from cosmos_retry.parameters import Parameter
from cosmos_retry.vocabulary import Guard, Instant

_NO_GUARDS: Mapping[str, Guard] = {}
_NO_INSTANTS: Mapping[str, Instant] = {}
_NO_NUMBERS: Mapping[str, Parameter] = {}
_NO_WORDS: Mapping[str, Any] = {}


@attrs.frozen
class Mutant:
    """One change: of a row, of a parameter, or of a word.

    `subject` is the id of the row, or the name of the parameter or of the word.  `row` stands in for the row
    of that id; None takes it away.  `beside` is one more row.  `guards`, `instants` and `numbers` are words
    and parameters that the change needs, or that replace those of the same name; a mutant that has `numbers`
    and no row leaves all rows as they are.  `words` are parts of the vocabulary that stand in for others, by
    their names there: `policies`, `features`.
    """

    operator: str
    subject: str
    says: str
    row: Row | None = None
    beside: Row | None = None
    guards: Mapping[str, Guard] = _NO_GUARDS
    instants: Mapping[str, Instant] = _NO_INSTANTS
    numbers: Mapping[str, Parameter] = _NO_NUMBERS
    words: Mapping[str, Any] = _NO_WORDS

    @property
    def name(self) -> str:
        """The subject and what became of it."""
        return f"{self.subject}: {self.says}"

    def of(self, contract: Contract) -> Contract:
        """Return the contract with the change; nothing about it is checked."""
        if self.guards or self.instants:
            words = contract.vocabulary
            guards, instants = {**words.guards, **self.guards}, {**words.instants, **self.instants}
            contract = attrs.evolve(
                contract, vocabulary=attrs.evolve(words, guards=guards, instants=instants)
            )
        if self.words:
            contract = attrs.evolve(contract, vocabulary=attrs.evolve(contract.vocabulary, **self.words))
        if self.numbers:
            profile = contract.profile
            parameters = {**profile.parameters, **self.numbers}
            contract = attrs.evolve(contract, profile=attrs.evolve(profile, parameters=parameters))
        if self.subject not in contract.rows:
            return contract
        rows: list[Row] = []
        for row in contract.rows.values():
            if row.id == self.subject:
                rows += [one for one in (self.row, self.beside) if one is not None]
            else:
                rows.append(row)
        return with_rows(contract, rows)


def evolved(row: Row, **changes: Any) -> Row:
    """Return the row with other values in fields that are named only when the program runs."""
    return attrs.evolve(row, **changes)
