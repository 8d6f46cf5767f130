"""The report on the stand: what it says of made-up clients; every link leads somewhere; nothing does harm."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import attrs
import msgspec
import pytest

from cosmos_retry import load_contract
from cosmos_retry.cli import main
from cosmos_retry.stand.product import scenario, scenarios
from cosmos_retry.stand.record import Made, Played, Record, Writes
from cosmos_retry.standreport import column as reading
from cosmos_retry.standreport.case import SIGNS, make_case
from cosmos_retry.standreport.documented import UNTOLD, documented
from cosmos_retry.trace import Account, Attempt, Client, Error, Event, Failure, Response, Result, Trace

HOSTILE = "</title><script>alert(1)</script>\x1b[31m&\"'`|*[x](y)_\ud800"
SYNC = Made("azure-cosmos-sync", "4.17.1", "Python 3.11")
AIO = Made("azure-cosmos-aio", "4.17.1", "Python 3.11")


def make_record(made: Made, played: Played, events: list[Event], **changes: Any) -> Record:
    """A record of a client whose trace has these events; what is given replaces parts of it."""
    trace = Trace(
        id=played.id,
        operation=played.operation,
        mode="gateway",
        consistency=played.consistency,
        account=Account(played.account.regions, played.account.write_regions, played.consistency),
        client=Client(preferred_locations=played.preferred),
        blind=["replica", "address_refresh", "account_refresh"],
        events=events,
    )
    whole: dict[str, Any] = {
        "client": made,
        "scenario": played,
        "trace": trace,
        "arrivals": [],
        "background": 0,
        "writes": None,
        "unconsumed": [],
        "clock": "compressed",
        "problem": None,
    }
    return Record(**(whole | changes))


def hang(made: Made, attempts: int, heard: Event, **changes: Any) -> Record:
    """A create whose first attempt is never answered, and any further one meets a 409."""
    played = scenario("sw-2r", "Session", "create", "hang-applied", 1)
    events: list[Event] = [Attempt(t=0, region="West US"), Failure(cause="timeout", sent=True, t=6)]
    for _ in range(attempts - 1):
        events += [Attempt(t=6, region="West US"), Response(status=409, t=6)]
    return make_record(made, played, [*events, heard], **changes)


RIGHT = hang(SYNC, 1, Error(t=6, status=None, name="Timeout"), writes=Writes(1, 1, "error", None, [], None))
AGAIN = hang(
    AIO,
    2,
    Error(t=6, status=409),
    writes=Writes(2, 1, "error", "reported falsely", ["reported falsely", "duplicated"], "delivered"),
)


def throttled(made: Made, attempts: int) -> Record:
    """A query that meets 429 in so many attempts."""
    played = scenario("sw-2r", "Session", "query", "429.0", None)
    events: list[Event] = []
    for number in range(attempts):
        events += [
            Attempt(t=number / 10, region="West US"),
            Response(status=429, t=number / 10, retry_after_ms=100),
        ]
    return make_record(made, played, [*events, Error(t=attempts / 10, status=429)])


def put(folder: Path, *records: Record) -> Path:
    """Put records into folders as the stand does; return the folder above them."""
    for one in records:
        file = folder / re.sub(r"\W", "_", f"{one.client.name}-{one.client.version}") / "records.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as out:
            out.write(msgspec.json.encode(one) + b"\n")
    return folder


def written(tmp_path: Path, *records: Record, status: int = 0) -> Path:
    """Report on records with the command; return where the report is."""
    folder = put(tmp_path / "stand", *records)
    assert main(["stand-report", str(folder), "--out", str(tmp_path / "out")]) == status
    return tmp_path / "out"


@attrs.define
class Page(HTMLParser):
    """A page taken apart: the names that can be linked to, the links, every tag, and the text."""

    ids: set[str] = attrs.field(factory=set)
    links: list[str] = attrs.field(factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = attrs.field(factory=list)
    text: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = dict(attrs)
        self.tags.append((tag, given))
        if given.get("id"):
            assert given["id"] not in self.ids, given["id"]
            self.ids.add(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        self.text += " " * (tag in ("td", "th", "tr") or given.get("class") == "short")

    def handle_data(self, data: str) -> None:
        """Text that a reader sees."""
        self.text += data


def page(file: Path) -> Page:
    """Take a page apart."""
    made = Page()
    HTMLParser.__init__(made)
    made.feed(file.read_text("utf-8"))
    return made


def words(page: Page) -> str:
    """The page's text with single spaces."""
    return " ".join(page.text.split())


