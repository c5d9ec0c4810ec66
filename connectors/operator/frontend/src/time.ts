import type { Language } from "./i18n";

const TAG: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

/** How long somebody has waited: 42 s, 12 min, 1 h 04 min, 2 d 3 h. Never like a time of day. */
export function formatWait(ms: number, language: Language): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const s = total % 60;
  const m = Math.floor(total / 60) % 60;
  const h = Math.floor(total / 3600) % 24;
  const d = Math.floor(total / 86400);
  const two = (n: number) => String(n).padStart(2, "0");
  if (d > 0) return language === "zh" ? `${d} 天 ${h} 小时` : `${d} d ${h} h`;
  if (h > 0) return language === "zh" ? `${h} 小时 ${two(m)} 分` : `${h} h ${two(m)} min`;
  if (m > 0) return language === "zh" ? `${m} 分钟` : `${m} min`;
  return language === "zh" ? `${s} 秒` : `${s} s`;
}

export type Urgency = "calm" | "soon" | "late";

export function urgency(ms: number): Urgency {
  if (ms >= 5 * 60_000) return "late";
  if (ms >= 2 * 60_000) return "soon";
  return "calm";
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(language: Language, kind: string, options: Intl.DateTimeFormatOptions) {
  const key = `${language}:${kind}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(TAG[language], options);
    formats.set(key, made);
  }
  return made;
}

export function formatClock(iso: string, language: Language): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return format(language, "clock", { hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
}

export function formatFull(iso: string, language: Language): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return format(language, "full", {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(at);
}

export function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** A day heading; today and yesterday are named in words. */
export function formatDay(
  iso: string,
  now: number,
  language: Language,
  words: { today: string; yesterday: string },
): string {
  const at = new Date(iso);
  const today = new Date(now);
  const yesterday = new Date(now);
  yesterday.setDate(today.getDate() - 1);
  if (at.toDateString() === today.toDateString()) return words.today;
  if (at.toDateString() === yesterday.toDateString()) return words.yesterday;
  const sameYear = at.getFullYear() === today.getFullYear();
  return format(language, sameYear ? "day" : "dayYear", {
    weekday: "short",
    month: "short",
    day: "numeric",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** The time shown on a list row: a clock time today, otherwise a short date. */
export function formatListTime(iso: string, now: number, language: Language): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  if (at.toDateString() === new Date(now).toDateString()) return formatClock(iso, language);
  return format(language, "short", { month: "short", day: "numeric" }).format(at);
}
