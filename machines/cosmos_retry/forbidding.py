"""Forbidding: which promises have anything to forbid in a lifecycle, whatever the rows say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.explore.labels import Label, answers
from cosmos_retry.explore.observing import breaks, observe
from cosmos_retry.explore.space import setting
from cosmos_retry.explore.watch import Setting, Watch
from cosmos_retry.explore.world import happenings
from cosmos_retry.invariants.promises import Invariant
from cosmos_retry.parameters import Profile
from cosmos_retry.worst.settings import LEVELS, MODES, setting_of

_ENOUGH = 2  # regions: a third one gives no promise more to look at
_REPLICAS = 2  # the same one, and another one


def looked_at(
    contract: Contract,
    promised: Profile,
    promises: Sequence[Invariant],
    lifecycles: Sequence[str],
    most_regions: int,
) -> frozenset[str]:
    """Return the ids of the promises that some move in these lifecycles would break.

    The moves are those of a client that may try anything while it keeps all promises, in accounts of up to
    `most_regions` regions, inclusive.  A promise that no move would break holds for want of a chance, and
    an exploration of these lifecycles says nothing of it.
    """
    wanted = {promise.id for promise in promises}
    words = answers(contract.vocabulary)
    found: set[str] = set()
    for lifecycle in lifecycles:
        for one in _kinds(promised, lifecycle, min(most_regions, _ENOUGH)):
            if wanted <= found:
                break
            found |= _breakable(one, words)
    return frozenset(found)


def _kinds(promised: Profile, lifecycle: str, regions: int) -> Iterator[Setting]:
    """Configurations with so many regions: each mode with each level, and with each kind of account."""
    operation = {"write": "create", "metadata": "point_read"}.get(lifecycle, lifecycle)
    for mode in ("gateway",) if lifecycle == "metadata" else MODES:
        configs = [setting_of(operation, mode, level, regions) for level in LEVELS]
        configs += [
            setting_of(operation, mode, regions=regions, backwards=True),
            setting_of(operation, mode, regions=regions, write_regions=regions),
            setting_of(operation, mode, regions=regions, write_regions=regions, multiple=True),
        ]
        for config in configs:
            yield setting(promised, lifecycle, config, _REPLICAS)


def _breakable(where: Setting, words: tuple[Label, ...]) -> set[str]:
    """The promises that a run can break which has kept all of them so far."""
    found: set[str] = set()
    following: dict[tuple[object, ...], dict[Label, list[Label]]] = {}
    seen, ahead = {Watch()}, [Watch()]
    while ahead:
        watch = ahead.pop()
        # What can come next depends on so much of a watch and no more.
        shape = (watch.open > 0, watch.heard, watch.strayed, watch.last, watch.status, watch.hint)
        if shape not in following:
            following[shape] = _by_kind(label for label, _ in happenings(where, watch, words))
        for untimed, labels in following[shape].items():
            broken = [breaks(where, watch, label) for label in labels]
            found.update(name for some in broken for name, *_ in some)
            after, _ = observe(where, watch, untimed)
            if not all(broken) and after not in seen:
                seen.add(after)
                ahead.append(after)
    return found


def _by_kind(labels: Iterable[Label]) -> dict[Label, list[Label]]:
    """The labels by what they are without their time: a watch goes on alike after those of one kind."""
    found: dict[Label, list[Label]] = {}
    for label in labels:
        found.setdefault(label.untimed, []).append(label)
    return found
