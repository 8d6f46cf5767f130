"""JUnit XML: a run as what continuous integration reads, with nothing in it that XML cannot hold."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

from cosmos_retry.contract import Contract
from cosmos_retry.excerpt import one_line
from cosmos_retry.harness.outcome import FAILED, SKIPPED, UNSPECIFIED, Outcome
from cosmos_retry.harness.running import Run


def junit(run: Run, contract: Contract) -> bytes:
    """Return the run as a JUnit XML document in UTF-8: a suite for each lifecycle, a case for each vector.

    An unspecified outcome is a case that passed, with a word about it in its output.  A program that broke
    the protocol is an `error`, a client that broke the contract a `failure`.
    """
    root = ElementTree.Element("testsuites", name=one_line(run.introduction.name))
    for lifecycle in dict.fromkeys(one.lifecycle for one in run.outcomes):
        outcomes = [one for one in run.outcomes if one.lifecycle == lifecycle]
        counts = Counter((one.outcome, one.broken) for one in outcomes)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=one_line(lifecycle),
            tests=str(len(outcomes)),
            failures=str(counts[FAILED, False]),
            errors=str(counts[FAILED, True]),
            skipped=str(counts[SKIPPED, False]),
            time=f"{sum(one.seconds for one in outcomes):.3f}",
        )
        for one in outcomes:
            _case(suite, one, contract)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: ElementTree.Element, one: Outcome, contract: Contract) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=one_line(f"{one.lifecycle}.{one.family}"),
        name=one_line(one.id),
        time=f"{one.seconds:.3f}",
    )
    text = "\n".join(one.lines(contract))
    if one.outcome == FAILED:
        kind = "error" if one.broken else "failure"
        ElementTree.SubElement(case, kind, message=one_line(one.reason)).text = text
    elif one.outcome == SKIPPED:
        ElementTree.SubElement(case, "skipped", message=one_line(one.reason))
    elif one.outcome == UNSPECIFIED:
        ElementTree.SubElement(case, "system-out").text = text
