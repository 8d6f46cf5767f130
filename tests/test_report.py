"""The report is whole in itself, harmless whatever the traces hold, and the same for the same input."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry import ContractError, judge, load_contract, read_traces
from cosmos_retry.cli import main
from cosmos_retry.report import collection as collecting
from cosmos_retry.report import write_report
from cosmos_retry.report.collection import Case, Collection, collect
from cosmos_retry.report.labels import MOST_LETTERS, place_labels
from cosmos_retry.report.markdown import code, escape
from cosmos_retry.report.page import FLAGS, MEANINGS, TEMPLATES
from cosmos_retry.report.severity import grade, load_severities
from cosmos_retry.report.story import Story, Tried, tell
from cosmos_retry.report.timeline import MOST_LANES, NARROW, WIDE, Sheet, lay_out
from cosmos_retry.trace import Trace
from cosmos_retry.verdict import VERDICTS

ROOT = Path(__file__).resolve().parent.parent
RECORDED = str(ROOT / "tests/data/recorded/real-clients.jsonl")
VOID = {"meta", "line", "circle", "rect", "path", "br"}


def whole(id_: str, region: str = "West US", **changes: Any) -> dict[str, Any]:
    """A create that is sent again after it was sent and timed out; what is given replaces parts of it."""
    trace = {
        "id": id_,
        "operation": "create",
        "mode": "direct",
        "consistency": "Session",
        "account": {"regions": [region], "write_regions": [region]},
        "events": [
            {"t": 0, "kind": "attempt", "region": region},
            {"t": 6, "kind": "failure", "cause": "timeout", "sent": True},
            {"t": 6.1, "kind": "attempt", "region": region},
        ],
    }
    return trace | changes


def answered(id_: str, *statuses: int, end: dict[str, Any] | None = None) -> dict[str, Any]:
    """A point read through the gateway that meets these answers, an attempt a second."""
    events: list[dict[str, Any]] = []
    for t, status in enumerate(statuses):
        events += [{"t": t, "kind": "attempt", "region": "West US"}, {"kind": "response", "status": status}]
    events += [end or {"t": len(statuses), "kind": "error", "status": statuses[-1]}]
    return whole(id_, operation="point_read", mode="gateway", events=events)


def written(tmp_path: Path, *traces: dict[str, Any] | str) -> str:
    """Put traces into a file, one a line, and return its path."""
    path = tmp_path / "traces.jsonl"
    lines = [trace if isinstance(trace, str) else json.dumps(trace) for trace in traces]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def report(tmp_path: Path, *traces: dict[str, Any] | str) -> tuple[str, str]:
    """Report on traces; return the page and the text."""
    write_report([written(tmp_path, *traces)], tmp_path / "out")
    return (tmp_path / "out/index.html").read_text("utf-8"), (tmp_path / "out/report.md").read_text("utf-8")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The report on the recorded traffic: the page and the text."""
    out = tmp_path_factory.mktemp("report")
    write_report([RECORDED], out)
    return (out / "index.html").read_text("utf-8"), (out / "report.md").read_text("utf-8")


