"""The drawings are those of the machines, they can be read, and no table changes behind their back."""

import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.contract import LIFECYCLES, Contract, load_contract, read_contract
from cosmos_retry.diagrams import check_diagrams, edges, files, write_diagrams
from cosmos_retry.diagrams.__main__ import main
from cosmos_retry.diagrams.drawing import Drawing
from cosmos_retry.diagrams.edges import ANY, STAY, DrawingError, machine_edges
from cosmos_retry.diagrams.files import diagram_texts
from cosmos_retry.diagrams.labels import Labels, words
from cosmos_retry.diagrams.mermaid import escape
from cosmos_retry.diagrams.plan import Configuration, Plan, load_plan
from cosmos_retry.diagrams.settle import settle
from cosmos_retry.diagrams.slices import all_drawings
from cosmos_retry.diagrams.wrapping import FONT_SIZE
from cosmos_retry.errors import ContractError
from cosmos_retry.machine import LifecycleMachine
from cosmos_retry.paths import spec_dir
from cosmos_retry.render import RenderError

COMMITTED = Path(__file__).parent.parent / "diagrams"
SVG = "{http://www.w3.org/2000/svg}"
LEAST_POINTS = 7  # the smallest print that is called legible


@cache
def plan() -> Plan:
    """Load the plan, once."""
    return load_plan(spec_dir(), load_contract())


@cache
def drawings() -> dict[str, Drawing]:
    """Make every drawing, once, by its path."""
    return {drawing.path: drawing for drawing in all_drawings(load_contract(), plan())}


@cache
def texts() -> dict[str, str]:
    """Make every text, once, by its path."""
    return diagram_texts()


def slices_of(lifecycle: str) -> list[Drawing]:
    """Return the drawings of a lifecycle's families."""
    return [drawings()[f"{lifecycle}/{family.id}"] for family in plan().families_of(lifecycle)]


def rows_in(drawing: Drawing) -> set[str]:
    """Return the ids of the rows that a drawing shows."""
    return {row for box in drawing.boxes for row in box.rows}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """Copy the tables to where a test may change them."""
    return shutil.copytree(spec_dir(), tmp_path / "spec")


# ------------------------------------------------------------------------------------- what is drawn


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_edges_are_the_machines(lifecycle: str) -> None:
    """Every transition of the machine is an edge with its row, and no other permitting edge is drawn."""
    contract = load_contract()
    wanted = Counter(
        (transition.source, transition.dest, event.name)
        for event in LifecycleMachine(contract, lifecycle).machine.events.values()
        for transitions in event.transitions.values()
        for transition in transitions
    )
    drawn: Counter[tuple[str, str, str]] = Counter()
    for edge in machine_edges(contract, lifecycle):
        if edge.row.forbids:
            assert edge.target is None
            continue
        for source in edge.row.source if edge.source == ANY else (edge.source,):
            drawn[source, source if edge.target == STAY else str(edge.target), edge.row.on] += 1
    assert drawn == wanted


