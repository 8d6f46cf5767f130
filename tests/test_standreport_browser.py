"""The stand's report in a real browser: nothing overflows, nothing is complained of, links open."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="talking to the browser needs aiohttp: the extra `stand`")

from browser import BROWSER, CELLS, DRAWINGS, look
from test_standreport import AGAIN, AIO, RIGHT, SYNC, throttled, written

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on the PATH"),
]
_WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
_CASE = "case-hang-applied-create-sw-2r-x1"


@pytest.mark.parametrize("width", [400, 1280])
def test_pages_fit_and_a_cell_opens_what_it_leads_to(tmp_path: Path, width: int) -> None:
    """No page is wider than its window, nothing is in the console, and a case that is linked to is open."""
    out = written(tmp_path, RIGHT, AGAIN, throttled(AIO, 100), throttled(SYNC, 10))
    index = look(out / "index.html", width, 900, [_WIDTHS])
    opened = f"location.hash = '{_CASE}'; document.getElementById('{_CASE}').checkVisibility()"
    case = look(out / "azure-cosmos-aio-4.17.1.html", width, 900, [_WIDTHS, opened, _WIDTHS])
    for whole, window in (index.values[0], case.values[0], case.values[2]):
        assert whole <= window
    assert case.values[1] is True
    assert index.console + case.console == []


@pytest.mark.parametrize("width", [400, 1280])
def test_a_timeline_is_whole_and_can_be_read(tmp_path: Path, width: int) -> None:
    """One drawing of a case is shown, all of it within the window, in letters of eleven pixels or more."""
    out = written(tmp_path, RIGHT, AGAIN)
    opened = f"location.hash = '{_CASE}'"
    drawn = look(out / "azure-cosmos-aio-4.17.1.html", width, 900, [opened, DRAWINGS]).values[1]
    ((letters, right),) = drawn
    assert letters >= 11
    assert width / 2 < right <= width


def test_paper_gets_the_wide_timeline_and_whole_tables(tmp_path: Path) -> None:
    """However narrow the window, what is printed has the drawing for paper, and tables with their heads."""
    out = written(tmp_path, RIGHT, AGAIN)
    shown = "[...document.querySelectorAll('{}')].filter(one => one.checkVisibility()).length"
    drawings = [shown.format(f"svg.{name}") for name in ("broad", "slim")]
    page = out / "azure-cosmos-aio-4.17.1.html"
    assert look(page, 400, 900, drawings, printed=True).values == [1, 0]
    heads = [shown.format(".stack thead"), "document.querySelectorAll('.stack thead').length"]
    on_paper, all_of_them = look(out / "index.html", 400, 900, heads, printed=True).values
    assert on_paper == all_of_them > 0
    assert look(out / "index.html", 400, 900, heads).values[0] == 0


def test_a_narrow_screen_shows_every_finding(tmp_path: Path) -> None:
    """At 400 px no cell of a table but the matrix is cut, or narrower than half of the window."""
    out = written(tmp_path, RIGHT, AGAIN, throttled(AIO, 100), throttled(SYNC, 10))
    cells = look(out / "index.html", 400, 900, [CELLS]).values[0]
    assert len(cells) > 40
    assert all(left >= 0 and right <= 400 and wide > 200 for left, right, wide in cells)


def test_dark_colours_are_asked_for_by_the_reader(tmp_path: Path) -> None:
    """In the dark the paper is darker than the ink, in the light it is lighter; so it is in the cells."""
    out = written(tmp_path, RIGHT, AGAIN)
    shade = "(e => getComputedStyle(e).{}.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0))({})"
    cell = "document.querySelector('td.violates')"
    asked = [
        shade.format(which, where)
        for where in ("document.body", cell)
        for which in ("backgroundColor", "color")
    ]
    for dark in (False, True):
        paper, ink, cell_paper, cell_ink = look(out / "index.html", 800, 600, asked, dark=dark).values
        assert (paper < ink) == (cell_paper < cell_ink) == dark


def test_the_matrix_shows_what_is_asked_for_without_a_script(tmp_path: Path) -> None:
    """All lines are shown at first, then those that violate, with their headings alone, or ghost writes."""
    out = written(tmp_path, RIGHT, AGAIN, throttled(AIO, 10), throttled(SYNC, 10))
    shown = (
        "['line', 'block'].map(name => [...document.querySelectorAll('.matrix .' + name)]"
        ".filter(one => one.checkVisibility()).length)"
    )
    clicked = [
        f"document.getElementById('show-{name}').click(), {shown}"
        for name in ("bad", "ghostly", "apart", "all")
    ]
    seen = look(out / "index.html", 1280, 900, [shown, *clicked])
    assert seen.values == [[2, 2], [1, 1], [1, 1], [1, 1], [2, 2]]


def test_whatever_scrolls_or_acts_can_be_reached_by_the_keyboard(tmp_path: Path) -> None:
    """Every box of the summary that scrolls takes the focus, and nothing that acts is out of its order."""
    out = written(tmp_path, RIGHT, AGAIN)
    boxes = (
        "[...document.querySelectorAll('body *')].filter(one => one.scrollWidth > one.clientWidth + 1 && "
        "/auto|scroll/.test(getComputedStyle(one).overflowX)).map(one => one.tabIndex)"
    )
    acts = "[...document.querySelectorAll('a, input, summary')].filter(one => one.tabIndex !== 0).length"
    scrolling, out_of_order = look(out / "index.html", 400, 900, [boxes, acts]).values
    assert scrolling
    assert set(scrolling) == {0}
    assert out_of_order == 0
