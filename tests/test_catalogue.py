"""The catalogue: what it holds, how a code is read, and what is found under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosmos_retry.catalogue import Catalogue, Entry, describe, explain, load_catalogue, parse_code
from cosmos_retry.clauses import load_register
from cosmos_retry.errors import ContractError

CATALOGUE = load_catalogue()
STATUSES = [200, 201, 204, 400, 401, 403, 404, 408, 409, 410, 412, 413, 423, 424, 429, 449, 500, 503]
NEVER_RETRIED = [400, 401, 403, 409, 412, 500]
KEY_CODES = range(4000, 4010)


def labels(entries: tuple[Entry, ...]) -> list[str]:
    """The numbers of entries, as they are written."""
    return [entry.label for entry in entries]


def test_every_status_has_an_entry() -> None:
    """The catalogue has an entry for exactly the statuses that the documents name, in order."""
    assert labels(tuple(entry for entry in CATALOGUE.entries if not entry.substatuses)) == list(
        map(str, STATUSES)
    )


def test_every_row_of_the_documents_has_a_status() -> None:
    """The rows of the documents that are about a status are about those that the catalogue has."""
    places = [place for clause in load_register().values() for place in clause.where]
    rows = {place.partition("row ")[2].split(",")[0].split("/")[0] for place in places}
    assert {int(row) for row in rows if len(row) == 3} == {*STATUSES}


@pytest.mark.parametrize("code", ["403/3", "404/1002", "404/1013", *(f"/{number}" for number in KEY_CODES)])
def test_substatuses_of_the_documents(code: str) -> None:
    """Each substatus that the documents name is there with the clauses that name it."""
    (entry,) = CATALOGUE.lookup(*parse_code(code))
    assert entry.label == code
    assert entry.cites


@pytest.mark.parametrize("entry", CATALOGUE.entries, ids=labels(CATALOGUE.entries))
def test_entry_is_whole(entry: Entry) -> None:
    """An entry says in sentences what it means, what the client does and what a person does."""
    for text in (entry.meaning, entry.client_retries, entry.what_to_do):
        assert text.endswith(".")
        assert text.isascii()
    assert entry.name
    assert entry.at_fault in {"service", "end user", "application", "nobody"}
    assert entry.cites or entry.known_by


def test_citations_resolve() -> None:
    """Every clause that the catalogue cites is in the register."""
    cited = {clause_id for entry in CATALOGUE.entries for clause_id in entry.cites}
    assert cited - set(load_register()) == set()


@pytest.mark.parametrize("status", NEVER_RETRIED)
def test_never_retried(status: int) -> None:
    """The statuses that make exactly one attempt say so."""
    assert "never" in CATALOGUE.lookup(status)[0].client_retries.casefold()


@pytest.mark.parametrize("number", KEY_CODES)
@pytest.mark.parametrize("status", [None, 403, 503])
def test_key_codes_are_found_under_any_status(number: int, status: int | None) -> None:
    """A code for customer-managed keys is found alone and under any status, for its own is not told."""
    (entry,) = CATALOGUE.lookup(status, number)
    assert entry.status is None
    assert "HTTP status" in entry.meaning


def test_status_lists_its_substatuses() -> None:
    """A status alone gives its own entry first, then its substatuses in order."""
    first, *rest = CATALOGUE.lookup(404)
    assert first.label == "404"
    assert "404/1002" in labels(tuple(rest))
    assert "404/1013" in labels(tuple(rest))
    starts = [entry.substatuses[0] for entry in rest]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (1002, ["404/1002", "410/1002"]),
        (1007, ["410/1007", "503/1007"]),
        (1008, ["403/1008", "410/1008"]),
        (1024, ["400/1024", "410/1024"]),
        (3207, ["409/3207", "429/3207"]),
    ],
)
def test_meaning_depends_on_the_status(number: int, found: list[str]) -> None:
    """A substatus alone gives each of its meanings, and together with a status the one that it has there."""
    assert labels(CATALOGUE.lookup(None, number)) == found
    assert len({entry.meaning for entry in CATALOGUE.lookup(None, number)}) == len(found)
    for label in found:
        assert labels(CATALOGUE.lookup(*parse_code(label))) == [label]


@pytest.mark.parametrize("number", range(3073, 3104))
@pytest.mark.parametrize("status", [None, 429])
def test_family(number: int, status: int | None) -> None:
    """A number of a family is found under the family, both ends included, or under an entry of its own."""
    (entry,) = CATALOGUE.lookup(status, number)
    assert entry.label == (f"429/{number}" if number in {3084, 3088, 3092} else "429/3073-3103")


@pytest.mark.parametrize(
    ("status", "substatus"), [(418, None), (429, 3072), (429, 3104), (404, 77), (None, None)]
)
def test_unknown(status: int | None, substatus: int | None) -> None:
    """What the catalogue does not know gives nothing."""
    assert CATALOGUE.lookup(status, substatus) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("404", (404, None)),
        (" 404 ", (404, None)),
        ("100", (100, None)),
        ("599", (599, None)),
        ("404/1013", (404, 1013)),
        ("403.3", (403, 3)),
        ("403/0", (403, 0)),
        ("/4005", (None, 4005)),
        (".3", (None, 3)),
        ("/404", (None, 404)),
        ("4005", (None, 4005)),
        ("600", (None, 600)),
        ("99", (None, 99)),
        ("0", (None, 0)),
    ],
)
def test_code_is_read(text: str, code: tuple[int | None, int | None]) -> None:
    """A code is a status, a substatus after a slash or a dot, or both; no HTTP status is a substatus."""
    assert parse_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "/",
        ".",
        "404/",
        "404.",
        "x",
        "404/x",
        "404/1/2",
        "40 4",
        "-404",
        "4e2",
        "4\u0660\u0664",
        "1" * 10,
        "99/3",
    ],
)
def test_bad_code(text: str) -> None:
    """Anything else is refused in one line of ASCII."""
    with pytest.raises(ValueError, match="is not a code") as error:
        parse_code(text)
    assert "\n" not in str(error.value)
    assert str(error.value).isascii()


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("entry", CATALOGUE.entries, ids=labels(CATALOGUE.entries))
def test_description_fits_the_terminal(entry: Entry, width: int) -> None:
    """A description has the numbers and every field, in lines that are no wider than the terminal."""
    head, *lines = describe(entry, width).splitlines()
    assert head.startswith(f"{entry.label}  {entry.name}")
    assert all(len(line) <= width for line in lines)
    words = " ".join(" ".join(lines).split())
    for text in (
        entry.meaning,
        entry.at_fault,
        entry.client_retries,
        entry.what_to_do,
        *entry.cites,
        *entry.known_by,
    ):
        assert text in words


@pytest.mark.parametrize(
    ("code", "heads"),
    [
        ("404/1013", ["404/1013  "]),
        ("404/77", ["404/77 is not in the catalogue", "404  "]),
        ("418", ["418 is not in the catalogue"]),
        ("/77", ["/77 is not in the catalogue"]),
        ("503/4005", ["/4005  ", "503  "]),
        ("423", ["423  "]),
        ("413", ["413  ", "Substatuses:"]),
    ],
)
def test_explanation(code: str, heads: list[str]) -> None:
    """An explanation has one part for each thing that is known, and says where nothing is."""
    parts = explain(CATALOGUE, *parse_code(code)).split("\n\n")
    assert len(parts) == len(heads)
    assert all(part.startswith(head) for part, head in zip(parts, heads, strict=True))


STATUS = '[[status]]\nstatus = 404\nname = "N"\nmeaning = "M."\nat_fault = "nobody"\nclient_retries = "C."\n'
BARE = STATUS + 'what_to_do = "W."\ncites = "001/404"\n'
SUB = '[[status]]\nstatus = 404\nsubstatus = 7\nname = "S"\nmeaning = "M."\nknown_by = "Java"\n'


def catalogue_of(directory: Path, text: str) -> Catalogue:
    """The catalogue that a file with this text gives."""
    (directory / "status_codes.toml").write_text(text)
    return load_catalogue(directory)


def test_substatus_takes_after_its_status(tmp_path: Path) -> None:
    """A substatus has what its status has where it says nothing itself, but for the clauses."""
    bare, sub = catalogue_of(tmp_path, SUB + 'what_to_do = "Own."\n' + BARE).entries
    assert (sub.at_fault, sub.client_retries, sub.what_to_do) == (bare.at_fault, bare.client_retries, "Own.")
    assert (bare.cites, sub.cites, sub.known_by) == (("001/404",), (), ("Java",))


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("", "status", "empty"),
        (BARE + "surprise = 1\n", "surprise", "unknown key"),
        (BARE.replace("404", '"404"', 1), "status", "Expected `int"),
        (BARE.replace('"nobody"', '"me"'), "at_fault", "Invalid enum value"),
        (BARE.replace("status = 404", "status = 99"), "status", "not from 100 to 599"),
        (BARE.replace("status = 404\n", ""), "status", "and so is substatus"),
        (BARE.replace('cites = "001/404"\n', ""), "cites", "and so is known_by"),
        (STATUS + 'cites = "001/404"\n', "what_to_do", "missing"),
        (BARE.replace('name = "N"\n', ""), "name", "missing"),
        (BARE + BARE, "status", "404 is taken"),
        (BARE + SUB + SUB, "status", "404/7 is taken"),
        (BARE + SUB.replace("404", "409"), "at_fault", "no entry of its status"),
        (BARE + SUB.replace("substatus = 7", "substatus_range = [9, 7]"), "substatus", "not a range"),
        (BARE + SUB.replace("substatus = 7", "substatus = -7"), "substatus", "not a range"),
        (BARE + SUB + "substatus_range = [7, 9]\n", "substatus_range", "one of them"),
        (BARE + SUB.replace("Java", "Cobol"), "known_by", "Invalid enum value"),
    ],
)
def test_bad_catalogue(tmp_path: Path, text: str, field: str, reason: str) -> None:
    """A wrong entry is refused in one line that names the file, the entry, the field and the reason."""
    with pytest.raises(ContractError) as error:
        catalogue_of(tmp_path, text)
    assert error.value.field == field
    assert reason in error.value.reason
    assert str(error.value).startswith(f"{tmp_path / 'status_codes.toml'}: ")
    assert "\n" not in str(error.value)
