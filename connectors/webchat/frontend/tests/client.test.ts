import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChatClient } from '../src/client';
import type { ClientFrame, DurableFrame, ServerFrame, Speaker } from '../src/protocol';
import { ulid } from '../src/ulid';

class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }
  sent: ClientFrame[] = [];
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientFrame);
  }
  close(): void {
    this.closed = true;
  }
  serve(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  drop(code = 1006): void {
    this.onclose?.({ code });
  }
  of<T extends ClientFrame['t']>(t: T): Extract<ClientFrame, { t: T }>[] {
    return this.sent.filter((f): f is Extract<ClientFrame, { t: T }> => f.t === t);
  }
}

const say = (seq: number, kind: Speaker = 'bot', md = `m${seq}`, cid?: string): DurableFrame => ({
  t: 'msg',
  seq,
  id: `m_${seq}`,
  ...(cid ? { cid } : {}),
  from: { kind, name: null },
  ts: '2026-01-01T00:00:00Z',
  parts: [{ type: 'text', md }],
});
const welcome = (events: DurableFrame[], last_seq = events.at(-1)?.seq ?? 0): ServerFrame => ({
  t: 'welcome',
  token: 'v_secret',
  conv: 'c_1',
  state: 'bot',
  last_seq,
  events,
});

let online = true;
const make = (): ChatClient =>
  new ChatClient({
    url: 'wss://desk.example/webchat/ws',
    locale: 'en',
    storage: localStorage,
    storageKey: 'frontdesk:test',
    socket: () => new FakeSocket() as unknown as WebSocket,
    random: () => 1,
    isOnline: () => online,
  });
function started(events: DurableFrame[] = [say(1)]): { client: ChatClient; socket: FakeSocket } {
  const client = make();
  client.connect();
  FakeSocket.last.onopen!();
  FakeSocket.last.serve(welcome(events));
  return { client, socket: FakeSocket.last };
}
const seqs = (client: ChatClient): number[] => client.items.map((i) => i.seq);

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  FakeSocket.all = [];
  online = true;
});
afterEach(() => void vi.useRealTimers());

describe('before the first interaction', () => {
  it('neither connects nor stores', () => {
    make();
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.all).toHaveLength(0);
    expect(localStorage).toHaveLength(0);
  });
});

describe('hello', () => {
  it('asks for the whole history, and keeps the token out of every later frame', () => {
    const { client, socket } = started();
    expect(socket.sent[0]).toEqual({ t: 'hello', v: 1, token: null, resume: null, locale: 'en' });
    client.send('hi');
    expect(JSON.stringify(socket.sent.slice(1))).not.toContain('v_secret');
  });

  it('uses the stored token on the next visit', () => {
    started();
    started();
    expect(FakeSocket.last.of('hello')[0]).toMatchObject({ token: 'v_secret', resume: null });
  });

  it('resumes from the last seq and merges what was missed', () => {
    const { client, socket } = started([say(1), say(2)]);
    const heard: number[] = [];
    client.onMessage = (frame) => heard.push(frame.seq);
    socket.drop();
    vi.advanceTimersByTime(500);
    FakeSocket.last.onopen!();
    expect(FakeSocket.last.of('hello')[0]!.resume).toEqual({ conv: 'c_1', last_seq: 2 });
    FakeSocket.last.serve(welcome([say(3), say(4)]));
    expect(seqs(client)).toEqual([1, 2, 3, 4]);
    expect(heard).toEqual([3, 4]);
  });

  it('tolerates a server that answers a resume with everything', () => {
    const { client, socket } = started([say(1), say(2)]);
    socket.drop();
    vi.advanceTimersByTime(500);
    FakeSocket.last.onopen!();
    FakeSocket.last.serve(welcome([say(1), say(2), say(3)]));
    expect(seqs(client)).toEqual([1, 2, 3]);
  });

  it('starts afresh when the conversation is another one', () => {
    const { client, socket } = started([say(1), say(2), say(3)]);
    socket.drop();
    vi.advanceTimersByTime(500);
    FakeSocket.last.onopen!();
    FakeSocket.last.serve({ ...welcome([say(1, 'bot', 'new')]), conv: 'c_2' } as ServerFrame);
    expect(seqs(client)).toEqual([1]);
    expect(client.lastSeq).toBe(1);
  });

  it('tells a new language by reconnecting with a resume', () => {
    const { client } = started();
    client.setLocale('zh-CN');
    FakeSocket.last.onopen!();
    expect(FakeSocket.last.of('hello')[0]).toMatchObject({ locale: 'zh-CN', resume: { last_seq: 1 } });
  });
});

