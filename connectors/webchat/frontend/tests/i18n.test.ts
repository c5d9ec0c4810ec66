import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { en, locales, pickLocale, text, zh } from '../src/i18n';

const holes = (value: string): string[] => [...value.matchAll(/\{\w+\}/g)].map(String).sort();

it('has every text in every language, with the same places to fill', () => {
  for (const { texts } of Object.values(locales)) {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(texts[key].trim(), key).not.toBe('');
      expect(holes(texts[key]), key).toEqual(holes(en[key]));
    }
  }
});

it('says every Chinese text in Chinese', () => {
  for (const [key, value] of Object.entries(zh)) expect(value, key).toMatch(/\p{Script=Han}/u);
});

it('picks a language from a tag', () => {
  expect(['zh', 'zh-CN', 'ZH-hans', 'en', 'en-GB', 'fr', ''].map(pickLocale)).toEqual([
    'zh-CN', 'zh-CN', 'zh-CN', 'en', 'en', 'en', 'en',
  ]);
  expect(text('{a} of {b}', { a: 1 })).toBe('1 of {b}');
});

it('has no text that nothing shows', () => {
  const source = ['app', 'panel', 'composer', 'transcript'].map((n) => readFileSync(`src/${n}.tsx`, 'utf8')).join();
  for (const key of Object.keys(en)) expect(source.includes(`texts.${key}`), key).toBe(true);
});
