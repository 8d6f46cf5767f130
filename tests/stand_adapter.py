"""A tiny client behind the adapter protocol, wrong on purpose: `python stand_adapter.py WAY`.

honest: sends each write once, tells what came of it.  resends: sends a create again that got no answer.
liar: reports success whatever came.  blind: honest, and tells no attempts.  idle: makes no attempt.
hangs, dies, rubbish, talks, floods, muddled: what it does instead of performing a create.
slow: it takes its time.
mortal FILE: it dies the first time, and leaves a note of that in the file.
"""

import http.client
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WAY = sys.argv[1]
PATIENCE_S = 0.15


def send(endpoint: str, document: dict[str, Any], number: int) -> tuple[int | None, dict[str, Any]]:
    """Send a create; return the status, None where no answer came, and the attempt."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_S)
    headers = {"content-type": "application/json"}
    headers["x-ms-documentdb-partitionkey"] = json.dumps([document["pk"]])
    if WAY != "blind":
        headers["x-ms-stand-attempt"] = str(number)
    attempt: dict[str, Any] = {"t": number - 1, "endpoint": endpoint, "ended": number - 0.5}
    try:
        connection.request("POST", "/dbs/db/colls/items/docs", json.dumps(document), headers)
        status = connection.getresponse().status
    except TimeoutError:
        return None, {**attempt, "failure": "timeout"}
    except (OSError, http.client.HTTPException) as error:
        return None, {**attempt, "failure": "connectivity", "error": type(error).__name__}
    finally:
        connection.close()
    return status, {**attempt, "status": status}


def write_endpoint(endpoint: str) -> str:
    """Read the account; return where its first write region is."""
    address = urlsplit(endpoint)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.request("GET", "/")
    account = json.load(connection.getresponse())
    connection.close()
    found: str = account["writableLocations"][0]["databaseAccountEndpoint"]
    return found


def create(endpoint: str, document: dict[str, Any]) -> dict[str, Any]:
    """Create a document in this client's way."""
    attempts: list[dict[str, Any]] = []
    status = None
    for number in range(1, (3 if WAY == "resends" else 1) + 1):
        status, attempt = send(endpoint, document, number)
        attempts.append(attempt)
        if status is not None:
            break
    heard: dict[str, Any] = {"kind": "heard", "outcome": "success"}
    if WAY != "liar" and (status is None or status >= 400):
        heard |= {"outcome": "error", "status": status, "name": "TinyError"}
    return heard if WAY == "blind" else {**heard, "attempts": attempts}


def perform(endpoint: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Perform an operation, or do something else instead."""
    match WAY if asked["operation"] == "create" else "other":
        case "other":
            return {"kind": "problem", "reason": f"this client knows no {asked['operation']}"}
        case "hangs":
            time.sleep(600)
        case "slow":
            time.sleep(0.1)
        case "dies":
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(7)
        case "mortal" if not Path(sys.argv[2]).exists():
            Path(sys.argv[2]).touch()
            os._exit(9)
        case "rubbish":
            print("{no json", flush=True)
        case "talks":
            return {"kind": "ready"}
        case "muddled":
            told = {"t": 0, "endpoint": endpoint, "ended": 1, "status": 400, "step": "page"}
            return {"kind": "heard", "outcome": "error", "attempts": [told]}
        case "floods":
            for _ in range(10_000):
                print(json.dumps({"kind": "ready"}), flush=True)
        case "idle":
            return {"kind": "heard", "outcome": "error", "name": "Tired", "attempts": []}
    return create(endpoint, asked["document"])


def main() -> None:
    """Answer the stand's messages."""
    endpoint = ""
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["kind"]:
            case "hello":
                answer = {"kind": "hello", "protocol": 1, "name": "tiny", "version": "1/0 beta"}
            case "prepare":
                endpoint, answer = write_endpoint(asked["endpoint"]), {"kind": "ready"}
            case "perform":
                answer = perform(endpoint, asked)
            case _:
                answer = {"kind": "closed"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
