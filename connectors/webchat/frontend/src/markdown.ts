// A small, safe subset of Markdown: vnodes out, so no HTML is ever parsed.
// Paragraphs, line breaks, bold, italic, code, links, bare addresses, lists,
// quotes, rules and tables. Widget and console share it.
import { h, type ComponentChild, type JSX } from 'preact';

const MAX_DEPTH = 6;
const MAX_LENGTH = 20_000;
const ITEM = /^(\s*)(?:([-*+•])|(\d{1,9})[.)])\s+(.*)$/;
const FENCE = /^\s*```/;
const QUOTE = /^\s{0,3}> ?/;
const RULE = /^\s{0,3}(?:-(?:\s*-){2,}|\*(?:\s*\*){2,}|_(?:\s*_){2,})\s*$/;
const COLUMNS = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const BARE = /^(?:https?:\/\/|mailto:)[^\s<>"'`，。；！？、（）【】《》]+/i;
const WORD = /[\p{L}\p{N}_]/u;

/** The address if its scheme is one of http, https, mailto, tel; else null. */
export function safeUrl(href: string): string | null {
  // Browsers drop control characters and spaces inside a scheme: refuse them.
  if (/[\u0000-\u0020\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]/.test(href)) return null;
  if (!/^(?:https?:\/\/[^/\\]|mailto:|tel:)/i.test(href)) return null;
  try {
    return /^(?:https?|mailto|tel):$/.test(new URL(href).protocol) ? href : null;
  } catch {
    return null;
  }
}

function link(href: string, children: ComponentChild[]): JSX.Element {
  return h('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children);
}

export function inline(text: string, depth = 0): ComponentChild[] {
  const out: ComponentChild[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain) out.push(plain);
    plain = '';
  };
  const push = (node: ComponentChild): void => {
    flush();
    out.push(node);
  };
  const missing = new Set<string>(); // marks known to have no end further on
  for (let i = 0; i < text.length; ) {
    const char = text[i]!;
    if (char === '\\' && /[\\`*_[\]()#+\-.!>~]/.test(text[i + 1] ?? '')) {
      plain += text[i + 1];
      i += 2;
      continue;
    }
    if (char === '\n') {
      push(h('br', null));
      i++;
      continue;
    }
    if (char === '`') {
      const end = missing.has('`') ? -1 : text.indexOf('`', i + 1);
      if (end > i + 1) {
        push(h('code', null, text.slice(i + 1, end)));
        i = end + 1;
        continue;
      }
      if (end < 0) missing.add('`');
    }
    if ((char === '*' || char === '_') && depth < MAX_DEPTH) {
      const mark = text[i + 1] === char ? char + char : char;
      const inner = i + mark.length;
      // snake_case and 2 * 3 stay as they are.
      const opens =
        !missing.has(mark) && /\S/.test(text[inner] ?? ' ') && !(char === '_' && WORD.test(text[i - 1] ?? ' '));
      if (opens) {
        let end = text.indexOf(mark, inner);
        while (
          end > 0 &&
          (/\s/.test(text[end - 1]!) ||
            text[end - 1] === '\\' ||
            end === inner ||
            (mark.length === 1 && text[end + 1] === char) ||
            (char === '_' && WORD.test(text[end + mark.length] ?? ' ')))
        ) {
          end = text.indexOf(mark, end + (mark.length === 1 && text[end + 1] === char ? 2 : 1));
        }
        if (end > inner) {
          push(h(mark.length === 2 ? 'strong' : 'em', null, ...inline(text.slice(inner, end), depth + 1)));
          i = end + mark.length;
          continue;
        }
        missing.add(mark);
      }
      plain += mark;
      i += mark.length;
      continue;
    }
    if (char === '[' && depth < MAX_DEPTH && !missing.has(']')) {
      const close = text.indexOf('](', i + 1);
      const end = close < 0 ? -1 : text.indexOf(')', close + 2);
      if (end < 0) missing.add(']');
      else if (close > i + 1 && close - i < 500) {
        const label = text.slice(i + 1, close);
        const target = text.slice(close + 2, end).trim().split(/\s+"/)[0]!;
        const href = safeUrl(target);
        if (!label.includes('[')) {
          if (href) push(link(href, inline(label, MAX_DEPTH)));
          else for (const node of inline(label, MAX_DEPTH)) push(node);
          i = end + 1;
          continue;
        }
      }
    }
    if ((char === 'h' || char === 'H' || char === 'm') && !/\w/.test(text[i - 1] ?? ' ') && depth < MAX_DEPTH) {
      const bare = BARE.exec(text.slice(i, i + 2048))?.[0].replace(/[.,:;!?*_)\]]+$/, '');
      const href = bare && safeUrl(bare);
      if (href) {
        push(link(href, [bare]));
        i += bare.length;
        continue;
      }
    }
    plain += char;
    i++;
  }
  flush();
  return out;
}

