"""What a scene must be, beyond the types of its parts: checked before it is played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cosmos_retry.excerpt import excerpt, one_line
from cosmos_retry.gateway.answer import ServiceError
from cosmos_retry.gateway.documents import Documents
from cosmos_retry.gateway.fault import ANY, CONNECT, DOCUMENTS, GLOBAL, OPS, WRITES, Fault, Scripted
from cosmos_retry.gateway.scene import LEVELS, Scene

MOST_REGIONS = 64


class ScriptError(ValueError):
    """A scene that cannot be played; as text, one line: where in it (a JSON path), and the reason."""

    def __init__(self, field: str, reason: str, file: str | None = None) -> None:
        super().__init__(field, reason, file)
        self.field = field
        self.reason = reason
        self.file = file

    def __str__(self) -> str:
        return one_line(": ".join(part for part in (self.file, self.field, self.reason) if part))


def check(scene: Scene) -> None:
    """Raise ScriptError at the first thing in a scene that cannot be played."""
    for field, reason in _problems(scene):
        raise ScriptError(field, reason)


def _problems(scene: Scene) -> Iterator[tuple[str, str]]:
    regions = scene.regions
    yield from _names("$.account.regions", regions, None)
    yield from _names("$.account.write_regions", scene.write_regions, regions)
    yield from _names("$.refuse", scene.refused, regions, some=False)
    if len(regions) > MOST_REGIONS:
        yield "$.account.regions", f"{len(regions)} regions are more than {MOST_REGIONS}"
    if scene.consistency not in LEVELS:
        yield "$.consistency", f"{excerpt(scene.consistency)} is none of {', '.join(LEVELS)}"
    if not scene.partition_key.startswith("/") or len(scene.partition_key) < 2:
        yield "$.partition_key", f"{excerpt(scene.partition_key)} is no path: write /pk"
    yield from _documents(scene)
    for number, entry in enumerate(scene.faults):
        yield from _entry(f"$.fault_script[{number}]", entry, scene)


def _names(
    field: str, names: Sequence[str], known: Sequence[str] | None, *, some: bool = True
) -> Iterator[tuple[str, str]]:
    if some and not names:
        yield field, "one region or more must be there"
    for number, name in enumerate(names):
        where = f"{field}[{number}]"
        if name in names[:number]:
            yield where, f"{excerpt(name)} appears twice"
        if known is None and (name in ("", ANY, GLOBAL)):
            yield where, f"{excerpt(name)} is no name for a region"
        if known is not None and name not in known:
            yield where, f"{excerpt(name)} is not a region of the account"


def _documents(scene: Scene) -> Iterator[tuple[str, str]]:
    for path, documents in scene.documents.items():
        field = f"$.documents[{path!a}]"
        names = path.split("/")
        if len(names) != 2 or not all(0 < len(n) <= 255 and not frozenset("\\?#") & set(n) for n in names):
            yield field, "a container is written database/container, each 1 to 255 characters but not \\ ? #"
        held = Documents("", "", scene.partition_key)
        for number, document in enumerate(documents):
            try:
                held.create(held.key_of(document, None), dict(document))
            except ServiceError as refused:
                yield f"{field}[{number}]", str(refused.args[1])


def _entry(field: str, entry: Scripted, scene: Scene) -> Iterator[tuple[str, str]]:
    try:
        msgspec.convert(msgspec.to_builtins(entry), Scripted)  # a struct made in Python was not checked yet
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        yield f"{field}{where.rstrip('`')}", reason[:1].lower() + reason[1:]
    if entry.op not in OPS:
        yield f"{field}.op", f"{excerpt(entry.op)} is none of {', '.join(OPS)}"
    if entry.region not in (ANY, GLOBAL, *scene.regions):
        yield f"{field}.region", f"{excerpt(entry.region)} is not a region of the account, {GLOBAL} or {ANY}"
    if entry.fault.stale and entry.op not in (*DOCUMENTS, ANY):
        yield f"{field}.op", f"{entry.op} has no session that could be stale"
    if entry.fault.applied and entry.op not in (*WRITES, ANY):
        yield f"{field}.op", f"{entry.op} writes nothing that could be applied"
    if (entry.fault.lose or entry.fault.move is not None) and entry.times not in (None, 1):
        yield f"{field}.times", "a region is lost, or moved to, once"
    if entry.fault.lose and entry.region == GLOBAL:
        yield f"{field}.region", "the account's own endpoint is not lost"
    if entry.op == CONNECT and (entry.fault.action not in ("close", "reset", "hang") or not entry.fault.read):
        yield f"{field}.fault", "a connection is closed, reset or hangs, and nothing more"
    for name, reason in _fault(entry.fault, scene):
        yield f"{field}.fault{name}", reason


def _fault(fault: Fault, scene: Scene) -> Iterator[tuple[str, str]]:
    if len(fault.actions) > 1:
        yield "", f"{' and '.join(fault.actions)} do not go together"
    if not fault.actions and not fault.delay:
        yield "", "nothing happens: give a status, hang, close, reset, truncate, stale, lose, move or delay"
    if fault.status is None and (fault.substatus or fault.headers or fault.body is not None):
        yield "", "substatus, headers and body go with a status"
    if fault.applied and fault.action not in ("status", "hang", "close", "reset"):
        yield ".applied", f"applied goes with a status, hang, close or reset, not with {fault.action}"
    if not fault.read and (fault.action not in ("close", "reset") or fault.applied):
        yield ".read", "only a close or a reset comes before the body is read, and then nothing is applied"
    if fault.forget and not fault.lose:
        yield ".forget", "only a lost region is forgotten"
    if fault.move is not None and fault.move not in scene.regions:
        yield ".move", f"{excerpt(fault.move)} is not a region of the account"
    for name, value in fault.headers.items():
        if (
            not name.isascii()
            or not name.replace("-", "").isalnum()
            or not (value.isprintable() and value.isascii())
        ):
            yield ".headers", f"{excerpt(name)} is no header of printable ASCII"
        if name.lower() in ("content-length", "transfer-encoding", "connection"):
            yield ".headers", f"{excerpt(name)} is the HTTP library's to set"
