import { socketAddress } from "./api";
import type { ServerFrame } from "./types";

const PING_EVERY = 25_000;
const DEAD_AFTER = 60_000;
const STABLE_AFTER = 30_000;

export interface SocketHandlers {
  frame(frame: ServerFrame): void;
  up(): void;
  down(): void;
  /** The server refused the session itself. */
  refused(): void;
}

/** Wait before attempt `n`: doubling from half a second to thirty, spread evenly below that. */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.2 + 0.8 * random));
}

export class Feed {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private stopped = true;
  private retry = 0;
  private ping = 0;
  private opened = 0;
  private heard = 0;

  constructor(private readonly handlers: SocketHandlers) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    addEventListener("online", this.hurry);
    addEventListener("offline", this.dropped);
    document.addEventListener("visibilitychange", this.hurry);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.dropped);
    document.removeEventListener("visibilitychange", this.hurry);
    this.close();
  }

  send(frame: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  hurry = (): void => {
    if (this.stopped || document.visibilityState === "hidden") return;
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    this.attempt = 0;
    this.connect();
  };

  private dropped = (): void => {
    if (!this.socket) return;
    this.close();
    this.handlers.down();
    this.later();
  };

  private close(): void {
    clearTimeout(this.retry);
    clearInterval(this.ping);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
  }

  private connect(): void {
    this.close();
    const socket = new WebSocket(socketAddress());
    this.socket = socket;
    socket.onopen = () => {
      this.opened = this.heard = Date.now();
      this.ping = window.setInterval(() => {
        if (Date.now() - this.heard > DEAD_AFTER) return this.dropped();
        if (Date.now() - this.opened > STABLE_AFTER) this.attempt = 0;
        this.send({ t: "ping" });
      }, PING_EVERY);
    };
    socket.onmessage = (message) => {
      this.heard = Date.now();
      let frame: ServerFrame;
      try {
        frame = JSON.parse(String(message.data)) as ServerFrame;
      } catch {
        return;
      }
      if (frame.t === "hello") this.handlers.up();
      this.handlers.frame(frame);
    };
    socket.onclose = (event) => {
      this.close();
      if (event.code === 4401) this.handlers.refused();
      this.handlers.down();
      this.later();
    };
  }

  private later(): void {
    if (this.stopped) return;
    clearTimeout(this.retry);
    this.retry = window.setTimeout(() => this.connect(), backoff(this.attempt++, Math.random()));
  }
}
