"""A vector as a test has it: what the client is configured with, and how to play the vector to it."""

from __future__ import annotations

import attrs

from cosmos_retry.config import Config
from cosmos_retry.harness.beginning import beginning
from cosmos_retry.harness.play import Play
from cosmos_retry.testing.client import Testable
from cosmos_retry.testing.driving import check
from cosmos_retry.trace import Step
from cosmos_retry.vectors.vector import Vector


@attrs.frozen
class VectorCase:
    """One conformance vector, to be played to a client."""

    vector: Vector

    @property
    def config(self) -> Config:
        """The configuration that the client is to have."""
        return self.vector.config

    @property
    def needs(self) -> tuple[Step, ...]:
        """The metadata calls that the client is to make before the operation itself."""
        return tuple(beginning(self.vector).needs)

    @property
    def pages(self) -> int:
        """How many pages the client is to ask for, where the operation is a query."""
        return beginning(self.vector).pages

    def check(self, client: Testable) -> Play:
        """Play the vector to a client and return the play.

        Its `verdict` may be `unspecified`: the client did something on which the documents do not speak.
        Raises `Violation` where the client did what it must not do.
        """
        __tracebackhide__ = True
        return check(client, Play.of(self.vector), self.needs, self.pages, self.vector.about)
