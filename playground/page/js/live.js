// The live socket: frames from the server, and a new connection by itself whenever one is lost.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

export class Live {
  /** `onframe` gets each frame, `onopen` runs after every connection (so also after a gap), `onstate` gets true or false. */
  constructor({ onframe, onopen, onstate }) {
    this.handlers = { onframe, onopen, onstate };
    this.socket = null;
    this.as = null;
    this.wait = FIRST_WAIT_MS;
    // A laptop that wakes or a network that returns need not sit out the wait.
    addEventListener("online", () => this.again(0));
    document.addEventListener("visibilitychange", () => !document.hidden && this.again(0));
  }

  connect(as) {
    if (this.as === as && this.socket) return;
    this.close();
    this.as = as;
    this.open();
  }

  close() {
    this.as = null;
    clearTimeout(this.timer);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/_page/live?as=${encodeURIComponent(this.as)}`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (this.socket !== socket) return;
      this.wait = FIRST_WAIT_MS;
      this.handlers.onstate(true);
      this.handlers.onopen();
    });
    socket.addEventListener("message", (e) => {
      if (this.socket !== socket) return;
      let frame = null;
      try {
        frame = JSON.parse(e.data);
      } catch {
        console.error("a live frame was not JSON", e.data);
        return;
      }
      this.handlers.onframe(frame);
    });
    socket.addEventListener("close", () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.handlers.onstate(false);
      this.again(this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    });
  }

  again(ms) {
    if (!this.as || this.socket) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.as && !this.socket && this.open(), ms);
  }
}
