"""A client that cannot be had is named in the report, with the reason that the stand had."""

from __future__ import annotations

from pathlib import Path

import pytest

from cosmos_retry.cli import main
from cosmos_retry.stand.absence import absences, clear, leave

ARGUMENTS = ["stand", "--client", "azure-cosmos-js", "--only", "400.0-read-sw-2r", "--out"]


def report(folder: Path, out: Path) -> str:
    """The index of a report on what is in a folder; the client's records are missing, so it complains."""
    assert main(["stand-report", str(folder), "--out", str(out)]) == 2
    return " ".join((out / "index.html").read_text("utf-8").split())


def test_the_stand_leaves_why_a_client_cannot_be_had_and_the_report_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Node.js the run ends with 3, and the client's column gives the reason in the same words."""
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main([*ARGUMENTS, str(tmp_path / "stand")]) == 3
    said = capsys.readouterr().err.strip().removeprefix("cosmos-retry stand: ")
    assert absences(tmp_path / "stand") == {"azure-cosmos-js": said}
    monkeypatch.undo()  # the reason is the stand's, whatever is there by the time of the report
    assert said.replace("'", "&#39;") in report(tmp_path / "stand", tmp_path / "out")


def test_a_client_of_ones_own_that_does_not_start_has_a_column_too(tmp_path: Path) -> None:
    """An adapter that ends at once is named beside the known clients, with what became of it."""
    out = str(tmp_path / "stand")
    assert main(["stand", "--adapter", "false", "--name", "mine", "--out", out]) == 3
    index = report(tmp_path / "stand", tmp_path / "out")
    assert absences(tmp_path / "stand")["mine"]
    assert "– mine</strong> no records: " in index


def test_the_word_is_taken_back(tmp_path: Path) -> None:
    """Once a client is there, nothing is left of its absence; to take back what was not said is no fault."""
    leave(tmp_path, "one", "gone\x1b[31m\nfor good")
    leave(tmp_path, "two", "gone, too")
    assert absences(tmp_path) == {"one": "gone\\x1b[31m\\nfor good", "two": "gone, too"}
    clear(tmp_path, "one")
    clear(tmp_path, "one")
    assert absences(tmp_path) == {"two": "gone, too"}


def test_a_word_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Something else under such a name costs a complaint, and the report is written."""
    (tmp_path / "stand" / "odd.unavailable").mkdir(parents=True)
    report(tmp_path / "stand", tmp_path / "out")
    assert "odd.unavailable: Is a directory" in capsys.readouterr().err
