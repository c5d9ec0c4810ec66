import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChatClient } from './client';
import { Composer } from './composer';
import { locales, text, type Locale, type Texts } from './i18n';
import { Icon } from './icon';
import { Transcript } from './transcript';

export interface PanelProps {
  client: ChatClient;
  open: boolean;
  draft: string;
  locale: Locale;
  title: string | null;
  base: string;
  starters: readonly string[];
  onClose(): void;
  onLocale(locale: Locale): void;
  onClear(): void;
}

const NARROW = '(max-width: 479.98px)';

export function Panel(props: PanelProps): JSX.Element {
  const { client, open, draft, locale, title, base, starters, onClose, onLocale, onClear } = props;
  const { texts } = locales[locale];
  const panel = useRef<HTMLElement>(null);
  const input = useRef<HTMLTextAreaElement>(null);
  const menuButton = useRef<HTMLButtonElement>(null);
  const [menu, setMenu] = useState(false);
  const narrow = useNarrow(panel, open);

  useEffect(() => {
    if (open) input.current?.focus({ preventScroll: true });
    else setMenu(false);
  }, [open]);

  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation(); // the page's own shortcuts are not for this text
    if (event.key === 'Escape' && !event.isComposing) {
      if (menu) {
        setMenu(false);
        menuButton.current?.focus();
      } else onClose();
    } else if (event.key === 'Tab' && narrow && panel.current) trap(event, panel.current);
  };
  const pick = (act: () => void): void => {
    setMenu(false);
    act();
    input.current?.focus({ preventScroll: true });
  };

  return (
    <section
      id="panel"
      class="panel"
      part="panel"
      ref={panel}
      role="dialog"
      aria-modal={narrow}
      aria-label={title ?? texts.title}
      lang={locale}
      hidden={!open}
      onKeyDown={onKeyDown}
      onKeyUp={(event) => event.stopPropagation()}
      onKeyPress={(event) => event.stopPropagation()}
    >
      <header class="head" part="header">
        <div class="head-text">
          <h2>{title ?? texts.title}</h2>
          <p class={`state state-${client.state}`}>
            <span class="dot" />
            <span>{stateLine(client, texts)}</span>
          </p>
        </div>
        <button
          type="button"
          class="icon-button"
          ref={menuButton}
          aria-label={texts.menu}
          aria-haspopup="menu"
          aria-expanded={menu}
          onClick={() => setMenu(!menu)}
        >
          <Icon name="menu" />
        </button>
        <button type="button" class="icon-button" aria-label={texts.close} onClick={onClose}>
          <Icon name={narrow ? 'close' : 'down'} />
        </button>
        {menu && (
          <Menu
            texts={texts}
            locale={locale}
            person={client.state === 'bot' || client.state === 'resolved'}
            onDismiss={() => setMenu(false)}
            onPerson={() => pick(() => client.send(texts.person, '/talk_to_person'))}
            onLocale={(next) => pick(() => onLocale(next))}
            onClear={() => {
              setMenu(false);
              onClear();
            }}
          />
        )}
      </header>
      <Banner client={client} texts={texts} />
      <Transcript client={client} texts={texts} locale={locale} open={open} base={base} starters={starters} input={input} />
      <Composer client={client} texts={texts} input={input} offered={draft} />
    </section>
  );
}

function stateLine(client: ChatClient, texts: Texts): string {
  switch (client.state) {
    case 'queued':
      return client.position ? text(texts.waitingAt, { n: client.position }) : texts.waiting;
    case 'assigned':
      return text(texts.chattingWith, { name: client.agent ?? texts.colleague });
    case 'resolved':
      return texts.resolved;
    default:
      return texts.assistant;
  }
}

