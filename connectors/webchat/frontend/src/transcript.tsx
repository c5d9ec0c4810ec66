import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChatClient, Outgoing } from './client';
import { text, type Locale, type Texts } from './i18n';
import { Icon } from './icon';
import { markdown, safeUrl } from './markdown';
import type { Button, DurableFrame, MessageFrame, Part, StateFrame } from './protocol';

interface Props {
  client: ChatClient;
  texts: Texts;
  locale: Locale;
  open: boolean;
  base: string;
  /** Questions offered while nothing was said yet. */
  starters: readonly string[];
  input: RefObject<HTMLTextAreaElement | null>;
}

const GROUP_GAP = 5 * 60_000;
const NEAR_END = 64;

export function Transcript({ client, texts, locale, open, base, starters, input }: Props): JSX.Element {
  const log = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const height = useRef(0);
  const [behind, setBehind] = useState(false);
  const { items, outbox, typing, draft } = client;
  const last = outbox.at(-1)?.cid ?? items.at(-1)?.seq ?? 0;

  const toEnd = (): void => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
    setBehind(false);
  };
  useEffect(() => {
    follow.current = true; // what the visitor just wrote is always shown
    toEnd();
  }, [outbox.length > 0 && last]);
  useLayoutEffect(() => {
    if (!open) return;
    if (follow.current) toEnd();
    else setBehind(true);
  }, [last, typing !== null, draft]);
  useLayoutEffect(() => {
    if (!open) return;
    // What came while the panel was closed is what the visitor opens it for.
    if (client.unread) follow.current = true;
    if (follow.current) toEnd();
  }, [open]);
  useEffect(() => {
    // A growing composer or a picture that arrives late must not hide the end.
    const stay = (): void => {
      height.current = log.current!.clientHeight;
      if (follow.current) toEnd();
    };
    const observer = new ResizeObserver(stay);
    observer.observe(log.current!);
    log.current!.addEventListener('load', stay, true);
    return () => observer.disconnect();
  }, []);

  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = log.current!;
    // The box grew or shrank, and the browser moved the text: nobody scrolled.
    if (clientHeight !== height.current) return;
    follow.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (follow.current) setBehind(false);
  };

  // The pressed button goes dead, so focus moves on: to the composer where
  // that opens no on-screen keyboard.
  const choose: Choose = (seq, button) => {
    client.choose(seq, button);
    (matchMedia('(pointer: fine)').matches ? input : log).current?.focus({ preventScroll: true });
  };

  const nothing = !items.length && !outbox.length;
  return (
    <div class="stage">
      <div
        class="log"
        part="transcript"
        ref={log}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-label={texts.transcript}
        tabIndex={0}
        onScroll={onScroll}
      >
        {nothing && (
          <div class="empty">
            {client.loaded || client.connection === 'offline' || client.connection === 'refused' ? (
              <>
                <span class="mark">
                  <Icon name="chat" />
                </span>
                <h3>{texts.emptyTitle}</h3>
                <p>{texts.emptyText}</p>
                {starters.length > 0 && (
                  <div class="choices" role="group" aria-label={texts.starters}>
                    {starters.map((question) => (
                      <button type="button" key={question} onClick={() => client.send(question)}>
                        {question}
                      </button>
                    ))}
                  </div>
                )}
              </>
            ) : (
              <p class="loading">{texts.loading}</p>
            )}
          </div>
        )}
        {entries(client, texts, locale, base, choose)}
        {outbox.length > 0 && (
          <div class="group from-customer">
            {outbox.map((entry) => (
              <Pending key={entry.cid} entry={entry} client={client} texts={texts} />
            ))}
          </div>
        )}
        {draft && (
          // Read aloud once it is said; until then it changes with each sentence.
          <div class="group from-bot draft" aria-hidden="true">
            <p class="who">
              <span class="avatar">
                <Icon name="bot" />
              </span>
              <b>{texts.assistant}</b>
            </p>
            <article>
              <div class="bubble md" part="bubble bot" dir="auto">
                {markdown(draft)}
              </div>
            </article>
          </div>
        )}
      </div>
      {typing && !draft && (
        <p class="typing" aria-label={text(texts.typing, { name: speaker(typing, texts) })} role="img">
          <i />
          <i />
          <i />
        </p>
      )}
      {behind && (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon name="down" />
          {texts.newMessages}
        </button>
      )}
    </div>
  );
}