def dangling(out: Path) -> Iterator[str]:
    """Yield the links of all pages that lead nowhere."""
    pages = {file.name: page(file) for file in out.glob("*.html")}
    for name, one in pages.items():
        for link in one.links:
            file, _, anchor = link.partition("#")
            target = unquote(file) or name
            if not (out / target).exists() or (anchor and unquote(anchor) not in pages[target].ids):
                yield f"{name}: {link}"


# ---------------------------------------------------------------------------------------- documented


def test_what_is_documented_is_told_for_every_scenario_of_the_stand() -> None:
    """Each scenario has words for the documented behaviour, of at most eighty letters, and attempts."""
    told = [documented(one, load_contract()) for one in scenarios()[::3]]
    assert all(one.attempts and one.words != UNTOLD and len(one.words) <= 80 for one in told)
    assert len({one.words for one in told}) > 20


@pytest.mark.parametrize(
    ("parts", "words", "attempts"),
    [
        (("sw-2r", "Session", "create", "hang", None), "surface 408", 1),
        (("sw-2r", "Session", "create", "close", None), "surface 503", 1),
        (("sw-2r", "Session", "query", "429.0", None), "9 retries in region within 30 s, then 429", 10),
        (("sw-1r", "Session", "read", "503.0", None), "2 retries in region, then 503", 3),
        (("sw-2r", "Session", "read", "503.0", 1), "1 retry in region, then success", 2),
        (("sw-2r", "Session", "read", "500.0", None), "surface 500", 1),
        # The stand gives clients 6 s for an answer where requests hang.
        (("sw-2r", "Session", "read", "hang", None), "3 retries in region within 30 s, then 408", 4),
        (("sw-2r", "Session", "read", "hang", 1), "1 retry in region, then success", 2),
        (("sw-2r", "Session", "read", "413.0", None), "surface 413; of a retry nothing is said", 1),
        (
            ("sw-2r", "Session", "create", "403.3", 1),
            "read the account again, then next region, then success; or surfaced at once",
            2,
        ),
    ],
)
def test_what_is_documented_is_what_the_contract_does(
    parts: tuple[Any, ...], words: str, attempts: int
) -> None:
    """The words for some scenarios that the documents settle to the letter."""
    told = documented(scenario(*parts), load_contract())
    assert (told.words, told.attempts) == (words, attempts)


def test_a_read_waits_out_its_window_before_the_next_region() -> None:
    """A window of time is told by its length, and a region that no longer refuses ends in success."""
    told = documented(scenario("sw-2r", "Session", "read", "refuse-first", None), load_contract())
    assert told.words == "retry in region up to 60 s, then next region, then success"


def test_a_script_that_faults_cannot_tell_in_turn_is_not_told() -> None:
    """Faults of one region only, or after some that are skipped, are left to the verdict."""
    base = scenario("sw-2r", "Session", "read", "503.0", None)
    for entry in ({"region": "East US"}, {"skip": 1}, {"fault": {"delay": 1}}):
        script = [{**base.fault_script[0], **entry}]
        assert documented(msgspec.structs.replace(base, fault_script=script), load_contract()).words == UNTOLD


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"fault": 1},
        {"fault": {"status": "503"}},
        {"fault": {"status": 9}},
        {"fault": {"status": 503}, "times": 10**12},
        {"fault": {"status": 429, "headers": [1]}},
    ],
    ids=str,
)
def test_a_script_that_no_stand_would_play_is_not_told(entry: dict[str, Any]) -> None:
    """A record's script may be anything; it costs neither time nor the report."""
    base = scenario("sw-2r", "Session", "read", "503.0", None)
    assert documented(msgspec.structs.replace(base, fault_script=[entry]), load_contract()).words == UNTOLD


