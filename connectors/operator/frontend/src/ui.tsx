import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Angry, Frown, Meh, Smile, UserRound, X } from "lucide-preact";
import { language, t } from "./i18n";
import { dropToast, nameOf, now, session, toasts } from "./store";
import { formatWait, urgency } from "./time";
import type { Mood, Summary } from "./types";

export function initials(name: string): string {
  const first = Array.from(name.trim())[0] ?? "?";
  if (/[\u2E80-\u9FFF\uAC00-\uD7AF\u3040-\u30FF]/u.test(first)) return first;
  const words = name.trim().split(/\s+/);
  const last = words.length > 1 ? Array.from(words[words.length - 1]!)[0] : "";
  return (first + (last ?? "")).toUpperCase();
}

export function Avatar({ name, seed, size = "m" }: { name: string; seed: string; size?: "s" | "m" }) {
  let hash = 0;
  for (const c of seed) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return (
    <span class={`avatar avatar-${size} tint-${hash % 6}`} aria-hidden="true">
      {name ? initials(name) : <UserRound size={size === "s" ? 15 : 17} />}
    </span>
  );
}

export function Wait({ since, class: extra = "" }: { since: string; class?: string }) {
  const ms = now.value - Date.parse(since);
  return (
    <time class={`wait wait-${urgency(ms)} ${extra}`} dateTime={since}>
      {formatWait(ms, language.value)}
    </time>
  );
}

export function StateChip({ summary }: { summary: Summary }) {
  const mine = summary.state === "assigned" && summary.assignee?.id === session.value?.id;
  const label =
    summary.state === "assigned"
      ? mine
        ? t("state.mine")
        : (summary.assignee?.name ?? t("state.assigned"))
      : t(`state.${summary.state}`);
  return <span class={`chip chip-${mine ? "mine" : summary.state}`}>{label}</span>;
}

const MOOD_ICONS = { angry: Angry, upset: Frown, calm: Meh, pleased: Smile };

/** A face and a word, so that nobody has to tell moods by their colour. */
export function MoodMark({ mood }: { mood: Mood }) {
  const Face = MOOD_ICONS[mood];
  return (
    <span class={`mood mood-${mood}`}>
      <Face size={13} strokeWidth={2.25} aria-hidden="true" />
      <span class="mood-word">{t(`mood.${mood}`)}</span>
    </span>
  );
}

export function Empty(props: {
  icon: ComponentChildren;
  title: string;
  hint?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <span class="empty-icon" aria-hidden="true">
        {props.icon}
      </span>
      <p class="empty-title">{props.title}</p>
      {props.hint && <p class="empty-hint">{props.hint}</p>}
      {props.children}
    </div>
  );
}

export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}) {
  const name = useRef(`seg-${Math.random().toString(36).slice(2)}`).current;
  return (
    <fieldset class="segmented">
      <legend>{props.label}</legend>
      <div>
        {props.options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={name}
              checked={option.value === props.value}
              onChange={() => props.onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function IconButton({
  label,
  class: extra = "",
  ...rest
}: { label: string; class?: string } & Omit<JSX.IntrinsicElements["button"], "class" | "label">) {
  return <button type="button" class={`icon-button ${extra}`} aria-label={label} title={label} {...rest} />;
}

export function Toasts() {
  return (
    <section class="toasts" role="status" aria-live="polite" aria-label={t("toast.region")}>
      {toasts.value.map((one) => (
        <div key={one.id} class={`toast toast-${one.tone}`}>
          <span>{one.text}</span>
          {one.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                dropToast(one.id);
                one.action!.run();
              }}
            >
              {t(one.action.label)}
            </button>
          )}
          <button
            type="button"
            class="toast-close"
            aria-label={t("common.close")}
            onClick={() => dropToast(one.id)}
          >
            <X size={16} />
          </button>
          {one.action?.label === "common.undo" && <i class="toast-clock" aria-hidden="true" />}
        </div>
      ))}
    </section>
  );
}

/** A native dialog: the browser keeps the focus inside and Escape closes it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    <dialog
      ref={ref}
      class="dialog"
      aria-label={props.title}
      onClose={props.onClose}
      onClick={(event) => event.target === ref.current && ref.current?.close()}
    >
      <header>
        <h2>{props.title}</h2>
        <IconButton label={t("common.close")} onClick={() => ref.current?.close()}>
          <X size={18} />
        </IconButton>
      </header>
      {props.children}
    </dialog>
  );
}

export { nameOf };
