// Language of the demo page, and the "ask" button that opens the chat.
(() => {
  const zh = {
    navShop: '商品', navHelp: '订单帮助',
    heroTitle: '渡轮靠岸后的慢时光',
    heroText: '灯具、珐琅与羊毛，来自同一段海岸上的六家小作坊。',
    heroButton: '浏览秋季目录',
    shopTitle: '秋季目录', shopText: '全部商品享十二年维修承诺。满 ¥560 免运费。',
    p1: 'Skerry 台灯', p1d: '旋压钢，砖红色',
    p2: 'Morrow 水壶', p2d: '珐琅，1.4 升',
    p3: 'Tern 收音机', p3d: '油饰胡桃木，FM 与蓝牙',
    p4: 'Fell 羊毛毯', p4d: '本色与茜草红，130×180',
    p5: 'Pilot 挂钟', p5d: '静音机芯，26 厘米',
    p6: '白蜡木矮凳', p6d: '手工车制，不含绿植',
    helpTitle: '在等包裹吗？',
    helpText: '问问右下角的聊天窗口。它知道每个订单的位置，需要时会转给店里的 Ana 或 Jonas。',
    ask: '我的订单 FD204815 到哪了？',
    more1: '没有包装盒，台灯还能退吗？', more2: '海岛地区可以配送吗？',
    slipOrder: '订单', slip1: '已打包', slip2: '已上晚班渡轮', slip3: '送达',
    foot: 'Harbour & Pine 为虚构商店。聊天功能由开源客服平台 Frontdesk 提供。',
  };
  const nodes = [...document.querySelectorAll('[data-i18n]')];
  const en = Object.fromEntries(nodes.map((node) => [node.dataset.i18n, node.textContent]));
  const chat = (...args) => {
    window.frontdesk ??= Object.assign((...queued) => window.frontdesk.q.push(queued), { q: [] });
    window.frontdesk(...args);
  };
  let lang = /^zh/i.test(new URLSearchParams(location.search).get('lang') ?? navigator.language) ? 'zh' : 'en';

  function show() {
    const texts = lang === 'zh' ? zh : en;
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
    for (const node of nodes) node.textContent = texts[node.dataset.i18n] ?? node.textContent;
    for (const node of document.querySelectorAll('[data-price]')) {
      const pounds = Number(node.dataset.price);
      node.textContent = lang === 'zh' ? `¥${Math.round(pounds * 9.3)}` : `£${pounds}`;
    }
    document.getElementById('lang').textContent = lang === 'zh' ? 'English' : '中文';
    chat('locale', lang === 'zh' ? 'zh-CN' : 'en');
  }
  document.getElementById('lang').addEventListener('click', () => {
    lang = lang === 'zh' ? 'en' : 'zh';
    const address = new URL(location.href);
    address.searchParams.set('lang', lang);
    history.replaceState(null, '', address);
    show();
  });
  document.getElementById('ask').addEventListener('click', () => {
    chat('open', (lang === 'zh' ? zh : en).ask);
  });
  show();
})();
