// What the loader (widget.js) and the app (widget-app.js) know of each other.
export type EventName = 'open' | 'close' | 'message' | 'unread' | 'ready' | 'error';

export interface Options {
  /** Address of widget.js: the app, the socket and images are found from it. */
  src: string;
  title: string | null;
  locale: string;
  starters: readonly string[];
}

export interface Bridge {
  root: ShadowRoot;
  panel: HTMLElement;
  options: Options;
  close(): void;
  emit(name: EventName, detail?: unknown): void;
  /** Unread count, and the launcher's accessible names in the language in use. */
  launcher(unread: number, openLabel: string, closeLabel: string): void;
}

export interface App {
  /** `draft` goes into an empty composer, for the visitor to send. */
  setOpen(open: boolean, draft?: string): void;
  setLocale(locale: string): void;
  /** The starters of the options changed. */
  suggest(): void;
  shutdown(): void;
}

export const storageKey = (src: string): string => `frontdesk:${new URL(src).host}`;