const speaker = (from: { kind: string; name: string | null }, texts: Texts): string =>
  from.kind === 'agent' ? (from.name ?? texts.colleague) : from.kind === 'customer' ? texts.you : texts.assistant;

type Choose = (seq: number, button: Button) => void;

function entries(client: ChatClient, texts: Texts, locale: Locale, base: string, choose: Choose): JSX.Element[] {
  const { items, outbox } = client;
  const out: JSX.Element[] = [];
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
  const lastMessage = items.findLast((i): i is MessageFrame => i.t === 'msg');
  let day = '';
  let group: MessageFrame[] = [];
  let before: StateFrame | null = null;

  const flush = (): void => {
    const [first] = group;
    if (!first) return;
    const { kind } = first.from;
    const mine = kind === 'customer';
    const name = speaker(first.from, texts);
    const at = time.format(new Date(first.ts));
    const run = group;
    out.push(
      <div class={`group from-${kind}`} key={first.seq}>
        {!mine && (
          <p class="who">
            <span class="avatar" aria-hidden="true">
              {kind === 'agent' ? [...name][0]?.toUpperCase() : <Icon name="bot" />}
            </span>
            <b>{name}</b>
            <time dateTime={first.ts}>{at}</time>
          </p>
        )}
        {run.map((message) => (
          <article key={message.seq} aria-label={`${name}, ${time.format(new Date(message.ts))}`}>
            {message.parts.map((part, index) => (
              <PartView
                key={index}
                part={part}
                message={message}
                texts={texts}
                base={base}
                taken={part.type === 'buttons' ? choice(message, items, outbox) : undefined}
                onChoose={(button) => choose(message.seq, button)}
              />
            ))}
          </article>
        ))}
        {mine && (
          <p class="delivery">
            <time dateTime={first.ts}>{at}</time>
            {run.at(-1) === lastMessage && !outbox.length && (
              <>
                {' · '}
                {texts.sent}
              </>
            )}
          </p>
        )}
      </div>,
    );
    group = [];
  };

  for (const item of items) {
    if (item.t === 'state') {
      const line = stateText(item, before, texts);
      before = item;
      if (line) {
        flush();
        out.push(
          <p class="line" key={item.seq}>
            {line}
          </p>,
        );
      }
      continue;
    }
    const date = new Date(item.ts);
    const label = dayLabel(date, locale, texts);
    if (label !== day) {
      flush();
      day = label;
      out.push(
        <p class="day" key={`day-${item.seq}`}>
          <span>{label}</span>
        </p>,
      );
    }
    if (item.from.kind === 'system') {
      flush();
      const md = item.parts.map((p) => (p.type === 'text' ? p.md : '')).join('\n');
      out.push(
        <div class="line md" key={item.seq}>
          {markdown(md)}
        </div>,
      );
      continue;
    }
    const previous = group.at(-1);
    if (
      previous &&
      (previous.from.kind !== item.from.kind ||
        previous.from.name !== item.from.name ||
        date.getTime() - new Date(previous.ts).getTime() > GROUP_GAP)
    )
      flush();
    group.push(item);
  }
  flush();
  return out;
}

function stateText(item: StateFrame, before: StateFrame | null, texts: Texts): string | null {
  if (item.state === 'assigned')
    return before?.state === 'assigned' && before.agent?.name === item.agent?.name
      ? null
      : text(texts.joined, { name: item.agent?.name ?? texts.colleague });
  if (item.state === 'queued')
    return before?.state === 'queued' ? null : item.position ? text(texts.queuedAt, { n: item.position }) : texts.queued;
  if (item.state === 'resolved') return texts.closed;
  return before && before.state !== 'bot' && before.state !== 'resolved' ? texts.backToBot : null;
}

function dayLabel(date: Date, locale: Locale, texts: Texts): string {
  const start = (d: Date): number => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const days = Math.round((start(new Date()) - start(date)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  return new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'long' }).format(date);
}

