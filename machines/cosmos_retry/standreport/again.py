"""Again: the command that has a client go through a scenario once more."""

from __future__ import annotations

import glob
import shlex
from functools import lru_cache

from cosmos_retry.excerpt import one_line
from cosmos_retry.stand.product import scenarios
from cosmos_retry.stand.record import Played, Record

KNOWN = ("azure-cosmos-sync", "azure-cosmos-aio", "azure-cosmos-js")


def command(record: Record) -> str:
    """Return what to type; words in capitals are the reader's to fill in."""
    client, scenario = record.client, record.scenario
    real = " --real-time" if record.clock == "real" else ""
    only = shlex.quote(glob.escape(scenario.id))
    who = f"--client {shlex.quote(client.name)} --client-version {shlex.quote(client.version)}"
    if client.name not in KNOWN:
        who = f"--adapter COMMAND --name {shlex.quote(client.name)}"
    own = "" if _built_in().get(scenario.id) == scenario else " --scenarios FILE"
    return one_line(f"cosmos-retry stand {who}{own} --only {only}{real} --out build/again")


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Played]:
    return {one.id: one for one in scenarios()}
