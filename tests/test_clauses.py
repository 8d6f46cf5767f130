"""The register: what it holds, and that every difference between it and the documents is named."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from cosmos_retry.clauses import (
    BECAME,
    Clause,
    Register,
    load_register,
    print_findings,
    print_register,
    verify,
)
from cosmos_retry.documents import OUTLINE, segments
from cosmos_retry.errors import ContractError
from cosmos_retry.findings import Finding
from cosmos_retry.paths import spec_dir

# The lists of writes and reads have the same words: only their places tell them apart.
LINES = [
    "Code | What follows",
    "700 | For all:",
    "  - No retry.",
    "701",
    "  - Writes:",
    "    - Again once:",
    "      - Then an error.",
    "    - None here.",
    "  - Reads:",
    "    - Again once:",
    "      - Then an error.",
    "    - None here.",
    "702",
    "  - The last word.",
]
OUTLINE_TEXT = "\n".join(["Preamble.", "## Title", *LINES, ""])
TABLE_TEXT = """## Title

| Code | What follows |
|:---|:---|
| 700 | For all:<ul><li>No retry.</li></ul> |
| 701 | <ul><li>Writes:<ul><li>Again once:<ul><li>Then an error.</li></ul></li><li>None here.</li></ul></li>\
<li>Reads:<ul><li>Again once:<ul><li>Then an error.</li></ul></li><li>None here.</li></ul></li></ul> |
| 702 | <ul><li>The last word.</li></ul> |
"""
PAGE_TEXT = (
    "# Codes\n\n|**Code**|**Text**|\n|-|-|\n|**600**|Odd.<br /><br />A remark.|\n\n* [link](x)\n* [more](y)\n"
)
FIRST = 3  # The line of the outline file on which LINES begins.


def clause(number: int, place: str, digest: str) -> Clause:
    """A clause for one segment; its id has nothing to do with its place."""
    return Clause(f"{place[:3]}/n{number}", (place,), (digest,), "Something.", ("row",))


def register_of(**texts: str) -> Register:
    """A register with one clause for each segment of the given documents, `_002` and the like."""
    return Register(
        [
            clause(number, segment.place, segment.digest)
            for name, text in texts.items()
            for number, segment in enumerate(segments(name[1:], text))
        ]
    )


REGISTER = register_of(_002=TABLE_TEXT, _001=PAGE_TEXT)
IDS = [clause.id for clause in REGISTER.of("002")]


def outline_findings(directory: Path, lines: list[str]) -> list[Finding]:
    """What `verify` finds where the outline alone is there, with these lines."""
    (directory / "outline.txt").write_text("\n".join(["Preamble.", "## Title", *lines, ""]))
    *found, absent = verify(REGISTER, directory)
    assert absent.kind == "absent"
    return found


def write_documents(
    directory: Path, table: str = TABLE_TEXT, outline: str = OUTLINE_TEXT, page: str = PAGE_TEXT
) -> None:
    """Put the three files into a directory."""
    (directory / "002.txt").write_text(table)
    (directory / "outline.txt").write_text(outline)
    (directory / "001.txt").write_text(page)


def test_nothing_changed(tmp_path: Path) -> None:
    """Documents that are what the register was made for give no finding but the line on what is absent."""
    write_documents(tmp_path)
    assert verify(REGISTER, tmp_path) == [Finding("absent", str(tmp_path), text="000")]


@pytest.mark.parametrize("at", range(len(LINES)))
def test_edited_word(tmp_path: Path, at: int) -> None:
    """A line with another word in it is one finding: that clause changed, with its place and its line."""
    edited = [*LINES[:at], LINES[at] + " Perhaps.", *LINES[at + 1 :]]
    (finding,) = outline_findings(tmp_path, edited)
    assert (finding.kind, finding.clause) == ("changed", IDS[at])
    assert (finding.where, finding.found, finding.line) == (REGISTER[IDS[at]].where[0],) * 2 + (FIRST + at,)
    assert finding.text.endswith("perhaps.")


@pytest.mark.parametrize("at", range(len(LINES)))
def test_deleted_line(tmp_path: Path, at: int) -> None:
    """The clause of a deleted line vanished, even where its words stand elsewhere too; others only moved."""
    found = outline_findings(tmp_path, [*LINES[:at], *LINES[at + 1 :]])
    kinds = {finding.clause: finding.kind for finding in found}
    assert len(kinds) == len(found)
    assert [name for name, kind in kinds.items() if kind == "vanished"] == [IDS[at]]
    assert set(kinds.values()) <= {"vanished", "moved"}


@pytest.mark.parametrize("at", range(1, len(LINES) + 1))
def test_inserted_line(tmp_path: Path, at: int) -> None:
    """An inserted line is unregistered, under its place and line; the clauses that it shifts have moved."""
    depth = len(LINES[at - 1]) - len(LINES[at - 1].lstrip())
    new = " " * max(depth, 2) + "- Something new."
    *moved, finding = outline_findings(tmp_path, [*LINES[:at], new, *LINES[at:]])
    assert (finding.kind, finding.clause, finding.line) == ("unregistered", "", FIRST + at)
    assert finding.text == "something new."
    assert {finding.kind for finding in moved} <= {"moved"}


@pytest.mark.parametrize("at", [at for at in range(len(LINES) - 1) if LINES[at] != LINES[at + 1]])
def test_swapped_lines(tmp_path: Path, at: int) -> None:
    """Two neighbouring lines that changed places have both moved, and nothing is said to be gone or new."""
    swapped = [*LINES[:at], LINES[at + 1], LINES[at], *LINES[at + 2 :]]
    found = outline_findings(tmp_path, swapped)
    assert {finding.kind for finding in found} == {"moved"}
    assert {IDS[at], IDS[at + 1]} & {finding.clause for finding in found}


def test_swapped_neighbours_are_both_named(tmp_path: Path) -> None:
    """Two items of one list that changed places are named with where each was and where it is."""
    found = outline_findings(tmp_path, [*LINES[:5], LINES[7], LINES[5], LINES[6], *LINES[8:]])
    assert [str(finding).split(": ", 2)[2] for finding in found] == [
        f"{IDS[5]}: 002, row 701, 1.1 -> 002, row 701, 1.2",
        f"{IDS[6]}: 002, row 701, 1.1.1 -> 002, row 701, 1.2.1",
        f"{IDS[7]}: 002, row 701, 1.2 -> 002, row 701, 1.1",
    ]


def test_swapped_rows(tmp_path: Path) -> None:
    """Rows that keep their labels and change their order have moved, although each place is the same."""
    found = outline_findings(tmp_path, [LINES[0], *LINES[3:12], *LINES[1:3], *LINES[12:]])
    assert [(finding.kind, finding.clause) for finding in found] == [("moved", IDS[1]), ("moved", IDS[2])]
    assert all(finding.where == finding.found for finding in found)
    assert str(found[0]).endswith("002, row 700, in another order")


def test_row_renamed(tmp_path: Path) -> None:
    """A row under another label has changed, and what stands in it has moved there."""
    found = outline_findings(tmp_path, [*LINES[:12], "703", LINES[13]])
    assert [(finding.kind, finding.clause, finding.found) for finding in found] == [
        ("changed", IDS[12], "002, row 703"),
        ("moved", IDS[13], "002, row 703, 1"),
    ]


@pytest.mark.parametrize("gone", [range(4, 8), range(8, 12)])
def test_same_words_are_told_apart_by_place(tmp_path: Path, gone: range) -> None:
    """Where one of two lists with the same words goes, it is the clauses of that list that vanished."""
    found = outline_findings(tmp_path, [line for at, line in enumerate(LINES) if at not in gone])
    assert [finding.clause for finding in found if finding.kind == "vanished"] == [IDS[at] for at in gone]
    moved = range(8, 12) if gone.start == 4 else range(0)
    assert [finding.clause for finding in found if finding.kind == "moved"] == [IDS[at] for at in moved]


def test_edit_in_the_table(tmp_path: Path) -> None:
    """A word edited in the table is found in the table's file; the outline beside it is still right."""
    write_documents(tmp_path, table=TABLE_TEXT.replace("The last word", "The latest word"))
    changed, absent = verify(REGISTER, tmp_path)
    assert (changed.kind, changed.file, changed.clause, changed.line) == ("changed", "002.txt", IDS[13], 7)
    assert absent.kind == "absent"


