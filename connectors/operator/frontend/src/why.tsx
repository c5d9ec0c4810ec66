import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ExternalLink, ListChecks, Sparkles, UserRound, X } from "lucide-preact";
import { language, named, t } from "./i18n";
import { plain, safeUrl } from "./markdown";
import { factGroups, splitByEntities } from "./reducers";
import { current, go, nameOf, route, selectedSeq, session, thread } from "./store";
import { formatFull } from "./time";
import type {
  ConversationEvent,
  Entity,
  Fact,
  InShort,
  Passage,
  Ranked,
  Reasoning,
  Relation,
  Sentiment,
  Summary,
} from "./types";
import { Empty, IconButton, MoodMark, Wait } from "./ui";

const percent = (value: number) => `${Math.round(value * 100)}%`;
const level = (value: number) => (value >= 0.7 ? "high" : value >= 0.4 ? "medium" : "low");

/** The message whose reasons are shown: the chosen one, else the newest of the bot's. */
function chosen(events: readonly ConversationEvent[]): ConversationEvent | null {
  if (selectedSeq.value !== null)
    return events.find((event) => event.seq === selectedSeq.value) ?? null;
  let fallback: ConversationEvent | null = null;
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]!;
    if (event.kind !== "message") continue;
    if (event.from.kind === "bot" && event.reasoning) return event;
    if (!fallback && event.reasoning) fallback = event;
  }
  return fallback;
}

/** What the customer said before a bot message: the text the entities were found in. */
function heardBefore(events: readonly ConversationEvent[], seq: number): ConversationEvent | null {
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]!;
    if (event.seq <= seq && event.kind === "message" && event.from.kind === "customer") return event;
  }
  return null;
}

