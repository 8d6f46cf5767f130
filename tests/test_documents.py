"""The documents: how they are cut into segments, and what a digest does and does not depend on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cosmos_retry.documents import DOCUMENTS, OUTLINE, find_documents, read_segments, segments
from cosmos_retry.errors import ContractError
from cosmos_retry.markup import normalise

TABLE = """## Name of the table

| Code | What follows |
| :--- | :--- |
| 700 | For all: </br><ul><li> Reasons: </br><ul><li>One reason</li><li>Another &amp; last</li></ul></li>\
<li>No retry.</li></ul>   |
| 701/5 | <ul><li>Writes: <br><ul><li>**Never** again <br/>at all </li></ul><li>Reads: </br><ul>\
<li>None </li></ul></li></ul> |
"""
UNFOLDED = """What this file is.

## Name of the table

Code | What follows

700 | For all:
  - Reasons:
    - One reason
    - Another & last
  - No retry.

701/5
  - Writes:
    - **Never** again at all
  - Reads:
    - None
"""
PAGE = """---
title: "A page"
---

# A page

What it is about.
Still the same.

|**Code**|**Text**|
|-|-|
|**600 Odd**|First.<br /><br /> Second, see `https://<Vault>.example/<Key>`.<br />- third|

## More

* item of a list
   * item below it
**Bold** <br>paragraph
* item below the paragraph
"""


def places(name: str, text: str) -> list[tuple[str, str]]:
    """The segments of a text as pairs of place and words."""
    return [(segment.place, segment.text) for segment in segments(name, text)]


def test_table_places() -> None:
    """A row of the retry table gives its label with the words beside it, then each list item by its path."""
    assert places("002", TABLE) == [
        ("002, heading", "code | what follows"),
        ("002, row 700", "700 | for all:"),
        ("002, row 700, 1", "reasons:"),
        ("002, row 700, 1.1", "one reason"),
        ("002, row 700, 1.2", "another & last"),
        ("002, row 700, 2", "no retry."),
        ("002, row 701/5", "701/5"),
        ("002, row 701/5, 1", "writes:"),
        ("002, row 701/5, 1.1", "never again at all"),
        ("002, row 701/5, 2", "reads:"),
        ("002, row 701/5, 2.1", "none"),
    ]


def test_outline_agrees() -> None:
    """The outline gives the places and the digests that the table gives, its preamble and title left out."""
    table = [(segment.place, segment.digest) for segment in segments("002", TABLE)]
    assert [(segment.place, segment.digest) for segment in segments(OUTLINE, UNFOLDED)] == table


def test_page_places() -> None:
    """A page gives its front matter, headings, paragraphs, list items and the paragraphs in table cells."""
    assert places("001", PAGE) == [
        ("001, front matter", '--- title: "a page" ---'),
        ("001, section 1", "a page"),
        ("001, section 1, 1", "what it is about. still the same."),
        ("001, table 1, heading", "code | text"),
        ("001, table 1, row 600", "600 odd | first."),
        ("001, table 1, row 600, 2", "second, see `https://<vault>.example/<key>`."),
        ("001, table 1, row 600, 3", "third"),
        ("001, section 2", "more"),
        ("001, section 2, 1", "item of a list"),
        ("001, section 2, 1.1", "item below it"),
        ("001, section 2, 2", "bold paragraph"),
        ("001, section 2, 2.1", "item below the paragraph"),
    ]


def test_unclosed_list_counts_as_written() -> None:
    """A list that is never closed keeps its depth, so the next item stands below it, as it is written."""
    text = "| 1 | <ul><li>a<ul><li>b</li><ul></li></ul></li></ul></li><li>c</li></ul> |"
    assert places("002", text) == [
        ("002, row 1", "1"),
        ("002, row 1, 1", "a"),
        ("002, row 1, 1.1", "b"),
        ("002, row 1, 2", "c"),
    ]


def test_list_closed_too_often() -> None:
    """A list that is closed more often than opened never makes a path without an ordinal."""
    text = "| 1 | <ul><li>a</li></ul></ul></ul>tail<ul><li>b</li></ul> |"
    assert [place for place, _ in places("002", text)] == [
        "002, row 1",
        "002, row 1, 1",
        "002, row 1, 2",
        "002, row 1, 3",
    ]


def test_same_place_twice_is_numbered() -> None:
    """Two rows with one label have different places."""
    assert [place for place, _ in places("002", "| 1 | a |\n| 1 | b |")] == ["002, row 1", "002, row 1 (2)"]


def test_text_outside_the_table_is_a_segment() -> None:
    """What stands beside the retry table is a segment; its first heading, the table's name, is not."""
    added = TABLE.replace("| Code", "A remark.\n\n| Code") + "\n## Another heading\n"
    assert {place for place, _ in places("002", added)} - {place for place, _ in places("002", TABLE)} == {
        "002, outside the table",
        "002, outside the table (2)",
    }


