/** Everything that reaches an operator who is looking elsewhere. */

let audio: AudioContext | null = null;

export function primeSound(): void {
  try {
    audio ??= new AudioContext();
    void audio.resume();
  } catch {
    audio = null;
  }
}
addEventListener("pointerdown", primeSound, { once: true });

function chime(): void {
  if (!audio || audio.state !== "running") return;
  const start = audio.currentTime;
  for (const [offset, pitch] of [
    [0, 659.25],
    [0.13, 880],
  ] as const) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.type = "sine";
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, start + offset);
    gain.gain.linearRampToValueAtTime(0.12, start + offset + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.001, start + offset + 0.42);
    tone.connect(gain).connect(audio.destination);
    tone.start(start + offset);
    tone.stop(start + offset + 0.45);
  }
}

export function askForNotifications(): void {
  if (typeof Notification !== "undefined" && Notification.permission === "default") {
    void Notification.requestPermission();
  }
}

let lastChime = 0;
export function alertFor(what: {
  title: string;
  body: string;
  tag: string;
  sound: boolean;
  open: () => void;
}): void {
  if (what.sound && Date.now() - lastChime > 3000) {
    lastChime = Date.now();
    chime();
  }
  if (!document.hidden || typeof Notification === "undefined") return;
  if (Notification.permission !== "granted") return;
  try {
    const shown = new Notification(what.title, { body: what.body.slice(0, 140), tag: what.tag });
    shown.onclick = () => {
      window.focus();
      what.open();
      shown.close();
    };
  } catch {
    // Some mobile browsers allow notifications only from a service worker.
  }
}

const FLASH_MS = 1500;
let titles: string[] = ["Frontdesk"];
let shown = 0;

/** In a hidden tab the title takes turns, so that it catches the eye among others. */
function showTitle(): void {
  shown = document.hidden ? (shown + 1) % titles.length : 0;
  document.title = titles[shown]!;
}
document.addEventListener("visibilitychange", showTitle);
setInterval(showTitle, FLASH_MS);

let painted = -1;
/** Show in title and icon how many wait; `words` say it for the flashing title. */
export function showWaiting(waiting: number, words: string): void {
  titles = waiting > 0 ? [`(${waiting}) Frontdesk`, words] : ["Frontdesk"];
  showTitle();
  if (painted === waiting) return;
  painted = waiting;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const style = getComputedStyle(document.documentElement);
  pen.fillStyle = style.getPropertyValue("--fd-accent").trim() || "#2f5bd7";
  pen.beginPath();
  pen.roundRect(4, 8, 56, 42, 12);
  pen.fill();
  pen.beginPath();
  pen.moveTo(16, 46);
  pen.lineTo(16, 60);
  pen.lineTo(32, 48);
  pen.fill();
  if (waiting > 0) {
    pen.fillStyle = "#c62828";
    pen.beginPath();
    pen.arc(44, 44, 20, 0, Math.PI * 2);
    pen.fill();
    pen.fillStyle = "#fff";
    pen.font = "bold 26px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(waiting > 9 ? "9+" : String(waiting), 44, 46);
  }
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (icon) icon.href = canvas.toDataURL("image/png");
}
