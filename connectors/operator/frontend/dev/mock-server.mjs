// A stand-in for the console's server, with invented conversations, for work on the page alone.
//   node dev/mock-server.mjs [--port 7320] [--rows 10000]
// Sign in as maya with any password except "wrong".
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { WebSocketServer } from "ws";

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : otherwise;
};
const PORT = option("port", 7320);
const ROWS = option("rows", 0);

const ME = { id: "op_maya", name: "Maya", role: "agent" };
const ANA = { id: "op_ana", name: "Ana" };
const minutesAgo = (m) => new Date(Date.now() - m * 60_000).toISOString();
const sessions = new Set();
const conversations = new Map();

const reasoning = (intent, confidence, more = {}) => ({
  intent: intent ? { name: intent, confidence } : null,
  ranking: [
    { name: intent ?? "none", confidence },
    { name: "ask_refund_status", confidence: (1 - confidence) * 0.6 },
    { name: "cancel_order", confidence: (1 - confidence) * 0.25 },
    { name: "talk_to_person", confidence: (1 - confidence) * 0.1 },
  ],
  entities: [],
  language: "en",
  slots: {},
  action: null,
  policy: null,
  confidence: null,
  passages: [],
  took_ms: 41,
  ...more,
});
const span = (text, entity, piece, value, extractor, confidence) => {
  const points = Array.from(text);
  const start = Array.from(text.slice(0, text.indexOf(piece))).length;
  return { entity, value, text: piece, start, end: start + Array.from(piece).length, extractor, confidence, of: points.length };
};

function add(id, fields, script) {
  const events = [];
  let customerSeq = 0;
  let lastMessage = null;
  script.forEach((row, index) => {
    const event = {
      seq: index + 1,
      text: null,
      buttons: [],
      sources: [],
      reasoning: null,
      data: {},
      kind: "message",
      ...row,
      at: minutesAgo(row.ago),
    };
    delete event.ago;
    events.push(event);
    if (event.kind === "message") {
      if (event.from.kind === "customer") customerSeq = event.seq;
      lastMessage = { text: event.text, from_kind: event.from.kind, at: event.at };
    }
  });
  conversations.set(id, {
    events,
    slots: fields.slots ?? {},
    profile: fields.profile ?? [],
    inShort: fields.inShort ?? { title: "", wants: [], tried: [], slots: {}, mood: fields.mood ?? "calm", open_questions: [], text: "" },
    cids: new Map(),
    rival: fields.rival,
    summary: {
      id,
      channel: fields.channel ?? "Website",
      customer: { id: `u_${id}`, name: fields.name, locale: fields.locale ?? "en" },
      state: fields.state,
      title: fields.title ?? null,
      assignee: fields.assignee ?? null,
      owner_epoch: 2,
      last_seq: events.length,
      customer_last_seq: customerSeq,
      waiting_since: fields.waits ? minutesAgo(fields.waits) : null,
      handoff_reason: fields.reason ?? null,
      mood: fields.mood ?? "calm",
      priority: { angry: 2, upset: 1 }[fields.mood] ?? 0,
      last_message: lastMessage,
      updated_at: events.at(-1)?.at ?? minutesAgo(60),
    },
  });
}
const customer = { kind: "customer", name: null };
const bot = { kind: "bot", name: "Frontdesk" };
const system = { kind: "system", name: null };

