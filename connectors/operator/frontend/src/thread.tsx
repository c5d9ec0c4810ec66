import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import {
  ArrowDown,
  ArrowLeft,
  Bot,
  CircleAlert,
  ChevronRight,
  CircleCheck,
  Clock,
  FileText,
  Hand,
  LoaderCircle,
  MessageSquareText,
  PanelRight,
  RotateCcw,
  SendHorizontal,
  Sparkles,
  StickyNote,
} from "lucide-preact";
import { language, named, t } from "./i18n";
import { Markdown, safeUrl } from "./markdown";
import {
  busy,
  claim,
  counts,
  current,
  deliver,
  drafts,
  dropPending,
  go,
  handBack,
  hidden,
  iAmTyping,
  ids,
  knownName,
  loadThread,
  nameOf,
  now,
  openConversation,
  outbox,
  resolve,
  route,
  selectedSeq,
  send,
  sendKey,
  sendMode,
  session,
  setDraft,
  setSendKey,
  summaries,
  thread,
  typing,
  type Pending,
} from "./store";
import { formatClock, formatDay, formatFull, sameDay } from "./time";
import type { ConversationEvent, Summary } from "./types";
import { Avatar, Empty, IconButton, MoodMark, Wait } from "./ui";

export function ThreadPane() {
  const summary = current.value;
  const load = thread.value.load;
  const id = route.value.id;
  if (!id) return <NothingOpen />;
  if (load === "gone" || load === "error") {
    return (
      <section class="thread" id="conversation" tabIndex={-1}>
        <Empty icon={<CircleAlert size={22} />} title={t(load === "gone" ? "thread.gone" : "thread.error")}>
          {load === "gone" ? (
            <button type="button" class="button" onClick={() => go({ id: null })}>
              {t("common.back")}
            </button>
          ) : (
            <button type="button" class="button" onClick={() => void loadThread(id)}>
              {t("common.retry")}
            </button>
          )}
        </Empty>
      </section>
    );
  }
  return (
    <section class="thread" id="conversation" tabIndex={-1} aria-label={summary ? nameOf(summary) : ""}>
      {summary && <Head summary={summary} />}
      {load === "ready" && summary ? (
        <Transcript key={id} summary={summary} />
      ) : (
        <div class="transcript transcript-loading" role="status" aria-label={t("thread.loading")}>
          {[58, 40, 66, 34].map((width, n) => (
            <i key={n} class={n % 2 ? "ours" : ""} style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
      {summary && <Composer key={`c-${id}`} summary={summary} />}
    </section>
  );
}

function NothingOpen() {
  const waiting = counts.value.queue;
  const any = ids.value.length > 0;
  const first = route.value.view === "queue" ? ids.value[0] : undefined;
  return (
    <section class="thread" id="conversation" tabIndex={-1}>
      <Empty
        icon={<MessageSquareText size={22} />}
        title={waiting > 0 ? t("empty.waiting", { n: waiting }) : t(any ? "empty.pick" : "empty.calm")}
        {...(any ? { hint: t("empty.pickHint") } : waiting > 0 ? {} : { hint: t("empty.calmHint") })}
      >
        {first && (
          <button type="button" class="button button-primary" onClick={() => openConversation(first)}>
            {t("empty.startFirst")}
          </button>
        )}
        {waiting > 0 && route.value.view !== "queue" && (
          <button type="button" class="button" onClick={() => go({ view: "queue" })}>
            {t("empty.toQueue")}
          </button>
        )}
      </Empty>
    </section>
  );
}

function Head({ summary }: { summary: Summary }) {
  const mine = summary.state === "assigned" && summary.assignee?.id === session.value?.id;
  const working = busy.value;
  const waits = summary.waiting_since && summary.state !== "resolved";
  return (
    <header class="thread-head">
      <IconButton label={t("common.back")} class="only-small" onClick={() => go({ id: null })}>
        <ArrowLeft size={20} />
      </IconButton>
      <Avatar name={knownName(summary)} seed={summary.customer.id} size="s" />
      <div class="thread-who">
        <h2>{nameOf(summary)}</h2>
        <p>
          <span class={`state-dot state-${summary.state}`} aria-hidden="true" />
          {waits && summary.state === "queued" ? (
            <>
              {t("state.queued")} <Wait since={summary.waiting_since!} />
            </>
          ) : mine ? (
            t("thread.handledByYou")
          ) : summary.state === "assigned" ? (
            t("thread.handledBy", { name: summary.assignee?.name ?? "" })
          ) : summary.state === "bot" ? (
            t("thread.handledByBot")
          ) : (
            t(`state.${summary.state}`)
          )}
          {summary.mood !== "calm" && <MoodMark mood={summary.mood} />}
          <span class="thread-channel">{named("channel", summary.channel)}</span>
        </p>
      </div>
      <div class="thread-actions">
        {summary.state === "queued" && (
          <button
            type="button"
            class="button button-primary"
            aria-keyshortcuts="C"
            disabled={working.has(`claim:${summary.id}`)}
            onClick={() => void claim(summary.id)}
          >
            <Hand size={16} aria-hidden="true" />
            {t("action.claim")}
            <kbd aria-hidden="true">C</kbd>
          </button>
        )}
        {mine && (
          <button
            type="button"
            class="button"
            title={t("action.handBack")}
            disabled={working.has(`back:${summary.id}`)}
            onClick={() => void handBack(summary.id)}
          >
            <Bot size={16} aria-hidden="true" />
            <span class="wide-only">{t("action.handBack")}</span>
          </button>
        )}
        {summary.state !== "resolved" && (mine || summary.state !== "assigned") && (
          <button
            type="button"
            class="button"
            title={t("action.resolve")}
            aria-keyshortcuts="E"
            disabled={hidden.value.has(summary.id)}
            onClick={() => resolve(summary.id)}
          >
            <CircleCheck size={16} aria-hidden="true" />
            <span class="not-small">{t("action.resolve")}</span>
            <kbd aria-hidden="true">E</kbd>
          </button>
        )}
        <IconButton
          label={t("thread.why")}
          class="why-toggle"
          aria-expanded={route.value.why}
          onClick={() => go({ why: !route.value.why }, route.value.why)}
        >
          <PanelRight size={18} />
        </IconButton>
      </div>
    </header>
  );
}

// ---------------------------------------------------------------- transcript

type Item =
  | { type: "day"; key: string; at: string }
  | { type: "steps"; key: string; events: ConversationEvent[] }
  | { type: "event"; key: string; event: ConversationEvent; first: boolean; last: boolean };

const QUIET = new Set(["action", "slot", "form"]);

function arrange(events: readonly ConversationEvent[]): Item[] {
  const items: Item[] = [];
  let previousAt: string | null = null;
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    if (event.kind === "bookkeeping") continue;
    if (!previousAt || !sameDay(previousAt, event.at))
      items.push({ type: "day", key: `d${event.seq}`, at: event.at });
    previousAt = event.at;
    if (QUIET.has(event.kind)) {
      const group = items[items.length - 1];
      if (group?.type === "steps") group.events.push(event);
      else items.push({ type: "steps", key: `s${event.seq}`, events: [event] });
      continue;
    }
    const before = items[items.length - 1];
    const first = !(
      before?.type === "event" &&
      before.event.kind === "message" &&
      event.kind === "message" &&
      before.event.from.kind === event.from.kind &&
      before.event.from.name === event.from.name &&
      Date.parse(event.at) - Date.parse(before.event.at) < 5 * 60_000
    );
    if (!first && before?.type === "event") before.last = false;
    items.push({ type: "event", key: `e${event.seq}`, event, first, last: true });
  }
  return items;
}

function Transcript({ summary }: { summary: Summary }) {
  const { events } = thread.value;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const waiting = outbox.value.filter((p) => p.id === summary.id);
  const typists = typing.value.get(summary.id) ?? [];
  const lastSeq = events[events.length - 1]?.seq ?? 0;

  useLayoutEffect(() => {
    const element = box.current!;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else setBehind(true);
  }, [lastSeq, waiting.length, typists.length]);

  // Rows outside the view get their true height late; stay at the end while that happens.
  useLayoutEffect(() => {
    const element = box.current!;
    const watch = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    watch.observe(element);
    watch.observe(element.firstElementChild!);
    return () => watch.disconnect();
  }, []);

  const toEnd = () => {
    box.current!.scrollTop = box.current!.scrollHeight;
    setBehind(false);
  };
  return (
    <div class="transcript-box">
      <div
        class="transcript"
        ref={box}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-label={t("thread.log")}
        tabIndex={0}
        onScroll={(event) => {
          const el = event.currentTarget;
          atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < 48;
          if (atEnd.current) setBehind(false);
        }}
      >
        <div class="transcript-inner">
          {events.length === 0 && <p class="transcript-none">{t("thread.empty")}</p>}
          {arrange(events).map((item) =>
            item.type === "day" ? (
              <h3 class="day" key={item.key}>
                {formatDay(item.at, now.peek(), language.value, {
                  today: t("day.today"),
                  yesterday: t("day.yesterday"),
                })}
              </h3>
            ) : item.type === "steps" ? (
              <Steps key={item.key} events={item.events} />
            ) : (
              <EventRow
                key={item.key}
                event={item.event}
                first={item.first}
                last={item.last}
                summary={summary}
              />
            ),
          )}
          {waiting.map((pending) => (
            <PendingRow key={pending.cid} pending={pending} />
          ))}
          {typists.map((one) => (
            <p class="typing" key={`${one.kind}${one.name}`}>
              <span class="typing-dots" aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              {t("thread.typing", {
                name:
                  one.kind === "customer"
                    ? nameOf(summary)
                    : one.kind === "bot"
                      ? t("speaker.bot")
                      : (one.name ?? ""),
              })}
            </p>
          ))}
        </div>
      </div>
      {behind && (
        <button type="button" class="to-end" onClick={toEnd}>
          <ArrowDown size={15} aria-hidden="true" />
          {t("thread.newMessages")}
        </button>
      )}
    </div>
  );
}

function show(value: unknown): string {
  return typeof value === "string" ? value : value === null ? t("common.none") : JSON.stringify(value);
}

function stepText(event: ConversationEvent): string {
  const data = event.data ?? {};
  const name = String(data["name"] ?? event.text ?? "");
  if (event.kind === "slot") return t("event.slot", { name, value: show(data["value"] ?? null) });
  return t(event.kind === "form" ? "event.form" : "event.action", { name });
}

function Steps({ events }: { events: ConversationEvent[] }) {
  return (
    <details class="steps">
      <summary>
        <ChevronRight size={13} aria-hidden="true" />
        {t("thread.steps", { n: events.length })}
      </summary>
      <ul>
        {events.map((event) => (
          <li key={event.seq}>{stepText(event)}</li>
        ))}
      </ul>
    </details>
  );
}

function stateText(event: ConversationEvent): string {
  const data = event.data ?? {};
  const to = String(data["state"] ?? data["to"] ?? "");
  const reason = data["reason"];
  const who = event.from.name ?? String((data["assignee"] as { name?: string } | null)?.name ?? "");
  switch (to) {
    case "queued":
      return reason ? t("event.queuedReason", { reason: named("reason", String(reason)) }) : t("event.queued");
    case "assigned":
      return t("event.assigned", { name: who });
    case "bot":
      return t("event.bot");
    case "resolved":
      return who && event.from.kind === "agent" ? t("event.resolvedBy", { name: who }) : t("event.resolved");
    default:
      return event.text ?? to;
  }
}

function Marker(props: { kind: string; icon: ComponentChildren; label: string; at: string; text?: string | null }) {
  return (
    <div class={`marker marker-${props.kind}`}>
      <p class="marker-label">
        {props.icon}
        {props.label}
        <time dateTime={props.at}>{formatClock(props.at, language.value)}</time>
      </p>
      {props.text && (
        <div class="text md" dir="auto">
          <Markdown text={props.text} />
        </div>
      )}
    </div>
  );
}

function EventRow(props: {
  event: ConversationEvent;
  first: boolean;
  last: boolean;
  summary: Summary;
}) {
  const { event, first, last, summary } = props;
  switch (event.kind) {
    case "state":
      return (
        <p class="state-line">
          <span>{stateText(event)}</span>
          <time dateTime={event.at}>{formatClock(event.at, language.value)}</time>
        </p>
      );
    case "note":
      return (
        <Marker
          kind="note"
          icon={<StickyNote size={14} aria-hidden="true" />}
          label={`${t("thread.note")} · ${event.from.name ?? t("speaker.system")}`}
          at={event.at}
          text={event.text}
        />
      );
    case "failure":
      return (
        <Marker
          kind="failure"
          icon={<CircleAlert size={14} aria-hidden="true" />}
          label={t("thread.failure")}
          at={event.at}
          text={event.text}
        />
      );
    case "draft_discarded":
      return (
        <Marker
          kind="discarded"
          icon={<Bot size={14} aria-hidden="true" />}
          label={t("thread.discarded")}
          at={event.at}
          text={event.text}
        />
      );
  }
  const kind = event.from.kind;
  const side = kind === "customer" ? "theirs" : "ours";
  const me = kind === "agent" && event.from.name === session.value?.name;
  const name =
    kind === "customer"
      ? nameOf(summary)
      : me
        ? t("speaker.you")
        : kind === "bot"
          ? (event.from.name ?? t("speaker.bot"))
          : (event.from.name ?? t("speaker.system"));
  const reasoning = event.reasoning;
  const selected = selectedSeq.value === event.seq;
  const confidence = reasoning?.confidence ?? reasoning?.intent?.confidence;
  return (
    <article
      class={`message ${side} from-${kind} ${first ? "message-first" : ""} ${selected ? "message-selected" : ""}`}
      aria-label={`${name}, ${formatFull(event.at, language.value)}`}
    >
      {first && (
        <p class="message-name">
          {kind === "bot" && <Bot size={14} aria-hidden="true" />}
          {name}
        </p>
      )}
      {event.text && (
        <div class="bubble text md" dir="auto">
          <Markdown text={event.text} />
        </div>
      )}
      {!!event.buttons?.length && (
        <ul class="offered" aria-label={t("thread.offered")}>
          {event.buttons.map((button) => (
            <li key={button.payload}>{button.title}</li>
          ))}
        </ul>
      )}
      {!!event.sources?.length && (
        <ul class="sources" aria-label={t("thread.sources")}>
          {event.sources.map((source, n) => {
            const href = safeUrl(source.url);
            return (
              <li key={n}>
                <FileText size={13} aria-hidden="true" />
                {href ? (
                  <a href={href} target="_blank" rel="noopener noreferrer nofollow">
                    {source.title}
                  </a>
                ) : (
                  source.title
                )}
              </li>
            );
          })}
        </ul>
      )}
      {(last || reasoning) && (
        <p class="message-meta">
          <time dateTime={event.at} title={formatFull(event.at, language.value)}>
            {formatClock(event.at, language.value)}
          </time>
          {reasoning && (
            <button
              type="button"
              class="why-button"
              aria-pressed={selected}
              title={t("thread.why")}
              onClick={() => {
                selectedSeq.value = event.seq;
                go({ why: true });
              }}
            >
              <Sparkles size={12} aria-hidden="true" />
              <span class="sr">{t("action.reason")}: </span>
              <span>
                {kind === "bot"
                  ? (reasoning.action ?? t("action.reason"))
                  : (reasoning.intent?.name ?? t("why.noIntent"))}
              </span>
              {typeof confidence === "number" && <b>{Math.round(confidence * 100)}%</b>}
            </button>
          )}
        </p>
      )}
    </article>
  );
}

function PendingRow({ pending }: { pending: Pending }) {
  const { status } = pending;
  const failed = status === "failed";
  const discard = (
    <button type="button" class="text-button" onClick={() => dropPending(pending.cid)}>
      {t("thread.discard")}
    </button>
  );
  return (
    <article class={`message ours from-agent message-first message-pending ${failed ? "is-failed" : ""}`}>
      <div class="bubble text md" dir="auto">
        <Markdown text={pending.text} />
      </div>
      <p class="message-meta" role={failed ? "alert" : undefined}>
        {failed ? (
          <>
            <CircleAlert size={13} aria-hidden="true" />
            {t("thread.failed")}
            <button type="button" class="text-button" onClick={() => void deliver(pending.cid)}>
              {t("thread.resend")}
            </button>
            {discard}
          </>
        ) : status === "waiting" ? (
          <>
            <Clock size={13} aria-hidden="true" />
            {t("thread.later")}
            {discard}
          </>
        ) : (
          <>
            <LoaderCircle size={12} class="spin" aria-hidden="true" />
            {t("thread.sending")}
          </>
        )}
      </p>
    </article>
  );
}

// ---------------------------------------------------------------- composer

function Composer({ summary }: { summary: Summary }) {
  const box = useRef<HTMLTextAreaElement>(null);
  const composing = useRef(false);
  const draft = drafts.value.get(summary.id) ?? "";
  const mode = sendMode(summaries.value.get(summary.id) ?? summary);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 220)}px`;
  }, [draft, mode]);
  useEffect(() => () => iAmTyping(summary.id, false), [summary.id]);

  if (!mode) {
    return (
      <footer class="composer composer-closed">
        <p>
          {summary.state === "resolved"
            ? t("composer.resolved")
            : t("composer.locked", { name: summary.assignee?.name ?? "" })}
        </p>
      </footer>
    );
  }
  const placeholder =
    mode === "takeover"
      ? t("composer.takeOver")
      : mode === "claim"
        ? t("composer.claim")
        : t("composer.reply", { name: nameOf(summary) });
  const other = sendKey.value === "enter" ? "ctrlEnter" : "enter";
  return (
    <footer class={`composer composer-${mode}`}>
      <div class="composer-box">
        <textarea
          ref={box}
          id="reply"
          rows={1}
          dir="auto"
          aria-label={t("composer.label")}
          placeholder={placeholder}
          value={draft}
          onCompositionStart={() => (composing.current = true)}
          onCompositionEnd={() => (composing.current = false)}
          onInput={(event) => {
            const text = event.currentTarget.value;
            setDraft(summary.id, text);
            iAmTyping(summary.id, text.trim() !== "");
          }}
          onBlur={() => iAmTyping(summary.id, false)}
          onKeyDown={(event) => {
            // While an input method is composing, Enter picks a candidate and must not send.
            if (event.isComposing || composing.current || event.keyCode === 229) return;
            if (event.key === "Escape") event.currentTarget.blur();
            if (event.key !== "Enter") return;
            const chord = event.ctrlKey || event.metaKey;
            if (chord || (sendKey.peek() === "enter" && !event.shiftKey && !event.altKey)) {
              event.preventDefault();
              send(summary.id);
            }
          }}
        />
        <div class="composer-foot">
          <button
            type="button"
            class="text-button composer-key"
            title={t("composer.change")}
            onClick={() => setSendKey(other)}
          >
            {t(sendKey.value === "enter" ? "composer.enter" : "composer.ctrlEnter")}
          </button>
          <button
            type="button"
            class="button button-primary"
            disabled={!draft.trim()}
            onClick={() => send(summary.id)}
          >
            {mode === "reply" ? (
              <SendHorizontal size={16} aria-hidden="true" />
            ) : mode === "claim" ? (
              <Hand size={16} aria-hidden="true" />
            ) : (
              <RotateCcw size={16} aria-hidden="true" />
            )}
            {t(mode === "reply" ? "action.send" : mode === "claim" ? "action.claimSend" : "action.takeOver")}
          </button>
        </div>
      </div>
    </footer>
  );
}
