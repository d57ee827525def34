/** Stand-ins for what a client meets outside: time, the network, the token's source. */

/** Time that moves only when it is told to. */
export class FakeClock {
  #now = 1_700_000_000_000;
  #timers = new Map();
  #next = 1;

  now = () => this.#now;

  setTimeout = (body, delay) => {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + delay, body });
    return id;
  };

  clearTimeout = (id) => {
    this.#timers.delete(id);
  };

  /** Lets `duration` milliseconds pass, and everything that falls due happen in order. */
  async advance(duration) {
    const end = this.#now + duration;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].body();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything that is only waiting for a promise happen. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** The server's end of the sockets that a client opens. */
export class FakeNetwork {
  /** @type {any[]} */
  sockets = [];

  /** The constructor to hand to a client. */
  get WebSocket() {
    const network = this;
    return class {
      readyState = 0;
      sent = [];
      closedWith = null;

      constructor(url, protocol) {
        this.url = new URL(url);
        this.protocol = protocol;
        network.sockets.push(this);
      }

      send(text) {
        if (this.readyState !== 1) throw new Error("not open");
        this.sent.push(JSON.parse(text));
      }

      close(code) {
        this.readyState = 3;
        this.closedWith = code;
      }

      // What the server does.
      open() {
        this.readyState = 1;
        this.onopen?.();
      }

      deliver(frame) {
        this.onmessage?.({ data: JSON.stringify(frame) });
      }

      end(code = 1006, reason = "") {
        this.readyState = 3;
        this.onclose?.({ code, reason });
      }

      welcome(more = {}) {
        this.open();
        this.deliver({
          type: "welcome", user: "alice", device: "d", session: "s", edge: "edge-1", cursor: "5-0", heartbeat: 25, limits: {}, ...more,
        });
      }

      of(type) {
        return this.sent.filter((frame) => frame.type === type);
      }
    };
  }

  get last() {
    return this.sockets[this.sockets.length - 1];
  }
}
