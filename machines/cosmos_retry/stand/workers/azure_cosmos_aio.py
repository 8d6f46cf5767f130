"""The asyncio client of azure-cosmos."""

from __future__ import annotations

import asyncio
from typing import Any

from cosmos_retry.stand.workers.asking import call, options
from cosmos_retry.stand.workers.clock import SETTLE_S, Clock
from cosmos_retry.stand.workers.serving import heard_error, serve
from cosmos_retry.stand.workers.wire import Wire

CLOCK = Clock()
CLOCK.install()  # before the SDK takes a name out of `time` or `asyncio`

from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError  # noqa: E402
from azure.core.pipeline.transport import AioHttpTransport  # noqa: E402
from azure.cosmos import __version__  # noqa: E402
from azure.cosmos.aio import CosmosClient  # noqa: E402

TIMEOUTS = (ServiceRequestTimeoutError, ServiceResponseTimeoutError)


class Aio:
    """azure-cosmos, asyncio; each client has an event loop of its own."""

    name = "azure-cosmos-aio"
    version = __version__
    clock = CLOCK
    wire = Wire(CLOCK)

    def prepare(self, asked: dict[str, Any]) -> None:
        """Make a client and let it read the account and the container."""
        self.runner = asyncio.Runner()
        self.runner.run(self._prepare(asked))

    def perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Perform the operation in a task of its own."""
        return self.runner.run(self._perform(asked))

    def close(self) -> None:
        """Let the background end, and close the client and its loop."""
        self.runner.run(self._close())
        self.runner.close()

    async def _prepare(self, asked: dict[str, Any]) -> None:
        self.client = CosmosClient(asked["endpoint"], asked["key"], **options(asked))
        await self.client.__aenter__()
        self.container = self.client.get_database_client(asked["database"]).get_container_client(
            asked["container"]
        )
        await self.container.read()
        await _settle()

    async def _perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, arguments, named = call(asked, synchronous=False)
        target = self.container.scripts if asked["operation"] == "stored_procedure" else self.container
        self.clock.begin()
        try:
            if method == "query_items":
                text, parameters = arguments
                async for _ in self.container.query_items(text, parameters=parameters, **named):
                    pass
            else:
                await getattr(target, method)(*arguments, **named)
        except Exception as error:
            return heard_error(error)
        return {"outcome": "success"}

    async def _close(self) -> None:
        await _settle()
        await self.client.close()


async def _settle() -> None:
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=SETTLE_S)


def watch(wire: Wire) -> None:
    """Have every request that the transport sends pass by the wire."""
    send = AioHttpTransport.send

    async def watched(self: AioHttpTransport, request: Any, **kwargs: Any) -> Any:
        attempt = wire.begin(request.method, request.url, request.headers)
        if attempt is None:
            return await send(self, request, **kwargs)
        shortened = wire.shorten(kwargs, "read_timeout", self.connection_config.read_timeout)
        try:
            response = await send(self, request, **kwargs)
        except Exception as error:
            wire.failed(attempt, isinstance(error, TIMEOUTS), type(error).__name__, shortened)
            raise
        wire.answered(attempt, response.status_code, response.headers)
        return response

    AioHttpTransport.send = watched


if __name__ == "__main__":
    watch(Aio.wire)
    serve(Aio())
