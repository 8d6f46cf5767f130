// The client beside this file with one classic bug at a time: BUG=name picks one, and the vectors find it.

import { MS, Request, S, Surfaced } from "./client.mjs";

export const BUGS = {
  // Treats every lost connection and every timeout of a write as if nothing had been sent.
  "resends-a-delivered-write": class extends Request {
    failed(answer) {
      return this.reads ? super.failed(answer) : this.gone(answer);
    }
  },

  // Takes the time for retries twice.
  "retries-past-the-window": class extends Request {
    retryAt(name, window, first) {
      return super.retryAt(name, 2 * window, first);
    }
  },

  // Retries a throttled request after 10 ms, whatever the service asked for.
  "ignores-retry-after": class extends Request {
    throttled(answer) {
      return super.throttled({ ...answer, retryAfter: 10 * MS });
    }
  },

  // Sends a write to the next region, whether that accepts writes or not.
  "fails-over-a-single-write-account": class extends Request {
    constructor(...given) {
      super(...given);
      if (!this.reads) this.order = [...new Set([...this.order, ...this.config.readOrder])];
    }
  },

  // Goes through the regions from the last one.
  "wrong-region-order": class extends Request {
    nextRegion() {
      return this.order.findLast((region) => !this.visited.includes(region));
    }
  },

  // Hands a 410 to the application where its retries are spent.
  "surfaces-410": class extends Request {
    error(answer, status) {
      return super.error(answer, answer.status === 410 ? 410 : status);
    }
  },

  // Tries once more to create what exists.
  "retries-409": class extends Request {
    async recover(answer) {
      if (answer.status !== 409 || this.policies.conflict) return super.recover(answer);
      this.policy("conflict");
    }
  },

  // Retries a throttled request once more than it may.
  "ten-throttling-retries": class extends Request {
    throttled(answer) {
      const { retries } = this.policy("throttle");
      this.policies.throttle.retries -= retries === this.config.throttleRetries ? 1 : 0;
      return super.throttled(answer);
    }
  },

  // Waits for a second before each retry.
  "constant-backoff": class extends Request {
    retryAt(name, window) {
      const at = this.answered + S;
      return at <= this.policy(name).opened + window ? Math.max(at, this.wire.now) : undefined;
    }
  },

  // Does not wait after a 449.
  "retries-a-449-at-once": class extends Request {
    retryWith(answer) {
      super.retryWith(answer);
      this.wire.now = this.answered;
    }
  },

  // Retries after a 410 with the addresses that were wrong.
  "no-address-refresh": class extends Request {
    async refreshAddresses() {}
  },

  // Looks for a missing item in the next region.
  "leaves-the-region-after-a-strong-404": class extends Request {
    notFound(answer) {
      const further = this.config.strong && this.config.operation === "point_read" && this.nextRegion();
      return further ? this.enter(further) : super.notFound(answer);
    }
  },

  // Tells the application that all is well.
  "reports-success-it-did-not-get": class extends Request {
    async run() {
      return super.run().catch((error) => {
        if (error instanceof Surfaced) return 200;
        throw error;
      });
    }
  },
};