# --------------------------------------------------------------------------------------------- pages


def test_the_summary_names_the_ghost_writes_before_anything_else(tmp_path: Path) -> None:
    """A client that sends a delivered write again is told first, and the one that does not, as holding."""
    index = words(page(written(tmp_path, RIGHT, AGAIN) / "index.html"))
    ghost = index.index("✗ ghost writes: azure-cosmos-aio 4.17.1 in 1 scenario a write went wrong: reported")
    resent = index.index("✗ broken: azure-cosmos-aio 4.17.1 sends writes again")
    holds = index.index("✓ holds: azure-cosmos-sync 4.17.1 never sends a write again")
    assert ghost < resent < holds
    assert "for example a single attempt: West US timeout; the application heard Timeout at 6 s" in index
    assert index.index("Ghost writes", holds) < index.index("Promises, broken ones first")


def test_promises_are_listed_broken_ones_first_and_those_that_hold_say_how_often(tmp_path: Path) -> None:
    """The promise never to send a write again heads the list, broken by one client and held by the other."""
    index = words(page(written(tmp_path, RIGHT, AGAIN) / "index.html"))
    table = index[index.index("Promises, broken ones first") :]
    table = table[table.index("azure-cosmos-js") :]
    first = table[table.index("write-never-resent") : table.index("write-never-resent") + 400]
    assert "✓ holds in 1" in first
    assert "✗ broken in 1" in first
    assert table.index("write-never-resent") < table.index("region-of-account")
    assert "– not broken, never at its edge" in table


def test_a_write_that_the_gateway_saw_again_is_no_promise_kept(tmp_path: Path) -> None:
    """Where the client told of one attempt, and a write arrived twice, nobody says that the promise holds."""
    hidden = hang(
        AIO,
        1,
        Error(t=6, status=None, name="Timeout"),
        writes=Writes(2, 1, "error", "duplicated", ["duplicated"], "delivered"),
    )
    index = words(page(written(tmp_path, hidden) / "index.html"))
    assert "never sends a write again" not in index
    assert (
        "sends writes again that had been sent and got no answer, in 1 scenario; the gateway saw it" in index
    )
    table = index[index.index("Promises, broken ones first") :]
    assert "✗ broken in 1" in table[: table.index("region-of-account")]


def test_a_client_s_page_begins_with_its_own_findings(tmp_path: Path) -> None:
    """Its headlines and counts come first, and its promises in its own order, whatever others break."""
    out = written(tmp_path, RIGHT, throttled(SYNC, 100), AGAIN)
    html = words(page(out / "azure-cosmos-sync-4.17.1.html"))
    assert "too many attempts: azure-cosmos-sync 4.17.1 makes 100 attempts" in html
    assert "azure-cosmos-aio" not in html
    assert "✗ violates: 1" in html
    assert html.index("✗ broken in 1 throttled-limits") < html.index("✓ holds in 1 write-never-resent")
    told = json.loads((out / "azure-cosmos-sync-4.17.1.json").read_bytes())
    assert [one["id"] for one in told["promises"]][:2] == ["throttled-limits", "write-never-resent"]
    markdown = (out / "azure-cosmos-sync-4.17.1.md").read_text("utf-8")
    assert "- **✗ too many attempts** makes 100 attempts (429/0, query)" in markdown


def test_retries_that_multiply_are_told_with_what_is_documented(tmp_path: Path) -> None:
    """A hundred attempts of a query stand beside the ten of the contract; ten are no finding."""
    index = words(page(written(tmp_path, throttled(AIO, 100), throttled(SYNC, 10)) / "index.html"))
    assert "azure-cosmos-aio 4.17.1 makes 100 attempts (429/0, query); the documented run makes 10" in index
    assert "azure-cosmos-sync 4.17.1 makes" not in index
    assert "✗ violates 100 attempts, then 429" in index
    assert "✓ conforms 10 attempts, then 429" in index


