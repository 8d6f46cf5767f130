"""The rules: the rows of a lifecycle in one configuration, as far as they can be told without the tallies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from cosmos_retry.config import Config
from cosmos_retry.contract import VERDICTS, Contract, Row
from cosmos_retry.effects import apply
from cosmos_retry.explore.labels import Label
from cosmos_retry.explore.tallies import Doing, Tally, against_backoff, against_window, in_time
from cosmos_retry.features import Measure, measure_for
from cosmos_retry.instants import NEVER
from cosmos_retry.memory import Memory, Seen, Window

FOLLOWED = frozenset({"permitted", "unobservable"})
# Features that look at regions.
OF_GROUND = frozenset(
    {
        "regions_left",
        "write_region_tried",
        "failovers",
        "region",
        "place_in_order",
        "target",
        "forward_target",
    }
)
# Effects that write into windows and nothing else.
WINDOWED = frozenset({"open", "count"})
# Features that a configuration settles, and those that a label alone decides.
SETTLED = frozenset({"mode", "level", "account_writes", "multi_write"})
OF_A_LABEL = frozenset({"answer", "hint", "cause", "sent", "outcome", "replica"})
BLANK = Memory()
_MARK = Window(opened=-1, length=-1, retries=0)


@attrs.frozen(cache_hash=True)
class Control:
    """Where a run of the contract stands: its state, and its memory but for what belongs to policies.

    No time, and of the replicas and counters only what a guard can tell apart.  `ground` is what is
    remembered of regions, `faults` the rest; the two say all there is.
    """

    state: str
    memory: Memory = attrs.field(eq=False)
    faults: tuple[object, ...] = attrs.field(init=False)
    ground: tuple[object, ...] = attrs.field(init=False)

    @faults.default
    def _faults(self) -> tuple[object, ...]:
        memory = self.memory
        stale = memory.addresses_stale, memory.account_stale
        return self.state, memory.replica, memory.received, memory.asked, memory.paired, *stale

    @ground.default
    def _ground(self) -> tuple[object, ...]:
        memory = self.memory
        return memory.region, memory.visited, memory.failovers, memory.told


@attrs.frozen
class Variant:
    """What configurations of one model may differ in: no state depends on it, only what a state permits.

    `limits` are the contract's, by feature; `retries` are the promised limits, by policy.
    """

    operation: str
    limits: Mapping[str, int]
    retries: Mapping[str, int]


@attrs.frozen(cache_hash=True)
class Test:
    """What a row asks of one policy: that a count has one of some values, or that a time bound holds.

    What it asks of the operation stands here too, under a policy of that name.  Hashable, so that equal tests
    are tabulated once.
    """

    policy: str
    values: frozenset[str] | None = None
    feature: str = ""
    relation: str = ""
    kind: str = ""
    label: Label | None = None
    active: bool = False
    asked: bool = False

    def holds(self, tally: Tally, variant: Variant) -> bool:
        """Return whether the tally passes the test, or may: what cannot be told does not stop a run."""
        if self.values is not None:
            return self._value(tally, variant) in self.values
        label = self.label or Label("")
        if self.kind == "backoff_end":
            return in_time(self.relation, against_backoff(label, tally))
        return in_time(self.relation, against_window(self.kind, label, tally, self.active, self.asked))

    def _value(self, tally: Tally, variant: Variant) -> str:
        if self.policy == OPERATION:
            return variant.operation
        limit = variant.limits.get(self.feature)
        if limit is not None and tally.retries >= limit:
            return "spent"
        return "some" if tally.retries else "none"


@attrs.frozen
class Taken:
    """A row that takes a label in a place, if the tests of counts hold, and its time bounds do.

    `control` is the place that it leads to, None where it forbids; `doings` is what it does to policies.
    """

    row: Row
    tests: tuple[Test, ...]
    control: Control | None
    doings: Mapping[str, Doing]


OPERATION = "operation"
NOTHING: Mapping[str, Doing] = {}
_Candidate = tuple[Row, tuple[Test, ...], tuple[tuple[str, frozenset[str]], ...]]


class Rules:
    """The rows of a lifecycle in one configuration."""

    def __init__(
        self,
        contract: Contract,
        lifecycle: str,
        config: Config,
        true_lengths: Mapping[str, int],
        whole: bool = False,
    ) -> None:
        """Prepare the rows.  `true_lengths` are the promised windows, in microseconds, by policy.

        Only as a `whole` the rules know what is forbidden, and where unspecified rows lead.
        """
        self.contract, self.config = contract, config
        self.lifecycle = contract.lifecycles[lifecycle]
        self._lengths = true_lengths
        words, profile = contract.vocabulary, contract.profile
        self.policies = tuple(words.policies)
        self._measures: dict[str, Measure] = {
            name: measure_for(name, feature, profile)
            for name, feature in words.features.items()
            if feature.policy is None
        }
        self.whole = whole
        self._followed = frozenset(VERDICTS) - {"forbidden"} if whole else FOLLOWED
        self._known: dict[tuple[str, Label], list[_Candidate]] = {}
        self._effects: dict[str, tuple[str, ...]] = {}
        self._doings: dict[tuple[str, bool], dict[str, Doing]] = {}
        self._bounds: dict[tuple[object, ...], tuple[Test, ...] | None] = {}
        self._all_cleared = {policy: Doing(clear=True) for policy in self.policies}
        self._full = dict.fromkeys(self.policies, _MARK)

    @property
    def start(self) -> Control:
        """The place where every run begins."""
        return Control("start", Memory())

    def variant(self, config: Config, retries: Mapping[str, int]) -> Variant:
        """Return what is the configuration's own in a model that others share."""
        profile, features = self.contract.profile, self.contract.vocabulary.features
        limits = {
            name: int(profile.number(f.limit, config)) for name, f in features.items() if f.limit is not None
        }
        return Variant(config.operation, limits, retries)

    def terminal(self, state: str) -> bool:
        """Whether the application has heard in this state."""
        return self.contract.vocabulary.states[state].terminal

    def takes(self, control: Control, label: Label) -> list[Taken]:
        """Return the rows whose guards let them take, or forbid, a label in a place, whatever the time."""
        known: dict[str, str] = {}
        seen: Seen | None = None
        found = []
        for row, counts, guards in self._candidates(control.state, label):
            seen = seen or label.seen(self.config)
            for feature, allowed in guards:
                if feature not in known:
                    known[feature] = self._measures[feature](self.config, control.memory, seen)
                if known[feature] not in allowed:
                    break
            else:
                found.append(Taken(row, counts, *self._after(row, control, seen)))
        return found

    def speaks(self, state: str, event: str) -> bool:
        """Whether any row can lead on from a state with an event; as a whole, whether any speaks of it."""
        rows = self.lifecycle.at.get((state, event), ())
        return any(self.whole or row.verdict in self._followed for row in rows)

    def looks_at_ground(self, state: str, label: Label) -> bool:
        """Whether any row that may take a label in a state looks at regions."""
        return any(OF_GROUND & {name for name, _ in left} for _, _, left in self._candidates(state, label))

    def _candidates(self, state: str, label: Label) -> list[_Candidate]:
        """The rows that label and configuration alone do not rule out, with the guards that are left."""
        key = (state, label)
        if key not in self._known:
            self._known[key] = list(self._not_ruled_out(state, label))
        return self._known[key]

    def _not_ruled_out(self, state: str, label: Label) -> Iterator[_Candidate]:
        words, seen = self.contract.vocabulary, label.seen(self.config)
        for row in self.lifecycle.at.get((state, label.event), ()):
            counts, left, possible = [], [], self.whole or not row.forbids
            for guard in (words.guards[name] for name in row.when):
                feature = words.features[guard.feature]
                if feature.policy is not None:
                    counts.append(Test(feature.policy, values=guard.is_, feature=guard.feature))
                elif guard.feature == OPERATION:
                    counts.append(Test(OPERATION, values=guard.is_))
                elif guard.feature in SETTLED or guard.feature in OF_A_LABEL:
                    value = self._measures[guard.feature](self.config, BLANK, seen)
                    possible = possible and value in guard.is_
                else:
                    left.append((guard.feature, guard.is_))
            if possible:
                yield row, tuple(counts), tuple(left)

    def in_time(self, row: Row, label: Label, active: str | None, asked: bool) -> tuple[Test, ...] | None:
        """Return what the bounds of a row ask of the policies, or None where one cannot hold.

        `active` names the fault at hand, `asked` says that the service asked for a wait.
        """
        key = (row.bounds, label.places, active, asked)
        if key not in self._bounds:
            found = [self._bound(side, name, label, active, asked) for side, name in row.bounds]
            tests = tuple(one for one in found if isinstance(one, Test))
            self._bounds[key] = tests if all(found) else None
        return self._bounds[key]

    def _bound(self, relation: str, name: str, label: Label, active: str | None, asked: bool) -> Test | bool:
        instant = self.contract.vocabulary.instants[name]
        if instant.kind == "asked_wait_end":
            if not asked:
                return True
            sign = None if label.wait is None else (label.wait > 1) - (label.wait < 1)
            return in_time(relation, sign)
        if instant.kind == "after_answer":
            number = self.contract.profile.number
            moment = sum(int(number(one, self.config)) for one in instant.parameters)
            return in_time(relation, self._against_first(label, moment))
        policy = str(instant.policy)
        place = Label("", clock=label.clock, pace=label.pace)
        return Test(
            policy, relation=relation, kind=instant.kind, label=place, active=policy == active, asked=asked
        )

    def _against_first(self, label: Label, moment: int) -> int | None:
        """Where a label lies against a moment after a 449, both on the scale of the promised first retry."""
        if label.first is None:
            return None
        first, last = self._promised_first
        place = -1 if moment < first else 5 if moment > last else {first: 1, last: 3}.get(moment, 2)
        if label.first == place:
            return 0 if place in (1, 3) else None
        if (label.first, place) in ((0, -1), (4, 5)):
            return None
        return (label.first > place) - (label.first < place)

    @property
    def _promised_first(self) -> tuple[int, int]:
        first = self._lengths["retry_with_first"]
        return first, first + self._lengths["retry_with_first_slack"]

    def _after(self, row: Row, control: Control, seen: Seen) -> tuple[Control | None, Mapping[str, Doing]]:
        """Return where a row leads, None where it is not followed, and what it does to the policies."""
        if row.verdict not in self._followed:
            return None, NOTHING
        state = control.state if row.to == "=" else str(row.to)
        if self.terminal(state):
            return Control(state, BLANK), self._all_cleared
        memory = self._apply(self._lasting(row), control.memory, seen)
        stays = seen.region == control.memory.region
        if (row.id, stays) not in self._doings:
            bare = self._apply(row.do, control.memory, seen).windows
            full = self._apply(row.do, control.memory.but(windows=self._full), seen).windows
            self._doings[row.id, stays] = {
                policy: doing
                for policy in self.policies
                if (doing := self._doing(policy, bare.get(policy), full.get(policy)))
            }
        return Control(state, plain(memory, seen)), self._doings[row.id, stays]

    def _apply(self, effects: Iterable[str], memory: Memory, seen: Seen) -> Memory:
        return apply(effects, self.contract.vocabulary, self.contract.profile, self.config, memory, seen)

    def _lasting(self, row: Row) -> tuple[str, ...]:
        """The effects of a row that leave more behind than windows, which `plain` takes away."""
        if row.id not in self._effects:
            effects = self.contract.vocabulary.effects
            self._effects[row.id] = tuple(name for name in row.do if effects[name].verb not in WINDOWED)
        return self._effects[row.id]

    def _doing(self, policy: str, new: Window | None, kept: Window | None) -> Doing | None:
        """What a row does to a policy: seen by what becomes of no window, and of a marked one."""
        doing = Doing(
            clear=kept is None or kept.opened != _MARK.opened,
            opens=None if new is None or new.length is None else self._against_true(policy, new.length),
            count=new is not None and new.retries > 0,
        )
        return None if doing == Doing() else doing

    def _against_true(self, policy: str, length: int) -> int:
        true = self._lengths.get(policy, NEVER)
        return (length > true) - (length < true)


def plain(memory: Memory, seen: Seen) -> Memory:
    """A memory without what no guard can tell apart: times, counters, the order of visits.

    Nor does an attempt leave anything of what was learnt before it: the answer to come brings its own.
    """
    asked = seen.event == "attempt"
    return Memory(
        region=memory.region,
        replica=memory.replica,
        visited=tuple(sorted(memory.visited)),
        failovers=min(memory.failovers, 1),
        received=None if asked else memory.received,
        asked=None if asked else memory.asked,
        paired=memory.paired,
        addresses_stale=memory.addresses_stale,
        account_stale=memory.account_stale,
        told=None if asked else memory.told,
    )