describe('order', () => {
  it('buffers a gap and applies in order', () => {
    const { client, socket } = started();
    socket.serve(say(3));
    expect(seqs(client)).toEqual([1]);
    socket.serve(say(2));
    expect(seqs(client)).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('resumes again when a gap stays', () => {
    const { client, socket } = started();
    socket.serve(say(4));
    vi.advanceTimersByTime(400);
    expect(socket.closed).toBe(true);
    FakeSocket.last.onopen!();
    expect(FakeSocket.last.of('hello')[0]!.resume).toEqual({ conv: 'c_1', last_seq: 1 });
    FakeSocket.last.serve(welcome([say(2), say(3), say(4)]));
    expect(seqs(client)).toEqual([1, 2, 3, 4]);
  });

  it('drops duplicates', () => {
    const { client, socket } = started();
    socket.serve(say(2));
    socket.serve(say(2));
    socket.serve(say(1));
    expect(seqs(client)).toEqual([1, 2]);
  });

  it('follows state frames', () => {
    const { client, socket } = started();
    socket.serve({ t: 'state', seq: 2, state: 'queued', agent: null, position: 2 });
    expect([client.state, client.position]).toEqual(['queued', 2]);
    socket.serve({ t: 'state', seq: 3, state: 'assigned', agent: { name: 'Ana' }, position: null });
    expect([client.state, client.agent]).toEqual(['assigned', 'Ana']);
  });

  it('ignores what it does not know', () => {
    const { client, socket } = started();
    socket.onmessage!({ data: 'not json' });
    socket.serve({ t: 'delta', text: 'x' } as unknown as ServerFrame);
    expect(seqs(client)).toEqual([1]);
  });
});

describe('outbox', () => {
  it('shows a message from its ack, then from its echo, once', () => {
    const { client, socket } = started();
    client.send('hi');
    const { cid } = socket.of('msg')[0]!;
    expect(cid).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    socket.serve({ t: 'ack', cid, seq: 2, dup: false });
    expect(client.outbox).toEqual([]);
    socket.serve(say(2, 'customer', 'hi', cid));
    expect(client.items).toHaveLength(2);
    expect(client.items[1]).toMatchObject({ id: 'm_2' });
    socket.serve(say(3));
    expect(seqs(client)).toEqual([1, 2, 3]);
  });

  it('keeps a message in view between an ack without a seq and its echo', () => {
    const { client, socket } = started();
    client.send('hi');
    const { cid } = socket.of('msg')[0]!;

    socket.serve({ t: 'ack', cid, seq: null, dup: false });
    expect(client.outbox).toMatchObject([{ cid, stored: true }]);
    vi.advanceTimersByTime(20_000);
    expect(socket.of('msg')).toHaveLength(1);

    socket.serve(say(2, 'customer', 'hi', cid));
    expect(client.outbox).toEqual([]);
    expect(seqs(client)).toEqual([1, 2]);
  });

  it('takes the echo before the ack', () => {
    const { client, socket } = started();
    client.send('hi');
    const { cid } = socket.of('msg')[0]!;
    socket.serve(say(2, 'customer', 'hi', cid));
    socket.serve({ t: 'ack', cid, seq: 2, dup: false });
    expect(seqs(client)).toEqual([1, 2]);
    expect(client.outbox).toEqual([]);
  });

  it('resends with the same cid after a lost ack', () => {
    const { client, socket } = started();
    client.send('one');
    client.send('two');
    const cids = socket.of('msg').map((m) => m.cid);
    socket.drop();
    vi.advanceTimersByTime(500);
    FakeSocket.last.onopen!();
    // The first did arrive: it is in the history and must not be sent again.
    FakeSocket.last.serve(welcome([say(2, 'customer', 'one', cids[0])]));
    expect(FakeSocket.last.of('msg').map((m) => m.cid)).toEqual([cids[1]]);
    FakeSocket.last.serve({ t: 'ack', cid: cids[1]!, seq: 3, dup: true });
    expect(client.outbox).toEqual([]);
    expect(localStorage.getItem('frontdesk:test:outbox')).toBe('[]');
  });

  it('survives a reload, up to 50 entries and 24 hours', () => {
    online = false;
    const first = make();
    for (let i = 0; i < 60; i++) first.send(`m${i}`);
    expect(FakeSocket.all).toHaveLength(0);
    online = true;
    started([]);
    const sent = FakeSocket.last.of('msg').map((m) => m.text);
    expect(sent).toHaveLength(50);
    expect(sent[49]).toBe('m59');
    vi.advanceTimersByTime(25 * 3600_000);
    started([]);
    expect(FakeSocket.last.of('msg')).toEqual([]);
  });

  it('fails visibly and retries with the same cid', () => {
    const { client, socket } = started();
    client.send('hi');
    const { cid } = socket.of('msg')[0]!;
    socket.serve({ t: 'err', cid, code: 'unavailable' });
    expect(client.outbox[0]!.failed).toBe('unavailable');
    client.retry(cid);
    expect(socket.of('msg').map((m) => m.cid)).toEqual([cid, cid]);
    client.discard(cid);
    expect(client.outbox).toEqual([]);
  });

  it('waits as long as a rate limit asks', () => {
    const { client, socket } = started();
    client.send('hi');
    socket.serve({ t: 'err', cid: socket.of('msg')[0]!.cid, code: 'rate_limited', retry_after: 3 });
    vi.advanceTimersByTime(2900);
    expect(socket.of('msg')).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(socket.of('msg')).toHaveLength(2);
    expect(client.outbox[0]!.failed).toBeUndefined();
  });

  it('gives up on an ack that never comes', () => {
    const { client, socket } = started();
    client.send('hi');
    for (let i = 0; i < 6; i++) {
      vi.advanceTimersByTime(5000);
      socket.serve({ t: 'pong', n: 1 });
    }
    expect(socket.of('msg')).toHaveLength(3);
    expect(client.outbox[0]!.failed).toBe('timeout');
  });

  it('sends a choice with the message it answers', () => {
    const { client, socket } = started();
    client.choose(1, { title: 'Yes', payload: '/affirm' });
    expect(socket.of('choose')[0]).toMatchObject({ of_seq: 1, payload: '/affirm', title: 'Yes' });
  });
});

describe('connection', () => {
  it('backs off from 0.5 s to 30 s', () => {
    const client = make();
    client.connect();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      FakeSocket.last.drop();
      const count = FakeSocket.all.length;
      let waited = 0;
      while (FakeSocket.all.length === count) {
        vi.advanceTimersByTime(100);
        waited += 100;
      }
      waits.push(waited);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('reconnects at once when woken', () => {
    const { client, socket } = started();
    socket.drop();
    expect(client.connection).toBe('waiting');
    client.wake();
    expect(FakeSocket.all).toHaveLength(2);
    client.lostNetwork();
    expect(client.connection).toBe('offline');
    client.wake();
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('pings every 25 s and is dead after 60 s of silence', () => {
    const { socket } = started();
    vi.advanceTimersByTime(50_000);
    expect(socket.of('ping').map((p) => p.n)).toEqual([1, 2]);
    socket.serve({ t: 'pong', n: 2 });
    vi.advanceTimersByTime(55_000);
    expect(socket.closed).toBe(false);
    vi.advanceTimersByTime(5_000);
    expect(socket.closed).toBe(true);
  });

  it('forgets a token the server rejects, and stops when blocked', () => {
    const { client, socket } = started();
    socket.drop(4401);
    vi.advanceTimersByTime(500);
    FakeSocket.last.onopen!();
    expect(FakeSocket.last.of('hello')[0]).toMatchObject({ token: null, resume: null });
    FakeSocket.last.drop(4403);
    vi.advanceTimersByTime(120_000);
    expect(client.connection).toBe('refused');
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('shutdown leaves nothing behind', () => {
    const { client, socket } = started();
    client.send('hi');
    client.shutdown();
    expect(localStorage).toHaveLength(0);
    expect(socket.closed).toBe(true);
    expect([client.items, client.outbox]).toEqual([[], []]);
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.all).toHaveLength(1);
    client.connect();
    FakeSocket.last.onopen!();
    expect(FakeSocket.last.of('hello')[0]!.token).toBeNull();
  });
});

describe('read and typing', () => {
  it('counts unread until the transcript is seen, then says so once', () => {
    const { client, socket } = started();
    expect(client.unread).toBe(1);
    client.setVisible(true);
    client.setVisible(true);
    expect(client.unread).toBe(0);
    expect(socket.of('read')).toEqual([{ t: 'read', seq: 1 }]);
    client.setVisible(false);
    socket.serve(say(2));
    socket.serve(say(3, 'customer'));
    expect(client.unread).toBe(1);
  });

  it('reports typing at most every 3 s', () => {
    const { client, socket } = started();
    for (let i = 0; i < 10; i++) {
      client.type(true);
      vi.advanceTimersByTime(500);
    }
    expect(socket.of('typing')).toHaveLength(2);
    client.type(false);
    expect(socket.of('typing').at(-1)).toEqual({ t: 'typing', on: false });
  });

  it('shows typing for its ttl, or until the message', () => {
    const { client, socket } = started();
    const typing: ServerFrame = { t: 'typing', from: { kind: 'agent', name: 'Ana' }, on: true, ttl: 6 };
    socket.serve(typing);
    expect(client.typing?.name).toBe('Ana');
    vi.advanceTimersByTime(6000);
    expect(client.typing).toBeNull();
    socket.serve(typing);
    socket.serve(say(2, 'agent'));
    expect(client.typing).toBeNull();
  });
});

describe('an answer in the making', () => {
  const draft = (text: string): ServerFrame => ({ t: 'draft', from: { kind: 'bot', name: null }, text });

  it('grows until the message itself is there', () => {
    const { client, socket } = started();
    socket.serve(draft('One.'));
    socket.serve(draft('One. Two.'));
    expect(client.draft).toBe('One. Two.');
    socket.serve(say(2));
    expect(client.draft).toBeNull();
  });

  it('can be taken back', () => {
    const { client, socket } = started();
    socket.serve(draft('One.'));
    socket.serve(draft(''));
    expect(client.draft).toBeNull();
  });

  it('goes when a person takes over, and no late one is shown', () => {
    const { client, socket } = started();
    socket.serve(draft('One.'));
    socket.serve({ t: 'state', seq: 2, state: 'assigned', agent: { name: 'Ana' }, position: null });
    expect(client.draft).toBeNull();
    socket.serve(draft('One. Two.'));
    expect(client.draft).toBeNull();
  });

  it('goes with the connection', () => {
    const { client, socket } = started();
    socket.serve(draft('One.'));
    socket.drop();
    expect(client.draft).toBeNull();
  });
});

describe('two tabs of one visitor', () => {
  const saved = (more: Record<string, unknown>): string =>
    JSON.stringify({ token: 'v_secret', conv: 'c_1', last_seq: 3, read: 0, ...more });

  it('takes over what the other tab has read, even before it has it itself', () => {
    const { client, socket } = started([say(1)]);
    client.follow(saved({ read: 2 }));
    expect(client.unread).toBe(0);
    socket.serve(say(2));
    expect(client.unread).toBe(0);
    socket.serve(say(3));
    expect(client.unread).toBe(1);
    client.follow(saved({ read: 1 }));
    expect(client.unread).toBe(1);
  });

  it('joins the conversation the other tab began, when both came as strangers at once', () => {
    const { client } = started([]);
    client.follow(saved({ token: 'v_first', conv: 'c_0' }));
    FakeSocket.last.onopen!();
    expect(FakeSocket.all).toHaveLength(2);
    expect(FakeSocket.last.of('hello')[0]).toMatchObject({ token: 'v_first' });
    expect(client.outbox).toEqual([]);
  });

  it.each([
    ['the other one is later', 'c_2', []],
    ['something was said here', 'c_0', [say(1)]],
  ])('stays in its own when %s', (_, conv, events) => {
    const { client } = started(events);
    client.follow(saved({ token: 'v_other', conv }));
    client.follow('not JSON');
    expect(FakeSocket.all).toHaveLength(1);
    expect(client.conv).toBe('c_1');
  });
});

it('makes sortable, distinct ids', () => {
  expect(ulid(1) < ulid(2)).toBe(true);
  expect(new Set(Array.from({ length: 1000 }, () => ulid(5))).size).toBe(1000);
});
