"""The faults: everything that an attempt may meet, as the vocabulary tells it apart."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.memory import Seen
from cosmos_retry.vocabulary import Feature

ANY_MIX = "any mix"
_CAUSES = {"timeout": "timeout", "connectivity": "connection lost"}
_SENT = {"yes": ", sent", "no": ", not sent"}


@attrs.frozen
class Fault:
    """One thing that an attempt may meet: its name in the tables, and the event without its time."""

    name: str
    seen: Seen


def faults_of(contract: Contract, lifecycle: str) -> tuple[Fault, ...]:
    """Return what an attempt of a lifecycle may meet: every answer but a success, every kind of failure.

    Where a row tells an answer that asks for a wait from one that does not, they are two faults; so are a
    request that was sent and one that was not.
    """
    return (*_answers(contract, lifecycle), *_failures(contract, lifecycle))


def _answers(contract: Contract, lifecycle: str) -> Iterator[Fault]:
    feature = contract.vocabulary.features["answer"]
    for value in feature.values:
        if value in feature.ranges:
            continue
        status, _, substatus = _status(value, feature).partition("/")
        seen = Seen("response", status=int(status), substatus=int(substatus or 0))
        if _looked_at(contract, lifecycle, "hint", value):
            # How long the service asks to wait is its own choice; no wait at all leaves every way open.
            yield Fault(f"{value}, wait asked", attrs.evolve(seen, asked=0))
            yield Fault(f"{value}, no wait asked", seen)
        else:
            yield Fault(value, seen)


def _status(value: str, feature: Feature) -> str:
    """A status for a value; for what the documents do not list, the least such status."""
    if value != "unlisted":
        return value
    return next(str(status) for status in range(400, 600) if str(status) not in feature.values)


def _failures(contract: Contract, lifecycle: str) -> Iterator[Fault]:
    features = contract.vocabulary.features
    told = _looked_at(contract, lifecycle, "sent")
    for cause in features["cause"].values:
        for sent in features["sent"].values if told else ("yes",):
            name = _CAUSES.get(cause, cause) + (_SENT.get(sent, f", {sent}") if told else "")
            yield Fault(name, Seen("failure", cause=cause, sent=sent == "yes"))


def _looked_at(contract: Contract, lifecycle: str, feature: str, answer: str | None = None) -> bool:
    """Whether a row of the lifecycle looks at a feature, one that takes this answer if one is named."""
    guards = contract.vocabulary.guards
    for row in contract.lifecycles[lifecycle].rows:
        mine = [guards[name] for name in row.when]
        answers = [guard for guard in mine if guard.feature == "answer"]
        takes = answer is None or any(answer in guard.is_ for guard in answers)
        if takes and any(guard.feature == feature for guard in mine):
            return True
    return False