def test_every_link_leads_somewhere_and_every_cell_is_a_sign_with_a_word(tmp_path: Path) -> None:
    """No link dangles; each judged cell of the matrix has a link, its sign and its word."""
    out = written(tmp_path, RIGHT, AGAIN, throttled(AIO, 100), throttled(SYNC, 10))
    assert list(dangling(out)) == []
    index = (out / "index.html").read_text("utf-8")
    matrix = index[index.index('class="matrix"') :]
    cells = re.findall(r'<td class="v (\w+)">(.*?)</td>', matrix, re.DOTALL)
    assert len(cells) == 4
    for word, cell in cells:
        assert SIGNS[word] in cell
        assert f">{word}<" in cell
        assert 'href="azure-cosmos-' in cell


def test_a_case_shows_timeline_verdict_clause_and_a_command_that_can_be_run(tmp_path: Path) -> None:
    """The page of a client has all that a cell leads to, and the command's scenario is one of the stand's."""
    html = (written(tmp_path, AGAIN) / "azure-cosmos-aio-4.17.1.html").read_text("utf-8")
    case = html[html.index('id="case-hang-applied-create-sw-2r-x1"') :]
    case = case[: case.index("</details>")]
    says = load_contract().clauses["002/410/write/client/sent/no-retry"].says
    for part in (
        '<svg class="timeline broad"',
        "must not be sent again",
        "002/410/write/client/sent/no-retry",
    ):
        assert part in case
    assert says in case
    assert "once" in case
    command = re.search(r"<code>(cosmos-retry stand [^<]*)</code>", case)
    assert command is not None
    assert main([*shlex.split(command[1])[1:], "--list"]) == 0


def test_commands_say_where_the_program_is(tmp_path: Path) -> None:
    """Before the first command, page and Markdown say once what the program is called in a checkout."""
    out = written(tmp_path, AGAIN, throttled(AIO, 100))
    for name in ("azure-cosmos-aio-4.17.1.html", "azure-cosmos-aio-4.17.1.md"):
        text = (out / name).read_text("utf-8")
        assert text.count(".venv/bin/cosmos-retry") == 1
        assert text.count("cosmos-retry stand --client") == 2
        assert text.index(".venv/bin/cosmos-retry") < text.index("cosmos-retry stand --client")


def test_cells_say_their_column(tmp_path: Path) -> None:
    """Each cell but the matrix's has the words that stand above its column, for screens without a head."""
    index = (written(tmp_path, RIGHT, AGAIN, throttled(AIO, 100)) / "index.html").read_text("utf-8")
    tables = re.findall(r'<table class="stack">.*?</table>', index, re.DOTALL)
    assert len(tables) == index.count("<table") - 1
    for table in tables:
        head, *rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
        columns = re.findall(r"<th[^>]*>([^<]*)</th>", head)
        for row in rows:
            named = [re.search('data-label="(.*)"', given) for given in re.findall("<td([^>]*)>", row)]
            assert [one and one[1] for one in named] == columns[1:]


def test_nothing_is_fetched_and_no_script_runs(tmp_path: Path) -> None:
    """The pages have no script and name no resource but pages beside them."""
    out = written(tmp_path, RIGHT, AGAIN)
    files = list(out.glob("*.html"))
    assert len(files) == 3
    for file in files:
        found = page(file)
        names = {name for _, given in found.tags for name in given}
        assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in found.tags}
        assert not {name for name in names if name.startswith("on")} | (names & {"src", "srcset", "style"})
        assert not [link for link in found.links if ":" in link or link.startswith("/")]


def test_a_client_without_records_has_a_column_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A known client that is not there is named; where Node.js is missing, that is the reason."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    index = words(page(written(tmp_path, RIGHT) / "index.html"))
    assert "– azure-cosmos-js no records: it needs Node.js, and there is none here" in index
    assert "– azure-cosmos-aio no records: it was not on the stand" in index
    assert not (tmp_path / "out/azure-cosmos-js.html").exists()


