// Speaks the protocol of the vectors for the client beside it: JSON Lines on standard input and output.
//
// Run it with `cosmos-retry run-vectors -- node runner.mjs`; BUG=name in the environment picks a variant.

import { createInterface } from "node:readline";
import { Request, S, Surfaced, operate } from "./client.mjs";
import { BUGS } from "./bugs.mjs";

const LEVELS = ["Eventual", "ConsistentPrefix", "Session", "BoundedStaleness", "Strong"]; // weakest first
const OVER = Symbol("the harness has heard enough of this vector");

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function hear() {
  const { value, done } = await lines.next();
  return done ? { kind: "bye" } : JSON.parse(value);
}

function ask(message) {
  process.stdout.write(JSON.stringify(message) + "\n");
  return hear();
}

// What the client sends by: each call is a message to the harness, and what it says to that.
class Wire {
  now = 0;

  sleepUntil(at) {
    this.now = Math.max(this.now, at);
  }

  async attempt(region, replica, step) {
    await this.say({ kind: "attempt", t: this.now / S, region, replica, step });
    const { events } = await this.say({ kind: "wait" });
    const { t, kind, cause, sent, status, substatus = 0, retry_after_ms: asked } = events[0];
    this.now = Math.round(t * S);
    if (kind === "failure") return { cause, sent };
    const retryAfter = asked === undefined ? undefined : Math.round(asked * 1000);
    return { status, substatus, retryAfter, success: (status >= 200 && status < 300) || status === 304 };
  }

  async readAccount() {
    const { events } = await this.say({ kind: "account_refresh", t: this.now / S });
    return events[0].write_regions;
  }

  async say(move) {
    const told = await ask(move);
    if (told.kind === "over") throw OVER;
    return told;
  }
}

function configured({ operation, mode, consistency, account, client = {}, needs = [], pages = 1 }) {
  const { throttling = {} } = client;
  const allowed = LEVELS.indexOf(account.consistency ?? consistency);
  return {
    operation,
    direct: mode === "direct",
    level: LEVELS[Math.min(LEVELS.indexOf(consistency), allowed)],
    regions: account.regions,
    writeRegions: account.write_regions,
    preferred: client.preferred_locations ?? [],
    useMultipleWriteLocations: client.use_multiple_write_locations ?? false,
    throttleRetries: throttling.max_retries ?? 9,
    throttleWindow: Math.round((throttling.max_wait_s ?? 30) * S),
    needs,
    pages,
  };
}

async function play(begin, Kind) {
  const wire = new Wire();
  try {
    const status = await operate(configured(begin), wire, Kind);
    await wire.say({ kind: "result", t: wire.now / S, status });
  } catch (error) {
    if (!(error instanceof Surfaced)) throw error;
    await wire.say({ kind: "error", t: wire.now / S, status: error.status, substatus: error.substatus });
  }
}

const bug = process.env.BUG ?? "";
if (bug && !BUGS[bug]) {
  console.error(`BUG=${bug} is not known; there are ${Object.keys(BUGS).join(", ")}`);
  process.exit(2);
}
const Kind = bug ? BUGS[bug] : Request;
for (let message = await hear(); message.kind !== "bye"; ) {
  if (message.kind === "hello") {
    message = await ask({ kind: "hello", protocol: 1, name: `example-javascript ${bug}`.trim(), version: "1" });
  } else {
    await play(message, Kind).catch((error) => {
      if (error !== OVER) throw error;
    });
    message = await ask({ kind: "ready" });
  }
}
process.exit(0);
