"""The client beside this file with one classic bug at a time: BUG=name picks one, and the vectors find it."""

from dataclasses import replace

from client import MS, Request, S, Surfaced


class ResendsADeliveredWrite(Request):
    """Treats every lost connection and every timeout of a write as if nothing had been sent."""

    def failed(self, answer):
        return super().failed(answer) if self.reads else self.gone(answer)


class RetriesPastTheWindow(Request):
    """Takes the time for retries twice."""

    def retry_at(self, name, window, first):
        return super().retry_at(name, 2 * window, first)


class IgnoresRetryAfter(Request):
    """Retries a throttled request after 10 ms, whatever the service asked for."""

    def throttled(self, answer):
        super().throttled(replace(answer, retry_after=10 * MS))


class FailsOverASingleWriteAccount(Request):
    """Sends a write to the next region, whether that accepts writes or not."""

    def __init__(self, config, wire, step=None, region=None):
        super().__init__(config, wire, step, region)
        if not self.reads:
            self.order = [*dict.fromkeys([*self.order, *config.read_order])]


class WrongRegionOrder(Request):
    """Goes through the regions from the last one."""

    def next_region(self):
        return next((region for region in reversed(self.order) if region not in self.visited), None)


class Surfaces410(Request):
    """Hands a 410 to the application where its retries are spent."""

    def surface(self, answer, status=None):
        super().surface(answer, 410 if answer.status == 410 else status)


class Retries409(Request):
    """Tries once more to create what exists."""

    def recover(self, answer):
        if answer.status != 409 or "conflict" in self.policies:
            super().recover(answer)
        self.policy("conflict")


class TenThrottlingRetries(Request):
    """Retries a throttled request once more than it may."""

    def throttled(self, answer):
        policy = self.policy("throttle")
        policy.retries -= policy.retries == self.config.throttle_retries
        super().throttled(answer)


class ConstantBackoff(Request):
    """Waits for a second before each retry."""

    def retry_at(self, name, window, first):
        at = self.answered + S
        return max(at, self.wire.now) if at <= self.policy(name).opened + window else None


class Retries449AtOnce(Request):
    """Does not wait after a 449."""

    def retry_with(self, answer):
        super().retry_with(answer)
        self.wire.now = self.answered


class NoAddressRefresh(Request):
    """Retries after a 410 with the addresses that were wrong."""

    def refresh_addresses(self):
        pass


class LeavesTheRegionAfterAStrong404(Request):
    """Looks for a missing item in the next region."""

    def not_found(self, answer):
        if self.config.asks_two_replicas and self.next_region():
            return self.enter(self.next_region())
        super().not_found(answer)


class ReportsSuccessItDidNotGet(Request):
    """Tells the application that all is well."""

    def run(self):
        try:
            return super().run()
        except Surfaced:
            return 200


BUGS = {
    "resends-a-delivered-write": ResendsADeliveredWrite,
    "retries-past-the-window": RetriesPastTheWindow,
    "ignores-retry-after": IgnoresRetryAfter,
    "fails-over-a-single-write-account": FailsOverASingleWriteAccount,
    "wrong-region-order": WrongRegionOrder,
    "surfaces-410": Surfaces410,
    "retries-409": Retries409,
    "ten-throttling-retries": TenThrottlingRetries,
    "constant-backoff": ConstantBackoff,
    "retries-a-449-at-once": Retries449AtOnce,
    "no-address-refresh": NoAddressRefresh,
    "leaves-the-region-after-a-strong-404": LeavesTheRegionAfterAStrong404,
    "reports-success-it-did-not-get": ReportsSuccessItDidNotGet,
}
