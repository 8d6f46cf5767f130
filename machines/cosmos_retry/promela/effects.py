"""The effects: what a row writes into the contract's memory, as calls of inlines."""

from __future__ import annotations

from cosmos_retry.contract import Row
from cosmos_retry.promela.names import UnknownWordError, known, name, plain
from cosmos_retry.vocabulary import Effect, Vocabulary

SENDS = ("first", "here", "failover", "forward", "new request", "beside")
FLAGS = ("addresses_stale", "account_stale")


def effect_statements(row: Row, words: Vocabulary) -> list[str]:
    """Return the statements of a row's effects and of the state that it leads to.

    Raises `UnknownWordError` for an effect or a state that is not known, and for an effect that a row names
    twice: what is remembered of one event is whether it counted, not how often.
    """
    if len(set(row.do)) < len(row.do):
        raise UnknownWordError(f"{row.id}: an effect stands there twice")
    statements = [
        _statement(words.effects[known("effect", effect, words.effects, row.id)], row, words)
        for effect in row.do
    ]
    if row.to != "=":
        statements.append(f"state = {name('state', known('state', row.to, words.states, row.id))}")
    return statements


def _statement(effect: Effect, row: Row, words: Vocabulary) -> str:
    if effect.verb == "send" and effect.how in SENDS:
        return f"send_{plain(str(effect.how))}()"
    if effect.verb == "set" and effect.flag in FLAGS:
        return f"{effect.flag} = {'true' if effect.to else 'false'}"
    if effect.verb in ("open", "count"):
        policy = known("policy", effect.policy, words.policies, row.id)
        if effect.verb == "count":
            return f"count({name('policy', policy)})"
        if effect.length is not None:
            return (
                f"open({name('policy', policy)}, {effect.length.upper()}, PROMISED_{policy.upper()}_WINDOW)"
            )
    raise UnknownWordError(f"{row.id}: an effect that does {effect.verb!r} in a way that is not known")
