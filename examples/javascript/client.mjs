// The retry logic of a client of Azure Cosmos DB: what to do when a request fails.
//
// Written from the documents, as the author of a client would write it; it knows nothing of who tests it.
// `wire` sends, reads the account and tells the time, in whole microseconds, so that 0.1 + 0.2 is 0.3.

export const MS = 1_000, S = 1_000_000;
const FEW_TIMES = 2; // retries of a write after a 404/1002, in one region
const PER_REGION = ["gone", "timeout", "unavailable", "session", "missing"]; // the rest is counted for the request

export class Surfaced extends Error { // an error for the application
  constructor(status, substatus = 0) { super(`${status}/${substatus}`); Object.assign(this, { status, substatus }); }
}

// What follows from the settings of an operation: whether it writes, and the regions that it may use, in order.
export function settle(config) {
  const { operation, regions, writeRegions, preferred, useMultipleWriteLocations } = config;
  const isWrite = operation !== "point_read" && operation !== "query";
  const multiWrite = writeRegions.length > 1 && useMultipleWriteLocations;
  const readOrder = preferred.length ? preferred : regions;
  const writable = preferred.filter((region) => writeRegions.includes(region));
  const writeOrder = !multiWrite ? writeRegions.slice(0, 1) : writable.length ? writable : writeRegions;
  const strong = config.level === "Strong" || config.level === "BoundedStaleness";
  return { ...config, isWrite, multiWrite, strong, readOrder, order: isWrite ? writeOrder : readOrder };
}

export class Request { // a write, a read, a page of a query, or a metadata call, with counters of its own
  constructor(config, wire, { step, region } = {}) {
    Object.assign(this, { config, wire, step });
    this.metadata = step !== undefined && step !== "page";
    this.direct = config.direct && !this.metadata; // metadata calls go through the gateway
    this.reads = !config.isWrite || this.metadata;
    this.order = this.metadata ? config.readOrder : config.order;
    this.visited = [];
    this.failovers = 0;
    this.policies = {}; // of each: when its window began, its retries, its last delay
    this.enter(region ?? this.order[0]);
  }

  async run() {
    for (;;) {
      this.began = this.wire.now;
      const answer = await this.wire.attempt(this.region, this.direct ? this.replica : undefined, this.step);
      if (answer.success) return answer.status;
      this.answered = this.wire.now;
      await this.recover(answer);
    }
  }

  enter(region) {
    this.region = region;
    this.visited.push(region);
    this.replica = 0;
    for (const name of PER_REGION) delete this.policies[name];
  }

  policy(name) {
    return (this.policies[name] ??= { opened: this.began, retries: 0, delay: null });
  }

  nextRegion() {
    return this.order.find((region) => !this.visited.includes(region));
  }

  // Do whatever comes before the next attempt, or give up.
  async recover(answer) {
    const { status, substatus } = answer;
    if (status === 429) return this.throttled(answer);
    if (status === 503 && !this.direct) return this.unavailable(answer);
    if (this.metadata) throw this.error(answer);
    if (answer.cause) return this.failed(answer);
    if (status === 410) return this.gone(answer);
    if (status === 404) return this.notFound(answer);
    if (status === 408 && this.reads) return this.timedOut(answer);
    if (status === 449 && !this.reads) return this.retryWith(answer);
    if (status === 403 && substatus === 3 && !this.reads) return this.redirected(answer);
    throw this.error(answer);
  }

  error(answer, status) {
    const own = { timeout: 408, connectivity: 503 }[answer.cause];
    return status ?? own ? new Surfaced(status ?? own) : new Surfaced(answer.status, answer.substatus);
  }

  // When the next retry starts, each delay twice the one before; undefined where no time is left.
  retryAt(name, window, first) {
    const { opened, delay } = this.policy(name);
    const end = opened + window;
    const planned = delay === null ? Math.min(this.answered + first, end) : this.answered + Math.max(2 * delay, first);
    const at = Math.max(planned, this.wire.now);
    return at <= end ? at : undefined;
  }

