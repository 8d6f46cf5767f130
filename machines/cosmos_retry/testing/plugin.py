"""The pytest plugin: a test that takes `cosmos_retry_vector` runs once for each conformance vector.

pytest loads this file in every project that has the package, so whatever costs time is imported only where
a test asks for vectors.
"""

from __future__ import annotations

from collections.abc import Generator
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cosmos_retry.vectors.vector import Vector

FIXTURE = "cosmos_retry_vector"
OPTION = "--cosmos-retry-vectors"
MARKER = "cosmos_retry_vectors"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that picks vectors."""
    group = parser.getgroup("cosmos-retry")
    group.addoption(
        OPTION, metavar="GLOB", default="*", help="the conformance vectors to run, by a pattern of their ids"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    says = "run the test for the conformance vectors only whose ids match one of the patterns."
    config.addinivalue_line("markers", f"{MARKER}(*globs): {says}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each vector, where a test asks for one."""
    if FIXTURE not in metafunc.fixturenames:
        return
    from cosmos_retry.testing.case import VectorCase

    picked = [one for one in _vectors() if fnmatchcase(one.id, metafunc.config.getoption(OPTION))]
    if not picked:
        raise pytest.Collector.CollectError(
            f"{OPTION} {metafunc.config.getoption(OPTION)}: no vector has an id like this"
        )
    for marker in metafunc.definition.iter_markers(MARKER):
        picked = [one for one in picked if any(fnmatchcase(one.id, glob) for glob in marker.args)]
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


@lru_cache(maxsize=1)
def _vectors() -> tuple[Vector, ...]:
    from cosmos_retry.harness.files import read_vectors, vectors_dir

    return tuple(found.vector for found in read_vectors(vectors_dir()))
