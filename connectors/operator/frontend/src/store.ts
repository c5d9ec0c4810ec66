/** The page's state and everything that changes it. Components only read and call. */

import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { alertFor, askForNotifications, primeSound, showWaiting } from "./alerts";
import { api, ApiError, whenSignedOut } from "./api";
import { language, named, pickLanguage, t, type Key, type Language } from "./i18n";
import {
  afterRemoval,
  contiguousSeq,
  EMPTY_COUNTS,
  inView,
  isStale,
  mergeEvents,
  neighbour,
  onConflict,
  orderedIds,
  shiftCounts,
} from "./reducers";
import { Feed } from "./socket";
import {
  VIEWS,
  type ConversationEvent,
  type Counts,
  type Fact,
  type InShort,
  type Operator,
  type ServerFrame,
  type SpeakerKind,
  type Summary,
  type View,
} from "./types";

// ---------------------------------------------------------------- preferences

function stored(key: string): string | null {
  try {
    return localStorage.getItem(`fd-console-${key}`);
  } catch {
    return null;
  }
}
function store(key: string, value: string): void {
  try {
    localStorage.setItem(`fd-console-${key}`, value);
  } catch {
    // Storage may be switched off; the preference then lasts as long as the page.
  }
}

export type Theme = "system" | "light" | "dark";
export type SendKey = "enter" | "ctrlEnter";

const oneOf = <T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;

export const theme = signal<Theme>(oneOf(stored("theme"), ["system", "light", "dark"], "system"));
export const sendKey = signal<SendKey>(oneOf(stored("send"), ["enter", "ctrlEnter"], "enter"));
export const sound = signal<boolean>(stored("sound") !== "off");
language.value = pickLanguage(stored("language"), navigator.languages ?? [navigator.language]);

effect(() => {
  const root = document.documentElement;
  if (theme.value === "system") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", theme.value);
});
effect(() => {
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
});

export function setTheme(value: Theme): void {
  theme.value = value;
  store("theme", value);
}
export function setLanguage(value: Language): void {
  language.value = value;
  store("language", value);
}
export function setSendKey(value: SendKey): void {
  sendKey.value = value;
  store("send", value);
}
export function setSound(on: boolean): void {
  sound.value = on;
  store("sound", on ? "on" : "off");
  if (on) primeSound();
}

// ---------------------------------------------------------------- session

export const session = signal<Operator | null | undefined>(undefined);
export const sessionEnded = signal(false);
const me = () => session.value?.id ?? "";

// ---------------------------------------------------------------- route

export interface Route {
  view: View;
  id: string | null;
  why: boolean;
}

