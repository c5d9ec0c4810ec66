import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync('src/tokens.css', 'utf8');
const rules = [...css.matchAll(/\{([^{}]*)\}/g)].map(
  ([, body]) => Object.fromEntries([...body!.matchAll(/(--fd-[\w-]+):\s*([^;]+);/g)].map(([, k, v]) => [k!, v!])) as Record<string, string>,
);

function contrast(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r, g, bl] = [1, 3, 5].map((i) => {
      const c = parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

it('is legible in both themes', () => {
  expect(rules).toHaveLength(3);
  const [light, dark] = rules as [Record<string, string>, Record<string, string>];
  for (const theme of [light, { ...light, ...dark }]) {
    for (const ground of ['surface', 'surface-raised', 'surface-sunken'])
      for (const ink of ['text', 'text-muted', 'danger', 'warning', 'success'])
        expect(contrast(theme[`--fd-${ink}`]!, theme[`--fd-${ground}`]!), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme['--fd-accent-text']!, theme['--fd-accent']!)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme['--fd-border-strong']!, theme['--fd-surface-raised']!)).toBeGreaterThanOrEqual(3);
  }
});

it('has the same dark theme by preference and by choice', () => {
  expect(rules[2]).toEqual(rules[1]);
});
