"""The words: states, policies, answers and the like as numbers, and what the vocabulary says of them."""

from __future__ import annotations

from collections.abc import Iterable

from cosmos_retry.contract import LIFECYCLES, Contract
from cosmos_retry.promela.names import name
from cosmos_retry.promela.numbers import most_retries

_KINDS = {"write": "k_write", "metadata": "k_metadata"}  # the others read
_MADE = """\
#define AT_LEAST_1(n) ((n) > 1 -> (n) : 1)
#define MOST_MADE(p) ((p) == p_throttle -> AT_LEAST_1(PROMISED_THROTTLE_RETRIES) : \\
  ((p) == p_unavailable -> AT_LEAST_1(PROMISED_UNAVAILABLE_RETRIES) : 1))
"""


def word_numbers(contract: Contract, lifecycle: str) -> str:
    """Return the part of the text that numbers the words and says which of them belong together."""
    words = contract.vocabulary
    terminal = [f"(s) == {name('state', state)}" for state, one in words.states.items() if one.terminal]
    of_region = [policy for policy, one in words.policies.items() if one.scope == "region"]
    blocks = [
        _numbered("lifecycle", LIFECYCLES),
        f"#define LIFECYCLE {name('lifecycle', lifecycle)}\n",
        "#define k_read 0\n#define k_write 1\n#define k_metadata 2\n",
        f"#define KIND {_KINDS.get(lifecycle, 'k_read')}\n",
        *(_numbered(kind, words.features[kind].values) for kind in ("mode", "level", "operation")),
        _numbered("answer", words.features["answer"].values),
        _numbered("state", words.states),
        f"#define TERMINAL(s) ({' || '.join(terminal)})\n",
        f"#define POLICIES {len(words.policies)}\n",
        _numbered("policy", words.policies),
        "/* From here on retries are no longer told apart: by the rows, and by the promises. */\n",
        f"#define MOST_RETRIES(p) {_most(most_retries(contract))}\n",
        _MADE,
        "/* A change of region clears the policies of a region, a new request clears all. */\n",
        _each("new_region", "clear", of_region),
        _each("new_request", "clear", words.policies),
        _each("settle_all", "settle", words.policies),
    ]
    return "".join(blocks)


def _numbered(kind: str, words: Iterable[str]) -> str:
    return "".join(f"#define {name(kind, word)} {n}\n" for n, word in enumerate(words))


def _most(limits: dict[str, str]) -> str:
    expression = "1"
    for policy, limit in reversed(limits.items()):
        if limit != "1":
            expression = f"((p) == {name('policy', policy)} -> {limit} : {expression})"
    return expression


def _each(inline: str, does: str, policies: Iterable[str]) -> str:
    calls = "; ".join(f"{does}({name('policy', policy)})" for policy in policies)
    return f"inline {inline}() {{ {calls} }}\n"
