import type { Conversation, Counts, Operator, Person, Summary, View } from "./types";

/** The page lives at <anything>/console/, so every address is relative to it. */
const base = () => new URL("./", document.baseURI);
export const socketAddress = (): string => {
  const address = new URL("ws", base());
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
};

export class ApiError extends Error {
  constructor(
    /** 0 when no answer came at all. */
    readonly status: number,
    readonly code: string,
    readonly owner: Person | null = null,
  ) {
    super(code);
  }
}

let onSignedOut: () => void = () => {};
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

async function call<T>(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  options: { keepalive?: boolean; quiet401?: boolean } = {},
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") {
    headers["X-Frontdesk-CSRF"] = "1";
    headers["Content-Type"] = "application/json";
  }
  let response: Response;
  try {
    response = await fetch(new URL(`api/${path}`, base()), {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      keepalive: options.keepalive ?? false,
      signal: AbortSignal.timeout(20_000),
      ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new ApiError(0, "unreachable");
  }
  const payload = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  if (response.ok) return payload as T;
  if (response.status === 401 && !options.quiet401) onSignedOut();
  const owner = (payload?.["winner"] ?? payload?.["owner"] ?? null) as Person | null;
  throw new ApiError(response.status, String(payload?.["code"] ?? "unknown"), owner);
}

const at = (id: string) => `conversations/${encodeURIComponent(id)}`;

export const api = {
  me: () => call<{ operator: Operator | null }>("GET", "me"),
  login: (username: string, password: string) =>
    call<{ operator: Operator }>("POST", "login", { username, password }, { quiet401: true }),
  logout: () => call<unknown>("POST", "logout", {}, { quiet401: true }),
  list: (view: View) =>
    call<{ items: Summary[]; counts: Counts }>("GET", `conversations?view=${view}`),
  conversation: (id: string, after: number) =>
    call<Conversation>("GET", `${at(id)}?after=${after}`),
  claim: (id: string) => call<Summary>("POST", `${at(id)}/claim`),
  send: (id: string, body: { cid: string; text: string; takeover?: true }) =>
    call<{ seq: number; dup: boolean }>("POST", `${at(id)}/messages`, body),
  handBack: (id: string, seen: number) =>
    call<Summary>("POST", `${at(id)}/hand-back`, { if_customer_last_seq: seen }),
  resolve: (id: string, seen: number, keepalive = false) =>
    call<Summary>("POST", `${at(id)}/resolve`, { if_customer_last_seq: seen }, { keepalive }),
};
