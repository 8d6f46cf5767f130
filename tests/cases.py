"""The cases of tests/data/cases.txt: short stories, the verdict on each, and the deciding row."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from cosmos_retry.notation import trace
from cosmos_retry.trace import Trace

FILE = Path(__file__).parent / "data" / "cases.txt"
_SETTING = re.compile(r"([A-Z_]+) = (.+)")


@attrs.frozen
class Case:
    """A story, the verdict on it, and the row that must have decided (or have come nearest)."""

    name: str
    setting: str
    story: str
    verdict: str
    row: str

    @property
    def trace(self) -> Trace:
        """The story as a trace."""
        return trace(self.name, self.setting, self.story)


def _read() -> list[Case]:
    settings: dict[str, str] = {}
    found = []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if match := _SETTING.fullmatch(line):
            settings[match[1]] = match[2]
        elif line and not line.startswith("#"):
            name, setting, story, verdict, row = (part.strip() for part in line.split(" | "))
            first, _, options = setting.partition(" ")
            found.append(Case(name, f"{settings.get(first, first)} {options}".strip(), story, verdict, row))
    return found


CASES = _read()
