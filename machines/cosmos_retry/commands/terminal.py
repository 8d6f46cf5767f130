"""The terminal: what is printed to it, free of control characters, and coloured where somebody looks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from cosmos_retry.excerpt import one_line

_COLOURS = {"conforms": "32", "violates": "1;31", "unspecified": "33", "unobservable": "36"}


def say(text: str = "") -> None:
    """Print one line in which every control character is escaped, those out of a trace above all."""
    print(one_line(text))


def say_json(value: Mapping[str, Any]) -> None:
    """Print one line of JSON in plain ASCII."""
    print(json.dumps(value))


def coloured(verdict: str, width: int) -> str:
    """Return a verdict's word, filled up to `width` columns, in its colour if standard output takes it."""
    word = f"{verdict:{width}}"
    if not takes_colour():
        return word
    return f"\x1b[{_COLOURS[verdict]}m{word}\x1b[0m"


def takes_colour() -> bool:
    """Whether standard output is a terminal, and nothing in the environment speaks against colour."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout is not None and sys.stdout.isatty()