function readRoute(): Route {
  const [view, id, why] = location.hash.replace(/^#\/?/, "").split("/");
  let decoded: string | null = null;
  try {
    decoded = id ? decodeURIComponent(id) : null;
  } catch {
    decoded = null;
  }
  return { view: oneOf(view ?? null, VIEWS, "queue"), id: decoded, why: why === "why" };
}

export const route = signal<Route>(readRoute());
addEventListener("hashchange", () => {
  const next = readRoute();
  const now = route.peek();
  if (next.view !== now.view || next.id !== now.id || next.why !== now.why) route.value = next;
});

export function go(change: Partial<Route>, replace = false): void {
  const next: Route = { ...route.peek(), ...change };
  if (change.id !== undefined && change.why === undefined) next.why = false;
  const hash = `#/${next.view}${next.id ? `/${encodeURIComponent(next.id)}${next.why ? "/why" : ""}` : ""}`;
  route.value = next;
  if (location.hash === hash) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
}
addEventListener("popstate", () => (route.value = readRoute()));

// ---------------------------------------------------------------- data

export type Load = "idle" | "loading" | "ready" | "error" | "gone";

export const summaries = signal<ReadonlyMap<string, Summary>>(new Map());
export const counts = signal<Counts>(EMPTY_COUNTS);
export const listLoad = signal<Load>("idle");
export const filter = signal("");

export interface Thread {
  load: Load;
  events: ConversationEvent[];
  slots: Record<string, unknown>;
  profile: readonly Fact[];
  inShort: InShort | null;
}
const NO_THREAD: Thread = { load: "idle", events: [], slots: {}, profile: [], inShort: null };
export const threads = signal<ReadonlyMap<string, Thread>>(new Map());
export const selectedSeq = signal<number | null>(null);

export interface Pending {
  cid: string;
  id: string;
  text: string;
  mode: SendMode;
  at: string;
  /** `waiting` for the connection: it goes out by itself, once. */
  status: "sending" | "waiting" | "failed";
}
export type SendMode = "reply" | "takeover" | "claim";
export const outbox = signal<readonly Pending[]>([]);
export const drafts = signal<ReadonlyMap<string, string>>(new Map());

interface Leaving {
  timer: number;
  seen: number;
}
const leaving = new Map<string, Leaving>();
export const hidden = signal<ReadonlySet<string>>(new Set());

export const ids = computed(() => {
  const gone = route.value.view === "all" ? new Set<string>() : hidden.value;
  const all = orderedIds(summaries.value, route.value.view, me(), gone);
  const needle = filter.value.trim().toLocaleLowerCase();
  if (!needle) return all;
  return all.filter((id) => {
    const s = summaries.value.get(id)!;
    const text = `${s.customer.name ?? ""} ${s.customer.id} ${s.last_message?.text ?? ""}`;
    return text.toLocaleLowerCase().includes(needle);
  });
});
export const current = computed(() => {
  const id = route.value.id;
  return id ? (summaries.value.get(id) ?? null) : null;
});
export const thread = computed<Thread>(() => {
  const id = route.value.id;
  return (id && threads.value.get(id)) || NO_THREAD;
});

/** Seconds tick, read only by the parts that show a running wait. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 1000);

// ---------------------------------------------------------------- unread

const seen = signal<ReadonlyMap<string, number>>(readSeen());
function readSeen(): ReadonlyMap<string, number> {
  try {
    return new Map(JSON.parse(stored("seen") ?? "[]") as [string, number][]);
  } catch {
    return new Map();
  }
}
export function isUnread(summary: Summary): boolean {
  const at = seen.value.get(summary.id);
  if (at === undefined)
    return summary.state === "queued" || (summary.state === "assigned" && summary.assignee?.id === me());
  return summary.customer_last_seq > at && summary.state !== "resolved";
}
function markSeen(id: string, seq: number): void {
  if ((seen.peek().get(id) ?? -1) >= seq) return;
  const next = new Map(seen.peek());
  next.delete(id);
  next.set(id, seq);
  while (next.size > 2000) next.delete(next.keys().next().value!);
  seen.value = next;
  store("seen", JSON.stringify([...next]));
}
effect(() => {
  const open = current.value;
  if (open && !document.hidden) untracked(() => markSeen(open.id, open.customer_last_seq));
});
document.addEventListener("visibilitychange", () => {
  const open = current.peek();
  if (open && !document.hidden) markSeen(open.id, open.customer_last_seq);
});

// ---------------------------------------------------------------- toasts

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "good" | "bad";
  ms: number;
  action?: { label: Key; run: () => void };
}
export const toasts = signal<readonly Toast[]>([]);
let toastId = 0;

export function toast(text: string, options: Partial<Omit<Toast, "id" | "text">> = {}): number {
  const made: Toast = { id: ++toastId, text, tone: "plain", ms: 4500, ...options };
  toasts.value = [...toasts.peek().slice(-2), made];
  setTimeout(() => dropToast(made.id), made.ms);
  return made.id;
}
export function dropToast(id: number): void {
  if (toasts.peek().some((one) => one.id === id))
    toasts.value = toasts.peek().filter((one) => one.id !== id);
}

// ---------------------------------------------------------------- typing

export interface Typist {
  kind: SpeakerKind;
  name: string | null;
  until: number;
}
export const typing = signal<ReadonlyMap<string, readonly Typist[]>>(new Map());

function noteTyping(id: string, from: { kind: SpeakerKind; name: string | null }, on: boolean, ttl = 6) {
  if (from.kind === "agent" && from.name === session.peek()?.name) return;
  const next = new Map(typing.peek());
  const others = (next.get(id) ?? []).filter((x) => x.kind !== from.kind || x.name !== from.name);
  if (on) {
    others.push({ ...from, until: Date.now() + ttl * 1000 });
    setTimeout(() => sweepTyping(id), ttl * 1000 + 50);
  }
  if (others.length) next.set(id, others);
  else next.delete(id);
  typing.value = next;
}
function sweepTyping(id: string): void {
  const kept = (typing.peek().get(id) ?? []).filter((x) => x.until > Date.now());
  const next = new Map(typing.peek());
  if (kept.length) next.set(id, kept);
  else next.delete(id);
  typing.value = next;
}

let typedAt = 0;
let typingIn: string | null = null;
export function iAmTyping(id: string, on: boolean): void {
  if (!on) {
    if (typingIn === id) feed.send({ t: "typing", conversation_id: id, on: false });
    typingIn = null;
    typedAt = 0;
    return;
  }
  if (typingIn === id && Date.now() - typedAt < 3000) return;
  typedAt = Date.now();
  typingIn = id;
  feed.send({ t: "typing", conversation_id: id, on: true });
}

// ---------------------------------------------------------------- live feed

export type Link = "connecting" | "live" | "lost";
export const link = signal<Link>("connecting");
let lostTimer = 0;

const feed = new Feed({
  up() {
    clearTimeout(lostTimer);
    lostTimer = 0;
    const wasLost = link.peek() === "lost";
    link.value = "live";
    void catchUp().then(() => {
      if (wasLost) toast(t("link.back"), { tone: "good", ms: 2500 });
    });
  },
  down() {
    if (link.peek() === "lost" || lostTimer) return;
    lostTimer = window.setTimeout(() => (link.value = "lost"), 1200);
  },
  refused() {
    api.me().then(
      ({ operator }) => operator ?? signedOut(),
      () => undefined, // not reached: the feed tries again
    );
  },
  frame: receive,
});

export const reconnect = () => feed.hurry();

async function catchUp(): Promise<void> {
  const id = route.peek().id;
  await Promise.allSettled([loadList(true), id ? loadThread(id, true) : Promise.resolve()]);
  for (const pending of outbox.peek()) if (pending.status !== "failed") void deliver(pending.cid);
}

export function receive(frame: ServerFrame): void {
  switch (frame.t) {
    case "conversation":
      applySummary(frame.summary, true);
      break;
    case "event":
      applyEvents(frame.conversation_id, [frame.event]);
      if (frame.event.kind === "message") noteTyping(frame.conversation_id, frame.event.from, false);
      break;
    case "profile":
      if (threads.peek().has(frame.conversation_id))
        patchThread(frame.conversation_id, { profile: frame.profile, inShort: frame.in_short });
      break;
    case "typing":
      noteTyping(frame.conversation_id, frame.from, frame.on, frame.ttl);
      break;
  }
}

/** `live`: it came over the feed just now, so it may call for the operator's attention. */
export function applySummary(incoming: Summary, live = false): void {
  const before = summaries.peek().get(incoming.id);
  if (isStale(before, incoming)) return;
  batch(() => {
    summaries.value = new Map(summaries.peek()).set(incoming.id, incoming);
    if (before) counts.value = shiftCounts(counts.peek(), before, incoming, me());
  });
  if (!before) recountSoon();
  const away = leaving.get(incoming.id);
  if (away && incoming.customer_last_seq > away.seen) {
    keepOpen(incoming.id);
    toast(t("conflict.newMessage", { customer: nameOf(incoming) }), openAction(incoming.id));
  }
  if (!live) return;
  const wrote = incoming.customer_last_seq > (before?.customer_last_seq ?? incoming.customer_last_seq);
  const arrived = incoming.state === "queued" && before?.state !== "queued";
  const mine = incoming.state === "assigned" && incoming.assignee?.id === me();
  const watching = !document.hidden && route.peek().id === incoming.id;
  if (arrived || (wrote && mine && !watching)) {
    alertFor({
      title: t(arrived ? "notify.waiting" : "notify.message", { name: nameOf(incoming) }),
      body: (incoming.handoff_reason && named("reason", incoming.handoff_reason)) ?? incoming.last_message?.text ?? "",
      tag: incoming.id,
      sound: sound.peek(),
      open: () => go({ view: arrived ? "queue" : "mine", id: incoming.id }),
    });
  }
}

let recount = 0;
function recountSoon(): void {
  if (recount) return;
  recount = window.setTimeout(() => {
    recount = 0;
    void loadList(true);
  }, 1500 + Math.random() * 1500);
}

function patchThread(id: string, change: Partial<Thread>): void {
  const next = new Map(threads.peek());
  next.delete(id);
  next.set(id, { ...(threads.peek().get(id) ?? NO_THREAD), ...change });
  while (next.size > 30) next.delete(next.keys().next().value!);
  threads.value = next;
}

function applyEvents(id: string, incoming: ConversationEvent[]): void {
  const held = threads.peek().get(id);
  if (!held || held.load === "idle") return;
  const events = mergeEvents(held.events, incoming);
  if (events === held.events) return;
  const slots = { ...held.slots };
  for (const event of incoming) {
    const data = event.data;
    if (event.kind === "slot" && data && typeof data["name"] === "string") {
      slots[data["name"]] = data["value"];
    }
  }
  batch(() => {
    patchThread(id, { events, slots });
    settleOutbox(id, incoming);
  });
  if (held.load === "ready" && contiguousSeq(events) < (events[events.length - 1]?.seq ?? 0)) {
    void loadThread(id, true);
  }
}

function settleOutbox(id: string, incoming: readonly ConversationEvent[]): void {
  const cids = new Set(incoming.map((event) => event.data?.["cid"]).filter(Boolean));
  if (cids.size) outbox.value = outbox.peek().filter((p) => p.id !== id || !cids.has(p.cid));
}

// ---------------------------------------------------------------- loading

let listTicket = 0;
export async function loadList(quiet = false): Promise<void> {
  const view = route.peek().view;
  const ticket = ++listTicket;
  if (!quiet || listLoad.peek() === "error") listLoad.value = "loading";
  try {
    const answer = await api.list(view);
    if (ticket !== listTicket) return;
    batch(() => {
      const next = new Map(summaries.peek());
      const listed = new Set(answer.items.map((item) => item.id));
      // What the server no longer lists in this view left it while we were not looking.
      for (const [id, summary] of next) {
        if (view !== "all" && inView(summary, view, me()) && !listed.has(id) && id !== route.peek().id)
          next.delete(id);
      }
      for (const item of answer.items) if (!isStale(next.get(item.id), item)) next.set(item.id, item);
      summaries.value = next;
      counts.value = { ...EMPTY_COUNTS, ...answer.counts };
      listLoad.value = "ready";
    });
  } catch {
    if (ticket === listTicket && (!quiet || listLoad.peek() === "loading")) listLoad.value = "error";
  }
}

const loading = new Set<string>();
export async function loadThread(id: string, quiet = false): Promise<void> {
  if (loading.has(id)) return;
  loading.add(id);
  const held = threads.peek().get(id);
  if (!held || (!quiet && held.load !== "ready")) patchThread(id, { load: "loading" });
  const after = held?.load === "ready" ? contiguousSeq(held.events.filter((e) => !e.local)) : 0;
  try {
    const answer = await api.conversation(id, after);
    batch(() => {
      const events = mergeEvents(threads.peek().get(id)?.events ?? [], answer.events);
      patchThread(id, {
        load: "ready",
        events,
        slots: answer.slots ?? {},
        profile: answer.profile ?? [],
        inShort: answer.in_short ?? null,
      });
      settleOutbox(id, answer.events);
      applySummary(answer.summary);
    });
    const got = threads.peek().get(id)?.events;
    feed.send({ t: "watch", conversation_id: id, after: got?.[got.length - 1]?.seq ?? 0 });
  } catch (error) {
    const missing = error instanceof ApiError && (error.status === 404 || error.status === 403);
    if (missing || threads.peek().get(id)?.load !== "ready")
      patchThread(id, { load: missing ? "gone" : "error" });
  } finally {
    loading.delete(id);
  }
}

export function openConversation(id: string, replace = false): void {
  go({ id }, replace);
}

// ---------------------------------------------------------------- actions

/** The web chat's ids are random; other channels' ids mean something. Empty for who has no name. */
export const knownName = ({ customer }: Summary): string =>
  customer.name || (/^c_[0-9a-f]{32}$/.test(customer.id) ? "" : customer.id);
export const nameOf = (summary: Summary): string =>
  knownName(summary) || t("common.visitor", { id: summary.customer.id.slice(-4) });

const openAction = (id: string): Partial<Toast> => ({
  action: { label: "common.open", run: () => openConversation(id) },
});

function conflict(id: string, error: unknown, before: readonly string[] = ids.peek()): void {
  if (!(error instanceof ApiError) || error.status === 401) return;
  if (error.status === 0) return void toast(t("toast.offline"), { tone: "bad" });
  if (error.status !== 409) return void toast(t("toast.error"), { tone: "bad" });
  const outcome = onConflict(error.code, error.owner);
  const summary = summaries.peek().get(id);
  if (summary && outcome.patch) {
    const after = { ...summary, ...outcome.patch };
    batch(() => {
      summaries.value = new Map(summaries.peek()).set(id, after);
      counts.value = shiftCounts(counts.peek(), summary, after, me());
    });
  }
  const customer = summary ? nameOf(summary) : "";
  const key: Key =
    outcome.who === null && outcome.toast === "conflict.claimed"
      ? "conflict.claimedNobody"
      : outcome.who === null && outcome.toast === "conflict.owner"
        ? "conflict.ownerNobody"
        : outcome.toast;
  const moved = outcome.moveOn && route.peek().id === id;
  toast(
    t(key, { name: outcome.who ?? "", customer }),
    outcome.toast === "conflict.newMessage" ? openAction(id) : {},
  );
  if (moved) moveOn(before, id);
  void loadThread(id, true);
}

function moveOn(before: readonly string[], id: string): void {
  const next = afterRemoval(before, id);
  const small = matchMedia("(max-width: 719px)").matches;
  go({ id: small ? null : next }, true);
}

export const busy = signal<ReadonlySet<string>>(new Set());
async function exclusively(key: string, work: () => Promise<void>): Promise<void> {
  if (busy.peek().has(key)) return;
  busy.value = new Set(busy.peek()).add(key);
  try {
    await work();
  } finally {
    const next = new Set(busy.peek());
    next.delete(key);
    busy.value = next;
  }
}

export function claim(id: string): Promise<void> {
  return exclusively(`claim:${id}`, async () => {
    // The live feed may take the row away before the refusal arrives.
    const before = ids.peek();
    try {
      const summary = await api.claim(id);
      applySummary(summary);
      // The conversation moves from Waiting to Mine; the operator moves along with it.
      if (route.peek().id === id && route.peek().view === "queue") go({ view: "mine", id }, true);
      void loadThread(id, true);
      focusReply();
    } catch (error) {
      conflict(id, error, before);
    }
  });
}

export function handBack(id: string): Promise<void> {
  return exclusively(`back:${id}`, async () => {
    const summary = summaries.peek().get(id);
    if (!summary) return;
    const before = ids.peek();
    try {
      applySummary(await api.handBack(id, summary.customer_last_seq));
      toast(t("toast.handedBack"), { tone: "good", ...openAction(id) });
      if (route.peek().id === id && !ids.peek().includes(id)) moveOn(before, id);
      void loadThread(id, true);
    } catch (error) {
      conflict(id, error);
    }
  });
}

const UNDO_MS = 5000;

export function resolve(id: string): void {
  const summary = summaries.peek().get(id);
  if (!summary || summary.state === "resolved" || leaving.has(id)) return;
  const before = ids.peek();
  const timer = window.setTimeout(() => void finishResolve(id), UNDO_MS);
  leaving.set(id, { timer, seen: summary.customer_last_seq });
  hidden.value = new Set(hidden.peek()).add(id);
  if (route.peek().id === id && route.peek().view !== "all") moveOn(before, id);
  const view = route.peek().view;
  toast(t("toast.resolving", { name: nameOf(summary) }), {
    tone: "good",
    ms: UNDO_MS,
    action: {
      label: "common.undo",
      run: () => {
        if (!keepOpen(id)) return;
        go({ view, id });
      },
    },
  });
}

function keepOpen(id: string): boolean {
  const away = leaving.get(id);
  if (!away) return false;
  clearTimeout(away.timer);
  leaving.delete(id);
  const next = new Set(hidden.peek());
  next.delete(id);
  hidden.value = next;
  return true;
}

async function finishResolve(id: string, keepalive = false): Promise<void> {
  const away = leaving.get(id);
  if (!away) return;
  clearTimeout(away.timer);
  leaving.delete(id);
  try {
    applySummary(await api.resolve(id, away.seen, keepalive));
    void loadThread(id, true);
  } catch (error) {
    conflict(id, error);
  } finally {
    const next = new Set(hidden.peek());
    next.delete(id);
    hidden.value = next;
  }
}
addEventListener("pagehide", () => {
  for (const id of [...leaving.keys()]) void finishResolve(id, true);
});

export function setDraft(id: string, text: string): void {
  const next = new Map(drafts.peek());
  if (text) next.set(id, text);
  else next.delete(id);
  drafts.value = next;
}

export function sendMode(summary: Summary): SendMode | null {
  if (summary.state === "bot") return "takeover";
  if (summary.state === "queued") return "claim";
  if (summary.state === "assigned" && summary.assignee?.id === me()) return "reply";
  return null;
}

export function send(id: string): void {
  const text = (drafts.peek().get(id) ?? "").trim();
  const summary = summaries.peek().get(id);
  const mode = summary && sendMode(summary);
  if (!text || !mode) return;
  const cid = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  batch(() => {
    outbox.value = [
      ...outbox.peek(),
      { cid, id, text, mode, at: new Date().toISOString(), status: "sending" },
    ];
    setDraft(id, "");
  });
  iAmTyping(id, false);
  void deliver(cid);
}

const delivering = new Set<string>();
const RETRY_MS = 5000;
export async function deliver(asked: string): Promise<void> {
  const id = outbox.peek().find((p) => p.cid === asked)?.id;
  if (id === undefined || delivering.has(id)) return;
  setPending(asked, "sending");
  // One at a time and the oldest first within a conversation, so two quick replies cannot swap.
  const pending = outbox.peek().find((p) => p.id === id && p.status !== "failed")!;
  const { cid } = pending;
  delivering.add(id);
  setPending(cid, "sending");
  const before = ids.peek();
  try {
    const summary = summaries.peek().get(pending.id);
    const mode = summary ? (sendMode(summary) ?? pending.mode) : pending.mode;
    if (mode === "claim") applySummary(await api.claim(pending.id));
    const answer = await api.send(pending.id, {
      cid,
      text: pending.text,
      ...(mode === "takeover" && pending.mode === "takeover" ? { takeover: true as const } : {}),
    });
    batch(() => {
      dropPending(cid);
      applyEvents(pending.id, [
        {
          seq: answer.seq,
          at: pending.at,
          kind: "message",
          from: { kind: "agent", name: session.peek()?.name ?? null },
          text: pending.text,
          local: true,
        },
      ]);
    });
    if (mode !== "reply" && route.peek().id === pending.id && route.peek().view !== "all")
      go({ view: "mine", id: pending.id }, true);
    void loadThread(pending.id, true);
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) {
      dropPending(cid);
      if (!drafts.peek().get(pending.id)) setDraft(pending.id, pending.text);
      conflict(pending.id, error, before);
    } else if (error instanceof ApiError && error.status === 0) {
      setPending(cid, "waiting");
      setTimeout(() => void deliver(cid), RETRY_MS);
    } else setPending(cid, "failed");
  } finally {
    delivering.delete(pending.id);
    const left = outbox.peek().filter((p) => p.id === pending.id);
    // Behind a message that waits for the connection, the later ones wait, too.
    if (!left.some((p) => p.cid === cid && p.status === "waiting")) {
      const next = left.find((p) => p.cid !== cid && p.status !== "failed");
      if (next) void deliver(next.cid);
    }
  }
}
function setPending(cid: string, status: Pending["status"]): void {
  outbox.value = outbox.peek().map((p) => (p.cid === cid ? { ...p, status } : p));
}
export function dropPending(cid: string): void {
  outbox.value = outbox.peek().filter((p) => p.cid !== cid);
}
addEventListener("beforeunload", (event) => {
  if (outbox.peek().length) event.preventDefault(); // what was not sent lives in this page only
});