  wait(name, at) {
    const policy = this.policy(name);
    Object.assign(policy, { delay: at - this.answered, retries: policy.retries + 1 });
    this.wire.sleepUntil(at);
    this.otherReplica();
  }

  otherReplica() {
    if (this.reads) this.replica = (this.replica + 1) % 4;
  }

  throttled(answer) {
    const { throttleRetries, throttleWindow } = this.config, policy = this.policy("throttle");
    const end = policy.opened + throttleWindow;
    const at = answer.retryAfter === undefined ? Math.min(this.answered + S, end) : this.answered + answer.retryAfter;
    if (policy.retries >= throttleRetries || this.answered > end || at > end) throw this.error(answer);
    this.wait("throttle", at);
  }

  unavailable(answer) {
    if (this.policy("unavailable").retries < 2) return this.wait("unavailable", this.answered + S / 2);
    const everywhere = this.metadata || (!this.reads && this.config.multiWrite);
    const once = this.reads && this.failovers === 0;
    this.failOver(everywhere || once ? this.nextRegion() : undefined, this.error(answer));
  }

  failOver(region, error) {
    if (region === undefined) throw error;
    this.failovers++;
    this.enter(region);
  }

  failed(answer) {
    if (!this.reads && answer.sent) throw this.error(answer); // it may have been carried out: never again
    if (this.reads && !this.direct && answer.cause === "timeout") return this.timedOut(answer);
    return this.gone(answer);
  }

  async gone(answer) {
    const long = this.reads && (!this.direct || this.config.strong), window = (long ? 60 : 30) * S;
    const stale = this.direct && (this.reads || answer.status === 410);
    if (stale && this.retryAt("gone", window, S) !== undefined) await this.refreshAddresses();
    const at = this.retryAt("gone", window, S);
    if (at !== undefined) return this.wait("gone", at);
    this.failOver(this.reads || this.failovers === 0 ? this.nextRegion() : undefined, this.error(answer, 503));
  }

  refreshAddresses() {
    return new this.constructor(this.config, this.wire, { step: "address_resolution" }).run();
  }

  timedOut(answer) {
    const at = this.retryAt("timeout", 30 * S, S);
    if (at === undefined) throw this.error(answer, 408);
    this.wait("timeout", at);
  }

  retryWith(answer) {
    const at = this.retryAt("retry_with", 30 * S, 10 * MS), first = this.policy("retry_with").retries === 0;
    if (at === undefined) throw this.error(answer);
    this.wait("retry_with", first ? this.answered + 10 * MS : at);
  }

  async redirected(answer) {
    const told = (await this.wire.readAccount()).find((region) => region !== this.region);
    if (this.policies.redirect || told === undefined) throw this.error(answer);
    this.policy("redirect").retries = 1;
    this.enter(told); // which is no failover
  }

  notFound(answer) {
    const { config } = this, behind = answer.substatus === 1002;
    if (!this.reads && behind && config.multiWrite) {
      if (this.policy("session").retries < FEW_TIMES) return this.wait("session", this.answered);
      return this.failOver(this.nextRegion(), this.error(answer));
    }
    const strong = config.operation === "point_read" && config.strong;
    const session = this.reads && config.level === "Session" && behind;
    if (!strong && !session) throw this.error(answer);
    const missing = this.policy("missing");
    if (missing.retries++ < 1) return this.otherReplica(); // a second replica of the region
    if (strong) throw this.error(answer);
    if (config.writeRegions.length > 1) return this.failOver(this.nextRegion(), this.error(answer));
    const [home] = config.writeRegions;
    this.failOver(this.visited.includes(home) ? undefined : home, this.error(answer));
  }
}

// Carry out one operation; the status of its success, or a Surfaced is thrown.
export async function operate(config, wire, Kind = Request) {
  const settled = settle(config);
  for (const step of settled.needs) await new Kind(settled, wire, { step }).run();
  if (settled.operation !== "query") return new Kind(settled, wire).run();
  let status, region;
  for (let page = 0; page < settled.pages; page++) {
    const request = new Kind(settled, wire, { step: "page", region });
    status = await request.run();
    region = request.region;
  }
  return status;
}
