"""The worker of the JavaScript client, with a made-up client: how it tells the errors that are thrown."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import cosmos_retry.stand.workers as workers

NODE = shutil.which("node")
WORKER = Path(workers.__file__).with_name("azure_cosmos_js.mjs")
CLIENT = """
exports.CosmosClient = class {
  database() { return this; }
  container() { return this; }
  async read() {}
  item() { return { read: async () => { throw Object.assign(new Error("no"), THROWN); } }; }
};
"""
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node.js on the PATH")


def heard(folder: Path, thrown: dict[str, Any]) -> dict[str, Any]:
    """Have the worker read through a client that throws an error with these properties; what it tells."""
    package = folder / "node_modules/@azure/cosmos"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "0.0.0", "main": "index.js"}')
    (package / "index.js").write_text(CLIENT.replace("THROWN", json.dumps(thrown)))
    asked = [
        {"kind": "prepare", "clock": "real", "client": {}, "endpoint": "http://127.0.0.1:1/", "key": ""},
        {"kind": "perform", "operation": "point_read", "id": "1"},
    ]
    assert NODE is not None
    said = subprocess.run(
        [NODE, str(WORKER), str(folder)],
        input="".join(f"{json.dumps(one)}\n" for one in asked),
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    )
    ready, told = map(json.loads, said.stdout.splitlines())
    assert ready == {"kind": "ready"}
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize(
    ("thrown", "name", "status"),
    [
        ({"name": "TimeoutError", "code": "TimeoutError"}, "TimeoutError", None),
        ({"name": "RestError", "code": "ECONNREFUSED"}, "RestError ECONNREFUSED", None),
        ({"code": "ECONNRESET"}, "Error ECONNRESET", None),
        ({"code": 503}, "Error", 503),
    ],
)
def test_an_error_is_told_by_its_name_and_code_once(
    tmp_path: Path, thrown: dict[str, Any], name: str, status: int | None
) -> None:
    """A code that only says the name again is not told beside it; any other is; a number is the status."""
    told = heard(tmp_path, thrown)
    assert (told["outcome"], told["name"], told["status"]) == ("error", name, status)
