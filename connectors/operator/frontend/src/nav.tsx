import { useEffect, useRef, useState } from "preact/hooks";
import {
  Bot,
  CircleCheck,
  Hourglass,
  Keyboard,
  Layers,
  LogOut,
  MessagesSquare,
  UserRound,
  UsersRound,
} from "lucide-preact";
import { language, t } from "./i18n";
import {
  counts,
  go,
  route,
  sendKey,
  session,
  setLanguage,
  setSendKey,
  setSound,
  setTheme,
  signOut,
  sound,
  theme,
} from "./store";
import { VIEWS, type View } from "./types";
import { Avatar, Segmented } from "./ui";

const ICONS: Record<View, typeof Bot> = {
  queue: Hourglass,
  mine: UserRound,
  bot: Bot,
  assigned: UsersRound,
  resolved: CircleCheck,
  all: Layers,
};

export function Nav({ onKeys }: { onKeys: () => void }) {
  return (
    <nav class="nav" aria-label={t("nav.views")}>
      <p class="brand nav-brand">
        <MessagesSquare size={20} aria-hidden="true" />
        <span>{t("app.name")}</span>
      </p>
      <ul>
        {VIEWS.map((view) => {
          const Icon = ICONS[view];
          const n = counts.value[view];
          const here = route.value.view === view;
          return (
            <li key={view}>
              <a
                href={`#/${view}`}
                class={`nav-item ${view === "queue" && n > 0 ? "nav-urgent" : ""}`}
                aria-current={here ? "page" : undefined}
                title={t(`view.${view}`)}
                onClick={(event) => {
                  if (event.metaKey || event.ctrlKey) return;
                  event.preventDefault();
                  go({ view, id: null });
                }}
              >
                <Icon size={18} aria-hidden="true" />
                <span class="nav-label">{t(`view.${view}`)}</span>
                {n > 0 && <span class="nav-count">{n > 9999 ? "9999+" : n}</span>}
              </a>
            </li>
          );
        })}
      </ul>
      <Settings onKeys={onKeys} />
    </nav>
  );
}

function Settings({ onKeys }: { onKeys: () => void }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape, true);
    box.current?.querySelector<HTMLElement>(".menu input:checked")?.focus();
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);

  const operator = session.value!;
  return (
    <div class="settings" ref={box}>
      <button
        ref={button}
        type="button"
        class="nav-me"
        aria-haspopup="dialog"
        aria-expanded={open}
        title={t("nav.settings")}
        onClick={() => setOpen(!open)}
      >
        <Avatar name={operator.name} seed={operator.id} size="s" />
        <span class="nav-label">{operator.name}</span>
        <span class="sr">{t("nav.settings")}</span>
      </button>
      {open && (
        <div class="menu" role="dialog" aria-label={t("nav.settings")}>
          <Segmented
            label={t("settings.theme")}
            value={theme.value}
            onChange={setTheme}
            options={[
              { value: "system", label: t("settings.system") },
              { value: "light", label: t("settings.light") },
              { value: "dark", label: t("settings.dark") },
            ]}
          />
          <Segmented
            label={t("settings.language")}
            value={language.value}
            onChange={setLanguage}
            options={[
              { value: "en", label: "English" },
              { value: "zh", label: "中文" },
            ]}
          />
          <Segmented
            label={t("settings.sendKey")}
            value={sendKey.value}
            onChange={setSendKey}
            options={[
              { value: "enter", label: t("settings.enter") },
              { value: "ctrlEnter", label: t("settings.ctrlEnter") },
            ]}
          />
          <Segmented
            label={t("settings.sound")}
            value={sound.value ? "on" : "off"}
            onChange={(value) => setSound(value === "on")}
            options={[
              { value: "on", label: t("settings.on") },
              { value: "off", label: t("settings.off") },
            ]}
          />
          <div class="menu-links">
            <button
              type="button"
              onClick={() => {
                setOpen(false);
                onKeys();
              }}
            >
              <Keyboard size={16} aria-hidden="true" />
              {t("settings.shortcuts")}
            </button>
            <button type="button" onClick={() => void signOut()}>
              <LogOut size={16} aria-hidden="true" />
              {t("settings.logout")}
            </button>
          </div>
        </div>
      )}
    </div>
  );
}
