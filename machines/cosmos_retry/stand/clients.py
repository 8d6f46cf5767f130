"""The clients that the stand knows by name, each in any release, and what it takes to start one."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs

from cosmos_retry.excerpt import one_line
from cosmos_retry.stand.errors import UnavailableError

_WORKERS = Path(__file__).parent / "workers"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]{0,40}")
_INSTALL_S = 600
# Settings of the SDKs, and proxies, which would come between a client and the loopback.
_NOT_HANDED_ON = re.compile(r"AZURE_|COSMOS_|(HTTPS?|ALL|NO)_PROXY$", re.IGNORECASE)


@attrs.frozen
class Ready:
    """A client that can be started: its command and its environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


@attrs.frozen
class Python:
    """A client out of the Python package azure-cosmos; `module` is its worker."""

    name: str
    module: str
    package: str = "azure-cosmos"
    version: str = "4.17.1"

    def ready(self, version: str, cache: Path) -> Ready:
        """Return the client in a release; one that is not installed here goes into a folder of its own."""
        environment = _environment()
        if version != _installed(self.package):
            folder = (cache / f"{self.package}-{version}").resolve()
            wanted = [f"{self.package}=={version}", "aiohttp"]
            command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            _install(folder, wanted[0], [*command, "--target", str(folder), *wanted])
            environment["PYTHONPATH"] = os.pathsep.join([str(folder), *_path(environment)])
        name = f"cosmos_retry.stand.workers.{self.module}"
        return Ready(self.name, (sys.executable, "-m", name), environment)


@attrs.frozen
class JavaScript:
    """The client out of the npm package @azure/cosmos."""

    name: str = "azure-cosmos-js"
    package: str = "@azure/cosmos"
    version: str = "4.10.1"

    def ready(self, version: str, cache: Path) -> Ready:
        """Return the client in a release, installed into a folder of its own."""
        node = shutil.which("node")
        if node is None:
            raise UnavailableError(f"{self.name} needs Node.js, and there is no `node` on the PATH")
        folder = (cache / f"azure-cosmos-js-{version}").resolve()
        npm = shutil.which("npm")
        if npm is None and not _is_whole(folder):
            raise UnavailableError(f"{self.name} is installed with npm, and there is no `npm` on the PATH")
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
        wanted = f"{self.package}@{version}"
        _install(folder, wanted, [str(npm), "install", *options, "--prefix", str(folder), wanted])
        return Ready(self.name, (node, str(_WORKERS / "azure_cosmos_js.mjs"), str(folder)), _environment())


CLIENTS: dict[str, Python | JavaScript] = {
    client.name: client
    for client in (
        Python("azure-cosmos-sync", "azure_cosmos_sync"),
        Python("azure-cosmos-aio", "azure_cosmos_aio"),
        JavaScript(),
    )
}


def ready(name: str, version: str | None, cache: Path) -> Ready:
    """Return a client by its name, in its pinned release where none is asked for; raises UnavailableError."""
    client = CLIENTS[name]
    wanted = version or client.version
    if not _VERSION.fullmatch(wanted):
        raise UnavailableError(f"{wanted!a} is no version of {client.package}")
    return client.ready(wanted, cache)


def adapter(name: str, command: tuple[str, ...]) -> Ready:
    """Return somebody's own client, by the command of its adapter."""
    return Ready(name, command, _environment())


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not _NOT_HANDED_ON.match(name)}


def _path(environment: Mapping[str, str]) -> list[str]:
    return [environment["PYTHONPATH"]] if environment.get("PYTHONPATH") else []


def _installed(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _is_whole(folder: Path) -> bool:
    return (folder / ".whole").exists()


def _install(folder: Path, what: str, command: list[str]) -> None:
    """Install a release, once: a folder that was left half done is begun anew."""
    if _is_whole(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=_INSTALL_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(one_line(f"{what} could not be installed: {error}")) from None
    if done.returncode:
        raise UnavailableError(f"{what} could not be installed: {_why(done.stderr)}")
    (folder / ".whole").touch()


def _why(said: str) -> str:
    """Return the line of an installer that says most: that there is no such release, else its last error."""
    errors = [line.strip() for line in said.splitlines() if "error" in line.lower()]
    return one_line(
        next((line for line in errors if "No matching" in line), (errors or ["no reason given"])[-1])
    )[:300]
