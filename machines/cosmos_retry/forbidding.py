"""Forbidding: which promises have anything to forbid in a lifecycle, whatever the rows say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cosmos_retry.contract import Contract
from cosmos_retry.explore.labels import Label, answers
from cosmos_retry.explore.observing import breaks, observe
from cosmos_retry.explore.space import Space
from cosmos_retry.explore.watch import Setting, Watch
from cosmos_retry.explore.world import happenings
from cosmos_retry.invariants.faults import WEAK_LEVELS
from cosmos_retry.invariants.promises import Invariant
from cosmos_retry.parameters import Profile

_ENOUGH = 2  # regions: a third one gives no promise more to look at


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
    wanted = {one.id for one in promises}
    words = answers(contract.vocabulary)
    found: set[str] = set()
    for lifecycle in lifecycles:
        for setting in _kinds(Space(contract, promised), lifecycle, min(most_regions, _ENOUGH)):
            if wanted <= found:
                break
            found |= _breakable(setting, words)
    return frozenset(found)


def _kinds(space: Space, lifecycle: str, regions: int) -> Iterator[Setting]:
    """One configuration of each kind that promises tell apart, all with so many regions."""
    known = set()
    for group in space.groups(lifecycle):
        setting = group[0].setting
        config = setting.config
        multi = config.multi_write_account, config.multi_write_enabled
        weak = config.consistency in WEAK_LEVELS
        kind = (setting.direct, setting.strong, weak, *multi, setting.order, setting.write_region)
        if len(config.regions) == regions and kind not in known:
            known.add(kind)
            yield setting


def _breakable(setting: Setting, words: tuple[Label, ...]) -> set[str]:
    """The promises that a run can break which has kept all of them so far."""
    found: set[str] = set()
    seen, ahead = {Watch()}, [Watch()]
    while ahead:
        watch = ahead.pop()
        for label, _ in happenings(setting, watch, words):
            if broken := breaks(setting, watch, label):
                found.update(name for name, *_ in broken)
                continue
            after, _ = observe(setting, watch, label.untimed)
            if after not in seen:
                seen.add(after)
                ahead.append(after)
    return found
