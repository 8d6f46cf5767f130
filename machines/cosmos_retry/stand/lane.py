"""A lane: one gateway and one client, through scenario after scenario; several lanes make a run."""

from __future__ import annotations

import contextlib
import queue
import threading

import attrs

from cosmos_retry.gateway import Gateway, GatewayError
from cosmos_retry.stand.clients import Ready
from cosmos_retry.stand.errors import AdapterError, AdapterLostError
from cosmos_retry.stand.process import Adapter
from cosmos_retry.stand.record import Clock, Made, Played, Record
from cosmos_retry.stand.trial import Conditions, hold

TRIES = 3  # of a scenario whose trial was worth nothing for a reason that may pass
PATIENCE_S = 0.05  # real seconds for an answer where requests hang and time is compressed; more at each try


@attrs.frozen
class Run:
    """How scenarios are run.  limit_s: real seconds that one operation may take; jobs: how many at a time."""

    client: Ready
    clock: Clock = "compressed"
    limit_s: float = 120.0
    jobs: int = 1


def start(client: Ready) -> Adapter:
    """Return a process of a client; raises AdapterError where it does not start."""
    return Adapter(client.command, client.environment, client.name)


class Lane(threading.Thread):
    """One gateway and one client, through scenario after scenario."""

    def __init__(
        self,
        how: Run,
        made: Made,
        waiting: queue.SimpleQueue[Played],
        done: queue.Queue[Record | BaseException | None],
        adapter: Adapter | None,
    ) -> None:
        super().__init__(name="stand", daemon=True)
        self._how, self._made, self._waiting, self._done = how, made, waiting, done
        self._adapter = adapter
        self._gateway: Gateway | None = None
        self._is_over = False

    def stop(self) -> None:
        """End it as soon as may be: the client at once."""
        self._is_over = True
        if (adapter := self._adapter) is not None:
            adapter.kill()

    def run(self) -> None:
        """Hold trials until there is no scenario left."""
        try:
            while not self._is_over:
                try:
                    scenario = self._waiting.get_nowait()
                except queue.Empty:
                    break
                record = self._record(scenario)
                if not self._is_over:
                    self._done.put(record)
            self._done.put(None)
        except BaseException as error:
            self._done.put(error)
        finally:
            self._drop_adapter()
            self._drop_gateway()

    def _record(self, scenario: Played) -> Record:
        """Return the record of a scenario, held again where its trial was worth nothing."""
        record = self._empty(scenario, "it was interrupted")
        for number in range(TRIES):
            if self._is_over:
                break
            record, may_pass = self._try(scenario, PATIENCE_S * 4**number)
            if record.problem is None or not may_pass:
                break
        return record

    def _try(self, scenario: Played, patience_s: float) -> tuple[Record, bool]:
        """Hold one trial; return its record, and whether what went wrong may pass."""
        conditions = Conditions(self._made, self._how.clock, self._how.limit_s, patience_s)
        try:
            if self._adapter is None:
                self._adapter = start(self._how.client)
            if self._gateway is None:
                self._gateway = Gateway()
            record, lost = hold(self._gateway, self._adapter, scenario, conditions)
        except AdapterError as error:  # it did not start
            self._drop_adapter()
            return self._empty(scenario, str(error)), isinstance(error, AdapterLostError)
        except (GatewayError, TimeoutError, OSError) as error:
            self._drop_adapter()
            self._gateway = None  # whatever is left of it does not answer
            return self._empty(scenario, f"the gateway was lost: {str(error) or type(error).__name__}"), True
        if lost is not None:
            self._drop_adapter()
        return record, lost is None or isinstance(lost, AdapterLostError)

    def _empty(self, scenario: Played, problem: str) -> Record:
        return Record(self._made, scenario, None, [], 0, None, [], self._how.clock, problem)

    def _drop_adapter(self) -> None:
        adapter, self._adapter = self._adapter, None
        if adapter is not None:
            adapter.end()

    def _drop_gateway(self) -> None:
        gateway, self._gateway = self._gateway, None
        if gateway is not None:
            # Where its thread is gone, there is nothing left to close.
            with contextlib.suppress(GatewayError, TimeoutError, RuntimeError):
                gateway.close()
