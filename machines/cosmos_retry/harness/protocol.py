"""The protocol as a JSON Schema: every message of both directions, of the harness and of the oracle."""

from __future__ import annotations

from typing import Any

import msgspec

from cosmos_retry.harness.messages import FromHarness, FromProgram
from cosmos_retry.harness.questions import OracleAnswer, Question
from cosmos_retry.schemas import document

SIDES = {
    "FromHarness": (FromHarness, "What the harness says to a program under test."),
    "FromProgram": (FromProgram, "What a program under test answers."),
    "Question": (Question, "What an implementation asks the oracle."),
    "OracleAnswer": (OracleAnswer, "What the oracle answers."),
}


def schema() -> dict[str, Any]:
    """Return the protocol as a JSON Schema (draft 2020-12) document; each side is one of its `$defs`."""
    sides, parts = msgspec.json.schema_components(
        [kind for kind, _ in SIDES.values()], ref_template="#/$defs/{name}"
    )
    named = {
        name: {"description": says, **side}
        for (name, (_, says)), side in zip(SIDES.items(), sides, strict=True)
    }
    return document(
        {
            "title": "cosmos-retry protocol 1",
            "anyOf": [{"$ref": f"#/$defs/{name}"} for name in SIDES],
            "$defs": {**named, **parts},
        }
    )
