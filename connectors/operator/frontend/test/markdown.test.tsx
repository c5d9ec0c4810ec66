import { render } from "preact";
import { describe, expect, it } from "vitest";
import { Markdown, safeUrl } from "../src/markdown";

function drawn(text: string): HTMLElement {
  const box = document.createElement("div");
  render(<Markdown text={text} />, box);
  return box;
}

describe("Markdown", () => {
  it("draws bold, code, links and lists", () => {
    const box = drawn("**Late**, see [help](https://example.com/a)\n- one\n- `two`\n\n1. first");
    expect(box.querySelector("strong")?.textContent).toBe("Late");
    expect(box.querySelector("a")?.getAttribute("href")).toBe("https://example.com/a");
    expect(box.querySelectorAll("ul li").length).toBe(2);
    expect(box.querySelector("ol li")?.textContent).toBe("first");
  });

  it.each([
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](data:text/html,1)",
    "**<svg onload=alert(1)>**",
  ])("never makes %s come alive", (attack) => {
    const box = drawn(attack);
    expect(box.querySelector("img,script,svg,a")).toBeNull();
    expect(box.textContent).toBeTruthy();
  });

  it("stops a bare link before punctuation", () => {
    expect(drawn("看 https://example.com/退货。谢谢").querySelector("a")?.textContent).toBe(
      "https://example.com/退货",
    );
    expect(drawn("(https://example.com).").querySelector("a")?.textContent).toBe("https://example.com");
  });

  it("allows only addresses a customer may follow", () => {
    expect(safeUrl("mailto:a@example.com")).toBe("mailto:a@example.com");
    expect(safeUrl("JAVASCRIPT:alert(1)")).toBeNull();
    expect(safeUrl("docs/refunds.md")).toBeNull();
    expect(safeUrl(null)).toBeNull();
  });
});
