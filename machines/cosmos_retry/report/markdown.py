"""Markdown: text out of a trace made harmless in it, so that it shows as what it is."""

from __future__ import annotations

import re
from typing import Any

from cosmos_retry.excerpt import one_line

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_TICKS = re.compile(r"`+")


class Safe(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escape(value: Any) -> Any:
    """Return a value as Markdown shows it literally: one line, no markup, no HTML; `Safe` stays as it is."""
    if isinstance(value, Safe) or not isinstance(value, str):
        return value
    text = one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Safe(_SPECIAL.sub(r"\\\1", text))


def code(value: object) -> Safe:
    """Return a value as a code span, which may stand in a table."""
    text = one_line(str(value)).replace("|", "\\|")
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    return Safe(f"{fence}{pad}{text}{pad}{fence}")