def test_words_in_another_document(tmp_path: Path) -> None:
    """Words that left one document for another have moved there, and are neither gone nor new."""
    table = TABLE_TEXT.replace("<li>The last word.</li>", "")
    write_documents(tmp_path, table, OUTLINE_TEXT, PAGE_TEXT + "\nThe last word.\n")
    moved, _ = verify(REGISTER, tmp_path)
    assert (moved.kind, moved.clause, moved.file) == ("moved", IDS[13], "001.txt")
    assert (moved.where, moved.found) == ("002, row 702, 1", "001, section 1, 3")


def test_several_pieces_of_one_clause(tmp_path: Path) -> None:
    """A clause that covers several pieces is checked piece by piece."""
    pieces = segments("001", PAGE_TEXT)
    whole = Clause(
        "001/all", tuple(p.place for p in pieces), tuple(p.digest for p in pieces), "All.", ("background",)
    )
    (tmp_path / "001").write_text(PAGE_TEXT.replace("remark", "word"))
    changed, _ = verify(Register([whole]), tmp_path)
    assert (changed.kind, changed.clause, changed.where) == ("changed", "001/all", "001, table 1, row 600, 2")


def test_undecodable_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """A file that is not UTF-8 is one finding, and the other files are still checked."""
    write_documents(tmp_path, outline=OUTLINE_TEXT.replace("No retry", "One retry"))
    (tmp_path / "002.txt").write_bytes(b"| \xff |")
    unreadable, changed, absent = verify(REGISTER, tmp_path)
    assert str(unreadable) == "002.txt: unreadable: byte 2: not UTF-8"
    assert (changed.kind, changed.clause, absent.kind) == ("changed", IDS[2], "absent")


