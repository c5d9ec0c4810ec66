// The language of the page: what it says, and what the chat is told.
import { zh } from './zh.js';

const english = {
  added: 'Added', noted: 'We will write to you', none: 'Nothing here matches.',
  free: '€{n} more for free delivery', isFree: 'Delivery is free', empty: 'Nothing in it yet.',
  less: 'One less', more: 'One more', search: 'Search', close: 'Close',
};
for (const node of document.querySelectorAll('[data-i18n]')) english[node.dataset.i18n] ??= node.textContent;

let lang = /^zh/i.test(new URLSearchParams(location.search).get('lang') ?? navigator.language) ? 'zh' : 'en';

export const text = (key) => (lang === 'zh' ? zh : english)[key] ?? english[key] ?? '';

/** Runs a verb of the chat, also before its script has loaded. */
export function chat(...args) {
  window.frontdesk ??= Object.assign((...queued) => window.frontdesk.q.push(queued), { q: [] });
  window.frontdesk(...args);
}

export function speak() {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-i18n]')) node.textContent = text(node.dataset.i18n);
  for (const node of document.querySelectorAll('[data-i18n-label]')) node.ariaLabel = text(node.dataset.i18nLabel);
  for (const node of document.querySelectorAll('[data-i18n-placeholder]')) {
    node.placeholder = node.ariaLabel = text(node.dataset.i18nPlaceholder);
  }
  const other = document.getElementById('lang');
  other.textContent = lang === 'zh' ? 'English' : '中文';
  other.lang = lang === 'zh' ? 'en' : 'zh-CN';
  chat('locale', document.documentElement.lang);
  chat('suggest', text('helpAsk'), text('qDelivery'), text('qReturn'));
}

export function switchLanguage() {
  lang = lang === 'zh' ? 'en' : 'zh';
  const address = new URL(location.href);
  address.searchParams.set('lang', lang);
  history.replaceState(null, '', address);
  speak();
}
