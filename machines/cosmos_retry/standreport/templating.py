"""Templating: the templates' environment; whatever is printed in it is escaped for the kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cosmos_retry.excerpt import one_line
from cosmos_retry.report.markdown import code, escape
from cosmos_retry.report.page import TEMPLATES as SHARED
from cosmos_retry.report.timeline import lay_out

TEMPLATES = Path(__file__).with_name("templates")


def environment(html: bool) -> Environment:
    """Return the environment for pages, or for Markdown; the templates of the other report are at hand."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, SHARED]),
        autoescape=html,
        finalize=_printable if html else escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["code"] = code
    made.globals["lay_out"] = lay_out
    return made


def _printable(value: Any) -> Any:
    """Text without control characters; what is markup already stays."""
    return one_line(value) if type(value) is str else value
