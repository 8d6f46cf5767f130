"""The files of the diagrams: written into a directory, or compared with what is there."""

from __future__ import annotations

from pathlib import Path

from cosmos_retry.clauses import load_register
from cosmos_retry.contract import Contract, load_contract
from cosmos_retry.diagrams.dot import dot_source
from cosmos_retry.diagrams.index import index_page, linked
from cosmos_retry.diagrams.mermaid import mermaid_source
from cosmos_retry.diagrams.plan import load_plan
from cosmos_retry.diagrams.row_table import configuration_page, lifecycle_page
from cosmos_retry.diagrams.slices import all_drawings
from cosmos_retry.errors import ContractError
from cosmos_retry.paths import spec_dir
from cosmos_retry.places import write
from cosmos_retry.render import RenderError, render_svg

INDEX = "README.md"
TEXTS = (".dot", ".mmd", ".md")
APART = frozenset({"amplification.md"})  # made by `cosmos-retry worst`, which takes longer than all drawings


def write_diagrams(
    out: Path, contract: Contract | None = None, svg: bool = True, spec: Path | None = None
) -> list[Path]:
    """Write every drawing, table and the index into the directory `out`, and return the files in order.

    `spec` is the directory of the tables, by default the package's own; `contract` is what was loaded from
    it.  Without `svg` no picture is drawn.  Files that the index in `out` names and the new one does not are
    removed.

    Raises `ContractError` for a broken table and where `out` has an index that is not ours, `RenderError`
    where a picture cannot be drawn, and `OSError` where a file cannot be written.
    """
    index = out / INDEX
    before = index.read_text(encoding="utf-8", errors="replace") if index.exists() else ""
    if before and not linked(before):
        raise ContractError(str(index), "-", "-", "is no index of diagrams: name another directory")
    texts = diagram_texts(contract, spec)
    files: dict[str, str] = {}
    for name, content in texts.items():
        files[name] = content
        if svg and name.endswith(".dot"):
            files[f"{name.removesuffix('.dot')}.svg"] = _picture(content, name)
    for name, content in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, content)
    for name in sorted(linked(before) - linked(texts[INDEX])):
        # An index that someone changed by hand must not reach out of its directory.
        if (out / name).resolve().is_relative_to(out.resolve()):
            (out / name).unlink(missing_ok=True)
    return [out / name for name in files]


def check_diagrams(committed: Path, contract: Contract | None = None, spec: Path | None = None) -> list[str]:
    """Return one line for each text in a directory that is missing, stale or left over.

    Only texts are compared: pictures differ between versions of Graphviz.  Raises `ContractError` for a
    broken table, and `OSError` where a file cannot be read.
    """
    texts = diagram_texts(contract, spec)
    there = {path.relative_to(committed).as_posix() for path in committed.rglob("*") if path.suffix in TEXTS}
    there -= APART
    lines = []
    for name in sorted(there | set(texts)):
        path = committed / name
        if name not in texts:
            lines.append(f"{path}: left over: no drawing of the contract has this name")
        elif name not in there:
            lines.append(f"{path}: missing: the contract has a drawing of this name")
        elif path.read_text(encoding="utf-8", errors="replace") != texts[name]:
            lines.append(f"{path}: stale: the tables of the contract now say something else")
    return lines


def diagram_texts(contract: Contract | None = None, spec: Path | None = None) -> dict[str, str]:
    """Return the content of every text by its path below the directory of the diagrams.

    Raises `ContractError` for a broken table.
    """
    spec = spec or spec_dir()
    contract = contract or load_contract(spec)
    plan, register = load_plan(spec, contract), load_register(spec)
    drawings = all_drawings(contract, plan)
    texts = {INDEX: index_page(contract, plan, drawings)}
    texts |= {f"{name}.md": lifecycle_page(contract, plan, name, register) for name in contract.lifecycles}
    texts |= {f"configurations/{c.id}.md": configuration_page(contract, c) for c in plan.configurations}
    for drawing in drawings:
        texts[f"{drawing.path}.dot"] = dot_source(drawing, contract, plan)
        texts[f"{drawing.path}.mmd"] = mermaid_source(drawing, contract, plan)
    return texts


def _picture(source: str, name: str) -> str:
    """Draw a text, and count the lines: where its bends are too tight, Graphviz silently leaves one out."""
    wanted = sum(" -> " in line and "style=invis" not in line for line in source.splitlines())
    drawn = 0
    for text in (source, source.replace(" rankdir=LR", " rankdir=LR splines=line", 1)):
        svg = render_svg(text)
        drawn = svg.count('class="edge"')
        if drawn == wanted:
            return svg
    raise RenderError(f"{name}: {drawn} of {wanted} lines were drawn")