const asked = "Hi, my order FD-20418 to Leeds was due on Friday and still is not here 📦";
const details = [
  span(asked, "order_id", "FD-20418", "FD-20418", "regex", 1),
  span(asked, "city", "Leeds", "Leeds", "lookup", 0.97),
  span(asked, "date", "Friday", "2026-11-20", "duckling", 0.93),
];
const shipping = [
  { id: "p1", title: "Late parcels", text: "If a parcel is more than two working days late, we open a search with the carrier. Most parcels are found within three days. If it is not found we send a new one or refund the order.", source: "https://help.example.com/shipping/late", score: 0.83 },
  { id: "p2", title: "Delivery times", text: "Standard delivery takes two to four working days in the United Kingdom.", source: "https://help.example.com/shipping/times", score: 0.61 },
  { id: "p3", title: "Refunds", text: "Refunds reach the original payment method within five working days.", source: "docs/refunds.md", score: 0.38 },
];
const told = (kind, value, about = null) => ({ kind, value, about, is_relation: true });
add("c_7f3a91", { name: "Priya Raman", mood: "upset", title: "Order FD-20418 still is not here", inShort: { title: "Order FD-20418 still is not here", wants: [asked], tried: ["Late parcels"], slots: {}, mood: "upset", open_questions: ["so what now"], text: "" }, profile: [told("delivered_to", "Leeds", "FD-20418"), told("due_on", "Friday", "FD-20418"), told("has_problem", "still is not here", "FD-20418")], state: "queued", waits: 7.4, reason: "Asked for a person after two unclear answers", slots: { order_id: "FD-20418", city: "Leeds", carrier: "Northline", promised_date: "2026-11-20", refund_wanted: null } }, [
  { ago: 12, from: bot, text: "Hello, I can help with orders, deliveries and refunds. What is it about?", buttons: [{ title: "Where is my order", payload: "/track" }, { title: "Refund", payload: "/refund" }, { title: "Something else", payload: "/other" }], reasoning: reasoning(null, 0, { ranking: [], action: "utter_greet", policy: "RulePolicy", confidence: 1, took_ms: 3 }) },
  { ago: 11, from: customer, text: asked, reasoning: reasoning("track_order", 0.94, { entities: details }) },
  { ago: 11, kind: "slot", from: system, data: { name: "order_id", value: "FD-20418" } },
  { ago: 11, kind: "slot", from: system, data: { name: "city", value: "Leeds" } },
  { ago: 11, kind: "action", from: system, data: { name: "action_find_order" } },
  { ago: 10.9, from: bot, text: "I found **FD-20418**. The carrier last scanned it on Thursday:\n- Thursday 09:12, left the Derby depot\n- No scan since then\n\nThat is later than promised, and I am sorry about it.", sources: [{ title: "Late parcels", url: "https://help.example.com/shipping/late", score: 0.83 }], reasoning: reasoning("track_order", 0.94, { entities: details, slots: { order_id: "FD-20418", city: "Leeds", carrier: "Northline", promised_date: "2026-11-20", refund_wanted: null }, action: "utter_order_late", policy: "TransitionPolicy", confidence: 0.91, passages: shipping, took_ms: 64 }) },
  { ago: 9, from: customer, text: "so what now", reasoning: reasoning("ask_next_step", 0.46) },
  { ago: 8.9, from: bot, text: "Would you like to know our delivery times?", reasoning: reasoning("ask_next_step", 0.46, { action: "utter_default", policy: "FallbackPolicy", confidence: 0.46, slots: { order_id: "FD-20418", city: "Leeds", carrier: "Northline", promised_date: "2026-11-20", refund_wanted: null }, passages: shipping.slice(1), took_ms: 88 }) },
  { ago: 7.5, from: customer, text: "No. I want to talk to someone please", reasoning: reasoning("talk_to_person", 0.99) },
  { ago: 7.4, from: bot, text: "Of course. A colleague will be with you shortly and can see everything you wrote here.", reasoning: reasoning("talk_to_person", 0.99, { action: "action_hand_over", policy: "RulePolicy", confidence: 1, slots: { order_id: "FD-20418", city: "Leeds", carrier: "Northline", promised_date: "2026-11-20", refund_wanted: null }, took_ms: 12 }) },
  { ago: 7.4, kind: "state", from: system, data: { state: "queued", reason: "asked for a person" } },
  { ago: 7.3, kind: "draft_discarded", from: bot, text: "You can also find our delivery times on the help page." },
]);
const zhAsked = "我上周买的咖啡机 KF-300 漏水了，想退货，订单号是 FD-19877";
const zhDetails = [span(zhAsked, "product", "KF-300", "KF-300", "lookup", 0.98), span(zhAsked, "order_id", "FD-19877", "FD-19877", "regex", 1)];
add("c_2b8e04", { name: "王雨晴", mood: "angry", profile: [told("ordered", "咖啡机 KF-300"), told("has_defect", "漏水", "咖啡机 KF-300"), told("contains", "咖啡机 KF-300", "FD-19877")], locale: "zh-CN", channel: "WeChat", state: "queued", waits: 3.2, reason: "退货金额超过自动处理上限", slots: { order_id: "FD-19877", product: "KF-300", refund_reason: "漏水" } }, [
  { ago: 6, from: customer, text: zhAsked, reasoning: reasoning("return_item", 0.91, { entities: zhDetails, language: "zh" }) },
  { ago: 6, kind: "form", from: system, data: { name: "return_form" } },
  { ago: 5.9, from: bot, text: "很抱歉给您带来不便。您可以在收到商品 **30 天内** 申请退货。请问漏水是在使用时出现，还是放置时也会出现？", reasoning: reasoning("return_item", 0.91, { entities: zhDetails, language: "zh", action: "utter_ask_refund_reason", policy: "FormPolicy", confidence: 0.97, slots: { order_id: "FD-19877", product: "KF-300" }, passages: [{ id: "z1", title: "退货政策", text: "商品签收后 30 天内可申请退货。质量问题由我们承担运费，退款会在收到退回商品后 5 个工作日内原路退回。", source: "https://help.example.com/zh/returns", score: 0.88 }] }) },
  { ago: 4, from: customer, text: "使用的时候底部一直滴水，台面都湿了。" },
  { ago: 3.3, from: bot, text: "明白了。这笔退款需要同事确认，我现在为您转接。", reasoning: reasoning("inform", 0.87, { language: "zh", action: "action_hand_over", policy: "RulePolicy", confidence: 1, slots: { order_id: "FD-19877", product: "KF-300", refund_reason: "漏水" } }) },
  { ago: 3.2, kind: "state", from: system, data: { state: "queued", reason: "退货金额超过自动处理上限" } },
]);
add("c_91dd20", { name: "Tomasz Zieliński", state: "queued", waits: 1.1, reason: "The bot could not find the invoice", channel: "Email", rival: true }, [
  { ago: 2, from: customer, text: "Please send invoice 2026-0931 again, our accountant needs the VAT number on it." },
  { ago: 1.1, kind: "failure", from: system, text: "The invoice service did not answer within 5 seconds." },
  { ago: 1.1, kind: "state", from: system, data: { state: "queued", reason: "the bot could not find the invoice" } },
]);
add("c_5c0b77", { name: null, state: "queued", waits: 0.3, reason: "Asked for a person" }, [
  { ago: 0.4, from: customer, text: "agent" },
  { ago: 0.3, kind: "state", from: system, data: { state: "queued", reason: "asked for a person" } },
]);
add("c_aa10ef", { name: "陈建国", mood: "pleased", locale: "zh-CN", state: "assigned", assignee: ME, channel: "Website" }, [
  { ago: 1460, from: customer, text: "会员积分什么时候到账？", reasoning: reasoning("ask_points", 0.62, { language: "zh" }) },
  { ago: 1459, from: bot, text: "积分会在确认收货后 24 小时内到账。", reasoning: reasoning("ask_points", 0.62, { language: "zh", action: "utter_points", policy: "FaqPolicy", confidence: 0.62 }) },
  { ago: 30, from: customer, text: "已经两天了还没有" },
  { ago: 24, kind: "state", from: { kind: "agent", name: "Maya" }, data: { state: "assigned" } },
  { ago: 23, from: { kind: "agent", name: "Maya" }, text: "您好，我查到积分因为退款订单被暂时冻结，我已经提交解冻，今天会到账。" },
  { ago: 22, kind: "note", from: { kind: "agent", name: "Ana" }, text: "Points team confirmed, ticket 4471." },
  { ago: 20, from: customer, text: "好的，谢谢！" },
]);
add("c_66e1b2", { name: "Olivia Brandt", state: "assigned", assignee: ANA }, [
  { ago: 50, from: customer, text: "Can I change the delivery address?" },
  { ago: 41, from: { kind: "agent", name: "Ana" }, text: "Yes, as long as it has not left the depot. What is the new address?" },
]);
add("c_0d44c9", { name: "Marco Bianchi", state: "bot" }, [
  { ago: 1, from: customer, text: "Do you ship to Italy?", reasoning: reasoning("ask_shipping", 0.89) },
  { ago: 0.9, from: bot, text: "Yes. Delivery to Italy takes **4 to 6 working days** and costs 9 EUR. See [delivery abroad](https://help.example.com/shipping/abroad).", reasoning: reasoning("ask_shipping", 0.89, { action: "answer_from_passages", policy: "KnowledgePolicy", confidence: 0.84, passages: shipping }) },
]);
add("c_e2f5a0", { name: "Hanna Lund", state: "resolved" }, [
  { ago: 300, from: customer, text: "Thanks, it arrived!" },
  { ago: 299, kind: "state", from: { kind: "agent", name: "Maya" }, data: { state: "resolved" } },
]);
for (let n = 0; n < ROWS; n++) {
  const states = ["queued", "bot", "resolved"];
  const state = states[n % 3];
  add(`c_x${n}`, { name: `Customer ${n}`, state, waits: state === "queued" ? 10 + n / 10 : 0, reason: state === "queued" ? "Asked for a person" : null }, [
    { ago: 10 + n / 10, from: customer, text: `Question number ${n} about an order` },
  ]);
}