def test_empty_document(tmp_path: Path) -> None:
    """Of an empty document every clause has vanished."""
    (tmp_path / "002").touch()
    found = verify(REGISTER, tmp_path)
    assert [finding.clause for finding in found if finding.kind == "vanished"] == IDS
    assert len(found) == len(IDS) + 1


@pytest.mark.parametrize("directory", [None, "nowhere", "."])
def test_no_documents(tmp_path: Path, directory: str | None) -> None:
    """No directory, or one without any document, is refused in one line."""
    with pytest.raises(ContractError) as error:
        verify(REGISTER, directory and tmp_path / directory)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)


def test_printed_findings() -> None:
    """Each finding is one line of ASCII, whatever the document holds; the status is 1 where there is one."""
    out = io.StringIO()
    text = "caf\u00e9 \x1b[31m\n" + "long " * 50
    assert print_findings([Finding("unregistered", "f", found="002, row 1", line=3, text=text)], out) == 1
    assert out.getvalue().isascii()
    assert "\x1b" not in out.getvalue()
    first, total = out.getvalue().splitlines()
    assert first.startswith("f:3: unregistered: 002, row 1: ")
    assert len(first) < 150
    assert total == "1 finding: 1 unregistered"


def test_absence_is_no_finding() -> None:
    """That a document is absent is printed in one line and leaves the status 0."""
    out = io.StringIO()
    assert print_findings([Finding("absent", "dir", text="000, 001")], out) == 0
    assert out.getvalue().splitlines()[0] == "dir: absent: 000, 001"


def test_printed_register() -> None:
    """The table names every clause once, by document, and ends in the totals."""
    out = io.StringIO()
    print_register(REGISTER, out)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  00")] == list(REGISTER)
    assert [line for line in lines if line.startswith("Document")] == [
        "Document 001: 6 clauses",
        "Document 002: 14 clauses",
    ]
    assert lines[-len(BECAME)].split() == ["row", "20"]


ENTRY = {
    "id": '"002/1/a"',
    "where": '"002, row 1"',
    "digest": '"0123456789abcdef"',
    "says": '"Something."',
    "became": '["row"]',
}


def spec_with(directory: Path, *entries: dict[str, str], head: str = "") -> Path:
    """A directory of tables whose register holds the given entries, their values as TOML."""
    tables = [
        "\n".join(["[[clause]]", *(f"{key} = {value}" for key, value in entry.items())]) for entry in entries
    ]
    (directory / "clauses").mkdir()
    (directory / "clauses" / "some.toml").write_text("\n".join([head, *tables]))
    return directory


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"id": '"002"'}, "id", "is not a clause id"),
        ({"id": '"002/A"'}, "id", "is not a clause id"),
        ({"id": "2"}, "id", "Expected `str`"),
        ({"where": '"row 1"'}, "where", "is not a place"),
        ({"where": '"001, row 1"'}, "where", "another document"),
        ({"where": '["002, row 1", "002, row 2"]'}, "digest", "one digest for each place"),
        ({"where": "[]", "digest": "[]"}, "where", "must not be empty"),
        ({"digest": '"0123456789ABCDEF"'}, "digest", "16 hexadecimal"),
        ({"says": '""'}, "says", "one line of text"),
        ({"says": '"two\\nlines"'}, "says", "one line of text"),
        ({"became": '["rows"]'}, "became", "Invalid enum value"),
        ({"became": "[]"}, "became", "must not be empty"),
        ({"became": '["row", "row"]'}, "became", "names one thing twice"),
        ({"assumption": "3"}, "assumption", "Expected `str`"),
        ({"notes": '"typo"'}, "notes", "unknown key"),
    ],
)
def test_bad_entry(tmp_path: Path, change: dict[str, str], field: str, reason: str) -> None:
    """A wrong entry is refused in one line that names the file, the entry, the field and the reason."""
    with pytest.raises(ContractError) as error:
        load_register(spec_with(tmp_path, ENTRY | change))
    assert error.value.file == str(tmp_path / "clauses" / "some.toml")
    assert error.value.entry == (ENTRY | change)["id"].strip('"')
    assert error.value.field == field
    assert reason in error.value.reason
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("field", list(ENTRY))
def test_missing_field(tmp_path: Path, field: str) -> None:
    """Every field but the assumption and the note has to be there."""
    with pytest.raises(ContractError) as error:
        load_register(spec_with(tmp_path, {key: value for key, value in ENTRY.items() if key != field}))
    assert error.value.field == field
    assert "missing" in error.value.reason


