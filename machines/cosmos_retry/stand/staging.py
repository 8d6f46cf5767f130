"""Staging: a scenario as the gateway plays it and as the client is told of it."""

from __future__ import annotations

import contextlib
import http.client
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cosmos_retry.gateway import Place, Scene, parse_faults
from cosmos_retry.gateway.check import check
from cosmos_retry.stand.operations import HOME, THERE
from cosmos_retry.stand.protocol import Prepare
from cosmos_retry.stand.record import Clock, Played
from cosmos_retry.stand.tracing import multiple

_PATIENCE_S = 30.0  # with the gateway
_RESETS_S = 0.03  # real seconds, for connections to be reset and for that to be noticed


def check_scenario(scenario: Played) -> None:
    """Raise ScriptError for a scenario that cannot be played; its field is a path in the scenario's file."""
    check(
        Scene(
            regions=scenario.account.regions,
            write_regions=scenario.account.write_regions,
            consistency=scenario.consistency,
            faults=parse_faults(scenario.fault_script),
            refused=scenario.refuse,
        )
    )


def scene_of(scenario: Played) -> Scene:
    """Return the scene of a scenario that can be played.

    Before all others stand the losses of the regions that refuse: they answer at the client's start, so that
    it begins as clients begin, and are lost just before the operation.
    """
    losses = [{"op": "other", "region": name, "fault": {"lose": True}} for name in scenario.refuse]
    return Scene(
        regions=scenario.account.regions,
        write_regions=scenario.account.write_regions,
        per_partition_failover=scenario.account.per_partition_failover,
        consistency=scenario.consistency,
        faults=parse_faults([*losses, *scenario.fault_script]),
        documents={HOME: [THERE]},
    )


def preparation(place: Place, scenario: Played, clock: Clock) -> Prepare:
    """Return what the client is told before the operation."""
    options: dict[str, Any] = msgspec.to_builtins(scenario.client)
    client = {name: value for name, value in options.items() if value not in (None, {})}
    client |= {"preferred_locations": scenario.preferred, "use_multiple_write_locations": multiple(scenario)}
    return Prepare(
        scenario=scenario.id,
        endpoint=place.endpoint,
        key=place.key,
        database=place.database,
        container=place.container,
        consistency=scenario.consistency,
        client=client,
        clock=clock,
    )


def lose(endpoint: str) -> None:
    """Have a region be lost from here on: ask it for something that its script answers so."""
    address = urlsplit(endpoint)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_PATIENCE_S)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", "/stand/lose")
        connection.getresponse()
    # The region resets its other connections only now.  A client that had not noticed would meet a reset on
    # one of them, which is another fault than a refusal.
    time.sleep(_RESETS_S)
