// The conversation as this browser knows it, and the socket that keeps it in
// step: dense sequence numbers, an outbox resent until acknowledged, resume.
import type {
  ClientFrame,
  ConversationState,
  DurableFrame,
  ErrorCode,
  MessageFrame,
  ServerFrame,
  Speaker,
  StateFrame,
} from './protocol';
import { ulid } from './ulid';

export type Connection = 'idle' | 'connecting' | 'online' | 'waiting' | 'offline' | 'refused';

export interface Outgoing {
  cid: string;
  at: number;
  text: string;
  payload: string | null;
  /** Set when the text is the title of a button of message `of_seq`. */
  of_seq?: number;
  failed?: ErrorCode | 'timeout';
  /** On disk at the server, which has yet to give it its place in the conversation. */
  stored?: boolean;
}

export interface Settings {
  url: string;
  locale: string;
  storage: Storage | null;
  storageKey: string;
  socket?: (url: string) => WebSocket;
  random?: () => number;
  isOnline?: () => boolean;
}

interface Saved {
  token: string | null;
  conv: string | null;
  last_seq: number;
  read: number;
}

const OUTBOX_CAP = 50;
const OUTBOX_AGE = 24 * 3600_000;
const PING_EVERY = 25_000;
const DEAD_AFTER = 60_000;
const ACK_WAIT = 10_000;
const MAX_TRIES = 3;
const GAP_WAIT = 400;
const BUFFER_CAP = 50;
const STABLE_AFTER = 30_000;
const WORDS_EVERY = 3000;

export class ChatClient {
  connection: Connection = 'idle';
  /** Connected at least once since the chat was opened: the history is here. */
  loaded = false;
  items: DurableFrame[] = [];
  outbox: Outgoing[] = [];
  conv: string | null = null;
  state: ConversationState = 'bot';
  agent: string | null = null;
  position: number | null = null;
  typing: { kind: Speaker; name: string | null } | null = null;
  /** What the bot has written so far of an answer that is not said yet. */
  draft: string | null = null;
  lastSeq = 0;
  readSeq = 0;
  onMessage: (frame: MessageFrame) => void = () => {};

  private token: string | null = null;
  private listeners = new Set<() => void>();
  private socket: WebSocket | null = null;
  private buffer = new Map<number, DurableFrame>();
  private attempts = 0;
  private heardAt = 0;
  private pings = 0;
  private sentRead = 0;
  private typedAt = 0;
  private visible = false;
  private timers: Partial<Record<'retry' | 'ping' | 'gap' | 'typing' | 'stable', ReturnType<typeof setTimeout>>> = {};
  private ackTimers = new Map<string, ReturnType<typeof setTimeout>>();
  private tries = new Map<string, number>();

  constructor(private settings: Settings) {}

