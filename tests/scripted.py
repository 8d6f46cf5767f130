"""A program under test that makes the moves of a script: scripted.py INDEX NUMBER; it is run by the tests.

INDEX is that of the tests of a runner, NUMBER the place of a client in it, from 0.
"""

import json
import sys
from pathlib import Path

WAIT: dict[str, object] = {"kind": "wait"}
HELLO: dict[str, object] = {"kind": "hello", "protocol": 1, "name": "scripted"}
READY: dict[str, object] = {"kind": "ready"}

script = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["play"][int(sys.argv[2])]["moves"]
left: list[dict[str, object]] = []
for line in sys.stdin:
    match json.loads(line)["kind"]:
        case "hello":
            said = HELLO
        case "over":
            said = READY
        case "bye":
            break
        case kind:
            left = [*script] if kind == "begin" else left
            said = left.pop(0) if left else WAIT
    print(json.dumps(said), flush=True)