/** The cells of a table's row; a mark after a backslash stays text. */
function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function table(head: string, rule: string, body: string[]): JSX.Element {
  const sides = cells(rule).map((mark) => (/^:-*:$/.test(mark) ? 'center' : mark.endsWith(':') ? 'end' : undefined));
  const row = (tag: 'th' | 'td', line: string): JSX.Element => {
    const found = cells(line);
    return h('tr', null, ...sides.map((side, n) => h(tag, { class: side }, ...inline(found[n] ?? ''))));
  };
  // Wide tables scroll by themselves; the keyboard has to reach what scrolls.
  return h(
    'div',
    { class: 'table', tabIndex: 0 },
    h('table', null, h('thead', null, row('th', head)), h('tbody', null, ...body.map((line) => row('td', line)))),
  );
}

export function markdown(source: string, depth = 0): JSX.Element[] {
  const lines = source.slice(0, MAX_LENGTH).replace(/\r\n?/g, '\n').split('\n');
  const blocks: JSX.Element[] = [];
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length) blocks.push(h('p', null, ...inline(paragraph.join('\n'))));
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (FENCE.test(line)) {
      flush();
      const code: string[] = [];
      while (++i < lines.length && !FENCE.test(lines[i]!)) code.push(lines[i]!);
      blocks.push(h('pre', null, h('code', null, code.join('\n'))));
      continue;
    }
    if (RULE.test(line)) {
      flush();
      blocks.push(h('hr', null));
      continue;
    }
    if (QUOTE.test(line) && depth < MAX_DEPTH) {
      flush();
      const quoted: string[] = [];
      for (; i < lines.length && QUOTE.test(lines[i]!); i++) quoted.push(lines[i]!.replace(QUOTE, ''));
      i--;
      blocks.push(h('blockquote', null, ...markdown(quoted.join('\n'), depth + 1)));
      continue;
    }
    const rule = lines[i + 1] ?? '';
    if (line.includes('|') && rule.includes('|') && COLUMNS.test(rule)) {
      flush();
      const body: string[] = [];
      for (i += 2; i < lines.length && lines[i]!.includes('|'); i++) body.push(lines[i]!);
      i--;
      blocks.push(table(line, rule, body));
      continue;
    }
    if (ITEM.test(line)) {
      flush();
      const items: string[][] = [];
      const ordered = ITEM.exec(line)![3];
      for (; i < lines.length; i++) {
        const item = ITEM.exec(lines[i]!);
        if (item && !!item[3] === !!ordered) items.push([item[4]!]);
        else if (!item && /^\s{2,}\S/.test(lines[i]!)) items.at(-1)!.push(lines[i]!.trim());
        else break;
      }
      i--;
      const children = items.map((item) => h('li', null, ...inline(item.join('\n'))));
      blocks.push(ordered ? h('ol', { start: Number(ordered) }, ...children) : h('ul', null, ...children));
      continue;
    }
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) {
      flush();
      blocks.push(h('p', null, h('strong', null, ...inline(heading[1]!, 1))));
    } else if (line.trim()) {
      paragraph.push(line.trimEnd());
    } else {
      flush();
    }
  }
  flush();
  return blocks;
}
