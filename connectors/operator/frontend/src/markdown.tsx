/** Text from outside as elements, never as HTML: the widget's Markdown, so that both show the same. */

import { markdown, safeUrl as safe } from "../../../webchat/frontend/src/markdown";

export const safeUrl = (address: string | null | undefined): string | null =>
  address ? safe(address) : null;

export function Markdown({ text }: { text: string }) {
  return <>{markdown(text)}</>;
}

/** The same text without its marks, for previews and quotes. */
export function plain(text: string): string {
  return text
    .replace(/^\s*(?:#{1,6}|>)\s+/gm, "")
    .replace(/\[([^\]\n]+)\]\([^)\s]+\)/g, "$1")
    .replace(/(\*\*|__)(?=\S)([^\n]*?\S)\1/g, "$2")
    .replace(/`([^`\n]+)`/g, "$1");
}
