"""What can go wrong with a client on the stand."""

from __future__ import annotations


class AdapterError(Exception):
    """The adapter did not answer as the protocol says; as text, one line that says how."""


class AdapterDeclinedError(AdapterError):
    """The adapter could not do what it was asked, and said so; it can be asked again."""


class AdapterLostError(AdapterError):
    """The adapter is gone: it ended, or was ended from outside."""


class UnavailableError(Exception):
    """A client cannot be had here; as text, one line that says why."""
