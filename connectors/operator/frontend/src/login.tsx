import { useState } from "preact/hooks";
import { LoaderCircle, MessagesSquare } from "lucide-preact";
import { ApiError } from "./api";
import { language, t, type Key } from "./i18n";
import { sessionEnded, setLanguage, signIn } from "./store";

export function Login() {
  const [problem, setProblem] = useState<Key | null>(null);
  const [working, setWorking] = useState(false);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    if (working) return;
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    setWorking(true);
    setProblem(null);
    try {
      await signIn(String(data.get("username") ?? "").trim(), String(data.get("password") ?? ""));
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      setProblem(status === 401 ? "login.bad" : status === 429 ? "login.slow" : "login.offline");
      setWorking(false);
      form.querySelector<HTMLInputElement>("input[type=password]")?.select();
    }
  }

  const other = language.value === "en" ? "zh" : "en";
  return (
    <main class="login">
      <form class="login-card" onSubmit={submit}>
        <p class="brand">
          <MessagesSquare size={20} aria-hidden="true" />
          {t("app.name")}
        </p>
        <h1>{t("login.title")}</h1>
        <p class="login-lead">{t("login.lead")}</p>
        {sessionEnded.value && !problem && <p class="login-note">{t("login.ended")}</p>}
        <label for="username">{t("login.username")}</label>
        <input
          id="username"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          autofocus
        />
        <label for="password">{t("login.password")}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          aria-describedby={problem ? "login-problem" : undefined}
        />
        <div role="alert">
          {problem && (
            <p id="login-problem" class="login-problem">
              {t(problem)}
            </p>
          )}
        </div>
        <button class="button button-primary button-wide" type="submit" disabled={working}>
          {working && <LoaderCircle size={16} class="spin" aria-hidden="true" />}
          {t(working ? "login.working" : "login.submit")}
        </button>
        <p class="login-hint">{t("login.notify")}</p>
      </form>
      <button
        type="button"
        class="link-button"
        lang={other === "zh" ? "zh-CN" : "en"}
        onClick={() => setLanguage(other)}
      >
        {other === "zh" ? "中文" : "English"}
      </button>
    </main>
  );
}
