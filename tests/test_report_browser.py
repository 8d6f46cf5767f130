"""The report on recorded traffic in a real browser: at any width all of it is there and can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="talking to the browser needs aiohttp: the extra `stand`")

from browser import BROWSER, CELLS, DRAWINGS, look
from cosmos_retry.report import write_report

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the PATH"),
]
RECORDED = str(Path(__file__).parent / "data/recorded/real-clients.jsonl")
_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page on the recorded traffic."""
    out = tmp_path_factory.mktemp("report")
    write_report([RECORDED], out)
    return out / "index.html"


@pytest.mark.parametrize("width", [400, 1280])
def test_timelines_are_whole_and_can_be_read(report: Path, width: int) -> None:
    """Each case has one drawing, within the window, in letters of ten and a half pixels or more."""
    whole, drawn, cases = look(
        report, width, 900, [_WIDTHS, DRAWINGS, "document.querySelectorAll('.case').length"]
    ).values
    assert whole[0] <= whole[1]
    assert len(drawn) == cases > 40
    assert min(letters for letters, _ in drawn) >= 10.5
    assert max(right for _, right in drawn) <= width


def test_a_narrow_screen_shows_every_finding(report: Path) -> None:
    """At 400 px no cell of a table is cut, or so narrow that its words stand below one another."""
    cells = look(report, 400, 900, [CELLS]).values[0]
    assert len(cells) > 200
    assert all(left >= 0 and right <= 400 and wide > 200 for left, right, wide in cells)


def test_dark_colours_are_asked_for_by_the_reader(report: Path) -> None:
    """In the dark the paper is darker than the ink, in the light it is lighter."""
    shade = "getComputedStyle(document.body).{}.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    asked = [shade.format(which) for which in ("backgroundColor", "color")]
    for dark in (False, True):
        paper, ink = look(report, 800, 600, asked, dark=dark).values
        assert (paper < ink) == dark