export function move(step: 1 | -1): void {
  const next = neighbour(ids.peek(), route.peek().id, step);
  if (next) openConversation(next, true);
}

export function focusReply(): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.getElementById("reply")?.focus({ preventScroll: true })),
  );
}

// ---------------------------------------------------------------- sign in and out

export async function signIn(username: string, password: string): Promise<void> {
  askForNotifications();
  primeSound();
  const { operator } = await api.login(username, password);
  enter(operator);
}

function enter(operator: Operator): void {
  batch(() => {
    sessionEnded.value = false;
    session.value = operator;
  });
  feed.start();
}

function clear(): void {
  feed.stop();
  for (const { timer } of leaving.values()) clearTimeout(timer);
  leaving.clear();
  batch(() => {
    session.value = null;
    summaries.value = new Map();
    threads.value = new Map();
    counts.value = EMPTY_COUNTS;
    outbox.value = [];
    drafts.value = new Map();
    hidden.value = new Set();
    typing.value = new Map();
    toasts.value = [];
    filter.value = "";
    listLoad.value = "idle";
    link.value = "connecting";
  });
  clearTimeout(lostTimer);
  lostTimer = 0;
}
function signedOut(): void {
  if (session.peek()) sessionEnded.value = true;
  clear();
}
export async function signOut(): Promise<void> {
  for (const id of [...leaving.keys()]) await finishResolve(id);
  await api.logout().catch(() => undefined);
  clear();
  seen.value = new Map();
  store("seen", "[]");
  go({ view: "queue", id: null }, true);
}
whenSignedOut(signedOut);

export async function boot(): Promise<void> {
  try {
    const { operator } = await api.me();
    if (operator) return enter(operator);
  } catch {
    // Not reached: the form says so when it is sent.
  }
  session.value = null;
}

const openView = computed(() => route.value.view);
const openId = computed(() => route.value.id);
effect(() => {
  const view = openView.value;
  if (session.value) untracked(() => view && void loadList());
});
effect(() => {
  const id = openId.value;
  if (session.value && id)
    untracked(() => {
      selectedSeq.value = null;
      void loadThread(id);
    });
});
effect(() => {
  const waiting = session.value ? counts.value.queue : 0;
  showWaiting(waiting, t("empty.waiting", { n: waiting }));
});
