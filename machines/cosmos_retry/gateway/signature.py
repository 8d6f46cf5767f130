"""Signatures: with which account's key a request was signed, and so for which scene it was meant."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import unquote

from cosmos_retry.gateway.target import Target


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request has a signature made with an account's key; anything else cannot be checked."""
    return unquote(headers.get("authorization", "")).startswith("type=master&")


def is_signed_with(key: bytes, method: str, target: Target, headers: Mapping[str, str]) -> bool:
    """Whether a request was signed with this key.

    What is signed: the method, the type and the link of the resource (of a feed, its parent's), the dates.
    """
    sent = unquote(headers.get("authorization", "")).rpartition("sig=")[2]
    dates = headers.get("x-ms-date", "").lower(), headers.get("date", "").lower()
    names = target.names
    kind = names[-1 if target.is_feed else -2] if names else ""
    link = "/".join(names[:-1] if target.is_feed else names)
    # A resource that is named by its id in the system is signed by that id alone, in small letters.
    alone = (names[-2] if target.is_feed and len(names) > 1 else names[-1] if names else "").lower()
    for resource in (link, alone):
        text = "\n".join((method.lower(), kind.lower(), resource, *dates, ""))
        made = base64.b64encode(hmac.new(key, text.encode(errors="replace"), sha256).digest()).decode()
        if hmac.compare_digest(made.encode(), sent.encode(errors="replace")):
            return True
    return False
