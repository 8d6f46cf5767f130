"""The properties: the LTL formulas at the end of the text, and where each of them holds or is broken."""

from __future__ import annotations

import attrs

from cosmos_retry.contract import Contract
from cosmos_retry.promela import numbers
from cosmos_retry.promela.cases import Case
from cosmos_retry.promela.mutants import MUTANTS
from cosmos_retry.promela.text import promela_text
from cosmos_retry.promela.toolchain import check_properties

NAMES = ("never_resent", "heard_once", "nothing_after_the_end", "success_is_earned")


@attrs.frozen
class Judged:
    """A contract, as it is or broken on purpose, and the properties that it is known to break."""

    case: Case
    mutant: str | None = None
    breaks: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """What is judged, in a few words."""
        return self.case.title if self.mutant is None else f"{self.mutant} ({self.case.title})"


PROPERTIES = (
    Judged(Case("write", regions=2, writes=(0, 1), multiple=True, throttling=0)),
    Judged(Case("query", regions=2, throttling=0)),
    Judged(Case("write", throttling=0), "resent after a timeout", frozenset({"never_resent"})),
    Judged(Case("write", throttling=0), "an invented success", frozenset({"success_is_earned"})),
)


def properties_of(judged: Judged, contract: Contract) -> tuple[dict[str, bool], dict[str, bool]]:
    """Return which properties hold, and which are expected to.  Raises `SpinError` where Spin or gcc fail."""
    setting = judged.case.setting
    promised = numbers.promised_numbers(contract, setting)
    broken = {one.says: one.change for one in MUTANTS}
    changed = contract if judged.mutant is None else broken[judged.mutant](contract)
    held = check_properties(promela_text(changed, setting, promised), {}, NAMES)
    return held, {name: name not in judged.breaks for name in NAMES}
