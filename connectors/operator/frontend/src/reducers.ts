/** Pure state changes. Nothing here touches the network, the clock or the page. */

import type {
  ConversationEvent,
  ConversationState,
  Counts,
  Fact,
  Person,
  Summary,
  View,
} from "./types";

export const EMPTY_COUNTS: Counts = { queue: 0, mine: 0, bot: 0, assigned: 0, resolved: 0, all: 0 };

/** Merge events by sequence number; a server's copy replaces this page's own local copy. */
export function mergeEvents(
  known: readonly ConversationEvent[],
  incoming: readonly ConversationEvent[],
): ConversationEvent[] {
  if (incoming.length === 0) return known as ConversationEvent[];
  const last = known[known.length - 1];
  const first = incoming[0]!;
  if (incoming.length === 1 && (!last || first.seq > last.seq)) return [...known, first];
  const bySeq = new Map(known.map((event) => [event.seq, event]));
  let changed = false;
  for (const event of incoming) {
    const before = bySeq.get(event.seq);
    if (before && !before.local) continue;
    if (before && event.local) continue;
    bySeq.set(event.seq, event);
    changed = true;
  }
  if (!changed) return known as ConversationEvent[];
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Highest sequence number up to which nothing is missing, counted from the first one held. */
export function contiguousSeq(events: readonly ConversationEvent[]): number {
  let at = 0;
  for (const event of events) {
    if (at !== 0 && event.seq !== at + 1) return at;
    at = event.seq;
  }
  return at;
}

/** A summary is older when its owner epoch, or within one epoch its last sequence, is lower. */
export function isStale(known: Summary | undefined, incoming: Summary): boolean {
  if (!known) return false;
  if (incoming.owner_epoch !== known.owner_epoch) return incoming.owner_epoch < known.owner_epoch;
  return incoming.last_seq < known.last_seq;
}

export function inView(summary: Summary, view: View, me: string): boolean {
  switch (view) {
    case "queue":
      return summary.state === "queued";
    case "mine":
      return summary.state === "assigned" && summary.assignee?.id === me;
    case "bot":
      return summary.state === "bot";
    case "assigned":
      return summary.state === "assigned";
    case "resolved":
      return summary.state === "resolved";
    case "all":
      return true;
  }
}

interface SortKey {
  /** Infinity when nobody waits. */
  waits: number;
  updated: number;
}
const sortKeys = new WeakMap<Summary, SortKey>();

/** Reading a date costs more than comparing numbers, so each summary's dates are read once. */
function sortKey(summary: Summary): SortKey {
  let key = sortKeys.get(summary);
  if (!key) {
    const waits = summary.state !== "resolved" && summary.waiting_since !== null;
    key = {
      waits: waits ? Date.parse(summary.waiting_since!) : Infinity,
      updated: Date.parse(summary.updated_at),
    };
    sortKeys.set(summary, key);
  }
  return key;
}

/**
 * Who waits comes before who does not; of those the angry, then the upset, then whoever waits
 * longest. Nobody waiting: the most recently changed first.
 */
export function compareSummaries(a: Summary, b: Summary): number {
  const one = sortKey(a);
  const two = sortKey(b);
  const bothWait = one.waits !== Infinity && two.waits !== Infinity;
  if (bothWait && a.priority !== b.priority) return b.priority - a.priority;
  if (one.waits !== two.waits) return one.waits < two.waits ? -1 : 1;
  if (one.waits === Infinity && one.updated !== two.updated) return two.updated - one.updated;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

export function orderedIds(
  summaries: ReadonlyMap<string, Summary>,
  view: View,
  me: string,
  hidden: ReadonlySet<string> = new Set(),
): string[] {
  const kept: Summary[] = [];
  for (const summary of summaries.values()) {
    if (!hidden.has(summary.id) && inView(summary, view, me)) kept.push(summary);
  }
  return kept.sort(compareSummaries).map((summary) => summary.id);
}

const COUNTED: readonly View[] = ["queue", "mine", "bot", "assigned", "resolved", "all"];

/** Counts after one conversation changed from `before` to `after`. */
export function shiftCounts(
  counts: Counts,
  before: Summary | undefined,
  after: Summary,
  me: string,
): Counts {
  const next = { ...counts };
  for (const view of COUNTED) {
    const was = before ? inView(before, view, me) : false;
    const is = inView(after, view, me);
    if (was !== is) next[view] = Math.max(0, next[view] + (is ? 1 : -1));
  }
  return next;
}

/** Where the selection goes when `id` leaves the list: the next row, else the one before. */
export function neighbour(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  if (ids.length === 0) return null;
  const at = id === null ? -1 : ids.indexOf(id);
  if (at === -1) return step === 1 ? ids[0]! : ids[ids.length - 1]!;
  return ids[Math.min(ids.length - 1, Math.max(0, at + step))]!;
}

export function afterRemoval(ids: readonly string[], id: string): string | null {
  const at = ids.indexOf(id);
  if (at === -1) return ids[0] ?? null;
  return ids[at + 1] ?? ids[at - 1] ?? null;
}

export type ConflictCode =
  | "already_claimed"
  | "bot_owns"
  | "not_assignee"
  | "new_message"
  | "unknown";

export interface ConflictOutcome {
  toast: "conflict.claimed" | "conflict.bot" | "conflict.owner" | "conflict.newMessage" | "conflict.other";
  who: string | null;
  moveOn: boolean;
  keepDraft: boolean;
  patch: Partial<Summary> | null;
}

/** What a 409 means for the page: never a dialog, sometimes a step to the next conversation. */
export function onConflict(
  code: string,
  owner: Person | null,
): ConflictOutcome {
  const assigned: Partial<Summary> | null = owner
    ? { state: "assigned" as ConversationState, assignee: owner, waiting_since: null }
    : null;
  switch (code as ConflictCode) {
    case "already_claimed":
      return {
        toast: "conflict.claimed",
        who: owner?.name ?? null,
        moveOn: true,
        keepDraft: true,
        patch: assigned,
      };
    case "bot_owns":
      return {
        toast: "conflict.bot",
        who: null,
        moveOn: false,
        keepDraft: true,
        patch: { state: "bot", assignee: null },
      };
    case "not_assignee":
      return {
        toast: "conflict.owner",
        who: owner?.name ?? null,
        moveOn: false,
        keepDraft: true,
        patch: assigned,
      };
    case "new_message":
      return { toast: "conflict.newMessage", who: null, moveOn: false, keepDraft: true, patch: null };
    default:
      return { toast: "conflict.other", who: null, moveOn: false, keepDraft: true, patch: null };
  }
}

export interface FactGroup {
  /** Kind of fact whose words head the group. */
  kind: string;
  facts: Fact[];
}

/** Kinds that say the same to a person; the products of an order were ordered. */
const SAME_KIND: Record<string, string> = { contains: "ordered", placed: "order_number", order: "order_number" };

/** A profile with facts of like kind together, in the order in which each kind was told first. */
export function factGroups(profile: readonly Fact[]): FactGroup[] {
  const groups = new Map<string, Fact[]>();
  for (const fact of profile) {
    const kind = SAME_KIND[fact.kind] ?? fact.kind;
    const known = groups.get(kind) ?? [];
    const same = known.findIndex((one) => one.value.toLowerCase() === fact.value.toLowerCase());
    // Said once of an order and once without: the fuller line stays.
    if (same < 0) groups.set(kind, [...known, fact]);
    else if (!known[same]!.about) known[same] = fact;
  }
  return [...groups].map(([kind, facts]) => ({ kind, facts }));
}

/** Split a text at its entities. Offsets count code points, as the server counts them. */
export interface TextPart {
  text: string;
  entity: number | null;
}

export function splitByEntities(
  text: string,
  entities: readonly { start: number; end: number }[],
): TextPart[] {
  const points = Array.from(text);
  const order = entities
    .map((entity, index) => ({ ...entity, index }))
    .filter((e) => e.start >= 0 && e.end > e.start && e.end <= points.length)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: TextPart[] = [];
  let at = 0;
  for (const entity of order) {
    if (entity.start < at) continue;
    if (entity.start > at) parts.push({ text: points.slice(at, entity.start).join(""), entity: null });
    parts.push({ text: points.slice(entity.start, entity.end).join(""), entity: entity.index });
    at = entity.end;
  }
  if (at < points.length) parts.push({ text: points.slice(at).join(""), entity: null });
  return parts;
}
