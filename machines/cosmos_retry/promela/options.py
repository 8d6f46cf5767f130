"""The options: one for each row that is followed, in the process that runs a lifecycle."""

from __future__ import annotations

import textwrap

from cosmos_retry.contract import Contract, Lifecycle, Row
from cosmos_retry.promela.bounds import bound_conditions
from cosmos_retry.promela.effects import effect_statements
from cosmos_retry.promela.names import UnknownWordError, known, name

FOLLOWED = ("permitted", "unobservable")
_GLUE = "\u00a0"  # a space at which no line is broken

# By event: when it may happen, what is open about it, what it leaves behind, what the promises make of it.
EVENTS: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "response": ("ENVIRONMENT_MAY", ("some_answer()",), "remember_answer()", "see_response()"),
    "failure": ("ENVIRONMENT_MAY", ("some_failure()",), "remember_answer()", "see_failure()"),
    "attempt": (
        "CLIENT_MAY",
        ("some_time()", "some_delay()", "some_region()", "some_replica()"),
        "remember_attempt()",
        "see_attempt()",
    ),
    "address_refresh": ("CLIENT_MAY", (), "end_of_row()", "see_address_refresh()"),
    "account_refresh": ("CLIENT_MAY", ("some_account()",), "remember_account()", "see_account_refresh()"),
    "query_plan": ("CLIENT_MAY && LIFECYCLE == lc_query", (), "end_of_row()", "see_metadata()"),
    "metadata_abandoned": ("CLIENT_MAY && LIFECYCLE != lc_metadata", (), "end_of_row()", "see_metadata()"),
    "result": ("CLIENT_MAY", ("some_result()",), "end_of_row()", "see_result()"),
    "error": ("CLIENT_MAY", ("some_time()", "some_error()"), "end_of_row()", "see_error()"),
}


def followed(lifecycle: Lifecycle) -> list[Row]:
    """Return the rows whose moves a run makes: those that neither forbid it nor leave it open."""
    return [row for row in lifecycle.rows if row.verdict in FOLLOWED]


def process(contract: Contract, lifecycle: Lifecycle) -> str:
    """Return the process: for each event what may happen, then an option for each row that takes it.

    Raises `UnknownWordError` for a row with a word that is not known.
    """
    rows = followed(lifecycle)
    for row in rows:
        known("event", row.on, EVENTS, row.id)
    numbers = {row.id: number for number, row in enumerate(lifecycle.rows)}
    parts = [_counting(lifecycle), _answers(contract)]
    parts.append("active proctype request() {\nagain:\nend:\n  do")
    for event, (may, choices, remember, see) in EVENTS.items():
        mine = [row for row in rows if row.on == event and row.source]
        if not mine:
            continue
        parts.append(f"\n  /* {event} */\n  :: atomic {{\n     {may} ->")
        parts += [f"     {choice};" for choice in choices]
        parts.append("     if")
        parts += [_option(contract, row, numbers[row.id]) for row in mine]
        parts.append("     :: else -> d_step { nothing_happens() } goto again  /* no row takes it */")
        parts.append("     fi;")
        parts.append(
            f"     d_step {{ {remember}; count_no_stray(); {see}; settle_all(); nothing_happens() }}\n     }}"
        )
    parts.append("  od\n}\n")
    return "\n".join(parts)


def _option(contract: Contract, row: Row, number: int) -> str:
    words = contract.vocabulary
    states = [name("state", known("state", state, words.states, row.id)) for state in row.source]
    places = " || ".join(f"state == {state}" for state in states)
    conditions = [f"({places})" if len(states) > 1 else places]
    conditions += [name("guard", known("guard", guard, words.guards, row.id)) for guard in row.when]
    conditions += bound_conditions(row, words)
    statements = [f"ROW({number})", *effect_statements(row, words)]
    pieces = [f"{one} &&" for one in conditions[:-1]] + [f"{conditions[-1]} ->"]
    pieces += [f"{one};" for one in statements[:-1]] + [f"{statements[-1]} }}"]
    # Spin may end a statement where a line ends: lines are broken behind && and ; only.
    text = textwrap.fill(
        " ".join(piece.replace(" ", _GLUE) for piece in (":: d_step {", *pieces)),
        110,
        initial_indent="     ",
        subsequent_indent="          ",
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_GLUE, " ")
    return f"     /* {row.id} */\n{text}"


def _answers(contract: Contract) -> str:
    """What the service may answer: one choice for every answer that the contract tells apart."""
    choices = []
    for value in contract.vocabulary.features["answer"].values:
        number, _, substatus = {"success": "200", "unlisted": "418"}.get(value, value).partition("/")
        if not number.isdigit():
            raise UnknownWordError(f"answer {value!r}: no status is known for it")
        told = f"answer = {name('answer', value)}; status = {number}"
        told += f"; substatus = {substatus}" if substatus else ""
        choices += [f"  :: {told}; hint = true", f"  :: {told}"] if number == "429" else [f"  :: {told}"]
    return "inline some_answer() {\n  if\n" + "\n".join(choices) + "\n  fi\n}\n"


def _counting(lifecycle: Lifecycle) -> str:
    """How often each row is taken: printed by pan itself at its end, and no part of a state."""
    return (
        "#ifdef COUNT_ROWS\n"
        "c_decl {\n"
        f"  static unsigned long row_taken[{len(lifecycle.rows)}];\n"
        "  static void __attribute__((destructor)) print_rows(void) {\n"
        f'    for (int n = 0; n < {len(lifecycle.rows)}; n++) printf("row %d: %lu\\n", n, row_taken[n]);\n'
        "  }\n"
        "}\n"
        "#define ROW(n) c_code { row_taken[n]++; }\n"
        "#else\n"
        "#define ROW(n) skip\n"
        "#endif\n"
    )