def test_a_folder_of_one_client_is_reported_without_the_others(tmp_path: Path) -> None:
    """Where the folder of one client is named, nobody else is missing."""
    put(tmp_path / "stand", RIGHT, AGAIN)
    (one,) = (tmp_path / "stand").glob("*aio*")
    assert main(["stand-report", str(one), "--out", str(tmp_path / "out")]) == 0
    assert "no records" not in page(tmp_path / "out/index.html").text.replace("or no records", "")


def test_the_index_says_how_much_of_the_stand_is_recorded(tmp_path: Path) -> None:
    """Scenarios of the stand are counted against all of them, and those of one's own beside them."""
    mine = msgspec.structs.replace(RIGHT.scenario, id="mine")
    own = msgspec.structs.replace(RIGHT, scenario=mine)
    index = words(page(written(tmp_path, RIGHT, AGAIN, throttled(SYNC, 2), own) / "index.html"))
    assert f"2 of the stand’s {len(scenarios())} scenarios are recorded" in index
    assert "(make stand runs the others), and 1 of other files." in index


# ------------------------------------------------------------------------------------- what goes wrong


def test_a_torn_line_costs_itself_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad lines are named in a line each, with file and number; all else is reported, and the status is 2."""
    folder = put(tmp_path / "stand", AGAIN, throttled(AIO, 3))
    (file,) = folder.glob("*/records.jsonl")
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([lines[0], b'{"client": \x1b', lines[1], lines[0][:100]]))
    assert main(["stand-report", str(folder), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert f"{file}:2: left out" in said[0]
    assert f"{file}:4: left out: the last line was torn off" in said[1]
    assert "\x1b" not in "".join(said)
    told = json.loads((tmp_path / "out/azure-cosmos-aio-4.17.1.json").read_bytes())
    assert len(told["scenarios"]) == 2


def test_a_folder_without_records_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that holds nothing is a complaint of one line, and a page is written all the same."""
    assert main(["stand-report", str(tmp_path / "nothing"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'nothing'}: holds no records of the stand\n"
    assert (tmp_path / "out/index.html").exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"problem": "the client died", "trace": None}, "the client died"),
        ({"trace": None}, "nothing was seen of the operation"),
        ({"trace": make_record(AIO, AGAIN.scenario, []).trace}, "events: is empty"),
    ],
)
def test_a_record_that_cannot_be_judged_is_a_problem(changes: dict[str, Any], problem: str) -> None:
    """Nothing is said of a client whose trial went wrong, however it went wrong."""
    case = make_case(msgspec.structs.replace(AGAIN, **changes))
    assert (case.word, case.verdict, case.ghost) == ("problem", None, "")
    assert problem in case.problem


def test_what_only_the_reader_knows_stands_in_capitals_in_a_command() -> None:
    """One's own client needs its adapter, and one's own scenario its file; known ones need neither."""
    known = make_case(AGAIN).command
    assert known.startswith(
        "cosmos-retry stand --client azure-cosmos-aio --client-version 4.17.1 --only hang-"
    )
    played = msgspec.structs.replace(AGAIN.scenario, id="my [1]")
    own = make_case(make_record(Made("tiny one", "1", "C"), played, [Attempt(t=0, region="West US")])).command
    assert "--adapter COMMAND --name 'tiny one' --scenarios FILE --only 'my [[]1]'" in own


def test_calls_for_metadata_are_no_attempts_of_the_operation() -> None:
    """A query whose plan was asked for made one attempt and one call, and that is what its cell says."""
    played = scenario("sw-2r", "Session", "query", "400.0", None)
    events: list[Event] = [Attempt(t=0, region="West US", step="query_plan"), Response(status=200, t=0)]
    events += [Attempt(t=0, region="West US", step="page"), Response(status=400, t=0)]
    case = make_case(make_record(SYNC, played, [*events, Error(t=0, status=400)]))
    assert (case.made, case.short) == (1, "1 attempt + 1 metadata call, then 400")


