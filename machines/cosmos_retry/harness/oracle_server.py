"""The oracle as a server: questions in, one answer to each, for several operations at once."""

from __future__ import annotations

import attrs
import msgspec

from cosmos_retry.config import Config, ConfigError
from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.harness.judged import VIOLATES, Judged, accepted, refused
from cosmos_retry.harness.messages import VERSION, Hello
from cosmos_retry.harness.permission import permission
from cosmos_retry.harness.questions import (
    MOST_EVENTS,
    MOST_OPEN,
    Close,
    Closed,
    Observe,
    Observed,
    Open,
    Opened,
    OracleAnswer,
    OracleHello,
    Permission,
    Permitted,
    Question,
    Refused,
    WhatNow,
)
from cosmos_retry.oracle import NotPermitted, Operation
from cosmos_retry.repeats import repeated_key
from cosmos_retry.search import CONFORMS, UNOBSERVABLE
from cosmos_retry.trace import Trace
from cosmos_retry.verdict import UNSPECIFIED
from cosmos_retry.wellformed import check

_DECODER: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)


@attrs.define
class _Watched:
    """An operation, and its record so far."""

    operation: Operation
    trace: Trace

    @property
    def verdict(self) -> str:
        found = {one.verdict for one in self.operation.hypotheses}
        return next(verdict for verdict in (CONFORMS, UNOBSERVABLE, UNSPECIFIED) if verdict in found)


class OracleServer:
    """Answers questions line by line; it has no clock, and keeps nothing but the operations that are open."""

    def __init__(self, contract: Contract, version: str = "") -> None:
        """Take the contract, and the version that it is told as."""
        self._contract = contract
        self._version = version
        self._open: dict[str, _Watched] = {}

    def answer(self, line: bytes | str, number: int) -> OracleAnswer:
        """Return the answer to a line; text stands for a line that could not be had, and says why.

        Raises nothing: whatever is wrong with a line is its answer.
        """
        try:
            if isinstance(line, str):
                raise _Wrong(line)
            question = _DECODER.decode(line)
            if repeated := repeated_key(line, question):
                raise _Wrong(str(repeated))
            return self._answered(question)
        except (_Wrong, ConfigError, msgspec.DecodeError, UnicodeDecodeError) as error:
            return Refused(number, one_line(str(error)))
        except RecursionError:
            return Refused(number, "is nested too deeply to be a question")

    def _answered(self, question: Question) -> OracleAnswer:
        match question:
            case Hello():
                if question.protocol != VERSION:
                    raise _Wrong(f"protocol {question.protocol} is not spoken here; spoken: {VERSION}")
                return OracleHello(1, "cosmos-retry", self._version)
            case Open():
                return self._opened(question)
            case Observe():
                return self._observed(question, self._watched(question.id))
            case WhatNow():
                watched = self._watched(question.id)
                return Permitted(question.id, watched.operation.now / 1_000_000, self._moves(watched))
            case Close():
                watched = self._watched(question.id)
                del self._open[question.id]
                return Closed(question.id, watched.verdict, watched.operation.ended)  # type: ignore[arg-type]

    def _opened(self, question: Open) -> Opened:
        if question.id in self._open:
            raise _Wrong(f"an operation {excerpt(question.id)} is open already")
        if len(self._open) >= MOST_OPEN:
            raise _Wrong(f"{MOST_OPEN} operations are open, which is the limit")
        trace = Trace(
            id=question.id,
            operation=question.operation,
            mode=question.mode,
            consistency=question.consistency,
            account=question.account,
            client=question.client,
            blind=[*question.blind],
            events=[],
        )
        watched = _Watched(Operation(Config.from_trace(trace), self._contract), trace)
        self._open[question.id] = watched
        return Opened(question.id, self._moves(watched))

    def _observed(self, question: Observe, watched: _Watched) -> Observed:
        operation, event = watched.operation, question.event
        trace = msgspec.structs.replace(watched.trace, events=[*watched.trace.events, event])
        if len(trace.events) > MOST_EVENTS:
            raise _Wrong(f"the operation has {MOST_EVENTS} events, which is the limit")
        if fault := check(trace):
            raise _Wrong(str(fault))
        try:
            operation.observe(event)
        except NotPermitted:
            judged = refused(trace, event, self._contract)
            moves = [permission(move) for move in judged.permitted]
        else:
            watched.trace = trace
            judged = accepted(operation, event)
            moves = self._moves(watched)
        return self._said(question.id, judged, watched, moves)

    def _said(self, name: str, judged: Judged, watched: _Watched, moves: list[Permission]) -> Observed:
        contract = self._contract
        return Observed(
            id=name,
            event=judged.number,
            verdict=judged.verdict,  # type: ignore[arg-type]
            so_far=watched.verdict,  # type: ignore[arg-type]
            ended=watched.operation.ended,
            rows=list(judged.rows),
            reason=judged.reason,
            clauses={cite: contract.clauses[cite].says for cite in judged.cites},
            assumptions={known: contract.assumptions[known].choice for known in judged.assumptions},
            moves=moves if judged.verdict == VIOLATES or not watched.operation.ended else [],
        )

    def _watched(self, name: str) -> _Watched:
        if name not in self._open:
            raise _Wrong(f"no operation {excerpt(name)} is open")
        return self._open[name]

    def _moves(self, watched: _Watched) -> list[Permission]:
        return [permission(move) for move in watched.operation.permitted()]


class _Wrong(ValueError):  # noqa: N818 - told to the asker, and no error of ours
    """What is wrong with a question."""