/** Only after a moment: a reconnection nobody would notice stays unmentioned. */
function Banner({ client, texts }: { client: ChatClient; texts: Texts }): JSX.Element {
  const { connection, loaded } = client;
  const broken = connection === 'waiting' || (connection === 'connecting' && loaded);
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!broken) return setLate(false);
    const timer = setTimeout(() => setLate(true), 1200);
    return () => clearTimeout(timer);
  }, [broken]);
  const message =
    connection === 'offline'
      ? texts.offline
      : connection === 'refused'
        ? texts.refused
        : broken && late
          ? texts.reconnecting
          : null;
  return (
    <div role="status" class="banner-slot">
      {message && (
        <p class="banner">
          <Icon name="offline" />
          {message}
        </p>
      )}
    </div>
  );
}

interface MenuProps {
  texts: Texts;
  locale: Locale;
  person: boolean;
  onDismiss(): void;
  onPerson(): void;
  onLocale(locale: Locale): void;
  onClear(): void;
}

function Menu({ texts, locale, person, onDismiss, onPerson, onLocale, onClear }: MenuProps): JSX.Element {
  const menu = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    menu.current?.querySelector<HTMLElement>('button')?.focus();
  }, [asking]);
  useEffect(() => {
    const away = (event: Event): void => {
      if (menu.current && !event.composedPath().some((n) => n === menu.current || n === menu.current?.parentElement))
        onDismiss();
    };
    document.addEventListener('pointerdown', away);
    return () => document.removeEventListener('pointerdown', away);
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    const all = [...(menu.current?.querySelectorAll<HTMLElement>('button') ?? [])];
    const at = all.indexOf((event.target as HTMLElement).closest('button')!);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else if (event.key === 'Tab') onDismiss();
  };
  const item = (
    icon: Parameters<typeof Icon>[0]['name'],
    label: ComponentChildren,
    act: () => void,
    extra: { class?: string; role?: 'menuitemradio'; 'aria-checked'?: boolean } = {},
  ): JSX.Element => (
    <button type="button" role="menuitem" tabIndex={-1} onClick={act} {...extra}>
      <Icon name={icon} />
      <span>{label}</span>
    </button>
  );
  return (
    <div class="menu" role="menu" aria-label={texts.menu} ref={menu} onKeyDown={onKeyDown}>
      {asking ? (
        <>
          <p class="menu-ask">{texts.clearAsk}</p>
          {item('close', texts.cancel, () => setAsking(false))}
          {item('trash', texts.clearYes, onClear, { class: 'danger' })}
        </>
      ) : (
        <>
          {person && item('person', texts.person, onPerson)}
          {(Object.keys(locales) as Locale[]).map((key) =>
            item(key === locale ? 'check' : 'language', <span lang={key}>{locales[key].name}</span>, () => onLocale(key), {
              role: 'menuitemradio',
              'aria-checked': key === locale,
            }),
          )}
          {item('trash', texts.clear, () => setAsking(true), { class: 'apart' })}
        </>
      )}
    </div>
  );
}

function trap(event: KeyboardEvent, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>('button:not([disabled]):not([tabindex="-1"]), textarea, a[href]')];
  const first = stops[0];
  const last = stops.at(-1);
  const active = (panel.getRootNode() as ShadowRoot).activeElement;
  if (event.shiftKey ? active === first : active === last) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}

/** Full screen on phones, above the on-screen keyboard. */
function useNarrow(panel: { current: HTMLElement | null }, open: boolean): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const update = (): void => setNarrow(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  useLayoutEffect(() => {
    const viewport = window.visualViewport;
    const element = panel.current;
    if (!viewport || !element || !open || !narrow) return;
    const fit = (): void => {
      const keyboard = window.innerHeight - viewport.height > 80 && viewport.scale === 1;
      element.style.setProperty('block-size', keyboard ? `${viewport.height}px` : '');
      element.style.setProperty('inset-block-start', keyboard ? `${viewport.offsetTop}px` : '');
    };
    fit();
    viewport.addEventListener('resize', fit);
    viewport.addEventListener('scroll', fit);
    return () => {
      viewport.removeEventListener('resize', fit);
      viewport.removeEventListener('scroll', fit);
      element.style.removeProperty('block-size');
      element.style.removeProperty('inset-block-start');
    };
  }, [open, narrow]);
  return narrow;
}
