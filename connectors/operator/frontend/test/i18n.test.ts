import { describe, expect, it } from "vitest";
import { dictionaries, named, pickLanguage, translate, type Key } from "../src/i18n";

const keys = Object.keys(dictionaries.en) as Key[];
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("dictionaries", () => {
  it("have the same keys", () => {
    expect(Object.keys(dictionaries.zh).sort()).toEqual([...keys].sort());
  });

  it.each(keys)("%s is written in both and takes the same values", (key) => {
    expect(dictionaries.en[key].trim()).not.toBe("");
    expect(dictionaries.zh[key].trim()).not.toBe("");
    expect(holes(dictionaries.zh[key])).toEqual(holes(dictionaries.en[key]));
  });

  it("leave nothing but names in English on the Chinese side", () => {
    const same = keys.filter((key) => dictionaries.zh[key] === dictionaries.en[key]);
    expect(same.sort()).toEqual(["app.name", "settings.ctrlEnter", "settings.enter"]);
  });
});

describe("choosing and filling", () => {
  it("fills values and leaves unknown ones visible", () => {
    expect(translate("en", "conflict.claimed", { name: "Ana" })).toBe("Ana already took this one");
    expect(translate("zh", "conflict.claimed", { name: "Ana" })).toBe("Ana 已经接入了这个会话");
    expect(translate("en", "conflict.claimed")).toContain("{name}");
  });

  it("prefers the stored choice, then the browser's, then English", () => {
    expect(pickLanguage("zh", ["en-GB"])).toBe("zh");
    expect(pickLanguage(null, ["fr-FR", "zh-TW", "en"])).toBe("zh");
    expect(pickLanguage("xx", ["fr"])).toBe("en");
  });

  it("names the server's codes and leaves a project's own as they are", () => {
    expect(named("reason", "talk_to_person")).toBe("Asked for a person");
    expect(named("channel", "webchat")).toBe("Web chat");
    expect(named("reason", "wants_a_discount")).toBe("wants_a_discount");
    expect(named("reason", "toString")).toBe("toString");
  });
});
