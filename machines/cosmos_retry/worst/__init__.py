"""The exact worst cases: how long a request may take, and how many attempts it may make, here and in all.

>>> [(case.fault, case.requests.bound) for case in worst_cases(load_contract(), config, "write")]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract
from cosmos_retry.worst.budgets import budgets
from cosmos_retry.worst.faults import ANY_MIX, Fault, faults_of
from cosmos_retry.worst.results import Longest, Most, Reached, WorstCase
from cosmos_retry.worst.rules import Rules
from cosmos_retry.worst.search import Search

__all__ = [
    "ANY_MIX",
    "Fault",
    "Longest",
    "Most",
    "Reached",
    "WorstCase",
    "faults_of",
    "worst_cases",
    "worst_of",
]


def worst_cases(contract: Contract, config: Config, lifecycle: str) -> tuple[WorstCase, ...]:
    """Return the worst that each fault can do to one request, met at every attempt; last, any mix of faults.

    A request is one page of a query, one write, one point read or one metadata call; `lifecycle` names
    which.  Only permitted rows are followed.  The environment is as bad as can be: an attempt lasts from
    nothing to T, both included, whatever comes of it.  In Direct mode T is the configured request timeout, or
    else the longest that may be set; in Gateway mode it is the client's own.  The client is as slow or as
    busy as the rows permit; where a row sets no latest moment, it moves at the first one.  Runs that end with
    a success are left out: an answer that nobody retries ends them as late.
    """
    if lifecycle == "metadata":
        # Metadata calls go through the gateway in both modes, in the order of reads.
        config = attrs.evolve(config, operation="point_read", mode="gateway")
    rules, timeout = Rules(contract, lifecycle, config), _timeout_us(contract, config)
    searches = _alone(rules, faults_of(contract, lifecycle))
    found = [search.result(fault.name, timeout) for fault, search in searches.items()]
    return (*found, _mixed(rules, searches).result(ANY_MIX, timeout))


def worst_of(
    contract: Contract,
    lifecycle: str,
    config: Config,
    name: str,
    faults: Sequence[Fault],
    timeout_us: int | None,
) -> WorstCase:
    """Return the worst that some faults can do, each attempt meeting any of them, as `worst_cases` does.

    `name` is what the result is called; an attempt lasts `timeout_us` microseconds at most, or T if None.
    """
    rules = Rules(contract, lifecycle, config)
    searches = _alone(rules, faults)
    search = next(iter(searches.values())) if len(searches) == 1 else _mixed(rules, searches)
    return search.result(name, timeout_us)


def _alone(rules: Rules, faults: Iterable[Fault]) -> dict[Fault, Search]:
    """The search for each fault that a row takes, met at every attempt."""
    return {fault: search for fault in faults if (search := Search(rules, [fault])).taken}


def _mixed(rules: Rules, searches: dict[Fault, Search]) -> Search:
    spare = budgets(rules, {fault: search.paths for fault, search in searches.items()})
    return Search(rules, list(searches), spare)


def _timeout_us(contract: Contract, config: Config) -> int | None:
    """How long an attempt may last, in microseconds; None where the documents do not say."""
    if config.mode != "direct":
        return None
    if config.request_timeout_us is not None:
        return config.request_timeout_us
    return int(contract.profile.number("request_timeout_most", config))
