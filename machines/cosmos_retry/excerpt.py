"""An excerpt: a value out of somebody's input, made short and printable for a message of one line."""

from __future__ import annotations

LONGEST = 60  # characters of a value that a message quotes


def one_line(text: str) -> str:
    """Return `text` with every unprintable character escaped, line ends and lone surrogates included."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def excerpt(value: object) -> str:
    """Return a value of JSON as a message quotes it: text in quotation marks, at most `LONGEST` characters.

    An array or an object that holds something is named, not quoted; so is null.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return "an array" if value else "an empty array"
        case dict():
            return "an object" if value else "an empty object"
        case int():
            shown = repr(value) if abs(value) < 10**LONGEST else "a number of very many digits"
        case float():
            shown = repr(value)
        case str():
            shown = repr(value[: LONGEST + 1])
        case _:
            shown = one_line(str(value))
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def plain(number: float) -> str:
    """Return a number as people write it: a whole one without a decimal point."""
    return repr(number).removesuffix(".0")
