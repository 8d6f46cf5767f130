"""The format that is published is the one that is read."""

import json
from pathlib import Path

from cosmos_retry.reading import read_trace
from cosmos_retry.trace import Trace, schema

ROOT = Path(__file__).resolve().parents[1]


def test_the_published_schema_is_the_one_of_the_types() -> None:
    """The JSON Schema in spec/ is what the types of the format say.

    To write it anew: python -c "import json; from cosmos_retry.trace import schema;
    print(json.dumps(schema(), indent=2))" > spec/trace-v1.schema.json
    """
    published = (ROOT / "spec/trace-v1.schema.json").read_text(encoding="utf-8")
    assert published == json.dumps(schema(), indent=2) + "\n"


def examples_of_the_format() -> list[str]:
    """Return the examples of the format's own page."""
    page = (ROOT / "spec/trace.md").read_text(encoding="utf-8")
    return [part.partition("```")[0] for part in page.split("```json\n")[1:]]


def test_the_examples_of_the_format_are_traces() -> None:
    """Each example on the page of the format is a trace once it stands on one line."""
    examples = examples_of_the_format()
    assert examples
    for example in examples:
        assert isinstance(read_trace(json.dumps(json.loads(example)).encode()), Trace), example


def test_the_page_of_the_format_names_every_key() -> None:
    """Each key of each part of a trace is explained on the page of the format."""
    page = (ROOT / "spec/trace.md").read_text(encoding="utf-8")
    keys = {key for part in schema()["$defs"].values() for key in part["properties"]}
    assert {key for key in keys if f"`{key}`" not in page} == set()
