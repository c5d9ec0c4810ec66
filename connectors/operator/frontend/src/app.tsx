import { useEffect, useState } from "preact/hooks";
import { WifiOff } from "lucide-preact";
import { t } from "./i18n";
import { List } from "./list";
import { Login } from "./login";
import { Nav } from "./nav";
import { claim, current, focusReply, go, link, move, reconnect, resolve, route, session } from "./store";
import { ThreadPane } from "./thread";
import { Dialog, Toasts } from "./ui";
import { WhyPane } from "./why";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  return target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "checkbox";
}

export function App() {
  if (session.value === undefined) return <div class="boot" role="status" aria-label={t("list.loading")} />;
  if (session.value === null) return <Login />;
  return <Desk />;
}

function Desk() {
  const [keys, setKeys] = useState(false);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return;
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector("dialog[open], .menu")) return;
      const open = current.peek();
      switch (event.key.toLowerCase()) {
        case "j":
          move(1);
          break;
        case "k":
          move(-1);
          break;
        case "c":
          if (open?.state === "queued") void claim(open.id);
          break;
        case "r":
          if (!open) return;
          focusReply();
          break;
        case "e":
          if (open && (open.state !== "assigned" || open.assignee?.id === session.peek()?.id))
            resolve(open.id);
          break;
        case "?":
          setKeys(true);
          break;
        case "escape":
          if (!route.peek().why) return;
          go({ why: false }, true);
          break;
        default:
          return;
      }
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);

  const { id, why } = route.value;
  return (
    <>
      <a class="skip" href="#conversation" onClick={(event) => {
        event.preventDefault();
        document.getElementById("conversation")?.focus();
      }}>
        {t("nav.skip")}
      </a>
      <div class="desk" data-pane={id ? (why ? "why" : "thread") : "list"} data-why={why}>
        <div role="status" class="link-state">
          {link.value === "lost" && (
            <p class="banner">
              <WifiOff size={16} aria-hidden="true" />
              <span>
                {t("link.lost")} <span class="not-small">{t("link.kept")}</span>
              </span>
              <button type="button" onClick={reconnect}>
                {t("link.retry")}
              </button>
            </p>
          )}
        </div>
        <Nav onKeys={() => setKeys(true)} />
        <List />
        <main class="main">
          <ThreadPane />
        </main>
        {why && <button type="button" class="scrim" tabIndex={-1} aria-hidden="true" onClick={() => go({ why: false }, true)} />}
        <WhyPane />
      </div>
      <Toasts />
      {keys && <Keys onClose={() => setKeys(false)} />}
    </>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  const rows = [
    ["J", "keys.next"],
    ["K", "keys.previous"],
    ["C", "keys.claim"],
    ["R", "keys.reply"],
    ["E", "keys.resolve"],
    ["Esc", "keys.leave"],
    ["?", "keys.help"],
  ] as const;
  return (
    <Dialog title={t("keys.title")} onClose={onClose}>
      <dl class="keys">
        {rows.map(([key, label]) => (
          <div key={key}>
            <dt>{t(label)}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