def hostile() -> Record:
    """A record in which every text that may be anything is hostile, and the client is wrong."""
    text = HOSTILE.replace("\ud800", "")
    played = msgspec.structs.replace(
        AGAIN.scenario,
        id=text,
        topology=text,
        fault=text,
        account=msgspec.structs.replace(AGAIN.scenario.account, regions=[text], write_regions=[text]),
        preferred=[text],
    )
    events: list[Event] = [
        Attempt(t=0, region=text),
        Failure(cause="timeout", sent=True, t=6),
        Attempt(t=6, region=text),
        Response(status=409, t=6),
        Error(t=6, status=None, name=text),
    ]
    return make_record(Made(text, text, text), played, events)


def test_hostile_names_are_text_everywhere(tmp_path: Path) -> None:
    """Markup, control characters and quotes out of a record show as text in HTML, Markdown, JSON and XML."""
    broken = msgspec.structs.replace(hostile(), problem=HOSTILE.replace("\ud800", ""))
    out = written(tmp_path, hostile(), msgspec.structs.replace(broken, scenario=RIGHT.scenario))
    assert list(dangling(out)) == []
    files = {file.suffix: file for file in out.iterdir() if file.name != "index.html"}
    assert set(files) == {".html", ".md", ".json", ".xml"}
    for file in (out / "index.html", files[".html"]):
        assert "script" not in {tag for tag, _ in page(file).tags}
        assert "<script" not in file.read_text("utf-8")
    markdown = files[".md"].read_text("utf-8")
    assert "<script" not in re.sub(r"(`+).+?\1", "", markdown)
    for file in out.iterdir():
        assert "\x1b" not in file.read_text("utf-8")
    suite = ElementTree.parse(files[".xml"]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "1")
    assert any("<script>" in str(case.get("name")) for case in suite)
    assert any("<script>" in one["id"] for one in json.loads(files[".json"].read_bytes())["scenarios"])


