// The JavaScript client, @azure/cosmos, in the hands of the stand: `node azure_cosmos_js.mjs FOLDER`, where
// FOLDER has it in node_modules.  It speaks the adapter protocol, one message a line, on stdin and stdout.
//
// The client is not changed.  Before it is loaded, this process gets a clock of its own, and http.request is
// wrapped: that is below everything in the client that tries again.

import http from "node:http";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const MARK = "x-ms-stand-attempt";
const ROUNDS = 12; // of the event loop, in which an answer finds its way through the client's promises
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  now: Date.now.bind(Date),
  performanceNow: performance.now.bind(performance),
};

// ------------------------------------------------------------------------------------------------ the clock

// While `compressed`, timers are our own.  Time passes as it really does as long as a request is under way,
// or until it was quiet for `patienceMs`; otherwise it leaps to the next timer.
const clock = { compressed: false, skippedMs: 0, patienceMs: null, startedMs: 0, timers: new Map(), next: 1 };
let underWay = 0; // requests
let quietSinceMs = 0; // real
let isWatched = false;

const nowMs = () => real.performanceNow() + clock.skippedMs;
const now = () => Math.round((nowMs() - clock.startedMs) * 1000) / 1e6;

class Timer {
  constructor(id) {
    this.id = id;
  }
  ref() { return this; }
  unref() { return this; }
  hasRef() { return true; }
  [Symbol.toPrimitive]() { return this.id; }
}

globalThis.setTimeout = (action, delay = 0, ...given) => {
  if (!clock.compressed) return real.setTimeout(action, delay, ...given);
  const timer = new Timer(clock.next++);
  clock.timers.set(timer, { due: nowMs() + Math.max(Number(delay) || 0, 0), run: () => action(...given) });
  look();
  return timer;
};
globalThis.clearTimeout = (timer) => {
  if (timer instanceof Timer) clock.timers.delete(timer);
  else real.clearTimeout(timer);
};
Date.now = () => real.now() + Math.round(clock.skippedMs);
performance.now = nowMs;

function look() {
  if (isWatched || clock.timers.size === 0) return;
  isWatched = true;
  let rounds = 0;
  const again = () => {
    if (clock.timers.size === 0) {
      isWatched = false;
      return;
    }
    const [timer, { due, run }] = [...clock.timers].reduce((a, b) => (b[1].due < a[1].due ? b : a));
    const quietMs = real.performanceNow() - quietSinceMs;
    const leaps = underWay > 0 ? clock.patienceMs !== null && quietMs >= clock.patienceMs : ++rounds > ROUNDS;
    if (due <= nowMs() || leaps) {
      clock.skippedMs += Math.max(due - nowMs(), 0);
      clock.timers.delete(timer);
      rounds = 0;
      quietSinceMs = real.performanceNow();
      run();
    }
    if (underWay > 0) real.setTimeout(again, 2);
    else setImmediate(again);
  };
  setImmediate(again);
}

// ------------------------------------------------------------------------------------------------- the wire

let attempts = null; // null: nobody watches

function stepOf(path, headers) {
  const names = path.split("?")[0].split("/").filter(Boolean);
  if (names.length < 5 || names[0] !== "dbs" || names[2] !== "colls") return null;
  if (names[4] === "pkranges") return "partition_key_ranges";
  if (names[4] !== "docs" && names[4] !== "sprocs") return null;
  const lower = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).toLowerCase()]),
  );
  if (lower["x-ms-cosmos-is-query-plan-request"] === "true") return "query_plan";
  const isQuery = (lower["content-type"] ?? "").startsWith("application/query+json");
  return isQuery || lower["x-ms-documentdb-isquery"] === "true" ? "page" : "";
}

function begin(options) {
  const step = attempts === null ? null : stepOf(options.path ?? "", options.headers);
  if (step === null) return null;
  const attempt = { t: now(), endpoint: `http://${options.hostname}:${options.port}/` };
  if (step) attempt.step = step;
  attempts.push(attempt);
  options.headers = { ...options.headers, [MARK]: String(attempts.length) };
  return attempt;
}

function number(text) {
  return /^\d+$/.test(text ?? "") ? Number(text) : undefined;
}

function answered(attempt, response) {
  const { statusCode, headers } = response;
  Object.assign(attempt, { ended: now(), status: statusCode });
  const [substatus, asked] = [number(headers["x-ms-substatus"]), number(headers["x-ms-retry-after-ms"])];
  if (substatus !== undefined) attempt.substatus = substatus;
  if (asked !== undefined) attempt.retry_after_ms = asked;
}

function failed(attempt, error) {
  if (attempt.failure !== undefined || attempt.status !== undefined) return;
  const name = String(error?.code ?? error?.name ?? "closed").slice(0, 200);
  const failure = error?.name === "AbortError" || error?.code === "ETIMEDOUT" ? "timeout" : "connectivity";
  Object.assign(attempt, { ended: now(), failure, error: name });
}

