"""A headless browser, for tests that look at a page as a reader does: what it measures and complains of."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]
_LONGEST_S = 60.0
_PORT = "DevToolsActivePort"  # the file in which the browser says it


@attrs.frozen
class Seen:
    """What a browser saw of a page: the values of some expressions, and what stands in its console."""

    values: list[Any]
    console: list[str]


def look(
    page: Path,
    width: int,
    height: int,
    expressions: Sequence[str],
    picture: Path | None = None,
    dark: bool = False,
    printed: bool = False,
) -> Seen:
    """Open a page in a window of a size (pixels) and return what JavaScript expressions come to, in turn.

    With `picture`, a PNG of the window is written at the end; `dark` asks for the page's dark colours,
    `printed` for how it looks on paper.
    """
    media = {
        "media": "print" if printed else "",
        "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
    }
    return asyncio.run(asyncio.wait_for(_look(page, width, height, expressions, picture, media), _LONGEST_S))


async def _look(
    page: Path,
    width: int,
    height: int,
    expressions: Sequence[str],
    picture: Path | None,
    media: dict[str, Any],
) -> Seen:
    assert BROWSER is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [
            BROWSER,
            *_OPTIONS,
            f"--user-data-dir={home}",
            f"--window-size={width},{height}",
            "about:blank",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            await _started(process, Path(home))
            return await _talk(Path(home), page, (width, height), expressions, picture, media)
        finally:
            process.terminate()
            process.wait(_LONGEST_S)


async def _started(process: subprocess.Popen[bytes], home: Path) -> None:
    """Wait until the browser says where it can be talked to; skip the test where it ends instead."""
    told = home / _PORT
    while not (told.exists() and told.read_text().strip()):
        if process.poll() is not None:
            pytest.skip(f"{BROWSER} does not start here: it ended with {process.returncode}")
        await asyncio.sleep(0.05)


async def _talk(
    home: Path,
    page: Path,
    size: tuple[int, int],
    expressions: Sequence[str],
    picture: Path | None,
    media: dict[str, Any],
) -> Seen:
    import aiohttp

    port = (home / _PORT).read_text().split()[0]
    console: list[str] = []
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            targets = await answer.json()
        address = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            number = 0

            async def ask(method: str, **params: Any) -> dict[str, Any]:
                nonlocal number
                number += 1
                await socket.send_json({"id": number, "method": method, "params": params})
                return await until(lambda message: message.get("id") == number)

            async def until(wanted: Any) -> dict[str, Any]:
                while True:
                    message: dict[str, Any] = await socket.receive_json()
                    if message.get("method") == "Log.entryAdded":
                        console.append(message["params"]["entry"]["text"])
                    elif message.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                        console.append(str(message["params"]))
                    if wanted(message):
                        return message

            for domain in ("Page", "Log", "Runtime"):
                await ask(f"{domain}.enable")
            width, height = size
            await ask("Emulation.setEmulatedMedia", **media)
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            await ask("Emulation.setDeviceMetricsOverride", **metrics)
            await ask("Page.navigate", url=page.as_uri())
            await until(lambda message: message.get("method") == "Page.loadEventFired")
            values = []
            for one in expressions:
                told_back = await ask("Runtime.evaluate", expression=one, returnByValue=True)
                values.append(told_back["result"]["result"].get("value"))
            if picture is not None:
                shot = await ask("Page.captureScreenshot", format="png")
                picture.write_bytes(base64.b64decode(shot["result"]["data"]))
    return Seen(values, console)


# Of each drawing that is shown: the letters' size, and how far to the right its marks and words reach.
DRAWINGS = """[...document.querySelectorAll('svg.timeline')].filter(one => one.checkVisibility()).map(one => [
  Math.min(...[...one.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)))
    * one.getBoundingClientRect().width / one.viewBox.baseVal.width,
  Math.max(...[...one.querySelectorAll('text, circle, rect, path')].map(
    part => part.getBoundingClientRect().right)),
])"""
# Of each cell that is shown of a table that becomes a stack: where it begins and ends, and its width.
CELLS = """[...document.querySelectorAll('.stack :is(td, th)')].filter(one => one.checkVisibility())
  .map(one => one.getBoundingClientRect()).map(one => [one.left, one.right, one.width])"""
