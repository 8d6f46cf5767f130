"""The performance of a fault: what a request meets, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

import attrs
from aiohttp import web

from cosmos_retry.gateway import wire
from cosmos_retry.gateway.answer import Answer, error
from cosmos_retry.gateway.fault import WRITES, Fault
from cosmos_retry.gateway.request import Request
from cosmos_retry.gateway.session import stale
from cosmos_retry.gateway.stage import Stage
from cosmos_retry.gateway.target import Target
from cosmos_retry.gateway.visit import Visit

_CARRIED_OUT = ("delay", "truncate", "move")  # these give, or begin, the real answer


@attrs.frozen
class Performance:
    """One request before the stage.  `lose` closes a region's door and resets its connections."""

    stage: Stage
    visit: Visit
    target: Target
    http: web.BaseRequest
    lose: Callable[[str], None]

    async def give(self, fault: Fault) -> web.StreamResponse:
        """Do what the fault says (an empty one is none), and return what is left to be sent."""
        if not fault.read:
            await asyncio.sleep(fault.delay)
            return self._cut(fault)
        try:
            body = await self.http.read()
        except web.HTTPRequestEntityTooLarge:
            return await self._send(error(413, "The request is too large."), close=True)
        request = Request(self.http.method, self.target, self.http.headers, body, self.visit.arrival.region)
        self.visit.note(body_read=True, body_bytes=len(body), document=request.document)
        if fault.move is not None:
            self.stage.account.write_regions[:] = [fault.move]
        answer = self._scripted(fault)
        if fault.action in _CARRIED_OUT or (fault.applied and self.target.kind in WRITES):
            real = self.stage.carry_out(self.visit, request).answer
            answer = real if answer is None else answer
        await asyncio.sleep(fault.delay)
        return await self._end(fault, answer)

    async def _end(self, fault: Fault, answer: Answer | None) -> web.StreamResponse:
        match fault.action:
            case "hang":
                self.visit.note(done="hung")
                await asyncio.sleep(fault.hang or 0)
                wire.close(self.http.transport)
                self.visit.note(ended_t=self.stage.now())
                return wire.Silence()
            case "truncate" if answer is not None:
                self.visit.note(done="truncated", status=answer.status, substatus=answer.substatus)
                await wire.send_half(self.http, self._headed(answer))
                self.visit.note(ended_t=self.stage.now())
                return wire.Silence()
            case "lose":
                self.lose(self.visit.arrival.region)
                if fault.forget:
                    self.stage.account.forget(self.visit.arrival.region)
                return self._cut(fault)
        if answer is None or fault.action in ("close", "reset"):
            return self._cut(fault)
        return await self._send(answer)

    def _cut(self, fault: Fault) -> web.StreamResponse:
        self.visit.note(done="closed" if fault.close else "reset", ended_t=self.stage.now())
        (wire.close if fault.close else wire.reset)(self.http.transport)
        return wire.Silence()

    async def _send(self, answer: Answer, *, close: bool = False) -> web.StreamResponse:
        self.visit.note(status=answer.status, substatus=answer.substatus)
        sent = wire.response(self._headed(answer))
        if close:
            sent.force_close()
        await sent.prepare(self.http)
        await sent.write_eof()
        self.visit.note(done="answered", ended_t=self.stage.now())
        return sent

    def _scripted(self, fault: Fault) -> Answer | None:
        """Return the answer that the script gives, or None where it gives none."""
        if fault.stale:
            return stale().answer
        if fault.status is None:
            return None
        answer = error(fault.status, "A scripted fault.", fault.substatus)
        if fault.body is not None:
            answer = attrs.evolve(answer, body=fault.body.encode())
        return answer.with_headers(fault.headers)

    def _headed(self, answer: Answer) -> Answer:
        activity = self.http.headers.get("x-ms-activity-id", "")
        if not (activity and activity.isascii()):
            activity = str(uuid4())
        return answer.with_headers(
            {"x-ms-request-charge": "1", "x-ms-activity-id": activity, "x-ms-serviceversion": "version=2"}
        )
