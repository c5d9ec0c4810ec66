import { describe, expect, it } from "vitest";
import {
  afterRemoval,
  compareSummaries,
  contiguousSeq,
  EMPTY_COUNTS,
  factGroups,
  isStale,
  mergeEvents,
  neighbour,
  onConflict,
  orderedIds,
  shiftCounts,
  splitByEntities,
} from "../src/reducers";
import type { ConversationEvent, Fact, Summary } from "../src/types";

const event = (seq: number, more: Partial<ConversationEvent> = {}): ConversationEvent => ({
  seq,
  at: "2026-01-01T10:00:00Z",
  kind: "message",
  from: { kind: "customer", name: null },
  text: `text ${seq}`,
  ...more,
});

const summary = (id: string, more: Partial<Summary> = {}): Summary => ({
  id,
  channel: "Website",
  customer: { id: `u-${id}`, name: id, locale: "en" },
  state: "queued",
  assignee: null,
  owner_epoch: 1,
  last_seq: 1,
  customer_last_seq: 1,
  waiting_since: "2026-01-01T10:00:00Z",
  handoff_reason: null,
  title: null,
  mood: "calm",
  priority: 0,
  last_message: null,
  updated_at: "2026-01-01T10:00:00Z",
  ...more,
});

describe("events", () => {
  it("keeps one event per sequence number, in order, whatever arrives when", () => {
    let held: ConversationEvent[] = [];
    for (const seq of [3, 1, 2, 3, 5, 4, 1]) held = mergeEvents(held, [event(seq)]);
    expect(held.map((one) => one.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it("returns the same list when nothing is new, so nothing is drawn again", () => {
    const held = [event(1), event(2)];
    expect(mergeEvents(held, [event(2), event(1)])).toBe(held);
    expect(mergeEvents(held, [])).toBe(held);
  });

  it("lets the server's copy replace the page's own, and never the reverse", () => {
    const mine = [event(1), event(2, { local: true, text: "mine" })];
    const merged = mergeEvents(mine, [event(2, { text: "server" })]);
    expect(merged[1]).toMatchObject({ text: "server" });
    expect(mergeEvents(merged, [event(2, { local: true, text: "mine" })])).toBe(merged);
  });

  it("knows where the first gap is", () => {
    expect(contiguousSeq([])).toBe(0);
    expect(contiguousSeq([event(1), event(2), event(4)])).toBe(2);
    expect(contiguousSeq([event(7), event(8)])).toBe(8);
  });
});

describe("summaries", () => {
  it("puts the longest wait first, then the most recent change", () => {
    const held = [
      summary("new", { waiting_since: "2026-01-01T10:05:00Z" }),
      summary("quiet", { state: "bot", waiting_since: null, updated_at: "2026-01-01T09:00:00Z" }),
      summary("old", { waiting_since: "2026-01-01T09:00:00Z" }),
      summary("busy", { state: "bot", waiting_since: null, updated_at: "2026-01-01T11:00:00Z" }),
    ];
    expect(held.sort(compareSummaries).map((one) => one.id)).toEqual(["old", "new", "busy", "quiet"]);
  });

  it("puts the angry before the upset, and both before whoever waits longer", () => {
    const held = [
      summary("calm", { waiting_since: "2026-01-01T08:00:00Z" }),
      summary("upset", { mood: "upset", priority: 1, waiting_since: "2026-01-01T09:00:00Z" }),
      summary("angry", { mood: "angry", priority: 2, waiting_since: "2026-01-01T09:59:00Z" }),
      summary("served", { mood: "angry", priority: 2, state: "bot", waiting_since: null }),
    ];
    expect(held.sort(compareSummaries).map((one) => one.id)).toEqual(["angry", "upset", "calm", "served"]);
  });

  it("breaks ties the same way every time", () => {
    const map = new Map(["b", "a", "c"].map((id) => [id, summary(id)]));
    expect(orderedIds(map, "queue", "me")).toEqual(["a", "b", "c"]);
    expect(orderedIds(map, "queue", "me", new Set(["b"]))).toEqual(["a", "c"]);
    expect(orderedIds(map, "mine", "me")).toEqual([]);
  });

  it("refuses an older copy by epoch first, then by sequence", () => {
    const held = summary("a", { owner_epoch: 3, last_seq: 9 });
    expect(isStale(held, summary("a", { owner_epoch: 2, last_seq: 12 }))).toBe(true);
    expect(isStale(held, summary("a", { owner_epoch: 3, last_seq: 8 }))).toBe(true);
    expect(isStale(held, summary("a", { owner_epoch: 3, last_seq: 9 }))).toBe(false);
    expect(isStale(held, summary("a", { owner_epoch: 4, last_seq: 9 }))).toBe(false);
    expect(isStale(undefined, held)).toBe(false);
  });

  it("moves counts with a claim", () => {
    const before = summary("a");
    const after = summary("a", { state: "assigned", assignee: { id: "me", name: "Me" } });
    const counts = { ...EMPTY_COUNTS, queue: 4, mine: 1, assigned: 2, all: 9 };
    expect(shiftCounts(counts, before, after, "me")).toEqual({
      ...counts,
      queue: 3,
      mine: 2,
      assigned: 3,
    });
    expect(shiftCounts(counts, before, after, "other").mine).toBe(1);
    expect(shiftCounts(EMPTY_COUNTS, before, after, "me").queue).toBe(0);
  });
});

describe("selection", () => {
  it("steps through the list and stops at its ends", () => {
    expect(neighbour(["a", "b"], null, 1)).toBe("a");
    expect(neighbour(["a", "b"], null, -1)).toBe("b");
    expect(neighbour(["a", "b"], "b", 1)).toBe("b");
    expect(neighbour([], "b", 1)).toBeNull();
  });

  it("moves on to the next row when one leaves, else to the one before", () => {
    expect(afterRemoval(["a", "b", "c"], "b")).toBe("c");
    expect(afterRemoval(["a", "b"], "b")).toBe("a");
    expect(afterRemoval(["a"], "a")).toBeNull();
  });
});

describe("conflicts", () => {
  const ana = { id: "op-ana", name: "Ana" };

  it("names the winner of a lost claim and moves on", () => {
    expect(onConflict("already_claimed", ana)).toMatchObject({
      toast: "conflict.claimed",
      who: "Ana",
      moveOn: true,
      patch: { state: "assigned", assignee: ana },
    });
  });

  it("keeps the draft in every case", () => {
    for (const code of ["already_claimed", "bot_owns", "not_assignee", "new_message", "else"])
      expect(onConflict(code, null).keepDraft).toBe(true);
  });

  it("stays where it is when the bot or a colleague owns the conversation", () => {
    expect(onConflict("bot_owns", null)).toMatchObject({ moveOn: false, patch: { state: "bot" } });
    expect(onConflict("not_assignee", ana)).toMatchObject({ moveOn: false, who: "Ana" });
    expect(onConflict("new_message", null)).toMatchObject({ moveOn: false, patch: null });
  });
});

describe("entities in text", () => {
  it("counts code points, so characters outside the first plane do not shift the rest", () => {
    const parts = splitByEntities("📦 to Leeds", [{ start: 5, end: 10 }]);
    expect(parts).toEqual([
      { text: "📦 to ", entity: null },
      { text: "Leeds", entity: 0 },
    ]);
  });

  it("drops overlaps and offsets outside the text", () => {
    const parts = splitByEntities("订单号是 FD-1", [
      { start: 5, end: 9 },
      { start: 6, end: 8 },
      { start: 7, end: 99 },
      { start: -1, end: 2 },
    ]);
    expect(parts.map((part) => part.text).join("")).toBe("订单号是 FD-1");
    expect(parts.filter((part) => part.entity !== null)).toEqual([{ text: "FD-1", entity: 0 }]);
  });
});

describe("profile", () => {
  const fact = (kind: string, value: string, about: string | null = null): Fact => ({
    kind,
    value,
    about,
    is_relation: true,
  });

  it("lists what was ordered once, with its order where that was told", () => {
    const profile = [
      fact("ordered", "kettle"),
      fact("has_defect", "leaks", "kettle"),
      fact("contains", "Kettle", "FD204815"),
      fact("ordered", "tent"),
    ];
    expect(factGroups(profile)).toEqual([
      { kind: "ordered", facts: [fact("contains", "Kettle", "FD204815"), fact("ordered", "tent")] },
      { kind: "has_defect", facts: [fact("has_defect", "leaks", "kettle")] },
    ]);
  });
});
