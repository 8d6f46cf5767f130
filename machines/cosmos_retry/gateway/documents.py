"""A container's documents: a small store of what was written, with etags and a log sequence number."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import msgspec

from cosmos_retry.gateway.answer import ServiceError

Document = dict[str, Any]
Key = tuple[str, str]  # the partition key as JSON text, and the id
UNDEFINED = "[{}]"  # a document without a partition key
_LONGEST_ID = 1023  # characters
_NOT_IN_ID = frozenset("/\\?#")


@attrs.frozen
class Change:
    """One document changed: `what` is create, replace, patch or delete; `lsn` the container's, after it."""

    what: str
    partition_key: str
    document: str
    lsn: int


@attrs.define
class Documents:
    """The documents of one container.  A document is never changed in place, so a copy of `items` is whole.

    link: of the container, by ids of the system.
    partition_key: the path of the partition key, as "/pk" or "/a/b".
    lsn: grows by one with each change.
    """

    rid: str
    link: str
    partition_key: str
    items: dict[Key, Document] = attrs.field(factory=dict)
    lsn: int = 1
    changes: list[Change] = attrs.field(factory=list)
    made: int = 0

    def key_of(self, document: Mapping[str, Any], partition: str | None) -> Key:
        """Return the key under which a document that was sent belongs.

        Raises ServiceError 400 for an id that is none, and 400/1001 where `partition`, the header, names
        another partition key than the document has.
        """
        name = document.get("id")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID or _NOT_IN_ID & set(name):
            raise ServiceError(400, "The document's id is missing or is not permitted.")
        own = partition_of(document, self.partition_key)
        if partition is not None and partition != own:
            raise ServiceError(400, "The partition key of the header is not the document's.", 1001)
        return own, name

    def read(self, key: Key) -> Document:
        """Return a document; raises ServiceError 404."""
        if (found := self.items.get(key)) is None:
            raise ServiceError(404, "There is no such document.")
        return found

    def create(self, key: Key, document: Document) -> Document:
        """Add a document; raises ServiceError 409 where there is one."""
        if key in self.items:
            raise ServiceError(409, "A document with this id exists in the partition.")
        return self._put("create", key, document)

    def upsert(self, key: Key, document: Document, if_match: str | None = None) -> tuple[Document, bool]:
        """Add or replace a document; also says whether it is new.  Raises ServiceError 412."""
        if key not in self.items:
            return self._put("create", key, document), True
        return self.replace(key, key, document, if_match), False

    def replace(self, key: Key, new: Key, document: Document, if_match: str | None = None) -> Document:
        """Replace a document; raises ServiceError 404, 412, and 400 where it would change its key."""
        self._check(key, if_match)
        if new[0] != key[0]:
            raise ServiceError(400, "A document's partition key does not change.", 1001)
        if new != key:
            raise ServiceError(400, "A document's id does not change.")
        return self._put("replace", key, document)

    def patch(
        self, key: Key, change: Callable[[Document], Document], if_match: str | None = None
    ) -> Document:
        """Change a document by a function of it; raises ServiceError 404, 412, and what that raises."""
        self._check(key, if_match)
        document = change(msgspec.json.decode(msgspec.json.encode(self.items[key])))
        if self.key_of(document, None) != key:
            raise ServiceError(400, "A document's id and partition key do not change.")
        return self._put("patch", key, document)

    def delete(self, key: Key, if_match: str | None = None) -> None:
        """Remove a document; raises ServiceError 404 and 412."""
        self._check(key, if_match)
        del self.items[key]
        self._log("delete", key)

    def _check(self, key: Key, if_match: str | None) -> None:
        if if_match not in (None, "*", self.read(key)["_etag"]):
            raise ServiceError(412, "The document's etag is another one.")

    def _put(self, what: str, key: Key, document: Document) -> Document:
        rid = self.items[key]["_rid"] if key in self.items else self._rid()
        self._log(what, key)
        system = {"_rid": rid, "_self": f"{self.link}docs/{rid}/", "_attachments": "attachments/"}
        etag = f'"00000000-0000-0000-0000-{self.lsn:012x}"'
        self.items[key] = {**document, **system, "_etag": etag, "_ts": int(time.time())}
        return self.items[key]

    def _rid(self) -> str:
        self.made += 1
        return f"{self.rid}{self.made:08x}"

    def _log(self, what: str, key: Key) -> None:
        self.lsn += 1
        self.changes.append(Change(what, *key, self.lsn))


def partition_of(document: Mapping[str, Any], path: str) -> str:
    """Return a document's partition key as the header has it: a JSON array of one value."""
    value: Any = document
    for name in path.strip("/").split("/"):
        if not isinstance(value, dict) or name not in value:
            return UNDEFINED
        value = value[name]
    return partition_text([value])


def partition_text(values: Any) -> str:
    """Return the one spelling of a partition key's array."""
    return msgspec.json.encode(values).decode()
