"""The retry logic of a client of Azure Cosmos DB: what to do when a request fails.

Written from the documents, as the author of a client would write it; it knows nothing of who tests it.
`wire` sends, reads the account and tells the time, in whole microseconds, so that 0.1 + 0.2 is 0.3.
"""

from dataclasses import dataclass
from types import SimpleNamespace

MS, S = 1_000, 1_000_000
STRONG = ("Strong", "BoundedStaleness")
FEW_TIMES = 2  # retries of a write after a 404/1002, in one region
PER_REGION = ("gone", "timeout", "unavailable", "session", "missing")  # the rest is counted for the request


class Surfaced(Exception):
    """An error for the application: an HTTP status and its substatus."""


@dataclass(frozen=True)
class Answer:
    """How an attempt ended: with a status, or with a cause and whether the request had been sent."""

    status: int = 0
    substatus: int = 0
    retry_after: int | None = None
    cause: str = ""
    sent: bool = False

    @property
    def success(self):
        return 200 <= self.status < 300 or self.status == 304


@dataclass(frozen=True)
class Config:
    """An operation and its settings; `level` is the effective one, the weaker of request and account."""

    operation: str
    direct: bool
    level: str
    regions: list
    write_regions: list
    preferred: list
    use_multiple_write_locations: bool
    throttle_retries: int
    throttle_window: int
    needs: list
    pages: int

    @property
    def is_write(self):
        return self.operation not in ("point_read", "query")

    @property
    def asks_two_replicas(self):
        return self.operation == "point_read" and self.level in STRONG

    @property
    def multi_write(self):
        return len(self.write_regions) > 1 and self.use_multiple_write_locations

    @property
    def read_order(self):
        return self.preferred or self.regions

    @property
    def write_order(self):
        if not self.multi_write:
            return self.write_regions[:1]
        return [region for region in self.preferred if region in self.write_regions] or self.write_regions


