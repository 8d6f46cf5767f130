"""The rules: the permitted rows of one configuration, and the moves they offer when time is left aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cosmos_retry.config import Config
from cosmos_retry.contract import Contract, Row
from cosmos_retry.effects import apply
from cosmos_retry.features import measure_for
from cosmos_retry.memory import Memory, Seen
from cosmos_retry.moves import CLIENT_EVENTS
from cosmos_retry.table import SETTLED
from cosmos_retry.vocabulary import Effect
from cosmos_retry.worst.faults import Fault
from cosmos_retry.worst.rule import HEARD_FOR_ITSELF, PERMITTED, Rule, Test, as_heard

# What a refresh changes; where no attempt looks at that, a refresh makes no difference to what follows.
_REFRESHES = {
    "address_refresh": frozenset({"addresses"}),
    "account_refresh": frozenset({"account_view", "forward_target"}),
}
_Answer = tuple[Rule, tuple[Test, ...], Seen]


class Rules:
    """The permitted rows of a lifecycle in one configuration.

    Rows that are unspecified, unobservable or forbidden are not followed, nor is one that begins another
    request, such as the next page of a query.
    """

    def __init__(
        self, contract: Contract, lifecycle: str, config: Config, free: frozenset[str] = frozenset()
    ) -> None:
        """Settle what the configuration settles.

        The counts of the policies in `free` are not looked at: a guard on one of them always holds.
        """
        self.contract, self.lifecycle, self.config, self.free = contract, lifecycle, config, free
        words = contract.vocabulary
        self._measures = {n: measure_for(n, f, contract.profile) for n, f in words.features.items()}
        settled = {name: self._measures[name](config, Memory(), Seen("")) for name in SETTLED}
        self._answers: dict[tuple[str, tuple[Fault, ...]], list[_Answer]] = {}
        self.at: dict[tuple[str, str], list[Rule]] = {}
        for row in contract.lifecycles[lifecycle].rows:
            rule = self._rule(row, settled)
            for state in row.source if rule is not None else ():
                self.at.setdefault((state, row.on), []).append(rule)  # type: ignore[arg-type]

    def without(self, free: frozenset[str]) -> Rules:
        """Return the same rules with these policies free."""
        return Rules(self.contract, self.lifecycle, self.config, free)

    @property
    def all(self) -> Iterable[Rule]:
        """Every rule, once."""
        return {rule.row.id: rule for rules in self.at.values() for rule in rules}.values()

    def in_flight(self, state: str) -> bool:
        """Whether an attempt is on its way in a state."""
        return self.contract.vocabulary.states[state].group == "in flight"

    def terminal(self, state: str) -> bool:
        """Whether the application has heard in a state."""
        return self.contract.vocabulary.states[state].terminal

    def sends(self, row: Row) -> str | None:
        """Return how the row sends an attempt, if it does."""
        return next((e.how for e in self._effects(row) if e.verb == "send"), None)

    def after(self, row: Row, memory: Memory, seen: Seen) -> Memory:
        """Return the memory after an event that the row takes."""
        return apply(row.do, self.contract.vocabulary, self.contract.profile, self.config, memory, seen)

    def counts_allow(self, rule: Rule, policy: str, memory: Memory) -> bool:
        """Whether the guards on a policy's count hold; the others are not looked at."""
        features = self.contract.vocabulary.features
        tests = [test for test in rule.tests if features[test[0]].policy == policy]
        return all(measure(self.config, memory, Seen("attempt")) in allowed for _, measure, allowed in tests)

    def moves(self, state: str, memory: Memory, faults: tuple[Fault, ...]) -> Iterator[tuple[Rule, Seen]]:
        """Yield what may happen in a state, at whatever time: the environment's moves and the client's."""
        for rule, tests, seen in self._answers_in(state, faults):
            if all(measure(self.config, memory, seen) in allowed for _, measure, allowed in tests):
                yield rule, seen
        for event in CLIENT_EVENTS:
            if (state, event) in self.at:
                yield from self._client(state, memory, event)

    def _client(self, state: str, memory: Memory, event: str) -> Iterator[tuple[Rule, Seen]]:
        if event == "attempt":
            replicas = ("other", "same") if self.looks(state, event, {"replica"}) else ("other",)
            for region in self.config.regions:
                for replica in replicas:
                    yield from self._held(state, memory, Seen(event, region=region, replica_is=replica))
        elif event == "error":
            # Which of the permitted statuses the application hears makes no difference to time or number.
            told: dict[str, tuple[Rule, Seen]] = {}
            statuses = (memory.received or HEARD_FOR_ITSELF[0], *HEARD_FOR_ITSELF)
            for status in dict.fromkeys(statuses):
                for rule, seen in self._held(state, memory, Seen(event, status=status)):
                    told.setdefault(rule.row.id, (rule, seen))
            yield from told.values()
        elif event == "result":
            yield from self._held(state, memory, Seen(event, status=200))
        elif self.looks(state, "attempt", _REFRESHES[event]):
            named = [(region,) for region in self.config.regions] if event == "account_refresh" else [None]
            for told_of in named:
                yield from self._held(state, memory, Seen(event, write_regions=told_of))

    def _answers_in(self, state: str, faults: tuple[Fault, ...]) -> list[_Answer]:
        """What faults may do in a state, with the guards that look at the memory too.

        Faults that lead to the same state with the same effects under the same guards are one to a search:
        the first of them stands for all.
        """
        key = (state, faults)
        if key not in self._answers:
            features, found = self.contract.vocabulary.features, dict[object, _Answer]()
            for fault in faults:
                for rule in self.at.get((state, fault.seen.event), ()):
                    # What a feature of answers alone is depends on the answer and not on the run.
                    now = [test for test in rule.tests if features[test[0]].events]
                    if not all(
                        measure(self.config, Memory(), fault.seen) in allowed for _, measure, allowed in now
                    ):
                        continue
                    later = tuple(test for test in rule.tests if test not in now)
                    guards = tuple((feature, allowed) for feature, _, allowed in later)
                    seen = fault.seen
                    alike = (rule.row.to, rule.row.do, rule.bounds, guards, seen.event, as_heard(seen.status))
                    found.setdefault(alike, (rule, later, seen))
            self._answers[key] = list(found.values())
        return self._answers[key]

    def _held(self, state: str, memory: Memory, seen: Seen) -> Iterator[tuple[Rule, Seen]]:
        for rule in self.at.get((state, seen.event), ()):
            if rule.holds(self.config, memory, seen):
                yield rule, seen

    def looks(self, state: str, event: str, features: Iterable[str]) -> bool:
        """Whether any rule for this event in this state looks at one of these features."""
        return any(not rule.features.isdisjoint(features) for rule in self.at.get((state, event), ()))

    def _effects(self, row: Row) -> list[Effect]:
        return [self.contract.vocabulary.effects[name] for name in row.do]

    def _rule(self, row: Row, settled: dict[str, str]) -> Rule | None:
        if row.verdict != PERMITTED or self.sends(row) == "new request":
            return None
        guards = [self.contract.vocabulary.guards[name] for name in row.when]
        if any(guard.feature in settled and settled[guard.feature] not in guard.is_ for guard in guards):
            return None
        features = self.contract.vocabulary.features
        tests = tuple(
            (guard.feature, self._measures[guard.feature], guard.is_)
            for guard in guards
            if guard.feature not in settled and features[guard.feature].policy not in self.free
        )
        instants = self.contract.vocabulary.instants
        return Rule(
            row=row,
            tests=tests,
            features=frozenset(guard.feature for guard in guards),
            bounds=tuple((relation, instants[name]) for relation, name in row.bounds),
            counts=next((str(e.policy) for e in self._effects(row) if e.verb == "count"), None),
        )
