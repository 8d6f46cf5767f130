"""Spin's verifier, made once for a model and run again and again."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.explore.watch import Setting
from cosmos_retry.promela import promela_text
from cosmos_retry.promela.numbers import promised_numbers

# As the project checks itself with it, but with more of gcc's optimisation: Spin at its fastest.
_MAKE = (
    ("spin", "-a", "-o1", "-o2", "model.pml"),
    ("gcc", "-O2", "-w", "-DNOREDUCE", "-DVECTORSZ=2048", "-DSAFETY", "-o", "pan", "pan.c"),
)
_RUN = ("./pan", "-E", "-c0", "-w22", "-m1000000")


@attrs.frozen
class Verifier:
    """The verifier of one model, and the seconds that it took to make it."""

    folder: tempfile.TemporaryDirectory[str]
    seconds: float

    def run(self) -> int:
        """Visit every state; return how many there are."""
        done = subprocess.run(_RUN, cwd=self.folder.name, capture_output=True, text=True, check=True)
        found = re.search(r"(\d+) states, stored", done.stdout)
        if found is None:
            raise RuntimeError(f"pan: {done.stdout[-300:]}")
        return int(found[1])


def verifier(contract: Contract, setting: Setting) -> Verifier | str:
    """Return the verifier of a lifecycle in a configuration, or in one line why there is none."""
    missing = [tool for tool in ("spin", "gcc") if shutil.which(tool) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    folder = tempfile.TemporaryDirectory(prefix="cosmos-retry-bench-")
    text = promela_text(contract, setting, promised_numbers(contract, setting))
    Path(folder.name, "model.pml").write_text(text, encoding="utf-8")
    began = time.perf_counter()
    for command in _MAKE:
        done = subprocess.run(command, cwd=folder.name, capture_output=True, text=True)
        if done.returncode != 0:
            return f"{command[0]}: {' '.join((done.stdout + done.stderr).split())[:200]}"
    return Verifier(folder, time.perf_counter() - began)
