"""JUnit XML: a client's run as what continuous integration reads, with nothing in it that XML cannot hold."""

from __future__ import annotations

from xml.etree import ElementTree

from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.search import CONFORMS
from cosmos_retry.standreport.case import PROBLEM, Case
from cosmos_retry.standreport.column import Column
from cosmos_retry.standreport.lines import explanation
from cosmos_retry.verdict import VIOLATES


def junit(column: Column, contract: Contract) -> bytes:
    """Return one client's cases as a JUnit XML document in UTF-8: a suite, and a test case a scenario.

    A violation and a ghost write are failures, a trial that went wrong is an error; what the documents leave
    open, and what cannot be seen, is skipped, with the reason.
    """
    cases = list(column.cases.values())
    root = ElementTree.Element("testsuites", name="cosmos-retry stand")
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=one_line(column.title),
        tests=str(len(cases)),
        failures=str(sum(_outcome(case) == "failure" for case in cases)),
        errors=str(sum(_outcome(case) == "error" for case in cases)),
        skipped=str(sum(_outcome(case) == "skipped" for case in cases)),
    )
    for case in cases:
        played = case.record.scenario
        where = f"{column.title}.{played.operation}.{played.topology}"
        one = ElementTree.SubElement(suite, "testcase", classname=one_line(where), name=one_line(case.id))
        outcome = _outcome(case)
        if outcome:
            message = one_line(message_of(case))
            told = ElementTree.SubElement(one, outcome, message=message)
            if outcome == "failure":
                told.set("type", f"ghost write: {case.ghost}" if case.ghost else VIOLATES)
                told.text = "\n".join(one_line(text) for text in explanation(case, contract))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def message_of(case: Case) -> str:
    """Return why a case is what it is, in one sentence."""
    ghost = f"{case.ghost}; " if case.ghost else ""
    return ghost + case.reason


def _outcome(case: Case) -> str:
    if case.word == PROBLEM:
        return "error"
    if case.word == VIOLATES or case.ghost:
        return "failure"
    return "" if case.word == CONFORMS else "skipped"
