"""A program that speaks the protocol of the vectors, until it misbehaves: hostile.py HOW WHEN.

WHEN is `hello`, `begin`, `wait`, `end` or `over`: the question that it answers badly, in the vectors whose id
has a b in it.  Everywhere else it reads a point in West US and reports success.  It is run by the tests.
"""

import os
import signal
import subprocess
import sys
import time

HOW, WHEN = sys.argv[1:]
HELLO = '{"kind": "hello", "protocol": 1, "name": "hostile"}'
ATTEMPT = '{"kind": "attempt", "t": 0, "region": "West US"}'
WAIT = '{"kind": "wait"}'
READY = '{"kind": "ready"}'
RESULT = '{"kind": "result", "t": 0.01, "status": 200}'


def say(text: str) -> None:
    """Say a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def sleep() -> None:
    """Do nothing for a long time."""
    time.sleep(600)


def child() -> None:
    """Start a process that holds on to the pipes."""
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])


def misbehave(right: str) -> None:
    """Do something else than to answer what would be right."""
    match HOW:
        case "hang":
            sleep()
        case "hang-in-a-line":
            sys.stdout.write(right[:9])
            sys.stdout.flush()
            sleep()
        case "end":
            sys.exit(0)
        case "die":
            sys.exit("Traceback: it hurts\x1b[31m")
        case "kill-itself":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "rubbish":
            say("Hello, world!")
        case "empty-line":
            say("")
        case "array":
            say("[1, 2]")
        case "unknown-kind":
            say('{"kind": "retry", "t": 0}')
        case "unknown-key":
            say(right[:-1] + ', "please": true}')
        case "no-utf-8":
            sys.stdout.buffer.write(b'{"kind": "\xff\xfe"}\n')
            sys.stdout.flush()
        case "nul":
            say("\0" * 100)
        case "deep":
            say("[" * 30_000)
        case "not-a-number":
            say('{"kind": "attempt", "t": NaN, "region": "West US"}')
        case "endless-line":
            while True:
                sys.stdout.write("x" * 65_536)
        case "endless-lines":
            while True:
                say(right)
        case "twice":
            say(right + "\n" + right)
        case "close-stdout":
            os.close(1)
            sleep()
        case "stop-reading":
            os.close(0)
            sleep()
        case "leave-a-child":
            child()
            sys.exit(0)
        case "out-of-turn":
            say(HELLO if WHEN != "hello" else WAIT)
        case "skip-late":
            say('{"kind": "skip", "reason": "too hard"}')
        # What follows is no fault of the conversation, but one of the client.
        case "past":
            say('{"kind": "account_refresh", "t": 0}')
        case "far-future":
            say('{"kind": "address_refresh", "t": 1e300}')
        case "wait-for-nothing":
            say(WAIT)
        case "tell-itself":
            say('{"kind": "account_refresh", "t": 0.01, "write_regions": ["West US"]}')
        case "page":
            say('{"kind": "attempt", "t": 0, "region": "West US", "step": "page"}')
        case "wait-for-ever":
            heard = ""
            while '"kind":"over"' not in heard:
                say('{"kind": "wait", "until": 0.02}')
                heard = sys.stdin.readline()
            say(READY)
        # And this is nothing to complain of.
        case "talk":
            sys.stderr.write("x" * 3_000_000 + "\n")
            say(right)
        case "start-a-child":
            child()
            say(right)
        case "dawdle":
            time.sleep(0.2)
            say(right)
        case _:
            sys.exit(f"unknown: {HOW}")


bad = False
for line in sys.stdin:
    if '"kind":"bye"' in line:
        break
    if '"kind":"over"' in line:
        moment, right = "over", READY
    elif '"kind":"hello"' in line:
        moment, right = "hello", HELLO
    elif '"kind":"begin"' in line:
        moment, right = "begin", ATTEMPT
        bad = '"id":"b"' in line
    elif '"attempts":1,"events"' in line:
        moment, right = "end", RESULT
    else:
        moment, right = "wait", WAIT
    if moment == WHEN and (bad or moment == "hello"):
        misbehave(right)
    else:
        say(right)
