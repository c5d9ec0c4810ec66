// The demo shop: language, filter, basket, and questions that open the chat.
import { chat, speak, switchLanguage, text } from './texts.js';

const FREE_FROM = 50;
const $ = (selector) => document.querySelector(selector);
const cards = [...document.querySelectorAll('.card')];
const basket = new Map(); // card -> how many

// Filter

let kind = 'all';
function filter() {
  const words = $('#search').value.trim().toLowerCase();
  for (const card of cards) {
    const fits = kind === 'all' || card.dataset.kind === kind;
    card.hidden = !fits || !card.querySelector('.card-text').textContent.toLowerCase().includes(words);
  }
  $('.none').textContent = cards.every((card) => card.hidden) ? text('none') : '';
}
for (const button of document.querySelectorAll('.kinds button')) {
  button.addEventListener('click', () => {
    kind = button.dataset.kind;
    for (const other of document.querySelectorAll('.kinds button')) other.ariaPressed = `${other === button}`;
    filter();
  });
}
$('#search').addEventListener('input', filter);
$('.search').addEventListener('submit', (event) => {
  event.preventDefault();
  $('#products').scrollIntoView();
});

// Basket

function part(tag, content, more = {}) {
  const node = Object.assign(document.createElement(tag), more);
  node.append(...[content].flat());
  return node;
}
function step(card, by, name, sign) {
  const button = part('button', sign, { type: 'button', className: 'plain', ariaLabel: `${text(by > 0 ? 'more' : 'less')}: ${name}` });
  button.addEventListener('click', () => put(card, by));
  return button;
}
function showBasket() {
  const lines = [...basket].map(([card, n]) => {
    const name = card.querySelector('h3').textContent;
    const tile = card.querySelector('.tile').cloneNode(true);
    tile.querySelector('.badge')?.remove();
    const amount = part('span', [step(card, -1, name, '−'), part('b', `${n}`), step(card, 1, name, '+')], { className: 'amount' });
    return part('li', [tile, part('div', [part('b', name), amount]), part('b', `€${n * card.dataset.price}`)]);
  });
  const total = [...basket].reduce((sum, [card, n]) => sum + n * card.dataset.price, 0);
  const count = [...basket.values()].reduce((sum, n) => sum + n, 0);
  $('#lines').replaceChildren(...(lines.length ? lines : [part('li', text('empty'), { className: 'empty' })]));
  $('#total').textContent = `€${total}`;
  $('#free').textContent = !total ? '' : total >= FREE_FROM ? text('isFree') : text('free').replace('{n}', FREE_FROM - total);
  $('#count').textContent = count;
  $('#count').hidden = !count;
}
function put(card, by) {
  const n = (basket.get(card) ?? 0) + by;
  if (n > 0) basket.set(card, n);
  else basket.delete(card);
  showBasket();
}
for (const card of cards) {
  const button = card.querySelector('.add');
  button.addEventListener('click', () => {
    const sells = button.dataset.i18n === 'add';
    if (sells) put(card, 1);
    const done = text(sells ? 'added' : 'noted');
    button.textContent = done;
    $('#said').textContent = `${card.querySelector('h3').textContent}: ${done}`;
    setTimeout(() => (button.textContent = text(button.dataset.i18n)), 1600);
  });
}
$('#open-basket').addEventListener('click', () => $('#basket').showModal());
$('#close-basket').addEventListener('click', () => $('#basket').close());
$('#basket').addEventListener('click', (event) => event.target === $('#basket') && $('#basket').close());

// Questions

for (const button of document.querySelectorAll('.ask')) {
  button.addEventListener('click', () => {
    $('#basket').close();
    chat('open', text(button.dataset.ask));
  });
}

$('#lang').addEventListener('click', () => {
  switchLanguage();
  filter();
  showBasket();
});
speak();
showBasket();