const inView = {
  queue: (s) => s.state === "queued",
  mine: (s) => s.state === "assigned" && s.assignee?.id === ME.id,
  bot: (s) => s.state === "bot",
  assigned: (s) => s.state === "assigned",
  resolved: (s) => s.state === "resolved",
  all: () => true,
};
const sockets = new Set();
const broadcast = (frame) => sockets.forEach((socket) => socket.send(JSON.stringify(frame)));

function append(id, event) {
  const held = conversations.get(id);
  const full = { seq: ++held.summary.last_seq, at: new Date().toISOString(), text: null, buttons: [], sources: [], reasoning: null, data: {}, ...event };
  held.events.push(full);
  held.summary.updated_at = full.at;
  if (full.kind === "message") {
    held.summary.last_message = { text: full.text, from_kind: full.from.kind, at: full.at };
    if (full.from.kind === "customer") held.summary.customer_last_seq = full.seq;
    if (full.from.kind === "agent") held.summary.waiting_since = null;
  }
  broadcast({ t: "event", conversation_id: id, event: full });
  broadcast({ t: "conversation", summary: held.summary });
  return full;
}
function own(id, state, assignee, by = assignee) {
  const { summary } = conversations.get(id);
  Object.assign(summary, { state, assignee, owner_epoch: summary.owner_epoch + 1 });
  if (state !== "queued") summary.waiting_since = null;
  append(id, { kind: "state", from: { kind: "agent", name: by?.name ?? null }, data: { state } });
}
function answerBack(id) {
  const from = { kind: "customer", name: null };
  setTimeout(() => broadcast({ t: "typing", conversation_id: id, from, on: true, ttl: 6 }), 900);
  setTimeout(() => append(id, { kind: "message", from, text: "Thank you, that helps." }), 4200);
}

