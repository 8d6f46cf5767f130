"""The text: one lifecycle as one Promela file."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from cosmos_retry.contract import Contract
from cosmos_retry.explore.watch import Setting
from cosmos_retry.promela import numbers
from cosmos_retry.promela.bounds import instant_expression
from cosmos_retry.promela.features import guard_expression
from cosmos_retry.promela.names import name
from cosmos_retry.promela.options import followed, process
from cosmos_retry.promela.words import word_numbers

_HERE = Path(__file__).parent
_HEAD = """\
/* The lifecycle `{lifecycle}` of the contract, made from its rows: cosmos-retry export promela.
 *
 * Each option of a row has the row's id beside it.  Of {rows} rows {followed} are followed; the others
 * forbid a move, or the documents say nothing of it.
 *
 *   spin -a -o1 -o2 [-DMODE=m_gateway ...] {lifecycle}.pml
 *   gcc -O1 -DSAFETY -DNOREDUCE -DVECTORSZ=2048 -o pan pan.c
 *   ./pan -E -c0
 *
 * -c0 goes on after a broken promise, so that all of them are named.  For a short run that breaks one,
 * compile with -DREACH as well; then ./pan -E -i and, with the same macros, spin -t -p {lifecycle}.pml.  With
 * -DCOUNT_ROWS pan also prints how often each row was taken.  With -DPROPERTIES the text ends in LTL
 * properties and judges no promise: gcc without -DSAFETY, then ./pan -a -E -N never_resent.
 */
"""


def promela_text(contract: Contract, setting: Setting, promised: Mapping[str, int]) -> str:
    """Return the Promela text of the setting's lifecycle; the setting itself gives the macros' values.

    `promised` are the numbers that the promises name, see `numbers.promised_numbers`.  Raises
    `UnknownWordError` for a row, or a word behind it, that cannot be written in Promela.
    """
    lifecycle = contract.lifecycles[setting.lifecycle]
    rows = followed(lifecycle)
    options = process(contract, lifecycle)  # first of all: it refuses rows with unknown words
    parts = [
        _HEAD.format(lifecycle=lifecycle.name, rows=len(lifecycle.rows), followed=len(rows)),
        _section("the configuration"),
        _defaults(numbers.configuration(setting)),
        _section("the numbers that the rows name; times are microseconds"),
        _defaults(numbers.rules(contract, setting)),
        _section("the numbers that are promised"),
        _defaults(numbers.promises(setting, promised)),
        _section("the words"),
        word_numbers(contract, lifecycle.name),
        _static("memory"),
        _section("the guards of the rows"),
        _guards(contract, dict.fromkeys(guard for row in rows for guard in row.when)),
        _section("the instants of the rows"),
        _instants(contract, dict.fromkeys(instant for row in rows for _, instant in row.bounds)),
        _static("promises"),
        _static("world"),
        _section("the rows"),
        options,
        _static("properties"),
    ]
    return "\n".join(parts)


def promise_names() -> frozenset[str]:
    """Return the promises that the text judges, as it calls them."""
    return frozenset(re.findall(r"BROKEN\((\w+),", _static("promises"))) - {"promise"}


def _static(part: str) -> str:
    return (_HERE / f"{part}.pml").read_text(encoding="utf-8")


def _section(title: str) -> str:
    return f"/* {' ' + title:->103} */\n"


def _defaults(values: Mapping[str, str]) -> str:
    return "".join(f"#ifndef {one}\n#define {one} {value}\n#endif\n" for one, value in values.items())


def _guards(contract: Contract, guards: Iterable[str]) -> str:
    words = contract.vocabulary
    return "".join(
        f"{_comment(words.guards[guard].says)}#define {name('guard', guard)} "
        f"({guard_expression(words.guards[guard], words)})\n"
        for guard in guards
    )


def _instants(contract: Contract, instants: Iterable[str]) -> str:
    words = contract.vocabulary
    return "".join(
        f"{_comment(words.instants[instant].says)}#define {name('instant', instant)} "
        f"{instant_expression(words.instants[instant], words)}\n"
        for instant in instants
    )


def _comment(says: str) -> str:
    lines = textwrap.wrap(says, 104, break_on_hyphens=False)
    return "/* " + "\n * ".join(lines) + " */\n"
