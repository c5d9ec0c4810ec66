// A stand-in for the Frontdesk server: serves static/ under /webchat/ and
// speaks the chat protocol with canned answers. For development only.
//   node dev/mock-server.mjs [port]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 7310);
const root = fileURLToPath(new URL('../../static/', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

const http = createServer(async (request, response) => {
  let path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
  if (path === '/') path = '/webchat/demo/index.html';
  if (path.endsWith('/')) path += 'index.html';
  if (!path.startsWith('/webchat/') || path.includes('..')) return response.writeHead(404).end();
  try {
    const body = await readFile(root + path.slice('/webchat/'.length));
    const type = types[extname(path)] ?? 'application/octet-stream';
    // The app is imported as a module, which from another site's page needs CORS.
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});

const conversations = new Map(); // token -> { conv, log, seen, sockets, state }
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function append(c, frame) {
  frame.seq = c.log.length + 1;
  c.log.push(frame);
  for (const socket of c.sockets) socket.send(JSON.stringify(frame));
  return frame;
}
function say(c, kind, name, parts, extra = {}) {
  return append(c, { t: 'msg', id: `m_${c.log.length + 1}`, from: { kind, name }, ts: new Date().toISOString(), parts, ...extra });
}
function state(c, value, agent = null, position = null) {
  c.state = value;
  append(c, { t: 'state', state: value, agent, position });
}
async function typing(c, kind, name, ms) {
  for (const on of [true, false]) {
    for (const socket of c.sockets) socket.send(JSON.stringify({ t: 'typing', from: { kind, name }, on, ttl: 6 }));
    if (on) await wait(ms);
  }
}
const md = (text) => ({ type: 'text', md: text });
const buttons = (...items) => ({ type: 'buttons', items: items.map(([title, payload]) => ({ title, payload })) });
const url = (path) => `https://shop.example/${path}`;

async function answer(c, text, payload) {
  const zh = c.zh;
  if (payload === '/talk_to_person') {
    say(c, 'bot', null, [md(zh ? '好的，正在为您转接人工客服。' : 'Of course. I am passing you to a colleague now.')]);
    state(c, 'queued', null, 2);
    await wait(2500);
    state(c, 'assigned', { name: 'Ana' });
    await typing(c, 'agent', 'Ana', 1200);
    say(c, 'agent', 'Ana', [md(zh ? '您好，我是 Ana。我看到您在查订单 **FD204815**，请稍等。' : 'Hi, Ana here. I can see you asked about order **FD204815**, give me a moment to look.')]);
  } else if (c.state !== 'bot') {
    await typing(c, 'agent', 'Ana', 900);
    say(c, 'agent', 'Ana', [md(zh ? '收到，我来处理。' : 'Got it, I will take care of that.')]);
  } else if (/FD\d+/i.test(text)) {
    await typing(c, 'bot', null, 700);
    say(c, 'bot', null, [
      md(zh
        ? '订单 **FD204815** 已于周一发出，预计**周四**送达。\n\n- 承运：Northway\n- 运单号：`NW 4471 0932`'
        : 'Order **FD204815** left our warehouse on Monday and should arrive on **Thursday**.\n\n- Carrier: Northway\n- Tracking: `NW 4471 0932`'),
    ]);
    say(c, 'bot', null, [
      md(zh ? '需要我在派送当天提醒您吗？' : 'Shall I remind you on the day it is delivered?'),
      buttons(...(zh ? [['好的', '/affirm'], ['不用了', '/deny'], ['修改地址', '/change_address']] : [['Yes, please', '/affirm'], ['No', '/deny'], ['Change the address', '/change_address']])),
    ]);
  } else if (payload === '/affirm') {
    say(c, 'bot', null, [md(zh ? '好的，周四早上会提醒您。' : 'Done. You will hear from us on Thursday morning.')]);
  } else {
    await typing(c, 'bot', null, 700);
    say(c, 'bot', null, [
      md(zh
        ? '未使用的商品可在 30 天内退货，退款在收到后 3 个工作日内原路退回。详见[退货说明](https://shop.example/returns)。'
        : 'You can return unused items within 30 days. Refunds reach your card within 3 working days of the parcel reaching us. See [how returns work](https://shop.example/returns).'),
      { type: 'sources', items: zh
        ? [{ title: '退货与退款', url: url('returns'), score: 0.82 }, { title: '运费说明', url: url('shipping'), score: 0.61 }]
        : [{ title: 'Returns and refunds', url: url('returns'), score: 0.82 }, { title: 'Delivery costs and times', url: url('shipping'), score: 0.61 }] },
    ]);
  }
}

new WebSocketServer({ server: http, path: '/webchat/ws' }).on('connection', (socket) => {
  let c;
  const send = (frame) => socket.send(JSON.stringify(frame));
  socket.on('close', () => c?.sockets.delete(socket));
  socket.on('message', (data) => {
    const frame = JSON.parse(data);
    if (frame.t === 'hello') {
      const token = frame.token && conversations.has(frame.token) ? frame.token : `v_${Math.random().toString(36).slice(2)}`;
      c = conversations.get(token);
      if (!c) {
        c = { conv: `c_${conversations.size + 1}`, log: [], seen: new Map(), sockets: new Set(), state: 'bot', zh: /^zh/.test(frame.locale) };
        conversations.set(token, c);
        say(c, 'bot', null, [
          md(c.zh ? '您好！我是 Harbour & Pine 的智能助手，可以查订单、配送和退货。' : 'Hello! I am the assistant at Harbour & Pine. I can help with orders, delivery and returns.'),
          buttons(...(c.zh ? [['查询订单', '/order'], ['退货政策', '/returns']] : [['Track an order', '/order'], ['Return an item', '/returns']])),
        ]);
      }
      c.zh = /^zh/.test(frame.locale);
      c.sockets.add(socket);
      const after = frame.resume?.conv === c.conv ? frame.resume.last_seq : 0;
      send({ t: 'welcome', token, conv: c.conv, state: c.state, last_seq: c.log.length, events: c.log.filter((e) => e.seq > after) });
    } else if (frame.t === 'ping') {
      send({ t: 'pong', n: frame.n });
    } else if (frame.t === 'msg' || frame.t === 'choose') {
      const text = frame.t === 'choose' ? frame.title : frame.text;
      if (c.seen.has(frame.cid)) return send({ t: 'ack', cid: frame.cid, seq: c.seen.get(frame.cid), dup: true });
      if (/^fail/.test(text)) return send({ t: 'err', cid: frame.cid, code: 'unavailable' });
      const { seq } = say(c, 'customer', null, [md(text)], { cid: frame.cid });
      c.seen.set(frame.cid, seq);
      send({ t: 'ack', cid: frame.cid, seq, dup: false });
      if (text === 'drop') setTimeout(() => socket.terminate(), 100);
      else setTimeout(() => answer(c, text, frame.payload), 250);
    }
  });
});

http.listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/webchat/demo/`));