@pytest.mark.parametrize(
    ("change", "field"), [({"where": '"002, row 2"'}, "id"), ({"id": '"002/1/b"'}, "where")]
)
def test_duplicates(tmp_path: Path, change: dict[str, str], field: str) -> None:
    """An id is used once, and so is a place."""
    with pytest.raises(ContractError, match=r"is already in some\.toml") as error:
        load_register(spec_with(tmp_path, ENTRY, ENTRY | change))
    assert error.value.field == field


@pytest.mark.parametrize("head", ["clauses = 1", "[[row]]", "clause = 1", "=", "[clause]"])
def test_bad_file(tmp_path: Path, head: str) -> None:
    """A file that holds anything else than clauses is refused in one line."""
    with pytest.raises(ContractError) as error:
        load_register(spec_with(tmp_path, head=head))
    assert str(error.value).startswith(str(tmp_path / "clauses" / "some.toml"))


def test_no_register(tmp_path: Path) -> None:
    """A directory of tables without a register is refused."""
    with pytest.raises(ContractError, match="no register"):
        load_register(tmp_path)


def test_one_value_is_a_list_of_one(tmp_path: Path) -> None:
    """A field that can hold several values may be written as a single one."""
    register = load_register(spec_with(tmp_path, ENTRY | {"became": '"hole"', "assumption": '"some-id"'}))
    assert register["002/1/a"].became == ("hole",)
    assert register["002/1/a"].assumption == ("some-id",)
    assert register.totals()["hole"] == 1


def test_retry_table_is_complete() -> None:
    """The register holds the 142 clauses of the retry table, each for one piece of it."""
    clauses = load_register().of("002")
    assert len(clauses) == 142
    assert all(len(clause.where) == 1 for clause in clauses)


def test_rows_of_the_retry_table() -> None:
    """An id and its place name the same row of the retry table."""
    for clause in load_register().of("002"):
        row = clause.id.split("/")[1]
        place = "heading" if row == "heading" else f"row {row}"
        assert clause.where[0].removeprefix("002, ").split(",")[0].split("/")[0] == place


def test_parents_are_there() -> None:
    """Every id but a document's first level extends the id of another clause."""
    register = load_register()
    orphans = {clause_id for clause_id in register if clause_id.count("/") > 1} - {
        clause_id for clause_id in register if clause_id.rpartition("/")[0] in register
    }
    assert orphans == set()


def test_holes_and_conflicts_are_settled() -> None:
    """A clause that leaves something open, or contradicts another, names the assumption that settles it."""
    register = load_register()
    for clause in register.values():
        if {"hole", "conflict"} & set(clause.became):
            assert clause.assumption, clause.id
        if "conflict" in clause.became:
            assert clause.note, clause.id


def test_says_is_a_sentence() -> None:
    """What a clause says is in plain ASCII and ends in a full stop."""
    for clause in load_register().values():
        assert clause.says.isascii()
        assert clause.says.endswith("."), clause.id


@pytest.mark.parametrize("layout", ["wheel", "checkout", "both", "neither"])
def test_tables_are_found(tmp_path: Path, layout: str) -> None:
    """The tables inside the package come before those of a checkout around it; one of them is needed."""
    package = tmp_path / "machines" / "cosmos_retry"
    package.mkdir(parents=True)
    inside, around = package / "spec", tmp_path / "spec"
    for directory, there in ((inside, {"wheel", "both"}), (around, {"checkout", "both"})):
        if layout in there:
            directory.mkdir()
    if layout == "neither":
        with pytest.raises(ContractError, match="no tables"):
            spec_dir(package)
    else:
        assert spec_dir(package) == (around if layout == "checkout" else inside)


@pytest.mark.skipif(
    "COSMOS_RETRY_DOCUMENTS" not in os.environ,
    reason="the documents are not part of the project: COSMOS_RETRY_DOCUMENTS names no directory with them",
)
def test_real_documents() -> None:
    """Every citation resolves in the documents themselves, and every piece of them is registered."""
    findings = verify(load_register(), Path(os.environ["COSMOS_RETRY_DOCUMENTS"]))
    assert [str(finding) for finding in findings if finding.kind != "absent"] == []


def test_outline_of_this_test() -> None:
    """The two forms of this test's own table say the same, so that the tests above speak of both."""
    assert [s.digest for s in segments(OUTLINE, OUTLINE_TEXT)] == [
        s.digest for s in segments("002", TABLE_TEXT)
    ]
