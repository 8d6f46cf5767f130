"""A violation: why a test failed, told with the clause, what was right, and the story of the operation."""

from __future__ import annotations

from cosmos_retry.config import Config
from cosmos_retry.harness.outcome import FAILED, Outcome
from cosmos_retry.harness.play import Play


class Violation(AssertionError):  # noqa: N818 - a finding about the client under test
    """A client broke the contract, or its part of the play; as text, all that a person needs.

    `play` holds the events and the verdicts of every move; `reason` is the first line of the finding.
    """

    is_cosmos_retry_violation = True  # by which the plugin knows it without having imported it

    def __init__(self, play: Play, reason: str = "", about: str = "") -> None:
        """Take the play, and why it failed where that is not a move that the contract refuses."""
        violation = play.violation
        self.play = play
        self.reason = violation.reason if violation is not None else reason
        outcome = Outcome(
            id=play.name,
            lifecycle=play.config.lifecycle,
            family="",
            outcome=FAILED,
            reason=reason,
            judged=() if violation is None else (violation,),
            events=tuple(play.events),
            about=about or describe_config(play.config),
        )
        # What went wrong comes first: a test runner's summary shows one line.
        said = outcome.lines(play.operation.contract)
        head = [said[1], said[0], *said[2:]]
        super().__init__("\n".join(head))

    # A copy is made where a worker process hands it on; text is all that can go there.
    def __reduce__(self) -> tuple[type[AssertionError], tuple[str]]:
        return AssertionError, (str(self),)


def describe_config(config: Config) -> str:
    """Return a configuration as one line of plain words."""
    words = [config.operation.replace("_", " "), config.mode, config.consistency]
    words.append(f"regions {', '.join(config.regions)}, writes to {', '.join(config.write_regions)}")
    if config.preferred:
        words.append(f"preferred {', '.join(config.preferred)}")
    if config.use_multiple_write_locations:
        words.append("uses multiple write locations")
    if config.throttle_max_retries is not None:
        words.append(f"{config.throttle_max_retries} throttling retries")
    if config.throttle_max_wait_us is not None:
        words.append(f"{config.throttle_max_wait_us / 1e6:g} s for throttling")
    return "; ".join(words)
