"""The pytest plugin: a test that takes `cosmos_retry_vector` runs once for each conformance vector.

pytest loads this file in every project that has the package, so whatever costs time is imported only where
a test asks for vectors.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cosmos_retry.testing.picking import Choice

FIXTURE = "cosmos_retry_vector"
MARKER = "cosmos_retry_vectors"
# What picks vectors, as an ini option and on the command line, with the words of its help.
CHOICES = {
    "vectors": "the conformance vectors to run, by patterns of their ids",
    "lifecycles": "run the vectors of these lifecycles only: point_read, query, write, metadata",
    "operations": "run the vectors of these operations only, such as point_read or create",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that pick vectors, and their like for an ini file."""
    group = parser.getgroup("cosmos-retry")
    for name, says in CHOICES.items():
        group.addoption(
            option(name), metavar="NAME", action="append", help=f"{says}; several apart by spaces"
        )
        parser.addini(setting(name), f"{says}; {option(name)} takes its place", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    says = (
        "run the test for the conformance vectors only whose ids match one of the patterns, and which are of "
        "one of the lifecycles and operations, where any are named."
    )
    config.addinivalue_line("markers", f"{MARKER}(*globs, lifecycle=..., operation=...): {says}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each vector, where a test asks for one."""
    if FIXTURE not in metafunc.fixturenames:
        return
    from cosmos_retry.testing.case import VectorCase
    from cosmos_retry.testing.picking import BadChoice, every_vector, of_marker, pick

    try:
        markers = [
            choice
            for marker in metafunc.definition.iter_markers(MARKER)
            for choice in of_marker(MARKER, marker.args, marker.kwargs)
        ]
        picked = [one.vector for one in pick(every_vector(), _settings(metafunc.config), markers)]
    except BadChoice as error:
        raise pytest.Collector.CollectError(str(error)) from None
    metafunc.parametrize(FIXTURE, [VectorCase(one) for one in picked], ids=[one.id for one in picked])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say of a violation what a person needs, and leave out the traceback, which shows the kit."""
    report = yield
    if call.excinfo is not None and getattr(call.excinfo.value, "is_cosmos_retry_violation", False):
        shown = call.excinfo.getrepr(style="value")
        if shown.reprcrash is not None:
            shown.reprcrash.message = str(call.excinfo.value)  # the summary shows as much as fits a line
        report.longrepr = shown
    return report


def option(what: str) -> str:
    """Return the option of the command line that picks vectors by their ids, lifecycles or operations."""
    return f"--cosmos-retry-{what}"


def setting(what: str) -> str:
    """Return the option of an ini file that does so."""
    return f"cosmos_retry_{what}"


def _settings(config: pytest.Config) -> Iterator[Choice]:
    """What the command line says, and where it says nothing, what the ini file does."""
    from cosmos_retry.testing.picking import Choice

    for what in CHOICES:
        if given := config.getoption(option(what)):
            yield Choice(option(what), what, tuple(" ".join(given).split()))
        elif names := config.getini(setting(what)):
            file = "" if config.inipath is None else f"{config.inipath.name}: "
            yield Choice(f"{file}{setting(what)}", what, tuple(names))
