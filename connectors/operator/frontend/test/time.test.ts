import { describe, expect, it } from "vitest";
import { backoff } from "../src/socket";
import { formatClock, formatDay, formatListTime, formatWait, urgency } from "../src/time";

const words = { today: "Today", yesterday: "Yesterday" };

describe("waits", () => {
  it.each([
    [-5, "0 s"],
    [42_000, "42 s"],
    [725_000, "12 min"],
    [3_840_000, "1 h 04 min"],
    [183_600_000, "2 d 3 h"],
  ])("%i ms reads %s", (ms, text) => expect(formatWait(ms, "en")).toBe(text));

  it("reads in Chinese too", () => {
    expect(formatWait(42_000, "zh")).toBe("42 秒");
    expect(formatWait(725_000, "zh")).toBe("12 分钟");
    expect(formatWait(3_840_000, "zh")).toBe("1 小时 04 分");
    expect(formatWait(183_600_000, "zh")).toBe("2 天 3 小时");
  });

  it("grows urgent after two and five minutes", () => {
    expect([0, 119_999, 120_000, 299_999, 300_000].map(urgency)).toEqual([
      "calm",
      "calm",
      "soon",
      "soon",
      "late",
    ]);
  });
});

describe("dates", () => {
  const now = new Date(2026, 2, 10, 12, 0).getTime();
  const at = (y: number, m: number, d: number) => new Date(y, m, d, 9, 5).toISOString();

  it("names today and yesterday and dates the rest", () => {
    expect(formatDay(at(2026, 2, 10), now, "en", words)).toBe("Today");
    expect(formatDay(at(2026, 2, 9), now, "en", words)).toBe("Yesterday");
    expect(formatDay(at(2026, 2, 1), now, "en", words)).toContain("Mar");
    expect(formatDay(at(2025, 2, 1), now, "en", words)).toContain("2025");
    expect(formatDay(at(2026, 2, 1), now, "zh", words)).toContain("3月1日");
  });

  it("shows a clock time today and a date before", () => {
    expect(formatListTime(at(2026, 2, 10), now, "en")).toBe("09:05");
    expect(formatListTime(at(2026, 2, 1), now, "zh")).toBe("3月1日");
  });

  it("shows nothing for a date it cannot read", () => {
    expect(formatClock("never", "en")).toBe("");
    expect(formatListTime("", now, "en")).toBe("");
  });
});

describe("reconnecting", () => {
  it("doubles the wait up to thirty seconds and always spreads it", () => {
    expect(backoff(0, 1)).toBe(500);
    expect(backoff(3, 1)).toBe(4000);
    expect(backoff(50, 1)).toBe(30_000);
    expect(backoff(50, 0)).toBe(6000);
  });
});