function show(value: unknown): string {
  if (value === null || value === undefined) return t("common.none");
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function WhyPane() {
  const summary = current.value;
  const { events, slots, profile, inShort, load } = thread.value;
  const box = useRef<HTMLElement>(null);
  const open = route.value.why;
  useEffect(() => {
    // As a sheet it covers the conversation, so the focus goes with it and comes back after.
    const close = box.current?.querySelector<HTMLElement>(".why-close");
    if (!open || !close || getComputedStyle(close).display === "none") return;
    const from = document.activeElement as HTMLElement | null;
    close.focus({ preventScroll: true });
    return () => from?.isConnected && from.focus({ preventScroll: true });
  }, [open]);
  if (!summary) return <aside class="why why-empty" aria-label={t("why.title")} />;
  const event = chosen(events);
  const reasoning = event?.reasoning ?? null;
  return (
    <aside class="why" id="why" ref={box} aria-label={t("why.title")}>
      <header class="why-head">
        <Sparkles size={16} aria-hidden="true" />
        <h2>{t("why.title")}</h2>
        <IconButton label={t("common.close")} class="why-close" onClick={() => go({ why: false }, true)}>
          <X size={18} />
        </IconButton>
      </header>
      <div class="why-body" tabIndex={0} role="region" aria-label={t("why.title")}>
        {load === "ready" && inShort && <InShortPart inShort={inShort} />}
        {load === "ready" && <Profile summary={summary} profile={profile} />}
        {summary.handoff_reason && (
          <section class="why-handoff">
            <h3>{t("why.handoff")}</h3>
            <p dir="auto">{named("reason", summary.handoff_reason)}</p>
          </section>
        )}
        {load === "ready" &&
          (event && reasoning ? (
            <Reasons event={event} reasoning={reasoning} events={events} slots={slots} />
          ) : (
            <Empty
              icon={<Sparkles size={20} />}
              title={t(event ? "why.noData" : "why.none")}
              {...(event ? {} : { hint: t("why.noneHint") })}
            />
          ))}
        <Facts summary={summary} events={events.length} />
      </div>
    </aside>
  );
}

/** What the customer wants, what was tried, what is open: read before the first reply. */
function InShortPart({ inShort }: { inShort: InShort }) {
  if (inShort.wants.length === 0) return null;
  return (
    <section class="in-short" aria-label={t("short.title")}>
      <h3>
        <ListChecks size={14} aria-hidden="true" />
        {t("short.title")}
      </h3>
      {inShort.text && <p dir="auto">{inShort.text}</p>}
      <dl>
        <Lines name={t("short.wants")} lines={inShort.wants} />
        <Lines name={t("short.tried")} lines={inShort.tried} />
        <Lines name={t("short.open")} lines={inShort.open_questions} />
      </dl>
    </section>
  );
}

function Lines({ name, lines }: { name: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      {lines.map((line) => (
        <dd key={line} dir="auto">
          {line}
        </dd>
      ))}
    </div>
  );
}

/** What the customer told, and how they feel: what a colleague would say when handing over. */
function Profile({ summary, profile }: { summary: Summary; profile: readonly Fact[] }) {
  return (
    <section class="profile" aria-label={t("profile.title")}>
      <header>
        <h3>
          <UserRound size={14} aria-hidden="true" />
          {t("profile.title")}
        </h3>
        <MoodMark mood={summary.mood} />
      </header>
      {profile.length === 0 ? (
        <p class="quiet">{t("profile.empty")}</p>
      ) : (
        <dl class="facts">
          {factGroups(profile).map(({ kind, facts }) => (
            <div class="fact" key={kind}>
              <dt>{named("told", kind)}</dt>
              {facts.map((fact) => (
                <dd key={`${fact.value} ${fact.about}`} dir="auto">
                  {fact.kind === "exchanged_for" && fact.about ? `${fact.about} → ${fact.value}` : fact.value}
                  {fact.about && fact.kind !== "exchanged_for" && <span class="about">{fact.about}</span>}
                </dd>
              ))}
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Part(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="part">
      <h3>
        {props.title}
        {props.aside && <span>{props.aside}</span>}
      </h3>
      {props.children}
    </section>
  );
}

function Reasons(props: {
  event: ConversationEvent;
  reasoning: Reasoning;
  events: readonly ConversationEvent[];
  slots: Record<string, unknown>;
}) {
  const { event, reasoning } = props;
  const heard = event.from.kind === "customer" ? event : heardBefore(props.events, event.seq);
  // A bot message carries its decision; how the customer was understood is with their message.
  const read = reasoning.intent ? reasoning : (heard?.reasoning ?? reasoning);
  const entities = read.entities ?? [];
  const ranking = (read.ranking ?? [])
    .filter((one) => one.name !== read.intent?.name && one.confidence >= 0.005)
    .slice(0, 4);
  const slots = Object.keys(reasoning.slots ?? {}).length ? reasoning.slots : props.slots;
  const names = Object.keys(slots);
  return (
    <>
      <div class="why-which">
        <span>{t(selectedSeq.value === null ? "why.latest" : "why.selected")}</span>
        {selectedSeq.value !== null && (
          <button type="button" class="text-button" onClick={() => (selectedSeq.value = null)}>
            {t("why.showLatest")}
          </button>
        )}
      </div>
      {event.from.kind === "bot" && event.text && (
        <blockquote class="why-quote" dir="auto">
          {plain(event.text)}
        </blockquote>
      )}
      {heard?.text && (
        <Part title={t("why.heard")}>
          <Heard text={heard.text} entities={entities} />
          {read.sentiment && <Feeling sentiment={read.sentiment} />}
          <Relations relations={read.relations ?? []} />
        </Part>
      )}
      <Part title={t("why.intent")}>
        {read.intent ? <Intent intent={read.intent} /> : <p class="quiet">{t("why.noIntent")}</p>}
        {ranking.length > 0 && (
          <ul class="ranking" aria-label={t("why.ranking")}>
            {ranking.map((one) => (
              <li key={one.name}>
                <span class="mono">{one.name}</span>
                <Bar value={one.confidence} quiet />
                <b>{percent(one.confidence)}</b>
              </li>
            ))}
          </ul>
        )}
      </Part>
      {(reasoning.action || reasoning.policy) && (
        <Part title={t("why.decision")}>
          <dl class="facts">
            {reasoning.action && (
              <>
                <dt>{t("why.action")}</dt>
                <dd class="mono">{reasoning.action}</dd>
              </>
            )}
            {reasoning.policy && (
              <>
                <dt>{t("why.policy")}</dt>
                <dd class="mono">{reasoning.policy}</dd>
              </>
            )}
            {typeof reasoning.confidence === "number" && (
              <>
                <dt>{t("why.confidence")}</dt>
                <dd>{percent(reasoning.confidence)}</dd>
              </>
            )}
            {typeof read.took_ms === "number" && (
              <>
                <dt>{t("why.took")}</dt>
                <dd>{Math.round(read.took_ms)} ms</dd>
              </>
            )}
            {read.language && (
              <>
                <dt>{t("why.language")}</dt>
                <dd>{languageName(read.language)}</dd>
              </>
            )}
          </dl>
        </Part>
      )}
      {reasoning.passages?.length > 0 && (
        <Part title={t("why.passages")}>
          <ol class="passages">
            {reasoning.passages.map((passage) => (
              <PassageRow key={passage.id} passage={passage} />
            ))}
          </ol>
        </Part>
      )}
      {names.length > 0 && (
        <Part title={t("why.slots")}>
          <table class="slots">
            <tbody>
              {names.map((name) => (
                <tr key={name} class={slots[name] === null ? "quiet" : ""}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td dir="auto">{show(slots[name])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Part>
      )}
    </>
  );
}

function Heard({ text, entities }: { text: string; entities: readonly Entity[] }) {
  return (
    <>
      <p class="heard" dir="auto">
        {splitByEntities(text, entities).map((part, n) =>
          part.entity === null ? part.text : <mark key={n}>{part.text}</mark>,
        )}
      </p>
      {entities.length > 0 && (
        <ul class="entities" aria-label={t("why.entities")}>
          {entities.map((entity, n) => (
            <li key={n}>
              <span class="mono">{entity.entity}</span>
              <strong>{show(entity.value)}</strong>
              <span class="quiet">
                {[
                  entity.extractor,
                  typeof entity.confidence === "number" ? percent(entity.confidence) : null,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Feeling({ sentiment }: { sentiment: Sentiment }) {
  return (
    <p class="feeling">
      {named("sentiment", sentiment.label)} <b>{percent(sentiment.confidence)}</b>
      {sentiment.anger >= 0.05 && (
        <>
          {" · "}
          {t("why.anger")} <b>{percent(sentiment.anger)}</b>
        </>
      )}
    </p>
  );
}

function Relations({ relations }: { relations: readonly Relation[] }) {
  if (relations.length === 0) return null;
  return (
    <ul class="entities" aria-label={t("why.relations")}>
      {relations.map((relation, n) => (
        <li key={n}>
          <strong>{relation.head}</strong>
          <span class="mono">{relation.name}</span>
          <strong>{relation.tail}</strong>
          <span class="quiet">{percent(relation.confidence)}</span>
        </li>
      ))}
    </ul>
  );
}

function Intent({ intent }: { intent: Ranked }) {
  const how = level(intent.confidence);
  return (
    <div class={`intent intent-${how}`}>
      <p>
        <span class="mono">{intent.name}</span>
        <b>{percent(intent.confidence)}</b>
      </p>
      <Bar value={intent.confidence} />
      <p class="intent-level">{t(`why.${how}`)}</p>
    </div>
  );
}

function Bar({ value, quiet = false }: { value: number; quiet?: boolean }) {
  return (
    <span class={`bar ${quiet ? "bar-quiet" : ""}`} aria-hidden="true">
      <i style={{ width: percent(Math.min(1, Math.max(0, value))) }} />
    </span>
  );
}

function PassageRow({ passage }: { passage: Passage }) {
  const href = safeUrl(passage.source);
  return (
    <li>
      <details>
        <summary>
          <span class="passage-title">{passage.title}</span>
          <b>{passage.score.toFixed(2)}</b>
          <span class="passage-text" dir="auto">
            {plain(passage.text)}
          </span>
        </summary>
        {href ? (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            <ExternalLink size={13} aria-hidden="true" />
            {t("why.source")}
          </a>
        ) : (
          passage.source && <p class="quiet">{passage.source}</p>
        )}
      </details>
    </li>
  );
}

function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([language.value], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

function Facts({ summary, events }: { summary: Summary; events: number }) {
  const mine = summary.assignee?.id === session.value?.id;
  const owner =
    summary.state === "bot"
      ? t("speaker.bot")
      : summary.assignee
        ? mine
          ? t("speaker.you")
          : summary.assignee.name
        : t("common.none");
  return (
    <Part title={t("why.facts")}>
      <dl class="facts">
        <dt>{t("fact.customer")}</dt>
        <dd>{nameOf(summary)}</dd>
        <dt>{t("fact.channel")}</dt>
        <dd>{named("channel", summary.channel)}</dd>
        {summary.customer.locale && (
          <>
            <dt>{t("fact.language")}</dt>
            <dd>{languageName(summary.customer.locale)}</dd>
          </>
        )}
        <dt>{t("fact.state")}</dt>
        <dd>
          {t(`state.${summary.state}`)}
          {summary.waiting_since && summary.state !== "resolved" && (
            <>
              {" "}
              <Wait since={summary.waiting_since} />
            </>
          )}
        </dd>
        <dt>{t("fact.owner")}</dt>
        <dd>{owner}</dd>
        <dt>{t("fact.messages")}</dt>
        <dd>{Math.max(events, summary.last_seq)}</dd>
        <dt>{t("fact.updated")}</dt>
        <dd>{formatFull(summary.updated_at, language.value)}</dd>
        <dt>{t("fact.id")}</dt>
        <dd class="mono">{summary.id}</dd>
      </dl>
    </Part>
  );
}