  get unread(): number {
    return this.items.filter((f) => f.t === 'msg' && f.from.kind !== 'customer' && f.seq > this.readSeq).length;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** First interaction: reads what an earlier visit stored, then connects. */
  connect(): void {
    if (this.connection !== 'idle') return;
    this.load();
    this.dial();
  }

  setLocale(locale: string): void {
    if (locale === this.settings.locale) return;
    this.settings.locale = locale;
    if (this.connection === 'online') this.redial();
  }

  /** The transcript is on screen (or no longer is). */
  setVisible(visible: boolean): void {
    this.visible = visible;
    this.markRead();
    this.changed();
  }

  send(text: string, payload: string | null = null): void {
    this.queue({ cid: ulid(), at: Date.now(), text, payload });
    this.stopTyping();
  }

  choose(ofSeq: number, button: { title: string; payload: string }): void {
    this.queue({ cid: ulid(), at: Date.now(), text: button.title, payload: button.payload, of_seq: ofSeq });
  }

  retry(cid: string): void {
    const entry = this.outbox.find((o) => o.cid === cid);
    if (!entry) return;
    delete entry.failed;
    this.tries.delete(cid);
    this.store(entry);
    this.post(entry);
    this.changed();
  }

  discard(cid: string): void {
    this.settle(cid);
    this.changed();
  }

  type(on: boolean): void {
    if (!on) return this.stopTyping();
    const now = Date.now();
    if (now - this.typedAt < WORDS_EVERY) return;
    this.typedAt = now;
    this.transmit({ t: 'typing', on: true });
  }

  /** Back on the network, or back to this tab. */
  wake(): void {
    if (this.connection === 'waiting' || this.connection === 'offline') {
      this.attempts = 0;
      this.dial();
    } else if (this.connection === 'online') {
      if (Date.now() - this.heardAt > DEAD_AFTER) this.redial();
      else this.transmit({ t: 'ping', n: ++this.pings });
    }
    this.markRead();
  }

  lostNetwork(): void {
    if (this.connection === 'idle' || this.connection === 'refused') return;
    clearTimeout(this.timers.retry);
    this.hangUp();
    this.show('offline');
  }

  /** Forgets the visitor on this device. */
  shutdown(): void {
    const { storage, storageKey } = this.settings;
    try {
      storage?.removeItem(storageKey);
      storage?.removeItem(`${storageKey}:outbox`);
    } catch {
      // Storage is blocked: nothing was kept.
    }
    this.reset();
  }

  /** As shutdown, for a tab that learns another tab did it. */
  reset(): void {
    this.hangUp();
    clearTimeout(this.timers.retry);
    for (const timer of this.ackTimers.values()) clearTimeout(timer);
    this.ackTimers.clear();
    this.tries.clear();
    this.token = null;
    this.outbox = [];
    this.attempts = 0;
    this.loaded = false;
    this.forget();
    this.show('idle');
  }

  // Storage

  private load(): void {
    const { storage, storageKey } = this.settings;
    try {
      const saved = JSON.parse(storage?.getItem(storageKey) ?? 'null') as Saved | null;
      if (saved) {
        this.token = saved.token;
        if (!this.items.length) this.readSeq = saved.read || 0;
      }
    } catch {
      this.token ??= null;
    }
    for (const entry of this.stored()) {
      if (!this.outbox.some((o) => o.cid === entry.cid)) this.outbox.push(entry);
    }
    this.outbox.sort((a, b) => a.at - b.at);
  }

  /** What another tab of this visitor has read, or the conversation it opened first. */
  follow(stored: string): void {
    let saved: Saved;
    try {
      saved = JSON.parse(stored) as Saved;
    } catch {
      return;
    }
    if (this.connection === 'idle') return; // reads it all when it connects
    if (saved.conv === this.conv) {
      if (!(saved.read > this.readSeq)) return;
      this.readSeq = saved.read;
      this.changed();
    } else if (saved.conv && this.conv && saved.conv < this.conv && !this.items.length && !this.outbox.length) {
      // Both tabs came as strangers at once: the empty one joins, by a rule that both apply alike.
      this.token = saved.token;
      this.redial();
    }
  }

  private save(): void {
    const saved: Saved = { token: this.token, conv: this.conv, last_seq: this.lastSeq, read: this.readSeq };
    try {
      this.settings.storage?.setItem(this.settings.storageKey, JSON.stringify(saved));
    } catch {
      // Full or blocked: the conversation goes on, the next visit starts anew.
    }
  }

  private stored(): Outgoing[] {
    try {
      const list = JSON.parse(this.settings.storage?.getItem(`${this.settings.storageKey}:outbox`) ?? '[]') as Outgoing[];
      return Array.isArray(list) ? list.filter((o) => o && o.cid && Date.now() - o.at < OUTBOX_AGE) : [];
    } catch {
      return [];
    }
  }

  /** Other tabs share the stored outbox: change one entry, never the whole. */
  private store(entry: Outgoing | null, cid = entry?.cid): void {
    const list = this.stored().filter((o) => o.cid !== cid);
    if (entry) list.push(entry);
    try {
      this.settings.storage?.setItem(
        `${this.settings.storageKey}:outbox`,
        JSON.stringify(list.sort((a, b) => a.at - b.at).slice(-OUTBOX_CAP)),
      );
    } catch {
      // Kept in memory only.
    }
  }

  // Outbox

  private queue(entry: Outgoing): void {
    this.outbox = [...this.outbox, entry].slice(-OUTBOX_CAP);
    this.store(entry);
    this.connect();
    this.post(entry);
    this.changed();
  }

  private post(entry: Outgoing): void {
    if (this.connection !== 'online' || entry.failed) return;
    const { cid, text, payload, of_seq } = entry;
    this.transmit(
      of_seq === undefined
        ? { t: 'msg', cid, text, payload }
        : { t: 'choose', cid, of_seq, payload: payload ?? '', title: text },
    );
    this.tries.set(cid, (this.tries.get(cid) ?? 0) + 1);
    this.postLater(entry, ACK_WAIT);
  }

  private postLater(entry: Outgoing, wait: number): void {
    clearTimeout(this.ackTimers.get(entry.cid));
    this.ackTimers.set(
      entry.cid,
      setTimeout(() => {
        if (this.connection !== 'online' || !this.outbox.includes(entry)) return;
        if ((this.tries.get(entry.cid) ?? 0) >= MAX_TRIES) this.fail(entry, 'timeout');
        else this.post(entry);
      }, wait),
    );
  }

  private fail(entry: Outgoing, code: Outgoing['failed']): void {
    entry.failed = code;
    clearTimeout(this.ackTimers.get(entry.cid));
    this.store(entry);
    this.changed();
  }

  private settle(cid: string): Outgoing | undefined {
    const entry = this.outbox.find((o) => o.cid === cid);
    clearTimeout(this.ackTimers.get(cid));
    this.ackTimers.delete(cid);
    this.tries.delete(cid);
    if (entry) {
      this.outbox = this.outbox.filter((o) => o !== entry);
      this.store(null, cid);
    }
    return entry;
  }

  // Socket

  private dial(): void {
    clearTimeout(this.timers.retry);
    this.hangUp();
    if (this.settings.isOnline?.() === false) return this.show('offline');
    this.show('connecting');
    let socket: WebSocket;
    try {
      socket = (this.settings.socket ?? ((url) => new WebSocket(url)))(this.settings.url);
    } catch {
      return this.show('refused');
    }
    this.socket = socket;
    this.heardAt = Date.now();
    socket.onopen = () => {
      const resume = this.conv && this.items.length ? { conv: this.conv, last_seq: this.lastSeq } : null;
      this.write({ t: 'hello', v: 1, token: this.token, resume, locale: this.settings.locale });
    };
    socket.onmessage = (event: MessageEvent) => {
      if (socket !== this.socket) return;
      this.heardAt = Date.now();
      let frame: ServerFrame;
      try {
        frame = JSON.parse(event.data as string) as ServerFrame;
      } catch {
        return;
      }
      this.receive(frame);
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket === this.socket) this.dropped(event.code);
    };
    this.timers.ping = setInterval(() => this.heartbeat(), PING_EVERY / 5);
  }