class Request:
    """A write, a read, a page of a query, or a metadata call, with counters and windows of its own."""

    def __init__(self, config, wire, step=None, region=None):
        self.config, self.wire, self.step = config, wire, step
        self.metadata = step not in (None, "page")
        self.direct = config.direct and not self.metadata  # metadata calls go through the gateway
        self.reads = not config.is_write or self.metadata
        self.order = config.read_order if self.reads else config.write_order
        self.visited, self.policies, self.failovers = [], {}, 0
        self.enter(region or self.order[0])

    def run(self):
        """Return the status of the success, or raise `Surfaced`."""
        while not (answer := self.attempt()).success:
            self.recover(answer)
        return answer.status

    def attempt(self):
        """Send the request once, or at once to two replicas; return the answer that decides."""
        self.began = self.wire.now
        self.wire.send(self.region, self.replica if self.direct else None, self.step)
        if self.direct and self.config.asks_two_replicas and not self.policy("missing").retries:
            self.other_replica()
            self.wire.send(self.region, self.replica, self.step)
        for answer in self.wire.answers():
            self.answered = self.wire.now
            self.policy("missing").retries += answer.status == 404
            if answer.success:
                break
        return answer

    def enter(self, region):
        self.region, self.replica = region, 0
        self.visited.append(region)
        for name in PER_REGION:
            self.policies.pop(name, None)

    def policy(self, name):
        """What is counted for one kind of fault: when its window began, its retries, the last delay."""
        new = SimpleNamespace(opened=self.began, retries=0, delay=None)
        return self.policies.setdefault(name, new)

    def next_region(self):
        return next((region for region in self.order if region not in self.visited), None)

    def recover(self, answer):
        """Do whatever comes before the next attempt, or give up."""
        status, writes = answer.status, not self.reads
        if status == 429:
            self.throttled(answer)
        elif status == 503 and not self.direct:
            self.unavailable(answer)
        elif self.metadata:
            self.surface(answer)
        elif answer.cause:
            self.failed(answer)
        elif status == 410:
            self.gone(answer)
        elif status == 404:
            self.not_found(answer)
        elif status == 408 and self.reads:
            self.timed_out(answer)
        elif status == 449 and writes:
            self.retry_with(answer)
        elif status == 403 and answer.substatus == 3 and writes:
            self.redirected(answer)
        else:
            self.surface(answer)

    def surface(self, answer, status=None):
        status = status or {"timeout": 408, "connectivity": 503}.get(answer.cause)
        raise Surfaced(status, 0) if status else Surfaced(answer.status, answer.substatus)

    def retry_at(self, name, window, first):
        """When the next retry starts, each delay twice the one before; None where no time is left."""
        policy = self.policy(name)
        end = policy.opened + window
        first_at = min(self.answered + first, end)  # if there is time at all, there is a retry
        at = first_at if policy.delay is None else self.answered + max(2 * policy.delay, first)
        at = max(at, self.wire.now)
        return at if at <= end else None

    def wait(self, name, at):
        policy = self.policy(name)
        policy.delay, policy.retries = at - self.answered, policy.retries + 1
        self.wire.sleep_until(at)
        self.other_replica()

    def other_replica(self):
        self.replica = (self.replica + 1) % 4 if self.reads else 0  # a write goes to the primary

    def fail_over(self, region, answer, status=None):
        if region is None:
            self.surface(answer, status)
        self.failovers += 1
        self.enter(region)

    def throttled(self, answer):
        policy, asked = self.policy("throttle"), answer.retry_after
        end = policy.opened + self.config.throttle_window
        at = min(self.answered + S, end) if asked is None else self.answered + asked
        if policy.retries >= self.config.throttle_retries or max(self.answered, at) > end:
            self.surface(answer)
        self.wait("throttle", at)

    def unavailable(self, answer):
        if self.policy("unavailable").retries < 2:
            return self.wait("unavailable", self.answered + S // 2)
        everywhere = self.metadata or (not self.reads and self.config.multi_write)
        once = self.reads and not self.failovers
        self.fail_over(self.next_region() if everywhere or once else None, answer)

    def failed(self, answer):
        if not self.reads and answer.sent:
            self.surface(answer)  # it may have been carried out: never again
        if self.reads and not self.direct and answer.cause == "timeout":
            return self.timed_out(answer)
        self.gone(answer)

    def gone(self, answer):
        long = self.reads and (not self.direct or self.config.level in STRONG)
        window = (60 if long else 30) * S
        stale = self.direct and (self.reads or answer.status == 410)
        if stale and self.retry_at("gone", window, S) is not None:
            self.refresh_addresses()
        at = self.retry_at("gone", window, S)
        if at is not None:
            return self.wait("gone", at)
        self.fail_over(self.next_region() if self.reads or not self.failovers else None, answer, 503)

    def refresh_addresses(self):
        type(self)(self.config, self.wire, "address_resolution").run()

    def timed_out(self, answer):
        at = self.retry_at("timeout", 30 * S, S)
        if at is None:
            self.surface(answer, 408)
        self.wait("timeout", at)

    def retry_with(self, answer):
        at = self.retry_at("retry_with", 30 * S, 10 * MS)
        if at is None:
            self.surface(answer)
        self.wait("retry_with", at if self.policy("retry_with").retries else self.answered + 10 * MS)

    def redirected(self, answer):
        told = [region for region in self.wire.read_account() if region != self.region]
        if "redirect" in self.policies or not told:
            self.surface(answer)
        self.policy("redirect")
        self.enter(told[0])  # which is no failover

    def not_found(self, answer):
        config, behind, missing = self.config, answer.substatus == 1002, self.policy("missing").retries
        if not self.reads and behind and config.multi_write:
            if self.policy("session").retries < FEW_TIMES:
                return self.wait("session", self.answered)
            return self.fail_over(self.next_region(), answer)
        if not config.asks_two_replicas and not (self.reads and config.level == "Session" and behind):
            self.surface(answer)
        if missing < 2:
            return self.other_replica()  # a second replica of the region
        if config.asks_two_replicas:
            self.surface(answer)
        if len(config.write_regions) > 1:
            return self.fail_over(self.next_region(), answer)
        home = config.write_regions[0]
        self.fail_over(home if home not in self.visited else None, answer)


class Client:
    """A client; `request` is the class that its requests are made of."""

    request = Request

    def run(self, config, wire):
        """Carry out one operation; return the status of its success, or raise `Surfaced`."""
        for step in config.needs:
            self.request(config, wire, step).run()
        if config.operation != "query":
            return self.request(config, wire).run()
        region = None
        for _ in range(config.pages):
            page = self.request(config, wire, "page", region)
            status, region = page.run(), page.region
        return status
