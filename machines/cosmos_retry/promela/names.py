"""The names: how a word of the vocabulary, or a promise, is called in Promela."""

from __future__ import annotations

import re
from collections.abc import Container

PREFIXES = {
    "state": "s",
    "policy": "p",
    "guard": "g",
    "instant": "i",
    "answer": "a",
    "mode": "m",
    "level": "l",
    "operation": "o",
    "lifecycle": "lc",
}


class UnknownWordError(ValueError):
    """A row uses a word that cannot be written in Promela; as text, which one and where."""


def name(kind: str, word: str) -> str:
    """Return the identifier of a word: `s_gone` for the state `gone`, `a_403_3` for the answer 403/3."""
    return f"{PREFIXES[kind]}_{plain(word)}"


def plain(word: str) -> str:
    """Return a word with nothing in it but letters, digits and underscores."""
    return re.sub(r"\W", "_", word)


def known(kind: str, word: str | None, words: Container[str], where: str) -> str:
    """Return a word that stands in the vocabulary.  Raises `UnknownWordError` for one that does not."""
    if word is None or word not in words:
        raise UnknownWordError(f"{where}: unknown {kind} {word!r}")
    return word
