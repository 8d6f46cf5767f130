"""How an account, a database, a container and a partition key range describe themselves to a client."""

from __future__ import annotations

from typing import Any

from cosmos_retry.gateway.account import PARTITION, Account, Container, Database

ETAG = '"00000000-0000-0000-0000-000000000001"'
_TS = 1700000000


def describe_account(account: Account) -> dict[str, Any]:
    """Return the account as a client reads it."""
    fewest = {"minReplicaSetSize": 3, "maxReplicasetSize": 4}
    return {
        "_self": "",
        "id": account.name,
        "_rid": f"{account.name}.documents",
        "media": "//media/",
        "addresses": "//addresses/",
        "_dbs": "//dbs/",
        "writableLocations": _locations(account, account.write_regions),
        "readableLocations": _locations(account, account.named),
        "enableMultipleWriteLocations": len(account.scene.write_regions) > 1,
        "enablePerPartitionFailoverBehavior": account.scene.per_partition_failover,
        "continuousBackupEnabled": False,
        "enableNRegionSynchronousCommit": False,
        "userConsistencyPolicy": {"defaultConsistencyLevel": account.scene.consistency},
        "userReplicationPolicy": {"asyncReplication": False, **fewest},
        "systemReplicationPolicy": fewest,
        "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
        "queryEngineConfiguration": '{"maxSqlQueryInputLength":262144,"maxJoinsPerSqlQuery":5}',
    }


def describe_database(database: Database) -> dict[str, Any]:
    """Return a database as a client reads it."""
    link = f"dbs/{database.rid}/"
    system = {"_rid": database.rid, "_self": link, "_etag": ETAG, "_ts": _TS}
    return {"id": database.name, **system, "_colls": "colls/", "_users": "users/"}


def describe_container(database: Database, container: Container) -> dict[str, Any]:
    """Return a container as a client reads it."""
    key = {"paths": [container.documents.partition_key], "kind": "Hash", "version": 2}
    indexing = {"indexingMode": "consistent", "automatic": True, "includedPaths": [{"path": "/*"}]}
    conflicts = {"mode": "LastWriterWins", "conflictResolutionPath": "/_ts"}
    system = {"_rid": container.rid, "_self": container.documents.link, "_etag": ETAG, "_ts": _TS}
    feeds = {"_docs": "docs/", "_sprocs": "sprocs/", "_triggers": "triggers/", "_conflicts": "conflicts/"}
    about = {"partitionKey": key, "indexingPolicy": indexing, "conflictResolutionPolicy": conflicts}
    return {"id": container.name, **about, **system, **feeds}


def describe_range(database: Database, container: Container) -> dict[str, Any]:
    """Return the one partition key range of a container as a client reads it."""
    link = f"dbs/{database.rid}/colls/{container.rid}/pkranges/{PARTITION}/"
    bounds = {"minInclusive": "", "maxExclusive": "FF", "ridPrefix": 0, "throughputFraction": 1}
    system = {"_rid": f"{container.rid}pk", "_self": link, "_etag": ETAG, "_ts": _TS}
    return {"id": PARTITION, **bounds, **system, "status": "online", "parents": []}


def _locations(account: Account, names: list[str]) -> list[dict[str, str]]:
    return [{"name": name, "databaseAccountEndpoint": account.endpoint(name)} for name in names]
