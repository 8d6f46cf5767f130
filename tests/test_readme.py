"""The README's Python examples run as they stand, and print what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
SAYS = ("violates azure-cosmos-aio 4.17.1 hang-create-sw-2r", "attempt in West US, from 6 s up to 30 s")


def test_every_example_is_run() -> None:
    """There is one expectation for each example."""
    assert len(BLOCKS) == len(SAYS)


@pytest.mark.parametrize(("block", "says"), list(zip(BLOCKS, SAYS, strict=True)))
def test_example_runs(
    block: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An example of the README runs in the checkout."""
    monkeypatch.chdir(ROOT)
    exec(compile(block, "README.md", "exec"), {})
    assert says in capsys.readouterr().out