class Page(HTMLParser):
    """A page taken apart: whether its tags match, what it links to, and the attributes of each element."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins and ends at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element ends; the one begun last must."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        """Text that a reader sees."""
        if "style" not in self.open:
            self.text += data

    def all(self, name: str) -> list[str]:
        """The values of an attribute, wherever it is."""
        return [
            value or "" for _, attributes in self.elements for key, value in attributes.items() if key == name
        ]


# ------------------------------------------------------------------------------- severity, labels, stories


def test_every_forbidding_row_has_a_grade() -> None:
    """Each row that forbids something is told apart by a grade of its own, not taken by the last one."""
    severities = load_severities()
    rows = [row.id for row in load_contract().rows.values() if row.forbids]
    assert rows
    assert [row for row in rows if grade(row, severities) == len(severities) - 1] == []


def test_grades_name_rows() -> None:
    """Each name in the grades stands for a row of the contract, so that none is left behind by a change."""
    rows = load_contract().rows
    for severity in load_severities():
        for pattern in severity.rows:
            assert any(type(severity)("", "", (pattern,)).takes(row) for row in rows), pattern


def test_unanswered_write_sent_again_is_the_worst() -> None:
    """The first grade is for the rows that forbid to send an unanswered write again, and only for them."""
    severities = load_severities()
    first = [row for row in load_contract().rows if grade(row, severities) == 0]
    assert first == ["write.in-flight.again", "write.sent.timeout.resend", "write.sent.lost.resend"]
    assert grade("", severities) == len(severities) - 1


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", 'must hold "\\*"'),
        ('[[severity]]\ntitle = "t"\nsays = "s"\nrows = ["a.b"]\n', 'must hold "\\*"'),
        ('[[severity]]\ntitle = "t"\nsays = "s"\nrows = []\n', "rows"),
        ('[[severity]]\ntitle = "t"\nrows = ["*"]\n', "says"),
        ('[[severity]]\ntitle = "t"\nsays = "s"\nrows = ["*"]\nrank = 1\n', "rank: unknown key"),
    ],
)
def test_broken_grades_are_refused(tmp_path: Path, table: str, reason: str) -> None:
    """A table of grades that is broken or leaves rows without a grade is refused in one line."""
    (tmp_path / "report.toml").write_text(table)
    with pytest.raises(ContractError, match=reason):
        load_severities(tmp_path)


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(["503", "timeout", "404/1002", "x" * 80])),
        max_size=60,
    ),
    st.sampled_from([WIDE, NARROW]),
)
def test_labels_never_overlap(marks: list[tuple[float, str]], sheet: Sheet) -> None:
    """However close the marks of a lane stand, their labels stay apart and inside the drawing."""
    low, high = sheet.left - 12, sheet.width - 2
    placed = sorted((sheet.left + part * (high - sheet.left - 24), text) for part, text in marks)
    spans = []
    for label in place_labels(placed, low, high, sheet.character):
        half = len(label.text) * sheet.character / 2
        assert len(label.text) <= MOST_LETTERS
        spans.append((label.x - half, label.x + half))
    assert all(low - 0.1 <= left and right <= high + 0.1 for left, right in spans)
    assert all(right < left for (_, right), (left, _) in pairwise(spans))


def test_labels_say_how_many() -> None:
    """Marks that stand apart keep their words; a crowd shares one label with a count."""
    apart = [(200.0, "503"), (400.0, "503"), (600.0, "200")]
    assert [label.text for label in place_labels(apart, 0, 880)] == ["503", "503", "200"]
    crowd = [(200.0 + n, "timeout") for n in range(400)]
    assert [label.text for label in place_labels(crowd, 0, 880)] == ["timeout ×400"]
    mixed = [(200.0 + n, str(400 + n)) for n in range(50)]
    assert [label.text for label in place_labels(mixed, 0, 880)] == ["50 attempts"]


def traces() -> list[Trace]:
    """The recorded traces."""
    return [found for found in read_traces([RECORDED]) if isinstance(found, Trace)]


def test_story_keeps_every_attempt() -> None:
    """A story holds each attempt of a trace with its own answer, and what the application heard."""
    for trace in traces():
        story = tell(trace)
        kinds = Counter(type(event).__name__ for event in trace.events)
        assert len(story.tried) == kinds["Attempt"]
        assert not any(one.kind == "open" for one in story.tried)
        assert story.ending is not None
        assert story.in_short
        assert sum(int(n) for n in re.findall(r"×(\d+)", story.in_short)) <= len(story.tried)


def test_story_matches_answers_that_cross() -> None:
    """Where answers come in another order than the attempts, each goes with its own."""
    events = [
        {"t": 0, "kind": "attempt", "region": "West US"},
        {"t": 1, "kind": "attempt", "step": "address_resolution"},
        {"t": 2, "kind": "response", "status": 200, "of": 2},
        {"t": 2.5, "kind": "address_refresh"},
        {"t": 3, "kind": "failure", "cause": "connectivity", "sent": False, "of": 1},
        {"t": 4, "kind": "attempt", "region": "West US"},
    ]
    story = tell(_trace(whole("x", events=events)))
    assert [(one.region, one.outcome, one.kind) for one in story.tried] == [
        ("West US", "not sent", "failure"),
        ("(no region)", "addresses 200", "success"),
        ("West US", "no answer", "open"),
    ]
    assert story.refreshes == ((2.5, "addresses"),)
    assert story.heard == "the end was not seen"


def _trace(document: dict[str, Any]) -> Trace:
    return msgspec.convert(document, Trace)


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("index", range(81))
def test_timeline_shows_all_and_stays_inside(index: int, sheet: Sheet) -> None:
    """Each mark and tick lies within the drawing, a lane each for the regions and the application."""
    trace = traces()[index]
    verdict, story = judge(trace), tell(trace)
    drawn = lay_out(story, trace.account.regions, verdict.event, "not permitted", sheet)
    names = [lane.whole_name for lane in drawn.lanes]
    assert names[-1] == "application"
    assert set(names[:-1]) == {one.region for one in story.tried}
    places = [mark.x for lane in drawn.lanes for mark in lane.marks] + [tick.x for tick in drawn.ticks]
    assert all(sheet.left <= x <= sheet.width - sheet.right for x in places)
    assert sheet.fewest <= len(drawn.ticks) <= 2.5 * sheet.fewest + 1
    assert max(lane.y for lane in drawn.lanes) < drawn.height - 26
    marked = [mark for lane in drawn.lanes for mark in lane.marks if mark.bad]
    assert len(marked) == (verdict.event > 0)
    assert (drawn.flag is not None) == bool(marked)


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("why", FLAGS.values())
@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_words_of_the_mark_stay_inside(at: float, why: str, sheet: Sheet) -> None:
    """Wherever what the verdict points at lies, its words are whole; where they can, they touch its line."""
    tried = tuple(Tried(n, n, t, "West US", "503", "error") for n, t in enumerate([0.0, at, 1.0], start=1))
    flag = lay_out(Story(tried, (), None), [], 2, why, sheet).flag
    assert flag is not None
    length = len(flag.text) * sheet.character
    begins = flag.words_x - {"start": 0, "middle": 0.5, "end": 1}[flag.anchor] * length
    assert begins >= 0
    assert begins + length <= sheet.width
    assert flag.anchor == "middle" or flag.words_x == flag.x


def test_timeline_of_a_long_trace_stays_readable() -> None:
    """Of 121 attempts in two regions none is left out, and each lane has a label that counts them."""
    (trace,) = [one for one in traces() if one.id == "@azure/cosmos 4.10.1 hang-read-sw-2r"]
    drawn = lay_out(tell(trace), trace.account.regions, 3, "not permitted")
    west, east, _ = drawn.lanes
    assert len(west.marks) + len(east.marks) == 121
    assert "timeout ×60" in [label.text for label in (*west.labels, *east.labels)]


def test_timeline_of_an_instant_has_a_place() -> None:
    """A trace in which no time passes, or in which nothing happens, is drawn all the same."""
    story = Story((Tried(1, 1, 0.0, "West US", "503", "error"),), (), None)
    assert [mark.x for lane in lay_out(story, []).lanes for mark in lane.marks] == [WIDE.left]
    assert lay_out(Story((), (), None), ["West US"]).lanes == ()


def test_timeline_of_very_many_regions_is_bounded() -> None:
    """Regions beyond the first dozen share a lane, and marks on one spot are drawn once."""
    tried = tuple(Tried(n, n, n / 1000, f"R{n % 40}", "503", "error") for n in range(20_000))
    drawn = lay_out(Story(tried, (), None), [f"R{n}" for n in range(40)])
    assert len(drawn.lanes) == MOST_LANES + 1
    assert sum(len(lane.marks) for lane in drawn.lanes) < 20_000


# --------------------------------------------------------------------------------------------- the page


def test_page_is_whole_in_itself(recorded: tuple[str, str]) -> None:
    """The page refers to nothing outside itself, runs nothing, and every link leads to a place in it."""
    page = Page(recorded[0])
    assert page.faults == []
    assert page.open == []
    assert not re.search(
        r"(?i)https?:|//[a-z]|url\(|@import|@font-face|<script|<link|<img|<iframe", recorded[0]
    )
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.all("src") == []
    ids = page.all("id")
    assert len(ids) == len(set(ids))
    links = page.all("href")
    assert links
    assert {link for link in links if link.removeprefix("#") not in ids} == set()


def test_page_is_accessible(recorded: tuple[str, str]) -> None:
    """Headings do not skip a level, header cells have a scope, drawings a text, and the page a language."""
    page = Page(recorded[0])
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in page.elements if tag == "th")
    drawings = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert all(one["aria-hidden"] == "true" for one in drawings)
    said = [attributes["aria-label"] for _, attributes in page.elements if attributes.get("role") == "img"]
    assert said
    assert all(said)
    assert [str(one["class"]) for one in drawings if "key" not in str(one["class"])] == [
        "timeline broad",
        "timeline slim",
    ] * len(said)
    assert ("html", {"lang": "en"}) in page.elements


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")
LIGHT, _, DARK = STYLE.partition("@media screen and (prefers-color-scheme: dark)")


def colours(style: str) -> Iterator[tuple[str, str]]:
    """Yield the colours of text with what lies behind them."""
    root = dict(re.findall(r"--(\w+): (#\w{6})", style))
    yield from ((root[name], root[paper]) for name in ("ink", "soft", "link") for paper in ("paper", "shade"))
    for verdict in VERDICTS:
        yield re.search(rf"\.{verdict} {{ background: (#\w{{6}}); color: (#\w{{6}})", style).groups()  # type: ignore[union-attr, misc]
    yield from ((found, root["paper"]) for found in re.findall(r"svg text[^}]*fill: (#\w{6})", style))


PAIRS = [*colours(LIGHT), *colours(DARK)]


@pytest.mark.parametrize("pair", PAIRS, ids="/".join)
def test_text_has_contrast(pair: tuple[str, str]) -> None:
    """Every colour of text has a contrast of 4.5 to 1 or more with what lies behind it."""
    dark, light = sorted(map(_luminance, pair))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_worst_comes_first(recorded: tuple[str, str]) -> None:
    """The findings begin with the writes that were sent again without an answer, in the page and the text."""
    titles = [severity.title for severity in load_severities()]
    for text, heading in zip(recorded, ("<h3 id=", "### "), strict=True):
        found = [line for line in text.splitlines() if line.startswith(heading) and ". " in line]
        order = [next(n for n, title in enumerate(titles) if title in line) for line in found]
        assert order == sorted(order)
        assert order[0] == 0
        assert text.index("write.sent.timeout.resend") < text.index("all.503.elsewhere-too-soon")


def test_every_trace_has_its_place(recorded: tuple[str, str]) -> None:
    """Each of the 81 traces is in the matrix, and its cell leads to where it is shown, with its verdict."""
    html, text = recorded
    page = Page(html)
    verdicts = [judge(trace) for trace in traces()]
    for number, verdict in enumerate(verdicts, start=1):
        client, _, scenario = verdict.id.rpartition(" ")
        (row,) = re.findall(
            rf'<tr><th scope="row"><code>{re.escape(scenario)}</code></th>.*?</tr>', html, re.DOTALL
        )
        link = f'<a href="#trace-{number}">{verdict.verdict}</a>'
        assert f'class="v {verdict.verdict}" data-label="{client}">{link}' in row
        assert f"[{verdict.verdict}](#trace-{number})" in text
        assert f"trace-{number}" in page.all("id")
        assert f'<a id="trace-{number}"></a>' in text
        assert f"`{client}`" in text
    counts = Counter(verdict.verdict for verdict in verdicts)
    for word in VERDICTS:
        assert re.search(
            rf'class="v {word}">{word}</th>.*<td class="n" data-label="All">{counts[word]}</td><td', html
        )
        assert MEANINGS[word] in html


def test_finding_says_everything(recorded: tuple[str, str]) -> None:
    """A finding has its clauses with their words, what was permitted, its assumptions and its command."""
    contract = load_contract()
    html, text = recorded
    shown = Page(html).text
    for trace in traces():
        verdict = judge(trace, contract)
        if verdict.verdict != "violates":
            continue
        assert verdict.reason in shown
        assert all(contract.clauses[cite].says in shown for cite in verdict.cites)
        assert all(contract.assumptions[name].choice in shown for name in verdict.assumptions)
        command = f"cosmos-retry judge {RECORDED} --id '{trace.id}'"
        assert command in shown
        assert command in text
    assert "error 408, from 0.001 s [write.sent.timeout.surface]" in shown


def test_commands_say_where_the_program_is(recorded: tuple[str, str]) -> None:
    """Before the first command, page and text say once what the program is called in a checkout."""
    for text, shown in zip(recorded, (Page(recorded[0]).text, recorded[1]), strict=True):
        assert text.count(".venv/bin/cosmos-retry") == 1
        assert shown.index(".venv/bin/cosmos-retry") < shown.index("cosmos-retry judge")


def test_cells_say_their_column(recorded: tuple[str, str]) -> None:
    """Each cell of a table has the words that stand above its column, for screens without such a head."""
    for table in re.findall(r"<table.*?</table>", recorded[0], re.DOTALL):
        head, *rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        columns = re.findall(r"<th[^>]*>([^<]*)</th>", head)
        for row in rows:
            cells = re.findall(r"<t([hd])([^>]*)>", row)
            named = [re.search('data-label="(.*)"', given) for _, given in cells]
            assert [one and one[1] for one in named] == [
                None if cell == "h" else column for (cell, _), column in zip(cells, columns, strict=True)
            ]


def test_assumptions_are_counted(recorded: tuple[str, str]) -> None:
    """The assumptions met are listed with how many verdicts rest on each."""
    counts = Counter(name for trace in traces() for name in judge(trace).assumptions)
    for name, count in counts.items():
        assert re.search(
            rf'<tr id="assumption-{name}">.*<td class="n" data-label="Traces">{count}</td></tr>', recorded[0]
        )


def test_what_cannot_be_seen_is_listed(recorded: tuple[str, str]) -> None:
    """Each point that could not be judged is said, for every trace that is not simply right or wrong."""
    shown = Page(recorded[0]).text
    open_ = [what for trace in traces() for what in judge(trace).open]
    assert open_
    assert all(what in shown for what in open_)


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    """A report is the same to the byte in another process, with other hashes."""
    ours = tmp_path / "ours"
    write_report([RECORDED], ours)
    program = "import sys; from cosmos_retry.cli import main; main(sys.argv[1:])"
    environment = {"PYTHONPATH": str(ROOT / "machines"), "PYTHONHASHSEED": "7", "PATH": ""}
    command = [sys.executable, "-c", program, "report", RECORDED, "--out", str(tmp_path / "theirs")]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    for name in ("index.html", "report.md"):
        assert (ours / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()


# --------------------------------------------------------------------------------------- hostile traces

NASTY = "\"'><script>alert(1)</script> `x` | [y](javascript:z) \x1b[2J\n# head"


def test_nothing_from_a_trace_is_markup(tmp_path: Path) -> None:
    """Script in an id, a region, an error's name or a broken line shows as text, in the page and the text."""
    named = {"t": 9, "kind": "error", "status": None, "name": NASTY}
    lost = [{"t": 0, "kind": "attempt", "region": NASTY}, {"t": 1, "kind": "response", "status": 413}, named]
    account = {"regions": [NASTY], "write_regions": [NASTY]}
    html, text = report(
        tmp_path,
        whole(f"{NASTY} {NASTY}", region=NASTY),
        whole(f"c {NASTY}", account=account, events=lost),
        whole("unknown key") | {NASTY: 1},
    )
    page = Page(html)
    assert page.faults == []
    assert not [tag for tag, _ in page.elements if tag in ("script", "img", "iframe")]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert {link[:1] for link in page.all("href")} == {"#"}
    assert "<script>alert(1)</script>" in page.text
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", html + text)
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script" not in outside
    assert not re.search(r"(?<!\\)\]\(javascript", outside)
    assert not re.search(r"^# head", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", "`a\\|b`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a\\nb`"), (" ", "`   `")],
)
def test_code_span_keeps_its_text(text: str, shown: str) -> None:
    """A code span of Markdown ends where its text ends, whatever back-ticks and bars the text holds."""
    assert code(text) == shown


def test_escaped_markdown_is_literal() -> None:
    """Markup and HTML are escaped once, and what is Markdown already stays."""
    once = escape("a *b* <c> [d](e) | `f` & ~g~\n# h")
    assert once == "a \\*b\\* &lt;c&gt; \\[d\\](e) \\| \\`f\\` &amp; \\~g\\~\\\\n# h"
    assert escape(once) == once
    assert escape(7) == 7


def test_unreadable_lines_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that are no traces are listed in the report and on standard error, and the status is 2."""
    file = written(tmp_path, "{}", whole("client scenario"), "nonsense")
    out = tmp_path / "deep/out"
    assert main(["report", file, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert [line.split(": ")[0] for line in said.err.splitlines()] == [f"{file}:1", f"{file}:3"]
    assert "1 trace reported" in said.out
    html, text = (out / "index.html").read_text("utf-8"), (out / "report.md").read_text("utf-8")
    for line in said.err.splitlines():
        assert line in Page(html).text
    assert "2 lines could not be read" in Page(html).text
    assert "2 lines could not be read" in text


def test_report_is_no_failure_where_clients_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report on traces that violate ends with 0: the report was what was asked for."""
    assert main(["report", written(tmp_path, whole("a b")), "--out", str(tmp_path / "out")]) == 0
    assert "reported in" in capsys.readouterr().out


def test_report_without_jinja_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra the command says in one line how to get it."""
    for name in [name for name in sys.modules if name.startswith("cosmos_retry.report")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(["report", RECORDED, "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "cosmos-retry report: needs jinja2, run: pip install 'cosmos-retry[report]'\n"
    )


def test_report_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place that is no directory is said in one line with its name."""
    taken = tmp_path / "taken"
    taken.write_text("")
    assert main(["report", RECORDED, "--out", str(taken)]) == 2
    assert capsys.readouterr().err == f"cosmos-retry: {taken}: Not a directory\n"


@pytest.mark.parametrize("content", [[], ["nonsense"], [answered("ok", 200, end={"t": 1, "kind": "result"})]])
def test_report_without_findings_says_so(tmp_path: Path, content: list[Any]) -> None:
    """A report on nothing, on nothing readable or on nothing wrong is a whole page that says so."""
    html, text = report(tmp_path, *content)
    assert Page(html).faults == []
    assert "Nothing violates the contract." in html
    assert "Nothing violates the contract." in text


def test_clients_come_from_the_ids(tmp_path: Path) -> None:
    """The last word of an id is the scenario, the rest the client; several traces may share both."""
    collection = collect(
        [written(tmp_path, whole("one 1.0 s"), whole("one 1.0 s"), whole("alone"))], load_contract()
    )
    assert list(collection.by_client) == ["one 1.0", "(no client named)"]
    assert collection.scenarios["s"]["one 1.0"].counts["violates"] == 2
    assert collection.scenarios["s"]["one 1.0"].anchors == {"violates": "trace-1"}
    assert "alone" in collection.scenarios
    html, _ = report(tmp_path, whole("one 1.0 s"), whole("one 1.0 s"), answered("one 1.0 s", 503))
    assert re.search(r"violates</a> \(1\) ×2, <a [^>]*>\w+</a>|violates</a> \(1\) ×3", html)


def test_very_many_traces_are_counted_and_not_all_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more traces, clients, scenarios and broken lines than a page can hold, the rest is counted."""
    for name in ("MOST_CASES", "MOST_SCENARIOS", "MOST_CLIENTS", "MOST_UNREADABLE"):
        monkeypatch.setattr(collecting, name, 3)
    wrong = [whole(f"c{n} s{n}") for n in range(8)]
    right = [answered(f"d s{n}", 200, end={"t": 1, "kind": "result"}) for n in range(8)]
    quiet = [answered(f"e s{n}", 413, 413) for n in range(8)]
    html, text = report(tmp_path, *wrong, *right, *quiet, *["nonsense"] * 8)
    page = Page(html)
    assert page.faults == []
    assert {link for link in page.all("href") if link.removeprefix("#") not in page.all("id")} == set()
    for shown in (page.text, text):
        assert "24 recorded operations of 4 clients" in shown
        assert "5 more traces violate this row and are not shown." in shown
        assert shown.count("5 more are not shown.") == 3
        assert "15 more traces, of further scenarios" in shown
        assert "(other clients)" in shown


def test_case_can_be_seen_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command beside a case gives its verdict again, even where the id has quotes and spaces in it."""
    file = written(tmp_path, whole("it's a 'test' $HOME `x`"), whole("other one"))
    collection = collect([file], load_contract())
    (group,) = collection.groups.values()
    case = group.cases[0]
    assert isinstance(case, Case)
    assert main(shlex.split(case.command)[1:]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"violates      {case.trace.id}")
    assert "1 trace: " in out


def test_empty_collection_counts_nothing() -> None:
    """A collection begins with no trace and no verdict."""
    assert Collection().traces == 0
    assert Collection().ranked(load_severities()) == []
