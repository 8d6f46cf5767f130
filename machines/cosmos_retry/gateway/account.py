"""An account: its regions, its databases and its containers."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import Any

import attrs

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.documents import Documents
from cosmos_retry.gateway.scene import HOME, Scene

PARTITION = "0"  # the one physical partition of each container


@attrs.define
class Container:
    """A container: its name, its definition as a client reads it, and its documents."""

    name: str
    rid: str
    documents: Documents


@attrs.define
class Database:
    """A database and its containers by name."""

    name: str
    rid: str
    containers: dict[str, Container] = attrs.field(factory=dict)


class Account:
    """One account in play.  `write_regions` and `named`, the regions that it names, change as faults say.

    `endpoint` returns the address of a region by its name.
    """

    def __init__(self, name: str, scene: Scene, endpoint: Callable[[str], str]) -> None:
        self.name = name
        self.scene = scene
        self.named = list(scene.regions)
        self.write_regions = list(scene.write_regions)
        self.databases: dict[str, Database] = {}
        self.endpoint = endpoint
        self._made = 0
        for path, documents in {HOME: (), **scene.documents}.items():
            container = self._home(path, scene.partition_key)
            for document in documents:
                held = container.documents
                held.create(held.key_of(document, None), dict(document))
            container.documents.changes.clear()  # what was there from the start was not applied by anybody

    def takes_writes(self, region: str) -> bool:
        """Whether a region accepts writes now."""
        return region in self.write_regions or self.scene.per_partition_failover

    def forget(self, region: str) -> None:
        """Name a region no more; the last one that takes writes stays as such."""
        self.named = [name for name in self.named if name != region]
        self.write_regions[:] = [name for name in self.write_regions if name != region] or self.write_regions

    def database(self, name: str) -> Database:
        """Return a database by its name or its id in the system; raises ServiceError 404/1003."""
        for database in self.databases.values():
            if name in (database.name, database.rid):
                return database
        raise ServiceError(404, "There is no such database.", 1003)

    def container(self, database: str, name: str) -> Container:
        """Return a container likewise; raises ServiceError 404/1003."""
        for container in self.database(database).containers.values():
            if name in (container.name, container.rid):
                return container
        raise ServiceError(404, "There is no such container.", 1003)

    def add_database(self, name: object) -> Database:
        """Add an empty database; raises ServiceError 400, and 409 where there is one."""
        rid = struct.pack(">I", self._number())
        database = Database(_permitted(name, self.databases), base64.b64encode(rid).decode())
        self.databases[database.name] = database
        return database

    def add_container(self, database: Database, name: object, partition_key: str) -> Container:
        """Add an empty container likewise."""
        rid = base64.b64decode(database.rid) + struct.pack(">I", 0x80000000 | self._number())
        text = base64.b64encode(rid).decode().replace("/", "-")
        documents = Documents(text, f"dbs/{database.rid}/colls/{text}/", partition_key)
        container = Container(_permitted(name, database.containers), text, documents)
        database.containers[container.name] = container
        return container

    def _home(self, path: str, partition_key: str) -> Container:
        first, _, second = path.partition("/")
        database = self.databases.get(first) or self.add_database(first)
        return self.add_container(database, second, partition_key)

    def _number(self) -> int:
        self._made += 1
        return self._made


def _permitted(name: object, taken: dict[str, Any]) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 255 or frozenset("/\\?#") & set(name):
        raise ServiceError(400, "The id is missing or is not permitted.")
    if name in taken:
        raise ServiceError(409, "The id is taken.")
    return name
