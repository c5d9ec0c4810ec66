import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { CircleAlert, Coffee, Inbox, PencilLine, Search, X } from "lucide-preact";
import { language, named, t } from "./i18n";
import { plain } from "./markdown";
import {
  counts,
  drafts,
  filter,
  ids,
  isUnread,
  knownName,
  listLoad,
  loadList,
  nameOf,
  now,
  openConversation,
  route,
  session,
  summaries,
  typing,
} from "./store";
import { formatListTime } from "./time";
import type { Summary, View } from "./types";
import { Avatar, Empty, MoodMark, StateChip, Wait } from "./ui";

const ROW = 84;
const SPARE = 6;
/** Views whose rows are all in one state: a chip would say it in each of them. */
const SAME_STATE: ReadonlySet<View> = new Set<View>(["queue", "mine", "bot", "resolved"]);

export function List() {
  const view = route.value.view;
  const all = ids.value;
  return (
    <section class="list" aria-label={t("list.label")}>
      <header class="list-head">
        <h1>
          {t(`view.${view}`)}
          <span class="list-count">{counts.value[view] || ""}</span>
        </h1>
        <div class="search">
          <Search size={15} aria-hidden="true" />
          <input
            type="search"
            aria-label={t("list.search")}
            placeholder={t("list.search")}
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              filter.value = "";
              event.currentTarget.blur();
            }}
          />
          {filter.value && (
            <button type="button" aria-label={t("list.clear")} onClick={() => (filter.value = "")}>
              <X size={14} />
            </button>
          )}
        </div>
      </header>
      {all.length > 0 ? (
        <Rows ids={all} />
      ) : listLoad.value === "error" ? (
        <Empty icon={<CircleAlert size={22} />} title={t("list.error")}>
          <button type="button" class="button" onClick={() => void loadList()}>
            {t("common.retry")}
          </button>
        </Empty>
      ) : listLoad.value !== "ready" ? (
        <div class="skeletons" role="status" aria-label={t("list.loading")}>
          {[0, 1, 2, 3, 4].map((n) => (
            <div class="skeleton-row" key={n}>
              <i />
              <div>
                <b />
                <b />
              </div>
            </div>
          ))}
        </div>
      ) : filter.value ? (
        <Empty icon={<Search size={22} />} title={t("list.noMatch")}>
          <button type="button" class="button" onClick={() => (filter.value = "")}>
            {t("list.clear")}
          </button>
        </Empty>
      ) : view === "queue" ? (
        <Empty icon={<Coffee size={22} />} title={t("empty.queue")} hint={t("empty.queueHint")} />
      ) : view === "mine" ? (
        <Empty icon={<Inbox size={22} />} title={t("empty.mine")} hint={t("empty.mineHint")} />
      ) : (
        <Empty icon={<Inbox size={22} />} title={t("empty.other")} hint={t("empty.otherHint")} />
      )}
    </section>
  );
}

/** Only the rows in sight are in the page, so ten thousand scroll like ten. */
function Rows({ ids: all }: { ids: string[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(900);
  const open = route.value.id;

  useLayoutEffect(() => {
    const element = box.current!;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const element = box.current!;
    const at = open ? all.indexOf(open) : -1;
    if (at < 0) return;
    if (at * ROW < element.scrollTop) element.scrollTop = at * ROW;
    else if ((at + 1) * ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = (at + 1) * ROW - element.clientHeight;
  }, [open, route.value.view]);

  const from = Math.max(0, Math.floor(top / ROW) - SPARE);
  const to = Math.min(all.length, Math.ceil((top + height) / ROW) + SPARE);
  return (
    <div
      class="rows"
      ref={box}
      role="listbox"
      tabIndex={0}
      aria-label={t("list.label")}
      aria-activedescendant={open && all.includes(open) ? `row-${open}` : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={(event) => {
        const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
        if (!step) return;
        event.preventDefault();
        const at = open ? all.indexOf(open) : -1;
        const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
        if (next) openConversation(next, true);
      }}
    >
      <div class="rows-space" role="presentation" style={{ height: `${all.length * ROW}px` }}>
        {all.slice(from, to).map((id, index) => {
          const summary = summaries.value.get(id);
          return (
            summary && (
              <Row
                key={id}
                summary={summary}
                at={from + index}
                total={all.length}
                open={id === open}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

function preview(summary: Summary): string {
  if (summary.state === "queued" && summary.title) return summary.title;
  const last = summary.last_message;
  if (!last) return t("list.noMessage");
  const text = plain(last.text).replace(/\s+/g, " ");
  if (last.from_kind === "agent" && summary.assignee?.id === session.value?.id)
    return t("list.you", { text });
  return text;
}

function Row(props: { summary: Summary; at: number; total: number; open: boolean }) {
  const { summary } = props;
  const unread = !props.open && isUnread(summary);
  const waits = summary.waiting_since !== null && summary.state !== "resolved";
  const writes = typing.value.get(summary.id)?.find((x) => x.kind === "customer");
  const draft = !props.open && drafts.value.has(summary.id);
  return (
    <div
      id={`row-${summary.id}`}
      class={`row ${unread ? "row-unread" : ""}`}
      role="option"
      aria-selected={props.open}
      aria-setsize={props.total}
      aria-posinset={props.at + 1}
      style={{ transform: `translateY(${props.at * ROW}px)` }}
      onClick={() => openConversation(summary.id)}
    >
      <Avatar name={knownName(summary)} seed={summary.customer.id} />
      <div class="row-body">
        <div class="row-line">
          <span class="row-name">{nameOf(summary)}</span>
          {waits ? (
            <Wait since={summary.waiting_since!} />
          ) : (
            <time class="row-time" dateTime={summary.updated_at}>
              {formatListTime(summary.updated_at, now.value, language.value)}
            </time>
          )}
        </div>
        <div class="row-line">
          <span class="row-preview" dir="auto">
            {writes ? t("thread.typing", { name: nameOf(summary) }) : preview(summary)}
          </span>
          {unread && <span class="dot" role="img" aria-label={t("list.unread")} />}
        </div>
        <div class="row-line row-foot">
          {!SAME_STATE.has(route.value.view) && <StateChip summary={summary} />}
          {summary.priority > 0 && summary.state !== "resolved" && <MoodMark mood={summary.mood} />}
          <span class="row-reason">
            {[
              summary.state === "queued" && summary.handoff_reason && named("reason", summary.handoff_reason),
              named("channel", summary.channel),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
          {draft && (
            <span class="row-draft">
              <PencilLine size={13} aria-hidden="true" />
              {t("list.draft")}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}
