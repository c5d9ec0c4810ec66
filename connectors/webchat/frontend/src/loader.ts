// widget.js: draws the launcher and nothing else. No request, no storage and
// no socket before the visitor (or the page, through the API) opens the chat.
import { storageKey, type App, type Bridge, type EventName, type Options } from './bridge';
import { chat, down, type Shape } from './icons';
import css from './loader.css?inline';
import tokens from './tokens.css?inline';

type Handler = (detail?: unknown) => void;
type Frontdesk = ((verb: string, ...args: unknown[]) => void) & { q?: ArrayLike<unknown>[]; version?: string };

const win = window as Window & { frontdesk?: Frontdesk };
const doc = document;
const script =
  (doc.currentScript as HTMLScriptElement | null) ?? doc.querySelector<HTMLScriptElement>('script[src*="/widget.js"]');

if (script?.src && !win.frontdesk?.version) start(script);

function svg(shapes: readonly Shape[]): SVGElement {
  const make = (tag: string, attributes: Readonly<Record<string, string>>): SVGElement => {
    const node = doc.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]!);
    return node;
  };
  const node = make('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  for (const [tag, attributes] of shapes) node.append(make(tag, attributes));
  return node;
}

function start(tag: HTMLScriptElement): void {
  const { accent, locale, title, theme, position } = tag.dataset;
  const src = tag.src;
  const options: Options = { src, title: title || null, locale: locale || navigator.language || 'en', starters: [] };
  const zh = /^zh/i.test(options.locale);
  const handlers: [string, Handler][] = [];
  const emit = (name: EventName, detail?: unknown): void => {
    for (const [on, handler] of handlers) if (on === name) handler(detail);
  };

  if (!customElements.get('frontdesk-chat')) customElements.define('frontdesk-chat', class extends HTMLElement {});
  const host = doc.createElement('frontdesk-chat');
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens + css);
  root.adoptedStyleSheets = [sheet];
  if (theme === 'light' || theme === 'dark') host.dataset.theme = theme;
  if (position && /left/.test(position)) host.dataset.position = 'left';

  const button = doc.createElement('button');
  const badge = doc.createElement('span');
  const panel = doc.createElement('div');
  button.type = 'button';
  button.className = 'launcher';
  button.part.add('launcher');
  badge.className = 'badge';
  badge.ariaHidden = 'true';
  button.append(svg(chat), svg(down), badge);
  root.append(panel, button);

  let labels: [string, string] = zh ? ['打开聊天', '关闭聊天'] : ['Open chat', 'Close chat'];
  let open = false;
  let unread = 0;
  let app: App | undefined;
  let loading: Promise<void> | undefined;
  let failures = 0;
  let failed = false;
  let draft = '';

  const paint = (): void => {
    button.setAttribute('aria-expanded', `${open}`);
    button.ariaLabel = labels[open ? 1 : 0];
    badge.textContent = failed ? '!' : unread && !open ? (unread > 9 ? '9+' : `${unread}`) : '';
    button.title = failed ? labels[0] : '';
  };
  const bridge: Bridge = {
    root,
    panel,
    options,
    emit,
    close: () => setOpen(false),
    launcher: (count, openLabel, closeLabel) => {
      if (count !== unread) emit('unread', count);
      unread = count;
      labels = [openLabel, closeLabel];
      paint();
    },
  };

  function setOpen(next: boolean, again = false): void {
    if (next === open && !again) return;
    const changed = next !== open;
    open = next;
    paint();
    if (changed) emit(open ? 'open' : 'close');
    if (app) hand();
    else if (open) load();
    if (!open && root.activeElement) button.focus({ preventScroll: true });
  }
  function hand(): void {
    app!.setOpen(open, draft);
    draft = '';
  }
  function load(): void {
    button.ariaBusy = 'true';
    const address = new URL('widget-app.js', src);
    if (failures) address.searchParams.set('retry', `${failures}`); // a failed import may be remembered by address
    loading ??= import(/* @vite-ignore */ address.href)
      .then((module: { mount(bridge: Bridge): App }) => {
        failed = false;
        app = module.mount(bridge);
        button.setAttribute('aria-controls', 'panel');
        hand();
      })
      .catch((error: unknown) => {
        failures++;
        failed = true;
        labels[0] = /^zh/i.test(options.locale) ? '聊天暂不可用，请重试' : 'Chat unavailable, try again';
        setOpen(false);
        emit('error', error);
      })
      .finally(() => {
        loading = undefined;
        button.ariaBusy = 'false';
      });
  }
  function forget(): void {
    setOpen(false);
    if (app) return app.shutdown();
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(storageKey(src))) localStorage.removeItem(key);
    } catch {
      // Storage is blocked: there is nothing to forget.
    }
  }

  const api: Frontdesk = (verb, ...args) => {
    if (verb === 'open') {
      draft = (args[0] as string) || draft;
      setOpen(true, true);
    } else if (verb === 'close') setOpen(false);
    else if (verb === 'toggle') setOpen(!open);
    else if (verb === 'shutdown') forget();
    else if (verb === 'on') handlers.push([args[0] as string, args[1] as Handler]);
    else if (verb === 'suggest') {
      options.starters = args as string[];
      app?.suggest();
    } else if (verb === 'locale') {
      options.locale = args[0] as string;
      labels = /^zh/i.test(options.locale) ? ['打开聊天', '关闭聊天'] : ['Open chat', 'Close chat'];
      paint();
      app?.setLocale(options.locale);
    }
  };
  api.version = '0.1.0';
  const queued = win.frontdesk?.q ?? [];
  win.frontdesk = api;

  const place = (): void => {
    if (!host.isConnected) doc.body.append(host);
  };
  const ready = (): void => {
    place();
    if (accent && CSS.supports('color', accent)) {
      // Text on the accent: black or white, whichever contrasts more.
      host.style.setProperty('--fd-accent', accent);
      const [r = 0, g = 0, b = 0] = (getComputedStyle(button).backgroundColor.match(/[\d.]+/g) ?? []).map((v) => {
        const c = +v / 255;
        return c <= 0.04 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      host.style.setProperty('--fd-accent-text', 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? '#0b1416' : '#fff');
    }
    paint();
    button.onclick = () => setOpen(!open);
    for (const args of Array.from(queued)) api(...(Array.from(args) as [string]));
    emit('ready');
    for (const swap of ['turbo:render', 'astro:after-swap']) doc.addEventListener(swap, place);
  };
  if (doc.body) ready();
  else doc.addEventListener('DOMContentLoaded', ready);
}
