"""A request as the service sees it: read whole, and told what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import msgspec

from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.documents import partition_text
from cosmos_retry.gateway.target import Target


class _Named(msgspec.Struct):
    id: str


@attrs.frozen
class Request:
    """One request, read whole.  `region` is where it arrived; the names of `headers` ignore case."""

    method: str
    target: Target
    headers: Mapping[str, str]
    body: bytes
    region: str

    def json(self) -> Any:
        """Return the body as JSON; raises ServiceError 400 where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ServiceError(400, "The body is no JSON.") from None

    @property
    def document(self) -> str | None:
        """The id of the document that the request is about, by its path or its body, or None."""
        if self.target.kind not in ("create", "upsert"):
            return self.target.document
        try:
            return msgspec.json.decode(self.body, type=_Named).id
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    def partition(self) -> str | None:
        """Return the partition key that the header names, in its one spelling, or None.

        Raises ServiceError 400 for a header that is no JSON array of one value.
        """
        if not (text := self.headers.get("x-ms-documentdb-partitionkey")):
            return None
        try:
            values = msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            values = None
        if not isinstance(values, list) or len(values) != 1:
            raise ServiceError(400, "The header of the partition key is no JSON array of one value.")
        return partition_text(values)

    def fields(self) -> dict[str, Any]:
        """Return the body as a JSON object; raises ServiceError 400 where it is none."""
        if not isinstance(found := self.json(), dict):
            raise ServiceError(400, "The body is no JSON object.")
        return found