const request = http.request;
http.request = function (...given) {
  const options = given.find((one) => typeof one === "object" && one !== null && !(one instanceof URL));
  const attempt = options ? begin(options) : null;
  const made = request.apply(http, given);
  underWay += 1;
  quietSinceMs = real.performanceNow();
  let response = null;
  made.prependListener("response", (found) => {
    response = found;
    found.once("end", () => { if (attempt && found.complete) answered(attempt, found); });
    found.once("error", (error) => { if (attempt) failed(attempt, error); });
  });
  made.on("error", (error) => { if (attempt) failed(attempt, error); });
  made.once("close", () => {
    underWay -= 1;
    quietSinceMs = real.performanceNow();
    if (!attempt) return;
    if (response?.complete && attempt.status === undefined) answered(attempt, response);
    else failed(attempt, response?.errored ?? null);
  });
  return made;
};
syncBuiltinESMExports();
console.log = console.info = console.error;

// ------------------------------------------------------------------------------------------------ the client

const folder = resolve(process.argv[2] ?? ".");
const load = createRequire(join(folder, "package.json"));
const { CosmosClient } = load("@azure/cosmos");
const { version } = load("@azure/cosmos/package.json");
let client = null;
let container = null;

async function prepare(asked) {
  attempts = null;
  clock.compressed = asked.clock === "compressed";
  clock.patienceMs = null;
  const given = asked.client;
  const policy = {
    preferredLocations: given.preferred_locations,
    useMultipleWriteLocations: given.use_multiple_write_locations,
  };
  if (given.read_timeout_s !== undefined) policy.requestTimeout = given.read_timeout_s * 1000;
  if (given.max_retries !== undefined || given.max_wait_s !== undefined) {
    policy.retryOptions = {
      maxRetryAttemptCount: given.max_retries ?? 9,
      fixedRetryIntervalInMilliseconds: 0,
      maxWaitTimeInSeconds: given.max_wait_s ?? 30,
    };
  }
  const { connectionPolicy = {}, ...native } = given.native ?? {};
  const options = { endpoint: asked.endpoint, key: asked.key, ...native };
  client = new CosmosClient({ ...options, connectionPolicy: { ...policy, ...connectionPolicy } });
  container = client.database(asked.database).container(asked.container);
  await container.read();
}

async function call(asked) {
  const { id, document, partition_key: key } = asked;
  const extra = asked.per_call ?? {};
  const item = container.item(id, key);
  switch (asked.operation) {
    case "point_read": return item.read(extra);
    case "query": {
      const query = { query: asked.query, parameters: asked.parameters };
      return container.items.query(query, { partitionKey: key, ...extra }).fetchAll();
    }
    case "create": return container.items.create(document, extra);
    case "upsert": return container.items.upsert(document, extra);
    case "replace": return item.replace(document, extra);
    case "delete": return item.delete(extra);
    case "patch": return item.patch(asked.patch, extra);
    case "transactional_batch": {
      const operations = asked.batch.map((one) => ({ operationType: "Create", resourceBody: one }));
      return container.items.batch(operations, key, extra);
    }
    case "stored_procedure":
      return container.scripts.storedProcedure(asked.procedure).execute(key, asked.arguments, extra);
    default: throw new Error(`no such operation: ${asked.operation}`);
  }
}

// What a call returned: some calls return an error instead of throwing it.
function returned(response) {
  let status = response?.statusCode ?? response?.code;
  if (status === 207) status = (response.result ?? []).map((one) => one.statusCode).find((one) => one >= 400 && one !== 424);
  if (typeof status === "number" && status >= 400) {
    const message = "the call threw nothing, and returned this status";
    const substatus = number(String(response.substatus ?? ""));
    return { outcome: "error", status, name: "returned", message, ...(substatus === undefined ? {} : { substatus }) };
  }
  return { outcome: "success" };
}

function thrown(error) {
  const heard = { outcome: "error", status: null, name: String(error?.name ?? "Error").slice(0, 200) };
  heard.message = String(error?.message ?? error).split("\n")[0].slice(0, 300);
  if (typeof error?.code === "number" && error.code >= 100 && error.code <= 599) {
    heard.status = error.code;
    if (typeof error.substatus === "number") heard.substatus = error.substatus;
  } else if (error?.code && error.code !== error.name) {
    heard.name = `${heard.name} ${error.code}`.slice(0, 200);
  }
  return heard;
}

async function perform(asked) {
  clock.patienceMs = asked.patience_s === undefined ? null : asked.patience_s * 1000;
  attempts = [];
  clock.startedMs = nowMs();
  let heard;
  try {
    heard = returned(await call(asked));
  } catch (error) {
    heard = thrown(error);
  }
  const seen = attempts;
  attempts = null;
  return { kind: "heard", t: now(), ...heard, attempts: seen };
}

async function answer(asked) {
  switch (asked.kind) {
    case "hello": {
      const language = `Node.js ${process.versions.node}`;
      return { kind: "hello", protocol: 1, name: "azure-cosmos-js", version, language };
    }
    case "prepare":
      await prepare(asked);
      return { kind: "ready" };
    case "perform": return perform(asked);
    case "close":
      client?.dispose();
      clock.timers.clear();
      return { kind: "closed" };
    default: throw new Error(`no such message: ${asked.kind}`);
  }
}

process.on("unhandledRejection", () => {}); // of the client's work in the background
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { kind: "problem", reason: `${error?.name}: ${error?.message ?? error}`.slice(0, 500) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0);
