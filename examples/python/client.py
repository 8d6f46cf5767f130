"""The retry logic of a client of Azure Cosmos DB: what to do when a request fails.

Written from the documents, as the author of a client would write it.  It knows nothing of who tests it:
`wire` sends, reads the account and tells the time.  Times are whole microseconds, so that 0.1 + 0.2 is 0.3.
"""

from dataclasses import dataclass, field

MS = 1_000
S = 1_000_000
REPLICAS = 4
STRONG = ("Strong", "BoundedStaleness")
WEAK = ("Eventual", "ConsistentPrefix")
FEW_TIMES = 2  # retries of a write after a 404/1002, in one region


class Surfaced(Exception):
    """An error for the application: an HTTP status, with its substatus."""


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
    multiple_write_locations: bool
    throttle_retries: int = 9
    throttle_window: int = 30 * S
    needs: list = field(default_factory=list)
    pages: int = 1

    @property
    def is_write(self):
        return self.operation not in ("point_read", "query")

    @property
    def multi_write(self):
        return len(self.write_regions) > 1 and self.multiple_write_locations

    @property
    def read_order(self):
        return self.preferred or self.regions

    @property
    def order(self):
        if not self.is_write:
            return self.read_order
        if not self.multi_write:
            return self.write_regions[:1]
        return [region for region in self.preferred if region in self.write_regions] or self.write_regions