  private beats = 0;
  private heartbeat(): void {
    if (Date.now() - this.heardAt >= DEAD_AFTER) return this.dropped(0);
    if (++this.beats % 5 === 0) this.transmit({ t: 'ping', n: ++this.pings });
  }

  private hangUp(): void {
    const socket = this.socket;
    this.socket = null;
    clearInterval(this.timers.ping);
    clearTimeout(this.timers.gap);
    clearTimeout(this.timers.stable);
    clearTimeout(this.timers.typing);
    this.timers.gap = undefined;
    this.typing = null;
    this.draft = null;
    this.buffer.clear();
    this.beats = 0;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      try {
        socket.close();
      } catch {
        // Already gone.
      }
    }
  }

  private dropped(code: number): void {
    this.hangUp();
    if (code === 4403) return this.show('refused');
    if (code === 4401) {
      this.token = null;
      this.forget();
      this.save();
    }
    if (this.settings.isOnline?.() === false) return this.show('offline');
    const random = this.settings.random ?? Math.random;
    const cap = code === 1012 ? 10_000 : Math.min(30_000, 500 * 2 ** this.attempts++);
    this.timers.retry = setTimeout(() => this.dial(), random() * cap);
    this.show('waiting');
  }

  /** Closes and dials at once: how a gap is filled and a locale is told. */
  private redial(): void {
    this.hangUp();
    this.dial();
  }

  private write(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  private transmit(frame: ClientFrame): void {
    if (this.connection === 'online') this.write(frame);
  }

  // Frames

  private receive(frame: ServerFrame): void {
    switch (frame.t) {
      case 'welcome':
        return this.welcome(frame);
      case 'msg':
      case 'state':
        return this.durable(frame);
      case 'ack':
        return this.acknowledged(frame.cid, frame.seq);
      case 'err':
        return this.refused(frame);
      case 'typing':
        if (frame.from?.kind === 'customer') return;
        clearTimeout(this.timers.typing);
        this.typing = frame.on ? frame.from : null;
        if (frame.on) {
          this.timers.typing = setTimeout(() => {
            this.typing = null;
            this.changed();
          }, (frame.ttl ?? 6) * 1000);
        }
        return this.changed();
      case 'draft':
        // A person who took over answers now: what the bot was about to say is not shown.
        this.draft = this.state === 'bot' || this.state === 'resolved' ? frame.text || null : null;
        return this.changed();
    }
  }

  private welcome(frame: Extract<ServerFrame, { t: 'welcome' }>): void {
    if (typeof frame.token === 'string') this.token = frame.token;
    if (frame.conv !== this.conv) {
      const read = this.items.length ? 0 : this.readSeq;
      this.forget();
      this.readSeq = read;
    }
    this.conv = frame.conv;
    const events = (frame.events ?? []).filter((e) => e.t === 'msg' || e.t === 'state');
    const known = new Set(this.items.map((i) => i.seq));
    const fresh = events.filter((e) => !known.has(e.seq));
    this.items = [...this.items, ...fresh].sort((a, b) => a.seq - b.seq);
    // The server has told everything up to its last_seq, so no gap remains.
    this.lastSeq = Math.max(this.lastSeq, frame.last_seq, this.items.at(-1)?.seq ?? 0);
    const state = this.items.findLast((i): i is StateFrame => i.t === 'state');
    this.state = frame.state ?? state?.state ?? 'bot';
    this.agent = state?.agent?.name ?? null;
    this.position = state?.position ?? null;
    for (const item of this.items) if (item.t === 'msg' && item.cid) this.settle(item.cid);
    const resumed = this.loaded;
    this.loaded = true;
    this.connection = 'online';
    this.timers.stable = setTimeout(() => (this.attempts = 0), STABLE_AFTER);
    this.sentRead = 0;
    this.save();
    for (const entry of this.outbox) {
      this.tries.delete(entry.cid);
      this.post(entry);
    }
    this.markRead();
    this.changed();
    if (resumed) for (const event of fresh) if (event.t === 'msg') this.onMessage(event);
  }

  private durable(frame: DurableFrame): void {
    if (this.connection !== 'online') return;
    if (frame.t === 'msg' && frame.cid) this.settle(frame.cid);
    if (frame.seq <= this.lastSeq) {
      // The server's own copy of a message first shown from its ack.
      this.items = this.items.map((i) => (i.seq === frame.seq && !(i.t === 'msg' && i.id) ? frame : i));
      return this.changed();
    }
    this.buffer.set(frame.seq, frame);
    const passed: DurableFrame[] = [];
    for (let next; (next = this.buffer.get(this.lastSeq + 1)); ) {
      this.buffer.delete(next.seq);
      this.lastSeq = next.seq;
      passed.push(next);
    }
    if (passed.length) {
      this.items = [...this.items, ...passed];
      for (const item of passed) this.took(item);
      this.save();
      this.markRead();
    }
    if (!this.buffer.size) {
      clearTimeout(this.timers.gap);
      this.timers.gap = undefined;
    } else if (this.buffer.size > BUFFER_CAP) {
      return this.redial();
    } else {
      this.timers.gap ??= setTimeout(() => this.redial(), GAP_WAIT);
    }
    this.changed();
  }

  private took(item: DurableFrame): void {
    if (item.t === 'state') {
      this.draft = null;
      this.state = item.state;
      this.agent = item.agent?.name ?? null;
      this.position = item.position;
      return;
    }
    if (item.from.kind !== 'customer') {
      this.typing = null;
      this.draft = null;
      clearTimeout(this.timers.typing);
    }
    this.onMessage(item);
  }

  private acknowledged(cid: string, seq: number | null): void {
    if (seq === null) return this.accepted(cid);
    const entry = this.settle(cid);
    if (entry && seq > this.lastSeq && !this.buffer.has(seq)) {
      // Shown from the ack: the echo, when it comes, takes this place.
      return this.durable({
        t: 'msg',
        seq,
        id: '',
        cid,
        from: { kind: 'customer', name: null },
        ts: new Date(entry.at).toISOString(),
        parts: [{ type: 'text', md: entry.text }],
      });
    }
    this.changed();
  }

  /** The message is safe; it stays in view until its echo comes. */
  private accepted(cid: string): void {
    const entry = this.outbox.find((o) => o.cid === cid);
    clearTimeout(this.ackTimers.get(cid));
    this.ackTimers.delete(cid);
    this.tries.delete(cid);
    if (entry) {
      entry.stored = true;
      delete entry.failed;
      this.store(entry);
    }
    this.changed();
  }

  private refused(frame: Extract<ServerFrame, { t: 'err' }>): void {
    const entry = this.outbox.find((o) => o.cid === frame.cid);
    if (!entry) return;
    if (frame.code === 'rate_limited' && frame.retry_after !== undefined) {
      this.tries.delete(entry.cid);
      return this.postLater(entry, frame.retry_after * 1000);
    }
    this.fail(entry, frame.code);
  }

  private stopTyping(): void {
    if (!this.typedAt) return;
    this.typedAt = 0;
    this.transmit({ t: 'typing', on: false });
  }

  private markRead(): void {
    if (!this.visible || !this.loaded) return;
    if (this.readSeq < this.lastSeq) {
      this.readSeq = this.lastSeq;
      this.save();
    }
    if (this.sentRead < this.readSeq && this.connection === 'online') {
      this.sentRead = this.readSeq;
      this.transmit({ t: 'read', seq: this.readSeq });
    }
  }

  private forget(): void {
    this.items = [];
    this.buffer.clear();
    this.conv = null;
    this.state = 'bot';
    this.agent = null;
    this.position = null;
    this.lastSeq = this.readSeq = this.sentRead = 0;
  }

  private show(connection: Connection): void {
    this.connection = connection;
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
