"""A conversation: vectors played to a program, message by message, whatever the program answers."""

from __future__ import annotations

import time

import msgspec

from cosmos_retry.config import SPELLINGS
from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.harness.beginning import beginning
from cosmos_retry.harness.endings import Answer
from cosmos_retry.harness.messages import (
    MOST_MOVES,
    VERSION,
    Bye,
    FromHarness,
    FromProgram,
    Hello,
    Introduction,
    Next,
    Over,
    Ready,
    Skip,
    Wait,
)
from cosmos_retry.harness.outcome import FAILED, PASSED, SKIPPED, UNSPECIFIED, Outcome, family
from cosmos_retry.harness.play import Play
from cosmos_retry.harness.program import Broken, Program
from cosmos_retry.harness.record import BadMove
from cosmos_retry.trace import AccountRefresh, Operation
from cosmos_retry.vectors.vector import Vector
from cosmos_retry.verdict import VIOLATES

_DECODER: msgspec.json.Decoder[FromProgram] = msgspec.json.Decoder(FromProgram)
_ENCODER = msgspec.json.Encoder()
_LONGEST_REASON = 2_000  # characters that a program is told


class Conversation:
    """What passes between the harness and one program, from its introduction on."""

    def __init__(self, program: Program, contract: Contract, start_s: float = 30.0) -> None:
        """Have the program introduce itself within some real seconds.  Raises `Broken` where it does not."""
        self._program = program
        self._contract = contract
        said = self._ask(Hello(VERSION), start_s)
        if not isinstance(said, Introduction):
            raise Broken(f"it answered hello with {_name(said)}")
        self.introduction = said

    def play(self, vector: Vector, lifecycle: str = "") -> Outcome:
        """Play a vector, of a file for a lifecycle.  An outcome that is `broken` ends the conversation."""
        started = time.monotonic()
        play = Play.of(vector, self._contract)
        outcome, broken = PASSED, False
        if reason := self._unsupported(vector):
            outcome = SKIPPED
        else:
            try:
                outcome, reason = self._played(vector, play)
                self._end(Over(vector.id, outcome, reason[:_LONGEST_REASON]))  # type: ignore[arg-type]
            except Broken as error:
                also = f"{reason}; and then " if outcome == FAILED else ""
                outcome, reason, broken = FAILED, f"{also}{error}", True
        return Outcome(
            id=vector.id,
            lifecycle=lifecycle or vector.config.lifecycle,
            family=family(vector),
            outcome=outcome,
            reason=reason,
            judged=tuple(one for one in play.judged if one.verdict in (UNSPECIFIED, VIOLATES)),
            events=tuple(play.events) if outcome in (FAILED, UNSPECIFIED) else (),
            broken=broken,
            about=vector.about,
            seconds=time.monotonic() - started,
        )

    def bye(self) -> None:
        """Take leave of the program."""
        self._tell(Bye())
        self._program.leave()

    def _played(self, vector: Vector, play: Play) -> tuple[str, str]:
        """Play to the end; return the outcome and its reason."""
        said = self._ask(beginning(vector))
        if isinstance(said, Skip):
            return SKIPPED, one_line(said.reason)
        for _ in range(MOST_MOVES):
            try:
                question = self._turn(play, said)
            except BadMove as bad:
                return FAILED, one_line(f"{_name(said)}: {bad}")
            if play.violation is not None:
                return FAILED, play.violation.reason
            if play.over:
                return (UNSPECIFIED, _silence(play)) if play.verdict == UNSPECIFIED else (PASSED, "")
            said = self._ask(question)
        return FAILED, f"no end was reached within {MOST_MOVES} moves"

    def _end(self, over: Over) -> None:
        """Tell the program that the vector is over; only then is it certain that it spoke in turn."""
        if not isinstance(said := self._ask(over), Ready):
            raise Broken(f"it answered out of turn: {_name(said)}")
        self._program.listen()

    def _turn(self, play: Play, said: FromProgram) -> Next:
        """Take one of the program's moves; return what it is told then."""
        match said:
            case Wait():
                return _next(play, play.wait(said.until))
            case Introduction() | Skip() | Ready():
                raise Broken(f"it answered out of turn: {_name(said)}")
            case AccountRefresh() if said.write_regions is not None:
                raise BadMove("write_regions is for the harness to tell")
        due = play.due
        if due is not None and said.t > due:
            return _next(play, play.wait(), overtaken=True)
        judged = play.move(said)
        told = (judged.event,) if isinstance(judged.event, AccountRefresh) else ()
        return _next(play, told)

    def _unsupported(self, vector: Vector) -> str:
        config, who = vector.config, self.introduction
        for what, value, known in (
            ("operation", config.operation, _plain(who.operations)),
            ("mode", config.mode, who.modes),
            ("consistency level", config.consistency, who.levels),
        ):
            if known is not None and value not in known:
                return f"the program does not support the {what} {value}"
        return ""

    def _ask(self, message: FromHarness, within_s: float | None = None) -> FromProgram:
        line = self._program.ask(_ENCODER.encode(message), within_s)
        try:
            return _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            found = excerpt(line.decode("utf-8", "replace"))
            raise Broken(one_line(f"it said {found}, which is no message: {error}")) from None

    def _tell(self, message: FromHarness) -> None:
        self._program.tell(_ENCODER.encode(message))


def _next(play: Play, events: tuple[Answer | AccountRefresh, ...], overtaken: bool = False) -> Next:
    return Next(now=play.now, attempts=play.attempts, events=list(events), overtaken=overtaken)


def _silence(play: Play) -> str:
    """Where the documents are silent on what the client did."""
    rows = [row for one in play.judged if one.verdict == UNSPECIFIED for row in one.rows]
    return f"the documents do not say: {', '.join(dict.fromkeys(rows))}"


def _plain(operations: list[Operation] | None) -> list[str] | None:
    return None if operations is None else [SPELLINGS.get(name, name) for name in operations]


def _name(said: FromProgram) -> str:
    return str(said.__struct_config__.tag)