class Request:
    """One request, with counters and windows of its own: a write, a read, a page, or a metadata call."""

    def __init__(self, config, wire, step=None, region=None):
        self.config, self.wire, self.step = config, wire, step
        self.metadata = step not in (None, "page")
        self.direct = config.direct and not self.metadata  # metadata calls go through the gateway
        self.order = config.read_order if self.metadata else config.order
        self.retries = {}  # by policy
        self.opened, self.delays = {}, {}  # by policy: when its window began, and the last delay
        self.visited, self.replica = [], 0
        self.enter(region or self.order[0])

    def run(self):
        """Return the status of the success; raises `Surfaced`."""
        while not (answer := self.attempt()).success:
            self.recover(answer)
        return answer.status

    def enter(self, region):
        """Go to a region; what was counted for the last one is forgotten, what the service asked for is not."""
        self.region = region
        self.visited.append(region)
        for kept in (self.opened, self.delays, self.retries):
            for policy in {"gone", "timeout", "unavailable", "session"} & kept.keys():
                del kept[policy]
        self.missing, self.replica = 0, 0

    def attempt(self):
        """Send the request once, a strong read to two replicas; return the answer that counts."""
        self.began = self.wire.now
        both = self.direct and self.config.operation == "point_read" and self.config.level in STRONG
        for turn in range(2 if both and not self.missing else 1):
            self.replica = (self.replica + turn) % REPLICAS
            self.wire.send(self.region, self.replica if self.direct else None, self.step)
        answers = self.wire.answers()
        for answer in answers:
            self.answered = self.wire.now
            self.missing += answer.status == 404
            if answer.success:
                break
        return answer

    def recover(self, answer):
        """Wait, refresh or change region, whatever must come before the next attempt; raises `Surfaced`."""
        write, status = self.config.is_write, answer.status
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
        elif status == 449 and write:
            self.retry_with(answer)
        elif status == 408 and not write:
            self.timed_out(answer)
        elif status == 403 and answer.substatus == 3 and write:
            self.redirected(answer)
        elif status == 404:
            self.not_found(answer)
        else:
            self.surface(answer)

    def surface(self, answer, status=None):
        if answer.cause and status is None:
            status = 408 if answer.cause == "timeout" else 503
        raise Surfaced(status or answer.status, 0 if status else answer.substatus)

    def next_region(self):
        return next((region for region in self.order if region not in self.visited), None)

    # ------------------------------------------------------------------------------ waiting for a retry

    def retry_at(self, policy, window, first):
        """When the next retry starts, or None where no time is left: each delay is twice the one before."""
        end = self.opened.setdefault(policy, self.began) + window
        if policy in self.delays:
            at = self.answered + 2 * self.delays[policy]
        else:
            at = min(self.answered + first, end)  # there is one retry, if there is time at all
        at = max(at, self.wire.now)
        return at if at <= end else None

    def wait(self, policy, at):
        self.delays[policy] = at - self.answered
        self.wire.sleep_until(at)
        self.replica = (self.replica + 1) % REPLICAS if not self.config.is_write else 0

    # --------------------------------------------------------------------------------- one fault each

    def throttled(self, answer):
        config, made = self.config, self.retries.get("throttle", 0)
        end = self.opened.setdefault("throttle", self.began) + config.throttle_window
        at = min(self.answered + S, end) if answer.retry_after is None else self.answered + answer.retry_after
        if made >= config.throttle_retries or max(at, self.answered) > end:
            self.surface(answer)
        self.retries["throttle"] = made + 1
        self.wire.sleep_until(at)

    def unavailable(self, answer):
        made = self.retries.get("unavailable", 0)
        if made < 2:
            self.retries["unavailable"] = made + 1
            self.wire.sleep_until(self.answered + S // 2)
            return
        further = self.next_region()
        everywhere = self.metadata or (self.config.is_write and self.config.multi_write)
        if further is None or not (everywhere or (not self.config.is_write and len(self.visited) == 1)):
            self.surface(answer)
        self.enter(further)

    def failed(self, answer):
        if self.config.is_write and answer.sent:
            self.surface(answer)  # it may have been carried out: never again
        elif not self.config.is_write and answer.cause == "timeout" and not self.direct:
            self.timed_out(answer)
        else:
            self.gone(answer)

    def gone(self, answer):
        config = self.config
        long = not config.is_write and (not self.direct or config.level in STRONG)
        window = (60 if long else 30) * S
        if self.retry_at("gone", window, S) is not None and self.direct and not (config.is_write and answer.cause):
            self.refresh_addresses()
        at = self.retry_at("gone", window, S)
        if at is not None:
            self.wait("gone", at)
            return
        further = self.next_region()
        if further is None or (config.is_write and len(self.visited) > 1):
            self.surface(answer, 503)
        self.enter(further)

    def refresh_addresses(self):
        Request(self.config, self.wire, "address_resolution").run()

    def timed_out(self, answer):
        at = self.retry_at("timeout", 30 * S, S)
        if at is None:
            self.surface(answer, 408)
        self.wait("timeout", at)

    def retry_with(self, answer):
        at = self.retry_at("retry_with", 30 * S, 10 * MS)
        if at is None:
            self.surface(answer)
        # The first retry comes after 10 ms, even where that is a little after the window.
        self.wait("retry_with", at if "retry_with" in self.delays else self.answered + 10 * MS)

    def redirected(self, answer):
        told = [region for region in self.wire.read_account() if region != self.region]
        if "redirect" in self.retries or not told:
            self.surface(answer)
        self.retries["redirect"] = 1
        self.enter(told[0])

    def not_found(self, answer):
        config, session = self.config, answer.substatus == 1002
        if config.is_write and session and config.multi_write:
            self.behind(answer)
        elif config.operation == "point_read" and config.level in STRONG and self.direct:
            if self.missing > 1:
                self.surface(answer)
            self.replica = (self.replica + 1) % REPLICAS
        elif not config.is_write and config.level == "Session" and session:
            self.read_behind(answer)
        else:
            self.surface(answer)

    def behind(self, answer):
        made = self.retries.get("session", 0)
        if made < FEW_TIMES:
            self.retries["session"] = made + 1
            return
        further = self.next_region()
        if further is None:
            self.surface(answer)
        self.enter(further)

    def read_behind(self, answer):
        if self.missing < 2:
            self.replica = (self.replica + 1) % REPLICAS
            return
        home = self.config.write_regions
        further = self.next_region() if len(home) > 1 else next((r for r in home if r not in self.visited), None)
        if further is None:
            self.surface(answer)
        self.enter(further)


class Client:
    """A client; `request` is the class that its requests are made of."""

    request = Request

    def run(self, config, wire):
        """Carry out one operation; return its status, or raise `Surfaced`."""
        for step in config.needs:
            self.request(config, wire, step).run()
        if config.operation != "query":
            return self.request(config, wire).run()
        region = None
        for _ in range(config.pages):
            page = self.request(config, wire, "page", region)
            status, region = page.run(), page.region
        return status
