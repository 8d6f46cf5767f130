"""The toolchain: a Promela text through spin, gcc and the verifier that they make, and what that one says."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

TOOLS = ("spin", "gcc")
INSTALL = "Debian and Ubuntu: apt-get install spin gcc"
_COMPILE = ("gcc", "-O0", "-w", "-DNOREDUCE", "-DVECTORSZ=2048")
_SEARCH = ("-w20", "-m100000")  # slots of the hash table, and steps that lie on the search's stack
_STATES = re.compile(r"^ *(\d+) states, stored$", re.MULTILINE)
_ROW = re.compile(r"^row (\d+): (\d+)$", re.MULTILINE)
_BROKEN = re.compile(r"assertion violated (\w+)")


class SpinError(RuntimeError):
    """Spin, gcc or the verifier did not do its part; as text, one line that says which and why."""


@attrs.frozen
class Verdict:
    """What the verifier found: how many states, which promises are broken, how often each row was taken."""

    states: int
    broken: frozenset[str]
    taken: Mapping[int, int]
    seconds: float


def missing_tools() -> list[str]:
    """Return the programs that are not on the PATH."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def verify(text: str, macros: Mapping[str, str]) -> Verdict:
    """Return what Spin finds in a text with these macros.  Raises `SpinError` where it finds nothing."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cosmos-retry-") as folder:
        room = Path(folder)
        _make(room, text, {**macros, "COUNT_ROWS": "1"}, ["-DSAFETY"])
        # -E: a run may rest anywhere.  -c0: go on after a broken promise, and name the others too.
        said = _run(["./pan", "-E", "-c0", *_SEARCH], room)
    states = _STATES.search(said)
    if states is None or "max search depth too small" in said:
        raise SpinError(f"pan: the search was not complete: {said[-500:]}")
    taken = {int(row): int(times) for row, times in _ROW.findall(said)}
    return Verdict(
        int(states[1]), frozenset(_BROKEN.findall(said)), taken, round(time.monotonic() - began, 1)
    )


def check_properties(text: str, macros: Mapping[str, str], names: Sequence[str]) -> dict[str, bool]:
    """Return which of the text's LTL properties hold.  Raises `SpinError` where that cannot be said."""
    with tempfile.TemporaryDirectory(prefix="cosmos-retry-") as folder:
        room = Path(folder)
        _make(room, text, {**macros, "PROPERTIES": "1"}, [])
        held = {}
        for name in names:
            said = _run(["./pan", "-a", "-E", "-N", name, *_SEARCH], room)
            counted = re.search(r"errors: (\d+)", said)
            if counted is None or "max search depth too small" in said:
                raise SpinError(f"pan: the search for {name} was not complete: {said[-500:]}")
            held[name] = counted[1] == "0"
    return held


def _make(room: Path, text: str, macros: Mapping[str, str], options: Sequence[str]) -> None:
    """Make the verifier `pan` in a folder."""
    (room / "model.pml").write_text(text, encoding="utf-8")
    defined = [f"-D{name}={value}" for name, value in macros.items()]
    # -o1 and -o2: no variable may be reset or left out, for every one of them tells states apart.
    said = _run(["spin", "-a", "-o1", "-o2", *defined, "model.pml"], room)
    if "error" in said.lower() or not (room / "pan.c").exists():
        raise SpinError(f"spin: {' '.join(said.split())[:500]}")
    _run([*_COMPILE, *options, "-o", "pan", "pan.c"], room)


def _run(command: Sequence[str], room: Path) -> str:
    """Return what a program says.  Raises `SpinError` where it is missing or fails."""
    try:
        done = subprocess.run(command, cwd=room, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SpinError(f"{command[0]} is missing.  {INSTALL}") from None
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise SpinError(f"{command[0]}: status {done.returncode}: {' '.join(said.split())[:500]}")
    return said
