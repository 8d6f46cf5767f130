"""What a benchmark ran on, and what compiling the kernel takes there."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("cosmos-retry", "transitions", "numba", "numpy")
_JIT = """
import time
import numba
from cosmos_retry.contract import load_contract
from cosmos_retry.explore.kernel import compiled_search
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.space import promised_lengths
from cosmos_retry.promela.cases import Case
contract, setting = load_contract(), Case("metadata").setting
model = Model(contract, setting, promised_lengths(contract.profile, setting))
began = time.perf_counter()
compiled_search(model)
print(time.perf_counter() - began)
"""


def machine() -> dict[str, str]:
    """Return the CPU, its cores, the system and the versions of what is measured."""
    return {
        "CPU": _cpu(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: _version(name) for name in PACKAGES},
        "spin": _says(["spin", "-V"]),
        "gcc": _says(["gcc", "--version"]),
    }


def jit_seconds() -> float | None:
    """Return how long the kernel's first compilation takes, or None where numba is not installed."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
        done = subprocess.run([sys.executable, "-c", _JIT], env=environment, capture_output=True, text=True)
    return float(done.stdout) if done.returncode == 0 else None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _says(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError):
        return "not installed"