def test_names_that_no_file_can_tell_apart_get_pages_of_their_own(tmp_path: Path) -> None:
    """Two clients whose names differ in a slash and a colon do not overwrite each other."""
    first, second = (
        msgspec.structs.replace(RIGHT, client=Made(f"a{sign}b", "1", "C")) for sign in ("/", ":")
    )
    put(tmp_path / "stand/one", first)
    put(tmp_path / "stand/two", second)
    folders = [str(tmp_path / "stand" / name) for name in ("one", "two")]
    assert main(["stand-report", *folders, "--out", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").glob("a_b*.html"))) == 2
    assert list(dangling(tmp_path / "out")) == []


def test_no_client_takes_the_place_of_another_page(tmp_path: Path) -> None:
    """Clients called as the index, alike, or at great length, leave the index and each other alone."""
    names = (("index", ""), ("a:b", "1"), ("a/b", "1"), ("a?b", "1-2"), ("x" * 200, "1"), ("x" * 200, "2"))
    for number, (name, version) in enumerate(names):
        put(tmp_path / f"stand/{number}", msgspec.structs.replace(RIGHT, client=Made(name, version, "C")))
    folders = [str(tmp_path / f"stand/{number}") for number in range(len(names))]
    assert main(["stand-report", *folders, "--out", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").glob("*.html"))) == 1 + len(names)
    assert "<h1>Real clients on the stand</h1>" in (tmp_path / "out/index.html").read_text("utf-8")
    assert list(dangling(tmp_path / "out")) == []


def test_faults_whose_names_are_alike_have_places_of_their_own(tmp_path: Path) -> None:
    """A fault that differs from another one in a sign that no anchor holds is linked to all the same."""
    records = []
    for fault in ("hang", "hang!", "hang?"):
        played = msgspec.structs.replace(RIGHT.scenario, id=fault, fault=fault)
        records.append(msgspec.structs.replace(RIGHT, scenario=played))
    out = written(tmp_path, *records)
    assert len({one for one in page(out / "index.html").ids if one.startswith("fault-")}) == 3
    assert list(dangling(out)) == []


def test_a_check_of_writes_that_does_not_say_which_duplicate_is_told_as_the_lesser(tmp_path: Path) -> None:
    """A record may lack what the stand would have said; it is reported all the same."""
    writes = Writes(2, 1, "error", "duplicated", [], None)
    out = written(tmp_path, msgspec.structs.replace(AGAIN, writes=writes))
    assert "‼ duplicated, delivered" in words(page(out / "index.html"))


def test_of_very_many_reasons_the_first_are_told(tmp_path: Path) -> None:
    """Where the documents are silent time after time, pages and JUnit say so in few words, JSON in all."""
    played = scenario("sw-2r", "Session", "create", "403.3", None)
    events: list[Event] = []
    for number in range(30):
        events += [Attempt(t=number, region="West US"), Response(status=403, substatus=3, t=number)]
    out = written(tmp_path, make_record(AIO, played, [*events, Error(t=30, status=403, substatus=3)]))
    (told,) = json.loads((out / "azure-cosmos-aio-4.17.1.json").read_bytes())["scenarios"]
    assert len(told["reason"]) > 1000
    for ending in ("html", "md", "xml"):
        text = (out / f"azure-cosmos-aio-4.17.1.{ending}").read_text("utf-8")
        assert "more like these" in text
        assert told["reason"][:1000] not in text


# ------------------------------------------------------------------------------------- other forms


def test_junit_has_a_case_for_each_scenario_with_promise_and_clause(tmp_path: Path) -> None:
    """A failure names the promise and the clause; what cannot be seen is skipped, with the reason."""
    played = scenario("sw-2r", "Session", "create", "hang", None)
    unseen = make_record(AIO, played, [Attempt(t=0, region="West US")])
    out = written(tmp_path, AGAIN, unseen, throttled(AIO, 10))
    suite = ElementTree.parse(out / "azure-cosmos-aio-4.17.1.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "1", "0", "1"]
    failure = suite.find("testcase/failure")
    assert failure is not None
    text = failure.text or ""
    assert "promise write-never-resent: " in text
    assert "clause 002/410/write/client/sent/no-retry: " in text
    assert failure.get("type") == "ghost write: reported falsely"
    skipped = suite.find("testcase/skipped")
    assert skipped is not None
    assert "how the operation ended" in str(skipped.get("message"))


def test_json_and_markdown_say_what_the_page_says(tmp_path: Path) -> None:
    """Promise, clause, attempts, what is documented and the finding are in both."""
    out = written(tmp_path, AGAIN)
    (one,) = json.loads((out / "azure-cosmos-aio-4.17.1.json").read_bytes())["scenarios"]
    assert (one["verdict"], one["ghost_write"]) == ("violates", "reported falsely")
    assert (one["documented"], len(one["attempts"])) == ("surface 408", 2)
    assert [broken["id"] for broken in one["promises_broken"]] == ["write-never-resent"]
    markdown = (out / "azure-cosmos-aio-4.17.1.md").read_text("utf-8")
    for text in (*one["clauses"].values(), "surface 408", "✗ violates ‼ reported falsely", one["command"]):
        assert text in markdown


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    """Writing again changes nothing."""
    out = written(tmp_path, RIGHT, AGAIN)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    assert main(["stand-report", str(tmp_path / "stand"), "--out", str(out)]) == 0
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_many_records_are_judged_as_few_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged in other processes, the longest first, the records give the same report."""
    out = written(tmp_path, RIGHT, AGAIN, throttled(AIO, 12), throttled(SYNC, 3))
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    monkeypatch.setattr(reading, "_WORTH_PROCESSES", 2)
    assert main(["stand-report", str(tmp_path / "stand"), "--out", str(out)]) == 0
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_success_is_no_finding(tmp_path: Path) -> None:
    """A client that did everything right gets an index without a single finding."""
    played = scenario("sw-2r", "Session", "read", "503.0", 1)
    events: list[Event] = []
    for status in (503, 200):
        events += [Attempt(t=0.1, region="West US"), Response(status=status, t=0.1)]
    out = written(tmp_path, make_record(SYNC, played, [*events, Result(t=0.1)]))
    index = words(page(out / "index.html"))
    assert "Nothing violates the contract." in index
    assert "✗ violates 0 – – a move" in index
    assert "✗ broken" not in index
