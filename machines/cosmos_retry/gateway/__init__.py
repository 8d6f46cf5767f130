"""A faulty gateway: an HTTP service on loopback that plays an account of several regions, scene by scene.

It needs aiohttp, which the extra `stand` brings.
"""

from __future__ import annotations

from cosmos_retry.gateway.check import ScriptError
from cosmos_retry.gateway.fault import Fault, Scripted
from cosmos_retry.gateway.gateway import Gateway, GatewayError
from cosmos_retry.gateway.played import Applied, Arrival, Place, Played
from cosmos_retry.gateway.reception import Limits
from cosmos_retry.gateway.scene import Scene
from cosmos_retry.gateway.script import parse_faults, parse_script, read_script

__all__ = [
    "Applied",
    "Arrival",
    "Fault",
    "Gateway",
    "GatewayError",
    "Limits",
    "Place",
    "Played",
    "Scene",
    "ScriptError",
    "Scripted",
    "parse_faults",
    "parse_script",
    "read_script",
]
