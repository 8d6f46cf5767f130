"""The page: the amplification tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.diagrams.markdown import table, text
from cosmos_retry.worst.amplification import ANY_NUMBER, Table, amplification, cell

GENERATED = "<!-- Made from the tables in spec/ by `cosmos-retry worst --markdown`; edit those, not this. -->"
_INTRODUCTION = f"""\
How long may the application have to wait, and how many requests may one request become, when a fault meets
every attempt, or when any mix of faults does? The numbers are worked out from the rows, over all runs that
permitted rows allow, for one request: a write, a point read, one page of a query, one metadata call.

A row is a configuration, a column a fault, or several that are alike. A cell reads *time; requests*:

- the longest time from the first attempt until the application hears;
- the most requests that are sent, to all regions together;
- where it is less, the most that are sent to one region (*in one*).

**T** is the time that one attempt may take. In Direct mode it is {{seconds:g}} s, the longest request timeout
that may be set. In Gateway mode the documents name none: it is the client's own, and *30 s + 2 T* is 30 s and
two of them. Where another sum is longer for a long T, it stands in brackets. An attempt may be answered at
once, and a failure may come at any time up to T. Where the rows set no latest moment for a move of the
client, it makes it at the first moment that they permit.

*Any mix* is an environment that chooses at each attempt whatever does most harm, for time and for requests
each by itself.

**Exact** is every number that stands alone: no run of the contract exceeds it, and one run that the machine
accepts, event by event, reaches it. A number after ≤ is a bound that no run was found to reach.
{ANY_NUMBER} is no number: the attempts have no pace, and only time bounds them."""


def page(contract: Contract) -> str:
    """Return the page of the representative tables."""
    seconds = contract.profile.parameters["request_timeout_most"].value
    lines = [GENERATED, "# Amplification: the worst that a fault can do", ""]
    lines.append(_INTRODUCTION.format(seconds=seconds))
    for one in amplification(contract):
        lines += ["", *section(one)]
    return "\n".join(lines) + "\n"


def section(one: Table) -> Iterator[str]:
    """Yield the lines of one table, with its title and what it rests on."""
    wide = [column for column in one.columns if not _plain(one, column)]
    plain = [fault for column in one.columns if _plain(one, column) for fault in column]
    yield from (f"## {text(one.title)}", "")
    head = ("configuration", *(text(_heading(column)) for column in wide))
    body = [
        (text(_label(line.labels)), *(text(cell(line.cases[column[0]])) for column in wide))
        for line in one.lines
    ]
    yield from table(head, body)
    if plain:
        sample = cell(one.lines[0].cases[plain[0]])
        yield from (
            "",
            f"Everything else is {text(sample)} in each of these configurations: {_listed(plain)}.",
        )
    if one.unbounded_by:
        yield from ("", f"{ANY_NUMBER} rests on: {', '.join(f'`{name}`' for name in one.unbounded_by)}.")
    yield from ("", f"The numbers rest on: {', '.join(f'`{name}`' for name in one.assumptions)}.")


def _plain(one: Table, column: Sequence[str]) -> bool:
    """Whether a fault is never retried, and costs the same in every configuration of the table."""
    cases = [line.cases[column[0]] for line in one.lines]
    return len({cell(case) for case in cases}) == 1 and cases[0].requests.bound == 1


def _heading(column: Sequence[str]) -> str:
    """The faults of a column; *429, wait asked* and *429, no wait asked* together are *429*."""
    return "; ".join(_merged(column))


def _listed(faults: Sequence[str]) -> str:
    return text("; ".join(_merged(faults)))


def _merged(faults: Sequence[str]) -> list[str]:
    """The names of faults, where all kinds of one are there under its own name alone."""
    found: list[str] = []
    for fault in faults:
        name = fault.partition(",")[0]
        kinds = [other for other in faults if other.partition(",")[0] == name]
        found.append(name if len(kinds) > 1 else fault)
    return list(dict.fromkeys(found))


def _label(labels: Sequence[str]) -> str:
    return ", or ".join(labels)