/**
 * The title chosen among a message's buttons; '' when the conversation went
 * on without a choice; undefined while the buttons are open.
 */
export function choice(message: MessageFrame, items: DurableFrame[], outbox: Outgoing[]): string | undefined {
  const pending = outbox.find((o) => o.of_seq === message.seq);
  if (pending) return pending.text;
  const answer = items.find((i): i is MessageFrame => i.t === 'msg' && i.seq > message.seq && i.from.kind === 'customer');
  if (!answer) return outbox.length ? '' : undefined;
  const said = answer.parts.map((p) => (p.type === 'text' ? p.md : '')).join('');
  const titles = message.parts.flatMap((p) => (p.type === 'buttons' ? p.items.map((b) => b.title) : []));
  return titles.includes(said) ? said : '';
}

interface PartProps {
  part: Part;
  message: MessageFrame;
  texts: Texts;
  base: string;
  taken: string | undefined;
  onChoose(button: Button): void;
}

function PartView({ part, message, texts, base, taken, onChoose }: PartProps): JSX.Element | null {
  switch (part.type) {
    case 'text':
      return (
        <div class={message.from.kind === 'customer' ? 'bubble' : 'bubble md'} part={`bubble ${message.from.kind}`} dir="auto">
          {message.from.kind === 'customer' ? part.md : markdown(part.md)}
        </div>
      );
    case 'buttons':
      return (
        <div class="choices" role="group">
          {part.items.map((button) => (
            <button
              type="button"
              key={button.payload}
              class={taken === button.title ? 'chosen' : undefined}
              aria-pressed={taken === undefined ? undefined : taken === button.title}
              disabled={taken !== undefined}
              onClick={() => onChoose(button)}
            >
              {taken === button.title && <Icon name="check" />}
              {button.title}
            </button>
          ))}
        </div>
      );
    case 'image': {
      const url = absolute(part.url, base);
      return url ? (
        <a class="image" href={url} target="_blank" rel="noopener noreferrer">
          <img src={url} alt={part.alt || texts.image} loading="lazy" decoding="async" />
        </a>
      ) : null;
    }
    case 'sources':
      return part.items.length ? (
        <div class="sources" role="group" aria-label={texts.sources}>
          <span aria-hidden="true">{texts.sources}</span>
          {part.items.map((source) => {
            const url = source.url ? absolute(source.url, base) : null;
            const inside: ComponentChildren = (
              <>
                <Icon name="source" />
                <span>{source.title}</span>
              </>
            );
            return url ? (
              <a class="chip" href={url} target="_blank" rel="noopener noreferrer nofollow" title={source.title}>
                {inside}
              </a>
            ) : (
              <span class="chip" title={source.title}>
                {inside}
              </span>
            );
          })}
        </div>
      ) : null;
    default:
      return null;
  }
}

/** http(s) addresses only; a path is taken from the widget's own server. */
function absolute(url: string, base: string): string | null {
  try {
    const href = /^\/(?![/\\])/.test(url) ? new URL(url, base).href : url;
    return /^https?:/i.test(href) ? safeUrl(href) : null;
  } catch {
    return null;
  }
}

function Pending({ entry, client, texts }: { entry: Outgoing; client: ChatClient; texts: Texts }): JSX.Element {
  const { failed } = entry;
  return (
    <article class="pending" aria-label={texts.you}>
      <div class={failed ? 'bubble unsent' : 'bubble'} dir="auto">
        {entry.text}
      </div>
      {failed ? (
        <p class="delivery failed" role="alert">
          <Icon name="alert" />
          {failed === 'too_long' ? texts.failedLong : failed === 'rate_limited' ? texts.failedRate : texts.failed}
          {failed !== 'too_long' && failed !== 'empty' && (
            <button type="button" onClick={() => client.retry(entry.cid)}>
              {texts.retry}
            </button>
          )}
          <button type="button" onClick={() => client.discard(entry.cid)}>
            {texts.remove}
          </button>
        </p>
      ) : (
        <p class="delivery">
          {entry.stored ? texts.sent : client.connection === 'online' ? texts.sending : texts.later}
        </p>
      )}
    </article>
  );
}
