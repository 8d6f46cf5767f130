"""Remedies: for each change of the contract that no vector shows, a run that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.explore.model import Model
from cosmos_retry.explore.space import Case, promised_lengths
from cosmos_retry.explore.watch import Setting
from cosmos_retry.mutation.alike import Alike
from cosmos_retry.mutation.difference import Difference
from cosmos_retry.mutation.grounds import Ground
from cosmos_retry.vectors.finding import Run, run_of
from cosmos_retry.vectors.graph import Graph, Hop
from cosmos_retry.vectors.tours import ANSWERS

_IDLE = "account_refresh"


class Remedies:
    """Runs on which a difference shows, made of the story that the difference tells."""

    def __init__(self, contract: Contract) -> None:
        """Take the sound contract."""
        self._contract = contract
        self._graphs: dict[Setting, Graph] = {}

    def runs(self, found: Difference) -> list[Run]:
        """Return runs that come past the place where a mutant differs: to its end, or just so far."""
        if found.setting is None:
            return []
        lifecycle, graph = found.setting.lifecycle, self._graph(found.setting)
        stories = [story for story in self._stories(graph, found.hops) if story]
        made = (run_of(self._contract, lifecycle, found.setting, story) for story in stories)
        return [run for run in made if run is not None]

    def _stories(self, graph: Graph, hops: Sequence[Hop]) -> list[list[Hop]]:
        """The story up to its last step, that step where it is taken, and a way out, or none."""
        *way, (label, row) = hops
        code = _follow(graph, way)
        if code is None:
            return []
        shown = [(label, row)] if row else []
        if not row and label.event not in ANSWERS:
            # What is refused shows at a turn of the client; a refresh makes one.
            shown = [
                (one.label, one.row) for one in graph.steps(code) if one.label.event == _IDLE and one.leads
            ]
        there = _follow(graph, [*way, *shown])
        out = [] if there is None else graph.way_out(there)
        return [[*way, *shown, *out], [*way, *shown], [*way, *graph.way_out(code)]]

    def _graph(self, setting: Setting) -> Graph:
        if setting not in self._graphs:
            lengths = promised_lengths(self._contract.profile, setting)
            model = Model(self._contract, setting, lengths, whole=True)
            alike = Alike(self._contract, setting.lifecycle)
            self._graphs[setting] = Graph(Ground(self._contract, model, Case(setting, 1), alike))
        return self._graphs[setting]


def _follow(graph: Graph, hops: Sequence[Hop]) -> int | None:
    """The state that steps lead to from the start, or None where the model does not know them."""
    code = 0
    for label, row in hops:
        step = next((one for one in graph.every_step(code) if (one.label, one.row) == (label, row)), None)
        if step is None or not step.leads:
            return None
        code = graph.after(code, step)
    return code