@pytest.mark.parametrize("change", ["leave out", "turn aside", "guard"])
def test_machine_that_is_not_its_rows_is_refused(monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """A transition that is missing, leads elsewhere or has other conditions than its row is not drawn."""

    class Doctored(LifecycleMachine):
        def __init__(self, contract: Contract, name: str) -> None:
            super().__init__(contract, name)
            transitions = self.machine.events["attempt"].transitions["gone"]
            if change == "leave out":
                transitions.pop()
            elif change == "turn aside":
                transitions[0].dest = "surfaced"
            else:
                transitions[0].conditions.pop()

    monkeypatch.setattr(edges, "LifecycleMachine", Doctored)
    with pytest.raises(DrawingError, match="gone"):
        machine_edges(load_contract(), "write")


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_whole_shows_every_row(lifecycle: str) -> None:
    """The drawing of a whole lifecycle holds every row of it, those that forbid as well."""
    rows = {row.id for row in load_contract().lifecycles[lifecycle].rows}
    assert rows_in(drawings()[lifecycle]) == rows


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_every_row_is_in_a_slice(lifecycle: str) -> None:
    """Each row is a box of its own in the slices of its families and in no others."""
    contract = load_contract()
    for row in contract.lifecycles[lifecycle].rows:
        homes = {
            path for (name, path), rows in plan().members.items() if name == lifecycle and row.id in rows
        }
        shown = {drawing.path.split("/")[1] for drawing in slices_of(lifecycle) if row.id in rows_in(drawing)}
        assert shown == homes
        assert homes


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_slice_tells_the_whole_row(lifecycle: str) -> None:
    """A box of a slice has its row's id, event, guards, bounds, effects, and any verdict but permitted."""
    contract = load_contract()
    rows = contract.lifecycles[lifecycle].rows
    labels = Labels(contract, rows)
    boxes = {box.name: box for drawing in slices_of(lifecycle) for box in drawing.boxes}
    for row in rows:
        label = "\n".join(boxes[row.id].lines)
        parts = [row.id, words(row.on), *labels.answers(row), *labels.guards(row), *labels.bounds(row)]
        for part in [*parts, *labels.effects(row), *([] if row.verdict == "permitted" else [row.verdict])]:
            assert part in label
        every = contract.rows[row.id].source == (ANY,)
        assert boxes[row.id].sources == ((ANY,) if every else row.source)
        assert boxes[row.id].target == row.to


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_states_wear_their_groups(lifecycle: str) -> None:
    """Every state of a lifecycle is in its drawing, in its group's shape and colour, the last ones double."""
    contract = load_contract()
    dot = texts()[f"{lifecycle}.dot"]
    for name in contract.lifecycles[lifecycle].states:
        state = contract.vocabulary.states[name]
        look = plan().groups[state.group]
        (line,) = re.findall(rf'^\t"?{name}"? \[label=.*\]$', dot, re.MULTILINE)
        assert f"shape={look.shape} " in line
        assert f'fillcolor="{look.fill}"' in line
        assert f"peripheries={2 if state.terminal else 1} " in line


def test_looks_do_not_lean_on_colour() -> None:
    """Groups of states differ in shape, and verdicts in line or arrowhead, not in colour alone."""
    groups, verdicts = plan().groups.values(), plan().verdicts.values()
    assert len({(look.shape, look.style) for look in groups}) == len(groups)
    assert len({(line.style, line.arrow) for line in verdicts}) == len(verdicts)


@pytest.mark.parametrize("path", sorted(drawings()))
def test_legend_says_what_is_used(path: str) -> None:
    """A drawing's legend has every group and every verdict in the drawing, and no other."""
    contract, drawing = load_contract(), drawings()[path]
    groups = {contract.vocabulary.states[name].group for name in drawing.states if name != ANY}
    used = groups | {box.verdict for box in drawing.boxes}
    entries = re.findall(r'^\t"?legend ([a-z ]+)"? \[label=', texts()[f"{path}.dot"], re.MULTILINE)
    assert Counter(entries) == Counter(used)


# -------------------------------------------------------------------------------------- configurations


def can_hold(contract: Contract, configuration: Configuration, guards: tuple[str, ...]) -> bool:
    """Whether some values that the configuration leaves to its features make all of the guards true."""
    known = contract.vocabulary.guards
    features = sorted({known[name].feature for name in guards})
    left = [configuration.holds.get(f) or contract.vocabulary.features[f].values for f in features]
    return any(
        all(chosen[features.index(known[name].feature)] in known[name].is_ for name in guards)
        for chosen in itertools.product(*left)
    )


@pytest.mark.parametrize("configuration", plan().configurations, ids=lambda c: str(c.id))
def test_configuration_keeps_what_can_happen(configuration: Configuration) -> None:
    """A configuration leaves exactly the rows whose guards can hold in it, in states that can be reached."""
    contract = load_contract()
    every = machine_edges(contract, configuration.lifecycle)
    left = settle(contract, configuration, every)
    places = {(edge.row.id, edge.source) for edge in left}
    states = {edge.source for edge in left} | {edge.target for edge in left} | {"start"}
    for edge in every:
        possible = can_hold(contract, configuration, edge.row.when)
        assert ((edge.row.id, edge.source) in places) == (possible and edge.source in states)


@pytest.mark.parametrize("configuration", plan().configurations, ids=lambda c: str(c.id))
def test_configuration_folds_what_it_settles(configuration: Configuration) -> None:
    """No guard is left in a configuration that always holds in it."""
    contract = load_contract()
    for edge in settle(contract, configuration, machine_edges(contract, configuration.lifecycle)):
        for name in edge.row.when:
            guard = contract.vocabulary.guards[name]
            assert not configuration.holds.get(guard.feature, frozenset({""})) <= guard.is_


def test_configuration_settles_a_window() -> None:
    """A read's time after a 410 is two numbers as a whole, and a single one once the mode is known."""
    assert "window end (30 s or 60 s)" in texts()["point_read.md"]
    for path, seconds in (("point-read-direct-session", 30), ("point-read-gateway-session", 60)):
        page = texts()[f"configurations/{path}.md"]
        assert f"≤ gone window end ({seconds} s)" in page
        assert "30 s or 60 s" not in page


# --------------------------------------------------------------------------------- the committed files


def test_committed_texts_are_current() -> None:
    """The drawings and tables that are kept say what the contract says."""
    assert check_diagrams(COMMITTED) == []


def test_every_text_has_its_picture() -> None:
    """Beside each DOT text lies a picture, and no picture is left over."""
    pictures = {path.relative_to(COMMITTED).with_suffix("").as_posix() for path in COMMITTED.rglob("*.svg")}
    assert pictures == set(drawings())


@pytest.mark.parametrize("path", sorted(drawings()))
def test_picture_is_whole_and_legible(path: str) -> None:
    """A picture has every line and label of its text, cuts none, and is printed in no less than 7 points."""
    dot = texts()[f"{path}.dot"]
    root = ElementTree.parse(COMMITTED / f"{path}.svg").getroot()
    parts = [group for group in root.iter(f"{SVG}g") if group.get("class") in ("node", "edge")]
    lines = [line for line in dot.splitlines() if " -> " in line and "style=invis" not in line]
    assert sum(part.get("class") == "edge" for part in parts) == len(lines)
    said = [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]
    labels = re.findall(r'label="((?:[^"\\]|\\.)*)"', dot)
    wanted = [" ".join(line.split()) for label in labels for line in re.split(r"\\[ln]", label)]
    assert Counter(filter(None, said)) == Counter(filter(None, wanted)) + Counter(unquoted(dot))
    scale = re.search(r"scale\(([\d.]+)", str(root.find(f"{SVG}g").get("transform")))  # type: ignore[union-attr]
    assert scale is not None
    assert float(scale.group(1)) * FONT_SIZE >= LEAST_POINTS
    for part in parts:
        assert not list(cut(part))


def unquoted(dot: str) -> list[str]:
    """Return the labels of a DOT text that need no quotes."""
    return re.findall(r"label=([^\s\"\]]+)", dot)


def cut(node: ElementTree.Element) -> list[str]:
    """Return the lines of a node that do not fit into it, half an em taken for a character."""
    outline = next((e for tag in ("polygon", "path", "ellipse") for e in node.iter(SVG + tag)), None)
    if node.get("class") != "node" or outline is None:
        return []
    if outline.tag == f"{SVG}ellipse":
        centre, radius = float(outline.get("cx", 0)), float(outline.get("rx", 0))
        left, right = centre - radius, centre + radius
    else:
        numbers = re.findall(r"(-?[\d.]+),-?[\d.]+", outline.get("points") or outline.get("d") or "")
        left, right = min(map(float, numbers)), max(map(float, numbers))
    found = []
    for text in node.iter(f"{SVG}text"):
        said, at = "".join(text.itertext()), float(text.get("x", 0))
        width = len(said) * FONT_SIZE / 2
        begin = at - width / 2 if text.get("text-anchor") == "middle" else at
        if begin < left or begin + width > right:
            found.append(said)
    return found


def test_links_lead_somewhere() -> None:
    """Every link of every page leads to a file that is written, and to a place that is on it."""
    for name, page in texts().items():
        if not name.endswith(".md"):
            continue
        for link in re.findall(r"\]\(([^)]+)\)", page):
            path, _, anchor = link.partition("#")
            target = os.path.normpath(Path(name).parent / path) if path else name
            assert target in texts() or f"{target.removesuffix('.svg')}.dot" in texts()
            assert not anchor or f'<a id="{anchor}"></a>' in texts()[target]


@pytest.mark.parametrize("lifecycle", LIFECYCLES)
def test_table_has_a_line_for_each_row(lifecycle: str) -> None:
    """A lifecycle's table has its rows in order, one line each, with verdict, basis and clauses."""
    rows = load_contract().lifecycles[lifecycle].rows
    lines = [line for line in texts()[f"{lifecycle}.md"].splitlines() if line.startswith('| <a id="')]
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        assert cells[0] == f'<a id="{row.id}"></a>{row.id}'
        assert cells[7] == row.verdict
        assert row.basis in cells[8]
        assert re.findall(r"\[([^]]+)\]", cells[9]) == list(row.cites)


def test_table_gives_number_unit_and_side() -> None:
    """A bound in a table has the number that it comes from, its unit and the side that is included."""
    page = texts()["write.md"]
    (line,) = [line for line in page.splitlines() if line.startswith('| <a id="write.449.retry.first"')]
    assert "≥ retry with first (10 ms), ≤ retry with first late (110 ms)" in line
    assert "(limit 3)" in page
    assert "- **retry with window**: 30 s (inclusive)." in page


# ----------------------------------------------------------------------------- what makes a text stale

RETRY = "write.unsent.retry"
NOW_UNSPECIFIED = 'basis = "next-region"\nverdict = "unspecified"\n'
ROW_CHANGES = {
    "guard": (RETRY, 'when = ["same_region"]', 'when = ["next_region"]', "write/410-unsent.dot"),
    "bound": (RETRY, 'not_before = "gone_backoff_end"', 'after = "gone_backoff_end"', "write/410-unsent.mmd"),
    "instant": (
        RETRY,
        'not_after = "gone_window_end"',
        'not_after = "gone_last_call"',
        "write/410-unsent.dot",
    ),
    "target": (RETRY, 'to = "in_flight"', 'to = "surfaced"', "write.dot"),
    "effect": (RETRY, 'do = ["send_here", "count_gone"]', 'do = ["send_here"]', "write/410-unsent.dot"),
    "citation": (RETRY, 'cites = ["002/410/write/client/unsent/single", ', "cites = [", "write.md"),
    "basis": (RETRY, 'basis = "documented"', 'basis = "next-region"', "write.md"),
    "event": ("write.410.refresh", 'on = "address_refresh"', 'on = "account_refresh"', "write.mmd"),
    "verdict": ("write.sent.lost", 'basis = "documented"\n', NOW_UNSPECIFIED, "write/sent.dot"),
}
WORD_CHANGES = {
    "state": (
        "vocabulary.toml",
        "A 410: the replica is no longer",
        "A 410: this replica is no longer",
        "write.md",
    ),
    "guard": (
        "vocabulary.toml",
        "The attempt stays in the region of",
        "It stays in the region of",
        "query.md",
    ),
    "number": ("profiles/documented.toml", "value = 60.0", "value = 61.0", "point_read/410-end.dot"),
    "assumption": ("assumptions.toml", 'choice = "Surfaced; a retry', 'choice = "A retry', "write.md"),
    "colour": ("diagrams.toml", 'fill = "#cfe2f6"', 'fill = "#ffffff"', "metadata.dot"),
    "title": ("diagrams.toml", 'title = "449: retry with"', 'title = "449"', "README.md"),
}


def change(file: Path, old: str, new: str, after: str = "") -> None:
    """Replace the first occurrence of `old`, or the first one behind `after`, which has to be there."""
    content = file.read_text(encoding="utf-8")
    start = content.index(after)
    assert old in content[start:]
    file.write_text(content[:start] + content[start:].replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the texts of the unchanged contract, once."""
    out = tmp_path_factory.mktemp("diagrams")
    write_diagrams(out, svg=False)
    return out


@pytest.mark.parametrize("what", ROW_CHANGES)
@pytest.mark.thorough
def test_changed_row_makes_texts_stale(spec: Path, current: Path, what: str) -> None:
    """A row's guard, bound, target, effect, citation, basis or event cannot change without the drawings."""
    row, old, new, stale = ROW_CHANGES[what]
    change(spec / "lifecycles" / "write.toml", old, new, after=f'id = "{row}"')
    lines = check_diagrams(current, contract=read_contract(spec))
    assert f"{current / stale}: stale: the tables of the contract now say something else" in lines
    assert all(line.startswith(f"{current}/") for line in lines)


@pytest.mark.parametrize("what", WORD_CHANGES)
@pytest.mark.thorough
def test_changed_word_makes_texts_stale(spec: Path, current: Path, what: str) -> None:
    """A sentence, a number or a look cannot change without the drawings."""
    file, old, new, stale = WORD_CHANGES[what]
    change(spec / file, old, new)
    assert any(line.startswith(f"{current / stale}: stale") for line in check_diagrams(current, spec=spec))


def test_check_names_each_file(tmp_path: Path, current: Path) -> None:
    """The check has one line for a text that is missing and one for a text that is left over."""
    out = shutil.copytree(current, tmp_path / "out")
    (out / "write.mmd").unlink()
    (out / "write" / "gone.dot").write_text("digraph {}")
    (out / "notes.txt").write_text("not a drawing")
    (out / "write.svg").write_text("not compared")
    assert [line.split(": ")[:2] for line in check_diagrams(out)] == [
        [str(out / "write.mmd"), "missing"],
        [str(out / "write" / "gone.dot"), "left over"],
    ]


# ------------------------------------------------------------------------------------ a faulty plan

ONLY_WRITES = 'lifecycles = ["write"]\nrows = ["write.449"]'
PLAN_FAULTS = {
    "a row with no family": (r'rows = ["write.449"]', 'rows = ["write.449.retry"]', "write.449 of write"),
    "an idle beginning": (
        r'rows = ["write.449"]',
        'rows = ["write.449", "write.44"]',
        "449: rows: idle: 'write.44'",
    ),
    "a family with no row": (
        ONLY_WRITES,
        ONLY_WRITES.replace("]", ', "query"]', 1),
        "449: lifecycles: takes no row",
    ),
    "an unknown key": ('id = "449"', 'id = "449"\ncolour = "red"', "449: colour: unknown key"),
    "a missing field": ('title = "449: retry with"\n', "", "449: title: Object missing"),
    "a wrong type": ('title = "449: retry with"', "title = 449", "449: title: Expected `str`"),
    "an id used twice": ('id = "449"', 'id = "429"', "429: id: used before"),
    "an id that is a path": ('id = "449"', 'id = "../449"', r"\.\./449: id: must be words"),
    "an unknown lifecycle": (
        'lifecycles = ["metadata"]',
        'lifecycles = ["meta"]',
        "lifecycles: unknown: 'meta'",
    ),
    "an unknown feature": ('mode = ["direct"]', 'moon = ["direct"]', "holds: unknown: 'moon'"),
    "an unknown value": ('mode = ["direct"]', 'mode = ["indirect"]', "holds: unknown: 'indirect'"),
    "no value": ('mode = ["direct"]', "mode = []", "holds: leaves no value to 'mode'"),
    "an unknown page": ('paper = "A3"', 'paper = "A0"', "paper: Invalid enum value"),
    "a group with no look": ("[group.waiting]", "[group.weighting]", "group.waiting: -: missing"),
    "an unknown verdict": (
        "[verdict.permitted]",
        "[verdict.perhaps]\n[verdict.permitted]",
        "verdict.perhaps: says",
    ),
    "an entry that is no table": (
        "[group.waiting]",
        "[group]\nhere = 1\n[group.waiting]",
        "group.here: -: must be",
    ),
    "an unknown section": ("[group.waiting]", "[grup.waiting]", "grup: unknown key"),
}


@pytest.mark.parametrize("fault", PLAN_FAULTS)
def test_faulty_plan_is_refused(spec: Path, fault: str) -> None:
    """A fault in the plan is one line with file, entry, field and reason."""
    old, new, reason = PLAN_FAULTS[fault]
    change(spec / "diagrams.toml", old, new)
    with pytest.raises(ContractError, match=reason) as refusal:
        load_plan(spec, load_contract())
    assert str(refusal.value).startswith(f"{spec / 'diagrams.toml'}: ")
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("family = 5", "-: family: must be an array"),
        ("group = []", "-: group: must be tables"),
        ("family = [5]", "family 1: -: must be a table"),
        ("[[family]]", "family 1: id: Object missing"),
        ("family", "not TOML"),
    ],
)
def test_plan_of_another_shape_is_refused(spec: Path, content: str, reason: str) -> None:
    """A plan that is no plan at all is refused in one line too."""
    (spec / "diagrams.toml").write_text(f"{content}\n", encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape(reason)) as refusal:
        load_plan(spec, load_contract())
    assert len(str(refusal.value).splitlines()) == 1


