/** A small, safe subset of Markdown, turned into elements and never into HTML text. */

import type { ComponentChildren } from "preact";

const INLINE =
  /(\*\*([^*\n]+)\*\*)|(`([^`\n]+)`)|(\[([^\]\n]+)\]\(([^)\s]+)\))|(https?:\/\/[^\s<>"'，。；、！？）】》]+)/g;

export function safeUrl(address: string | null | undefined): string | null {
  if (!address) return null;
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function link(address: string, children: ComponentChildren): ComponentChildren {
  const href = safeUrl(address);
  return href ? (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  ) : (
    children
  );
}

function inline(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) out.push(text.slice(at, match.index));
    if (match[1]) out.push(<strong>{match[2]}</strong>);
    else if (match[3]) out.push(<code>{match[4]}</code>);
    else if (match[5]) out.push(link(match[7]!, match[6]!));
    else {
      const bare = match[8]!.replace(/[.,;:!?)]+$/, "");
      out.push(link(bare, bare), match[8]!.slice(bare.length));
    }
    at = match.index + match[0].length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

/** The same text without its marks, for previews and quotes. */
export function plain(text: string): string {
  return text
    .replace(/\[([^\]\n]+)\]\([^)\s]+\)/g, "$1")
    .replace(/\*\*([^*\n]+)\*\*/g, "$1")
    .replace(/`([^`\n]+)`/g, "$1");
}

const BULLET = /^\s*[-*•]\s+/;
const NUMBER = /^\s*\d+[.)、]\s+/;

export function Markdown({ text }: { text: string }) {
  const blocks: ComponentChildren[] = [];
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  for (let i = 0; i < lines.length; ) {
    const pattern = BULLET.test(lines[i]!) ? BULLET : NUMBER.test(lines[i]!) ? NUMBER : null;
    if (pattern) {
      const items: ComponentChildren[] = [];
      while (i < lines.length && pattern.test(lines[i]!))
        items.push(<li>{inline(lines[i++]!.replace(pattern, ""))}</li>);
      blocks.push(pattern === BULLET ? <ul>{items}</ul> : <ol>{items}</ol>);
      continue;
    }
    if (!lines[i]!.trim()) {
      i++;
      continue;
    }
    const paragraph: ComponentChildren[] = [];
    while (i < lines.length && lines[i]!.trim() && !BULLET.test(lines[i]!) && !NUMBER.test(lines[i]!)) {
      if (paragraph.length) paragraph.push(<br />);
      paragraph.push(...inline(lines[i++]!));
    }
    blocks.push(<p>{paragraph}</p>);
  }
  return <>{blocks}</>;
}
