// Frames of the web chat socket (JSON text, version 1).
export type Speaker = 'customer' | 'bot' | 'agent' | 'system';
export type ConversationState = 'bot' | 'queued' | 'assigned' | 'resolved';
export interface Button {
  title: string;
  payload: string;
}
export interface Source {
  title: string;
  url?: string | null;
  score?: number;
}
export type Part =
  | { type: 'text'; md: string }
  | { type: 'buttons'; items: Button[] }
  | { type: 'image'; url: string; alt?: string }
  | { type: 'sources'; items: Source[] };

export interface MessageFrame {
  t: 'msg';
  seq: number;
  id: string;
  cid?: string;
  from: { kind: Speaker; name: string | null };
  ts: string;
  parts: Part[];
}
export interface StateFrame {
  t: 'state';
  seq: number;
  state: ConversationState;
  agent: { name: string } | null;
  position: number | null;
}
export type DurableFrame = MessageFrame | StateFrame;
export type ErrorCode = 'rate_limited' | 'too_long' | 'empty' | 'unavailable' | 'bad_frame';

export type ServerFrame =
  | DurableFrame
  | {
      t: 'welcome';
      token: string;
      conv: string;
      state: ConversationState;
      last_seq: number;
      events: DurableFrame[];
    }
  | { t: 'ack'; cid: string; seq: number | null; dup: boolean }
  | { t: 'typing'; from: { kind: Speaker; name: string | null }; on: boolean; ttl?: number }
  | { t: 'draft'; from: { kind: Speaker; name: string | null }; text: string }
  | { t: 'pong'; n: number }
  | { t: 'err'; cid?: string; code: ErrorCode; retry_after?: number };

export type ClientFrame =
  | {
      t: 'hello';
      v: 1;
      token: string | null;
      resume: { conv: string; last_seq: number } | null;
      locale: string;
    }
  | { t: 'msg'; cid: string; text: string; payload: string | null }
  | { t: 'choose'; cid: string; of_seq: number; payload: string; title: string }
  | { t: 'typing'; on: boolean }
  | { t: 'read'; seq: number }
  | { t: 'ping'; n: number };

export const MAX_TEXT = 4000;