def test_family_called_the_same_everywhere_is_held_to_it(spec: Path) -> None:
    """A family whose rows look at what a configuration settles is not the same in every configuration."""
    change(spec / "diagrams.toml", 'id = "503"', 'id = "503"\neverywhere = true')
    with pytest.raises(ContractError, match="503: everywhere: its rows depend on"):
        load_plan(spec, load_contract())


# ---------------------------------------------------------------------------------------- the texts


def test_texts_do_not_depend_on_the_run() -> None:
    """Two runs with different hash seeds give the same bytes."""
    script = (
        "import hashlib; from cosmos_retry.diagrams.files import diagram_texts;"
        "print(hashlib.sha256(repr(list(diagram_texts().items())).encode()).hexdigest())"
    )
    for seed in ("1", "2"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
        assert run.stdout.decode().strip() == hashlib.sha256(repr(list(texts().items())).encode()).hexdigest()


@pytest.mark.parametrize("path", sorted(drawings()))
def test_mermaid_is_of_known_forms(path: str) -> None:
    """Every line of a Mermaid text is a form of the state diagram's grammar, and names what it uses."""
    _, title, _, head, direction, *lines = texts()[f"{path}.mmd"].splitlines()
    assert re.fullmatch(r'title: "[^"\\]*"', title)
    assert (head, direction) == ("stateDiagram-v2", "  direction LR")
    forms = {
        "look": r"  classDef (\w+) fill:#\w{6},stroke:#\w{6},color:#\w{6}(?:,stroke-dasharray:\d \d)?",
        "state": r'  state "[^"<#&`\\]*(?:<br/>[^"<#&`\\]*)*" as (\w+)',
        "edge": r"  (\w+) --> (\w+|\[\*\])",
        "class": r"  class (\w+) (\w+)",
    }
    found: dict[str, list[tuple[str, ...]]] = {form: [] for form in forms}
    for line in lines:
        matches = {form: match for form, pattern in forms.items() if (match := re.fullmatch(pattern, line))}
        assert len(matches) == 1, line
        for form, match in matches.items():
            found[form].append(match.groups())
    states, looks = {name for (name,) in found["state"]}, {name for (name,) in found["look"]}
    assert {end for edge in found["edge"] for end in edge} - {"[*]"} <= states
    assert {name for name, _ in found["class"]} <= states
    assert {look for _, look in found["class"]} == looks


@given(st.text(max_size=60))
def test_mermaid_text_stays_a_text(text: str) -> None:
    """Whatever a label holds, it ends no text, opens no markup and makes no entity in Mermaid."""
    assert not set(escape(text)) & set('"<#&`*\\\n\r')
    assert len(escape(text)) == len(text)


# ----------------------------------------------------------------------------------------- the files


def test_files_of_before_are_removed(tmp_path: Path, current: Path) -> None:
    """Writing removes what the old index names and the new one does not, and nothing else."""
    out = shutil.copytree(current, tmp_path / "out")
    old, other, outside = out / "write" / "old.dot", out / "mine.dot", tmp_path / "outside.dot"
    for path in (old, other, outside):
        path.write_text("digraph {}")
    index = out / "README.md"
    index.write_text(f"{index.read_text()}[old](write/old.dot) [outside](../outside.dot)\n")
    write_diagrams(out, svg=False)
    assert not old.exists()
    assert other.exists()
    assert outside.exists()


def test_foreign_index_is_left_alone(tmp_path: Path) -> None:
    """A directory whose README is not ours is refused, and stays as it is."""
    index = tmp_path / "README.md"
    index.write_text("# A project\n\n[link](file.dot)\n")
    with pytest.raises(ContractError, match="is no index of diagrams"):
        write_diagrams(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_written_files_are_named(tmp_path: Path) -> None:
    """Writing returns the files, each of which is there, and a check of them finds nothing."""
    written = write_diagrams(tmp_path / "new", svg=False)
    assert {path.relative_to(tmp_path / "new").as_posix() for path in written} == set(texts())
    assert all(path.is_file() for path in written)
    assert check_diagrams(tmp_path / "new") == []


Fake = Callable[[str], str]


@pytest.mark.parametrize(
    ("fake", "outcome"),
    [
        (lambda source: 'class="edge"' * source.count("splines=line"), "straight"),
        (lambda source: "", "refused"),
        (lambda source: "" if "splines" in source else 'class="edge"', "as it was"),
    ],
)
def test_lost_line_is_noticed(monkeypatch: pytest.MonkeyPatch, fake: Fake, outcome: str) -> None:
    """A picture that lacks a line is drawn again with straight lines, and refused if it still lacks one."""
    monkeypatch.setattr(files, "render_svg", fake)
    source = "digraph {\n\tgraph [fontsize=9 rankdir=LR]\n\ta -> b\n\ta -> c [style=invis]\n}\n"
    if outcome == "refused":
        with pytest.raises(RenderError, match="write: 0 of 1 lines were drawn"):
            files._picture(source, "write")
    else:
        assert files._picture(source, "write") == 'class="edge"'


def test_command_draws_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The module draws, says that nothing differs, names what does, and fails in one line."""
    out = tmp_path / "out"
    assert main(["--out", str(out), "--no-svg"]) == 0
    assert main(["--out", str(out), "--check"]) == 0
    (out / "write.dot").unlink()
    assert main(["--out", str(out), "--check"]) == 1
    assert f"{out / 'write.dot'}: missing" in capsys.readouterr().out
    (out / "README.md").write_text("# Another project\n")
    assert main(["--out", str(out)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
