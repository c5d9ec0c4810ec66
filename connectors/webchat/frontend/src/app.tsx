// widget-app.js: the chat panel. Loaded by widget.js on the first interaction.
import { render } from 'preact';
import { storageKey, type App, type Bridge } from './bridge';
import { ChatClient } from './client';
import css from './app.css?inline';
import { locales, pickLocale, text as fill, type Locale } from './i18n';
import markdownCss from './markdown.css?inline';
import { Panel } from './panel';
import tokens from './tokens.css?inline';

function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export function mount(bridge: Bridge): App {
  const { root, options } = bridge;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(tokens + markdownCss + css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  const key = storageKey(options.src);
  const store = storage();
  const savedLocale = (): string | null => {
    try {
      return store?.getItem(`${key}:locale`) ?? null;
    } catch {
      return null;
    }
  };
  let locale: Locale = pickLocale(savedLocale() ?? options.locale);
  let open = false;
  let draft = '';

  const socketUrl = new URL('/webchat/ws', options.src);
  socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = new ChatClient({
    url: socketUrl.href,
    locale,
    storage: store,
    storageKey: key,
    isOnline: () => navigator.onLine,
  });
  client.onMessage = (frame) => {
    if (frame.from.kind !== 'customer') bridge.emit('message', frame);
  };

  const visible = (): void => client.setVisible(open && document.visibilityState === 'visible');
  const setLocale = (next: Locale): void => {
    locale = next;
    client.setLocale(next);
    paint();
  };
  const shutdown = (): void => {
    try {
      store?.removeItem(`${key}:locale`);
    } catch {
      // Storage is blocked.
    }
    client.shutdown();
  };
  const paint = (): void => {
    const { texts } = locales[locale];
    const { unread } = client;
    bridge.launcher(unread, unread ? fill(texts.openUnread, { n: unread }) : texts.open, texts.close);
    render(
      <Panel
        client={client}
        open={open}
        draft={draft}
        locale={locale}
        title={options.title}
        base={options.src}
        starters={options.starters}
        onClose={bridge.close}
        onLocale={(next) => {
          try {
            store?.setItem(`${key}:locale`, next);
          } catch {
            // Kept for this page only.
          }
          setLocale(next);
        }}
        onClear={() => {
          shutdown();
          bridge.close();
        }}
      />,
      bridge.panel,
    );
  };
  client.subscribe(paint);

  window.addEventListener('online', () => client.wake());
  window.addEventListener('offline', () => client.lostNetwork());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') client.wake();
    visible();
  });
  window.addEventListener('storage', (event) => {
    if (event.key !== key) return;
    if (event.newValue === null) {
      client.reset();
      bridge.close();
    } else client.follow(event.newValue);
  });

  return {
    setOpen(next, text) {
      open = next;
      draft = text ?? '';
      if (open) client.connect();
      visible();
      paint();
    },
    setLocale: (next) => setLocale(pickLocale(next)),
    suggest: paint,
    shutdown,
  };
}
