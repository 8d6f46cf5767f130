"""A scene is read from JSON, and one that cannot be played is refused in one line that says where and why."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import attrs
import pytest

from cosmos_retry.gateway import (
    Applied,
    Arrival,
    Fault,
    Gateway,
    GatewayError,
    Place,
    Played,
    Scene,
    Scripted,
    ScriptError,
    parse_faults,
    parse_script,
    read_script,
)
from cosmos_retry.gateway.fault import ANY, CONNECT, KINDS, OPS, WRITES
from cosmos_retry.paths import spec_dir

NONE: dict[str, list[str]] = {"regions": [], "write_regions": []}
ACCOUNT = {"regions": ["West US", "East US"], "write_regions": ["West US"]}


def written(**changes: Any) -> dict[str, Any]:
    """A scene as it is written down."""
    return {"account": ACCOUNT, **changes}


def entry(**changes: Any) -> dict[str, Any]:
    """A scene with one fault."""
    return written(fault_script=[{"op": "create", "fault": {"status": 503}, **changes}])


def fault(**changes: Any) -> dict[str, Any]:
    """A scene with one fault that does this."""
    return entry(fault=changes)


# What is wrong, the JSON path that the message names, and words of its reason.
BAD: dict[str, tuple[Any, str, str]] = {
    "no object": ([], "$", "expected `object`"),
    "no account": ({}, "$", "missing required field `account`"),
    "unknown key": (written(fault="x"), "$", "unknown field `fault`"),
    "no region": (
        written(account={"regions": [], "write_regions": []}),
        "$.account.regions",
        "one region",
    ),
    "region twice": (written(account={**ACCOUNT, "regions": ["a", "a"]}), "$.account.regions[1]", "twice"),
    "region called global": (
        written(account={**ACCOUNT, "regions": ["global"]}),
        "$.account.regions[0]",
        "no name",
    ),
    "too many regions": (
        written(account={"regions": [str(n) for n in range(65)], "write_regions": ["0"]}),
        "$.account.regions",
        "more than 64",
    ),
    "unknown write region": (
        written(account={**ACCOUNT, "write_regions": ["Mars"]}),
        "$.account.write_regions[0]",
        "'Mars' is not a region",
    ),
    "unknown refused region": (written(refuse=["East US", "Mars"]), "$.refuse[1]", "not a region"),
    "refused twice": (written(refuse=["East US", "East US"]), "$.refuse[1]", "twice"),
    "unknown level": (written(consistency="Weak"), "$.consistency", "'Weak' is none of Strong"),
    "bad partition key": (written(partition_key="pk"), "$.partition_key", "no path"),
    "bad container": (written(documents={"db": []}), "$.documents['db']", "database/container"),
    "bad container name": (written(documents={"db/a?": []}), "$.documents['db/a?']", "1 to 255"),
    "document without id": (written(documents={"db/items": [{"pk": 1}]}), "$.documents['db/items'][0]", "id"),
    "document twice": (
        written(documents={"db/items": [{"id": "1"}, {"id": "1"}]}),
        "$.documents['db/items'][1]",
        "exists",
    ),
    "no kind": (entry(op="bulk"), "$.fault_script[0].op", "'bulk' is none of read"),
    "no kind at all": (
        written(fault_script=[{"fault": {}}]),
        "$.fault_script[0]",
        "required field `op`",
    ),
    "unknown region": (entry(region="Mars"), "$.fault_script[0].region", "not a region"),
    "no times": (entry(times=0), "$.fault_script[0].times", ">= 1"),
    "times as text": (entry(times="2"), "$.fault_script[0].times", "expected `int | null`, got `str`"),
    "negative skip": (entry(skip=-1), "$.fault_script[0].skip", ">= 0"),
    "typo in a fault": (fault(stauts=503), "$.fault_script[0].fault", "unknown field `stauts`"),
    "nothing happens": (fault(), "$.fault_script[0].fault", "nothing happens"),
    "two at once": (fault(status=503, close=True), "$.fault_script[0].fault", "status and close do not go"),
    "status too low": (fault(status=99), "$.fault_script[0].fault.status", ">= 200"),
    "status too high": (fault(status=600), "$.fault_script[0].fault.status", "<= 599"),
    "endless hang": (fault(hang=1e9), "$.fault_script[0].fault.hang", "<= 86400"),
    "negative delay": (fault(delay=-1), "$.fault_script[0].fault.delay", ">= 0"),
    "substatus of nothing": (fault(close=True, substatus=3), "$.fault_script[0].fault", "go with a status"),
    "bad header": (fault(status=503, headers={"a b": "c"}), "$.fault_script[0].fault.headers", "no header"),
    "line end in a header": (
        fault(status=503, headers={"a": "b\r\nc: d"}),
        "$.fault_script[0].fault.headers",
        "no header",
    ),
    "header of the library": (
        fault(status=503, headers={"Content-Length": "3"}),
        "$.fault_script[0].fault.headers",
        "library's",
    ),
    "applied delay": (fault(delay=1, applied=True), "$.fault_script[0].fault.applied", "not with delay"),
    "applied unread": (
        fault(close=True, applied=True, read=False),
        "$.fault_script[0].fault.read",
        "nothing",
    ),
    "unread status": (
        fault(status=503, read=False),
        "$.fault_script[0].fault.read",
        "only a close",
    ),
    "applied read": (
        entry(op="read", fault={"close": True, "applied": True}),
        "$.fault_script[0].op",
        "read writes nothing",
    ),
    "stale account": (entry(op="account", fault={"stale": True}), "$.fault_script[0].op", "no session"),
    "lost twice": (entry(times=2, fault={"lose": True}), "$.fault_script[0].times", "once"),
    "global lost": (entry(region="global", fault={"lose": True}), "$.fault_script[0].region", "not lost"),
    "forgotten, not lost": (fault(status=503, forget=True), "$.fault_script[0].fault.forget", "lost"),
    "moved to nowhere": (fault(move="Mars"), "$.fault_script[0].fault.move", "not a region"),
    "status of a connection": (entry(op="connect"), "$.fault_script[0].fault", "closed, reset or hangs"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_scene_is_refused_in_one_line(name: str) -> None:
    """The message names the place by its JSON path, gives the reason, and is one printable line."""
    given, field, reason = BAD[name]
    with pytest.raises(ScriptError) as refused:
        parse_script(json.dumps(given))
    assert (refused.value.field, str(refused.value).isprintable()) == (field, True)
    assert reason in refused.value.reason


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_json_is_refused(text: bytes, tmp_path: Path) -> None:
    """A file that is no JSON is named with the reason, and nothing else happens."""
    file = tmp_path / "scene.json"
    file.write_bytes(text)
    with pytest.raises(ScriptError) as refused:
        read_script(file)
    assert str(refused.value).startswith(f"{file}: $: ")


def test_a_scene_made_in_python_is_checked_as_well() -> None:
    """`play` refuses what could not have been read from a file, types included, and nothing is played."""
    bad = [
        Scripted("create", Fault(status=99)),
        Scripted("create", Fault(hang="1")),  # type: ignore[arg-type]
        Scripted("create", Fault(close=True), times=0),
        Scripted("nothing", Fault(close=True)),
    ]
    with Gateway() as gateway:
        for one in bad:
            with pytest.raises(ScriptError, match=r"^\$\.fault_script\[1\]"):
                gateway.play(Scene(faults=(Scripted("read", Fault(status=500)), one)))
        with pytest.raises(GatewayError):
            gateway.curtain()


def test_the_scripts_of_recorded_traffic_can_be_played() -> None:
    """The forms in which recorded traffic tells its faults are a scene as they stand."""
    faults: list[dict[str, Any]] = [
        {"op": "create", "region": "*", "fault": {"status": 400, "substatus": 0}},
        {"op": "read", "region": "*", "fault": {"status": 429, "headers": {"x-ms-retry-after-ms": "100"}}},
        {"op": "query", "region": "*", "times": 1, "fault": {"status": 410, "substatus": 1002}},
        {"op": "batch", "region": "East US", "fault": {"hang": 3}},
        {"op": "create", "region": "*", "fault": {"close": True}},
    ]
    scene = parse_script(written(fault_script=faults, refuse=["West US"]))
    assert scene.faults == parse_faults(faults)
    assert [one.fault.action for one in scene.faults] == ["status", "status", "status", "hang", "close"]
    assert [one.limit for one in scene.faults] == [None, None, 1, None, None]
    assert scene.refused == ("West US",)


@pytest.mark.parametrize("op", OPS)
def test_every_kind_can_be_scripted(op: str) -> None:
    """Each kind of operation, a connection and "*" take a fault; only writes take one that is applied."""
    scene = parse_script(entry(op=op, fault={"close": True}))
    assert scene.faults == (Scripted(op, Fault(close=True)),)
    applied = entry(op=op, fault={"close": True, "applied": True})
    if op in (*WRITES, ANY):
        assert parse_script(applied).faults[0].fault.applied
    else:
        with pytest.raises(ScriptError):
            parse_script(applied)
    assert {*KINDS, CONNECT, ANY} == set(OPS)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """A file with an account alone is a scene: Session, no fault, nothing refused, one empty container."""
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(written()))
    assert read_script(file) == Scene()
    assert parse_faults([{"op": "read", "fault": {"hang": 1}}]) == (Scripted("read", Fault(hang=1)),)
    with pytest.raises(ScriptError, match=r"^\$\.fault_script\[0\]\.fault: "):
        parse_faults([{"op": "read", "fault": 1}])


def page() -> str:
    """The page that explains the gateway."""
    return (spec_dir() / "gateway.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language on the page."""
    return re.findall(rf"```{language}\n(.*?)```", page(), re.DOTALL)


def test_the_examples_of_the_page_work() -> None:
    """The scene on the page can be played as it stands, and its lines of Python run."""
    (scene,) = blocks("json")
    assert parse_script(scene).faults[0].fault.applied
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)
    assert isinstance(names["played"], Played)


@pytest.mark.parametrize(
    "name",
    [
        *OPS,
        *Fault.__struct_fields__,
        *(field for field in Scripted.__struct_fields__ if field != "fault"),
        *(field.name for kind in (Arrival, Applied, Place) for field in attrs.fields(kind)),
        *("fault_script", "refuse", "documents", "partition_key", "consistency"),
    ],
)
def test_the_page_names_everything(name: str) -> None:
    """Every kind, every key of a script and every field of a record has its place on the page."""
    assert re.search(rf"[`\"]{re.escape(name)}[`\":]", page())