const types = { html: "text/html", js: "text/javascript", css: "text/css" };
const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const json = (status, body, headers = {}) =>
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
  if (!url.pathname.startsWith("/console/api/")) {
    const name = url.pathname.replace(/^\/console\/?/, "") || "index.html";
    try {
      const body = readFileSync(new URL(`../../static/${name.replaceAll("..", "")}`, import.meta.url));
      return response
        .writeHead(200, {
          "Content-Type": types[name.split(".").pop()] ?? "application/octet-stream",
          "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'",
        })
        .end(body);
    } catch {
      return response.writeHead(404).end();
    }
  }
  let raw = "";
  for await (const chunk of request) raw += chunk;
  const body = raw ? JSON.parse(raw) : {};
  const path = url.pathname.slice("/console/api/".length);
  const token = /fd=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  if (request.method !== "GET" && request.headers["x-frontdesk-csrf"] !== "1") return json(403, { code: "csrf" });
  if (path === "login") {
    if (body.password === "wrong") return json(401, { code: "bad_credentials" });
    const made = Math.random().toString(36).slice(2);
    sessions.add(made);
    return json(200, { operator: ME }, { "Set-Cookie": `fd=${made}; HttpOnly; SameSite=Strict; Path=/console` });
  }
  if (path === "me") return json(200, { operator: sessions.has(token) ? ME : null });
  if (!sessions.has(token)) return json(401, { code: "signed_out" });
  if (path === "logout") return sessions.delete(token), json(200, {});
  if (path === "conversations") {
    const all = [...conversations.values()].map((c) => c.summary);
    const counts = Object.fromEntries(Object.entries(inView).map(([v, test]) => [v, all.filter(test).length]));
    return json(200, { items: all.filter(inView[url.searchParams.get("view")] ?? inView.all), counts });
  }
  const [, id, verb] = path.split("/");
  const held = conversations.get(id);
  if (!held) return json(404, { code: "not_found" });
  const { summary } = held;
  if (!verb) {
    const after = Number(url.searchParams.get("after") ?? 0);
    return json(200, { summary, slots: held.slots, profile: held.profile, in_short: held.inShort, events: held.events.filter((e) => e.seq > after) });
  }
  if (verb === "claim") {
    if (held.rival && summary.state === "queued") own(id, "assigned", ANA);
    if (summary.assignee && summary.assignee.id !== ME.id) return json(409, { code: "already_claimed", winner: summary.assignee });
    if (!summary.assignee) own(id, "assigned", ME);
    return json(200, summary);
  }
  if (verb === "messages") {
    const again = held.cids.get(body.cid);
    if (again) return json(200, { seq: again, dup: true });
    if (summary.state === "bot" && body.takeover) own(id, "assigned", ME);
    if (summary.state === "bot") return json(409, { code: "bot_owns", owner: null });
    if (summary.assignee?.id !== ME.id) return json(409, { code: "not_assignee", owner: summary.assignee });
    const { seq } = append(id, { kind: "message", from: { kind: "agent", name: ME.name }, text: body.text, data: { cid: body.cid } });
    held.cids.set(body.cid, seq);
    answerBack(id);
    return json(200, { seq, dup: false });
  }
  if (summary.customer_last_seq !== body.if_customer_last_seq) return json(409, { code: "new_message" });
  own(id, verb === "resolve" ? "resolved" : "bot", null, ME);
  return json(200, summary);
});

new WebSocketServer({ server, path: "/console/ws" }).on("connection", (socket) => {
  sockets.add(socket);
  socket.send(JSON.stringify({ t: "hello", cursor: 1 }));
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data));
    if (frame.t === "ping") socket.send(JSON.stringify({ t: "pong" }));
  });
  socket.on("close", () => sockets.delete(socket));
});
server.listen(PORT, "127.0.0.1", () => console.log(`Console on port ${PORT}, path /console/`));
