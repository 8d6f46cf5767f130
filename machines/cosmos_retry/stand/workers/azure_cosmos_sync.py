"""The synchronous client of azure-cosmos."""

from __future__ import annotations

from typing import Any

from cosmos_retry.stand.workers.asking import call, options
from cosmos_retry.stand.workers.clock import Clock
from cosmos_retry.stand.workers.serving import heard_error, serve
from cosmos_retry.stand.workers.wire import Wire

CLOCK = Clock()
CLOCK.install()  # before the SDK takes a name out of `time`

from azure.core.exceptions import ServiceRequestTimeoutError, ServiceResponseTimeoutError  # noqa: E402
from azure.core.pipeline.transport import RequestsTransport  # noqa: E402
from azure.cosmos import CosmosClient, __version__  # noqa: E402

TIMEOUTS = (ServiceRequestTimeoutError, ServiceResponseTimeoutError)


class Sync:
    """azure-cosmos, synchronous."""

    name = "azure-cosmos-sync"
    version = __version__
    clock = CLOCK
    wire = Wire(CLOCK)

    def prepare(self, asked: dict[str, Any]) -> None:
        """Make a client and let it read the account and the container."""
        self.client = CosmosClient(asked["endpoint"], asked["key"], **options(asked))
        self.container = self.client.get_database_client(asked["database"]).get_container_client(
            asked["container"]
        )
        self.container.read()
        self.clock.settle()

    def perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Perform the operation in this, the main thread."""
        method, arguments, named = call(asked, synchronous=True)
        target = self.container.scripts if asked["operation"] == "stored_procedure" else self.container
        self.clock.begin()
        try:
            if method == "query_items":
                text, parameters = arguments
                list(self.container.query_items(text, parameters=parameters, **named))
            else:
                getattr(target, method)(*arguments, **named)
        except Exception as error:
            return heard_error(error)
        return {"outcome": "success"}

    def close(self) -> None:
        """Let the background end, and close the client."""
        self.clock.settle()
        self.client.close()


def watch(wire: Wire) -> None:
    """Have every request that the transport sends pass by the wire."""
    send = RequestsTransport.send

    def watched(self: RequestsTransport, request: Any, **kwargs: Any) -> Any:
        attempt = wire.begin(request.method, request.url, request.headers)
        if attempt is None:
            return send(self, request, **kwargs)
        shortened = wire.shorten(kwargs, "read_timeout", self.connection_config.read_timeout)
        try:
            response = send(self, request, **kwargs)
        except Exception as error:
            wire.failed(attempt, isinstance(error, TIMEOUTS), type(error).__name__, shortened)
            raise
        wire.answered(attempt, response.status_code, response.headers)
        return response

    RequestsTransport.send = watched


if __name__ == "__main__":
    watch(Sync.wire)
    serve(Sync())
