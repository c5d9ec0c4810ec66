/** The shapes the console's server speaks. Field names are the server's own. */

export type View = "queue" | "mine" | "bot" | "assigned" | "resolved" | "all";
export const VIEWS: readonly View[] = ["queue", "mine", "bot", "assigned", "resolved", "all"];

export type ConversationState = "bot" | "queued" | "assigned" | "resolved";
export type SpeakerKind = "customer" | "bot" | "agent" | "system";

/** How the customer feels by now, worst first. */
export const MOODS = ["angry", "upset", "calm", "pleased"] as const;
export type Mood = (typeof MOODS)[number];

export interface Person {
  id: string;
  name: string;
}

export interface Operator extends Person {
  role: string;
}

export interface Summary {
  id: string;
  channel: string;
  customer: { id: string; name: string | null; locale: string | null };
  state: ConversationState;
  assignee: Person | null;
  owner_epoch: number;
  last_seq: number;
  customer_last_seq: number;
  waiting_since: string | null;
  handoff_reason: string | null;
  /** What it is about, since the bot last asked for a person. */
  title: string | null;
  mood: Mood;
  /** Place among those who wait: the higher the sooner. */
  priority: number;
  last_message: { text: string; from_kind: SpeakerKind; at: string } | null;
  updated_at: string;
}

export type Counts = Record<View, number>;

export interface Ranked {
  name: string;
  confidence: number;
}

export interface Entity {
  entity: string;
  value: unknown;
  text: string;
  start: number;
  end: number;
  extractor?: string | null;
  confidence?: number | null;
}

export interface Sentiment {
  label: string;
  confidence: number;
  anger: number;
}

export interface Relation {
  name: string;
  head: string;
  tail: string;
  confidence: number;
}

/** One line of what the customer told; `about` is what the value belongs to. */
export interface Fact {
  kind: string;
  value: string;
  about: string | null;
  is_relation: boolean;
}

/** A conversation in short: what a colleague who hands it over would say. */
export interface InShort {
  title: string;
  wants: string[];
  tried: string[];
  slots: Record<string, unknown>;
  mood: Mood;
  open_questions: string[];
  /** The same in sentences, where a language model wrote them; else empty. */
  text: string;
}

export interface Passage {
  id: string;
  title: string;
  text: string;
  source: string;
  score: number;
}

export interface Reasoning {
  intent: Ranked | null;
  ranking: Ranked[];
  entities: Entity[];
  sentiment?: Sentiment | null;
  relations?: Relation[];
  language: string | null;
  slots: Record<string, unknown>;
  action: string | null;
  policy: string | null;
  confidence: number | null;
  passages: Passage[];
  took_ms: number | null;
}

export type EventKind =
  | "message"
  | "state"
  | "action"
  | "slot"
  | "form"
  | "note"
  | "failure"
  | "draft_discarded"
  | "bookkeeping";

export interface ConversationEvent {
  seq: number;
  at: string;
  kind: EventKind;
  from: { kind: SpeakerKind; name: string | null };
  text: string | null;
  buttons?: { title: string; payload: string }[] | null;
  sources?: { title: string; url: string | null; score: number | null }[] | null;
  reasoning?: Reasoning | null;
  data?: Record<string, unknown> | null;
  /** Set on the copy this page makes of its own message until the server's copy arrives. */
  local?: boolean;
}

export interface Conversation {
  summary: Summary;
  slots: Record<string, unknown>;
  profile: Fact[];
  in_short: InShort;
  events: ConversationEvent[];
}

export type ServerFrame =
  | { t: "hello"; cursor: number }
  | { t: "conversation"; summary: Summary }
  | { t: "event"; conversation_id: string; event: ConversationEvent }
  | { t: "profile"; conversation_id: string; profile: Fact[]; in_short: InShort }
  | {
      t: "typing";
      conversation_id: string;
      from: { kind: SpeakerKind; name: string | null };
      on: boolean;
      ttl?: number;
    }
  | { t: "pong" };
