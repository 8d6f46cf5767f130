"""Speaks the protocol of the vectors for the client beside it: JSON Lines on standard input and output.

Run it with `cosmos-retry run-vectors -- python runner.py`; BUG=name in the environment picks a variant.
"""

import json
import os
import sys
from contextlib import suppress

from bugs import BUGS
from client import Answer, Client, Config, S, Surfaced

LEVELS = ["Eventual", "ConsistentPrefix", "Session", "BoundedStaleness", "Strong"]  # weakest first


class Over(Exception):
    """The harness has heard enough of this vector."""


class Wire:
    """What the client sends by: each call is a message to the harness, and what it says to that."""

    def __init__(self):
        self.now = self.attempts = self.waiting = 0
        self.come = []

    def sleep_until(self, at):
        self.now = max(self.now, at)

    def send(self, region, replica, step):
        move = {"kind": "attempt", "t": self.now / S, "region": region, "replica": replica, "step": step}
        self.say({key: value for key, value in move.items() if value is not None})
        self.waiting += 1

    def answers(self):
        """Yield the answers to all that was sent, one after the other, as they come."""
        while self.waiting:
            while not self.come:
                self.say({"kind": "wait"})
            self.waiting -= 1
            yield self.answer(self.come.pop(0))

    def answer(self, event):
        self.now = round(event["t"] * S)
        if event["kind"] == "failure":
            return Answer(cause=event["cause"], sent=event["sent"])
        asked = event.get("retry_after_ms")
        asked = None if asked is None else round(asked * 1000)
        return Answer(event["status"], event.get("substatus", 0), asked)

    def read_account(self):
        self.say({"kind": "account_refresh", "t": self.now / S})
        return self.come.pop(0)["write_regions"]

    def say(self, move):
        told = ask(move)
        if told["kind"] == "over":
            raise Over
        self.come += told.get("events", [])


def ask(message):
    print(json.dumps(message), flush=True)
    return hear()


def hear():
    line = sys.stdin.readline()
    return json.loads(line) if line else {"kind": "bye"}


def configured(begin):
    account, client = begin["account"], begin.get("client", {})
    throttling = client.get("throttling", {})
    return Config(
        operation=begin["operation"],
        direct=begin["mode"] == "direct",
        level=min(begin["consistency"], account.get("consistency") or begin["consistency"], key=LEVELS.index),
        regions=account["regions"],
        write_regions=account["write_regions"],
        preferred=client.get("preferred_locations", []),
        use_multiple_write_locations=client.get("use_multiple_write_locations", False),
        throttle_retries=throttling.get("max_retries", 9),
        throttle_window=round(throttling.get("max_wait_s", 30) * S),
        needs=begin.get("needs", []),
        pages=begin.get("pages", 1),
    )


def play(begin, client):
    wire = Wire()
    try:
        status = client.run(configured(begin), wire)
        wire.say({"kind": "result", "t": wire.now / S, "status": status})
    except Surfaced as error:
        status, substatus = error.args
        wire.say({"kind": "error", "t": wire.now / S, "status": status, "substatus": substatus})


def main():
    bug = os.environ.get("BUG", "")
    if bug and bug not in BUGS:
        sys.exit(f"BUG={bug} is not known; there are {', '.join(BUGS)}")
    client = Client()
    if bug:
        client.request = BUGS[bug]
    message = hear()
    while message["kind"] != "bye":
        if message["kind"] == "hello":
            name = f"example-python {bug}".strip()
            message = ask({"kind": "hello", "protocol": 1, "name": name, "version": "1"})
        else:
            with suppress(Over):
                play(message, client)
            message = ask({"kind": "ready"})


main()
