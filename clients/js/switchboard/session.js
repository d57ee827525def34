import { CloseCode } from "./codes.js";
import { renewalTime } from "./tokens.js";
import { Watchdog } from "./watchdog.js";

/** The edge waits 10 s for a token and then welcomes; a connection that shows nothing by then is not one. */
const WELCOME_TIMEOUT = 12_000;
/** How often a token is renewed at most, in milliseconds, however far this device's clock is ahead of the server's. */
const RENEWAL_INTERVAL = 10_000;
/** A timer holds 31 bits of milliseconds; a token that lives longer is looked at again after that. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * One session on one connection: begins with the token, is kept alive and in fresh tokens, and ends once.
 */
export class Session {
  #socket;
  #clock;
  #tokens;
  #watchdog;
  #heard;
  #ended;
  #isOver = false;
  #numbers = 0;
  #welcomeTimer;
  /** @type {unknown} */
  #renewalTimer;

  /**
   * @param {object} options
   * @param {string} options.url with `device` and `cursor`
   * @param {import("./tokens.js").Token} options.token
   * @param {import("./tokens.js").TokenSource} options.tokens where fresh ones come from
   * @param {typeof WebSocket} options.WebSocket
   * @param {import("./clock.js").Clock} options.clock
   * @param {(frame: any) => void} options.heard a frame came
   * @param {(code: number, reason: string) => void} options.ended the session is over, unless it was {@link close}d
   */
  constructor({ url, token, tokens, WebSocket: Socket, clock, heard, ended }) {
    this.#clock = clock;
    this.#tokens = tokens;
    this.#heard = heard;
    this.#ended = ended;
    this.#watchdog = new Watchdog({
      clock,
      ask: () => this.send({ type: "ping", n: this.number() }),
      dead: () => this.#giveUp(),
    });
    const socket = new Socket(url, "switchboard.v1");
    this.#socket = socket;
    this.#welcomeTimer = clock.setTimeout(() => this.#giveUp(), WELCOME_TIMEOUT);
    // The token goes in a frame and not in the URL: URLs end up in the logs of everything on the way.
    socket.onopen = () => this.send({ type: "auth", token: token.token });
    socket.onmessage = (event) => this.#receive(event.data, token);
    socket.onclose = (event) => this.#end(event.code, event.reason);
    // The close that follows says all there is to know; in Node an error that nobody hears would end the process.
    socket.onerror = () => {};
  }

  /**
   * A number for a frame that is answered; each has its own. Those of messages are their device's, and far above.
   *
   * @returns {number}
   */
  number() {
    this.#numbers += 1;
    return this.#numbers;
  }

  /** @param {object} frame @returns {boolean} whether it went out */
  send(frame) {
    if (this.#isOver || this.#socket.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /**
   * Leaves, without a word to `ended`.
   *
   * @param {number} code
   */
  close(code) {
    if (this.#isOver) return;
    this.#finish();
    this.#socket.close(code);
  }

  /** Has the server show that it is there, unless it just did. */
  probe() {
    this.#watchdog.probe();
  }

  /** @param {string} text @param {import("./tokens.js").Token} token */
  #receive(text, token) {
    if (this.#isOver) return;
    this.#watchdog.heard();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type === "welcome") {
      this.#clock.clearTimeout(this.#welcomeTimer);
      this.#watchdog.start(frame.heartbeat * 1000);
      this.#planRenewal(token);
    }
    this.#heard(frame);
  }

  /**
   * Shows a fresh token before this one expires.
   *
   * @param {import("./tokens.js").Token} token
   */
  #planRenewal(token) {
    const now = this.#clock.now();
    const wait = Math.min(Math.max(RENEWAL_INTERVAL, renewalTime(token, now) - now), LONGEST_TIMER);
    this.#renewalTimer = this.#clock.setTimeout(async () => {
      let next = token;
      try {
        next = await this.#tokens.renew();
        this.send({ type: "auth", token: next.token });
      } catch {
        // The old one holds until it expires; the session then ends with 4003 and is resumed.
      }
      if (!this.#isOver) this.#planRenewal(next);
    }, wait);
  }

  /** The other side says nothing any more, and the socket's own end may take minutes. */
  #giveUp() {
    this.#socket.close(CloseCode.heartbeatMissed, "no answer");
    this.#end(CloseCode.heartbeatMissed, "no answer");
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    if (this.#isOver) return;
    this.#finish();
    this.#ended(code, reason);
  }

  #finish() {
    this.#isOver = true;
    this.#watchdog.stop();
    this.#clock.clearTimeout(this.#welcomeTimer);
    this.#clock.clearTimeout(this.#renewalTimer);
  }
}