def test_properties_are_front_matter() -> None:
    """A block of properties at the start of a page is one segment."""
    text = '<properties\n\tpageTitle="x"\n/>\n\n# Title\n'
    assert places("000", text) == [
        ("000, front matter", '<properties pagetitle="x" />'),
        ("000, section 1", "title"),
    ]


@pytest.mark.parametrize(
    "variant",
    [
        "The client retries **at most** 9 times & waits.",
        "  - The client retries at most 9 times &amp; waits. ",
        "<li>THE client retries <b>at most</b>\n 9 times &#38; waits.</li>",
        "The client </br>retries at most<br/> 9 times & waits.",
    ],
)
def test_digest_ignores_layout(variant: str) -> None:
    """Tags, emphasis, list markers, entities, white space and case leave the normalised text as it is."""
    assert normalise(variant) == "the client retries at most 9 times & waits."


@pytest.mark.parametrize(("one", "other"), [("9 times", "8 times"), ("not sent", "sent"), ("a - b", "a b")])
def test_digest_sees_words(one: str, other: str) -> None:
    """A word, a number or a sign more or less changes the normalised text."""
    assert normalise(one) != normalise(other)


def test_digest_is_sha256() -> None:
    """The digest is the first 16 hexadecimal digits of the SHA-256 of the normalised text."""
    (segment,) = segments("000", "Some **Words**")
    assert segment.digest == hashlib.sha256(b"some words").hexdigest()[:16]


@pytest.mark.parametrize("name", [*DOCUMENTS, OUTLINE])
@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_mark(tmp_path: Path, name: str, end: str, mark: str) -> None:
    """The style of line ends and a byte order mark change neither places nor digests nor line numbers."""
    text = {"002": TABLE, OUTLINE: UNFOLDED}.get(name, PAGE)
    file = tmp_path / "file"
    file.write_bytes((mark + text.replace("\n", end)).encode())
    assert read_segments(name, file) == segments(name, text)


def test_lines_are_counted_from_one() -> None:
    """A segment names the line where it starts."""
    assert [segment.line for segment in segments(OUTLINE, UNFOLDED)] == [
        5,
        7,
        8,
        9,
        10,
        11,
        13,
        14,
        15,
        16,
        17,
    ]
    assert [segment.line for segment in segments("001", PAGE)] == [
        1,
        5,
        7,
        10,
        12,
        12,
        12,
        14,
        16,
        17,
        18,
        19,
    ]


def test_undecodable_file(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused in one line with the offset of the first bad byte."""
    file = tmp_path / "001.txt"
    file.write_bytes(b"ab\xff")
    with pytest.raises(ContractError) as error:
        read_segments("001", file)
    assert str(error.value) == f"{file}: byte 2: text: not UTF-8"


@given(st.text(alphabet=st.sampled_from("<>/!-|*# \n&;[]ulibr7a.é"), max_size=80))
def test_any_text_has_segments(text: str) -> None:
    """No text stops the reader: every segment has words, and a place that no other segment has."""
    for name in (*DOCUMENTS, OUTLINE):
        found = segments(name, text)
        assert all(segment.text and 1 <= segment.line <= text.count("\n") + 1 for segment in found)
        assert len({segment.place for segment in found}) == len(found)


def test_documents_are_found_by_name(tmp_path: Path) -> None:
    """A document is found by the number that its name starts with, the outline by the word in its name."""
    for name in ("000_a.txt", "002", "002-outline.md", "readme.txt"):
        (tmp_path / name).touch()
    (tmp_path / "001_directory").mkdir()
    found = {name: [path.name for path in paths] for name, paths in find_documents(tmp_path).items()}
    assert found == {"000": ["000_a.txt"], "001": [], "002": ["002"], OUTLINE: ["002-outline.md"]}


def test_no_documents(tmp_path: Path) -> None:
    """A directory without any of the documents is refused in one line, and so is none at all."""
    (tmp_path / "notes.txt").touch()
    for directory in (tmp_path, tmp_path / "nowhere", tmp_path / "notes.txt"):
        with pytest.raises(ContractError) as error:
            find_documents(directory)
        assert str(error.value).startswith(f"{directory}: -: documents: ")
        assert "\n" not in str(error.value)
