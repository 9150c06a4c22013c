// The ledger: filters apply when chosen, a row's story stands beside the list where there is room (on a phone it is a page),
// rows are picked with X, and what changed shows itself where it stands, without a reload and without a jump; so does the
// story that is open. Neither takes the hand, the place or the open folds of whoever reads.
import htmx from 'htmx.org';
import { element, likeOf, typing } from '../page.js';

const WIDE = '(min-width: 1240px)';
const PHONE = '(max-width: 767.98px)';
const AT_LEAST_MS = 2000;
const SPREAD_MS = 300;

const split = document.getElementById('ledger-split');
const panel = document.getElementById('ledger-panel');
let opener = null;

function mark(row) {
  for (const old of document.querySelectorAll('#ledger-list tr.sel')) { old.classList.remove('sel'); old.removeAttribute('aria-selected'); }
  row?.classList.add('sel');
  row?.setAttribute('aria-selected', 'true');
}

function closePanel() {
  const held = document.activeElement;
  const within = panel.contains(held) || held === document.body || split.contains(held);
  panel.hidden = true;
  panel.replaceChildren();
  split.classList.remove('open');
  mark(null);
  if (within) opener?.focus();
}

if (split) {
  document.addEventListener('htmx:beforeRequest', event => {
    const link = event.detail.elt;
    if (!link.matches('[data-row-link]') || !matchMedia(PHONE).matches) return;
    event.preventDefault();
    location.assign(link.href);
  });
  document.addEventListener('htmx:beforeSwap', event => {
    if (event.detail.target?.id !== 'drawer-body' || !event.detail.xhr.responseText.includes('item-panel')) return;
    opener = event.detail.requestConfig.elt;
    mark(opener.closest('tr'));
    if (!matchMedia(WIDE).matches) return;
    event.detail.target = panel;
    panel.hidden = false;
    split.classList.add('open');
  });
  document.addEventListener('htmx:afterSwap', event => { if (event.detail.target === panel) { panel.scrollTop = 0; panel.focus({ preventScroll: true }); } });
  document.addEventListener('close', event => { if (event.target.id === 'drawer') mark(null); }, true);
  document.addEventListener('click', event => {
    if (event.target.closest('[data-panel-close]')) { closePanel(); return; }
    // The whole row is a target; links and buttons in it keep their own meaning, and so does selecting text.
    const row = event.target.closest('#ledger-list [data-row]');
    if (row && !event.target.closest('a, button, label, input') && !String(getSelection())) row.querySelector('[data-row-link]')?.click();
  });
  document.addEventListener('keydown', event => {
    if (event.key.toLowerCase() !== 'x' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector('dialog[open]')) return;
    event.target.closest('#ledger-list [data-row]')?.querySelector('.pick input')?.click();
  });
  document.addEventListener('change', event => { if (event.target.matches('.pick input')) countPicked(); });
  // The back button brings the boxes back after this script ran.
  addEventListener('pageshow', countPicked);
  countPicked();
  // Escape closes what is nearest: an open menu, or the words in a field, before the story beside the list.
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || typing(event.target)) return;
    if (!panel.hidden && !document.querySelector('dialog[open]')) closePanel();
  });

  const filters = document.querySelector('[data-ledger-filters]');
  filters.addEventListener('change', event => { if (event.target instanceof HTMLSelectElement) filters.requestSubmit(); });
  filters.addEventListener('formdata', event => { for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name); });
  // Wide pages show the filters without a fold.
  const fold = filters.querySelector('details');
  const unfold = () => { if (!matchMedia('(max-width: 767.98px)').matches) fold.open = true; };
  unfold();
  addEventListener('resize', unfold);

  let timer = 0;
  let looked = 0;
  let waiting = false;
  // Many may follow the same list: not all ask in the same moment, and none more often than it can read.
  const soon = () => {
    timer ||= setTimeout(async () => {
      looked = Date.now();
      timer = 0;
      waiting = !(await look());
      await lookAtStory();
    }, Math.max(0, looked + AT_LEAST_MS - Date.now()) + Math.random() * SPREAD_MS);
  };
  document.addEventListener('huitan:changes', soon);
  document.addEventListener('huitan:look', soon);
  document.addEventListener('close', () => { if (waiting) soon(); }, true);
}

function countPicked() {
  const bar = document.querySelector('[data-ledger-picked]');
  if (!bar) return;
  const picked = document.querySelectorAll('.pick input:checked').length;
  const words = bar.querySelector('[data-picked-words]');
  words.dataset.none ??= words.textContent;
  words.textContent = picked ? words.dataset.some.replace('{n}', picked) : words.dataset.none;
  bar.classList.toggle('some', picked > 0);
}

// What a row or a cell says, without the marks this page put on it.
const said = piece => piece.textContent.replace(/\s+/g, ' ').trim();
const rowsOf = list => [...list.querySelectorAll('[data-row]')];

// Whether the list is up to date now: asked for again, rows that are still there change where they stand.
async function look() {
  if (document.querySelector('dialog[open]')) return false;
  let text;
  try {
    const response = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) return false;
    text = await response.text();
  } catch { return false; }
  const page = new DOMParser().parseFromString(text, 'text/html');
  const list = page.getElementById('ledger-list');
  if (!list) return true;
  takeFigures(page.getElementById('ledger-figures'));
  document.querySelector('.ph h1').textContent = page.querySelector('.ph h1').textContent;
  const here = document.getElementById('ledger-list');
  const rows = rowsOf(list);
  const known = new Set(rowsOf(here).map(row => row.id));
  for (const row of rowsOf(here)) {
    const fresh = list.querySelector(`#${CSS.escape(row.id)}`);
    tellGone(row, !fresh);
    if (fresh) changeInPlace(row, fresh);
  }
  countPicked();
  // On a full page rows from the next one move up behind the last: those are not new.
  const last = rows.findLastIndex(row => known.has(row.id));
  const added = rows.filter((row, at) => !known.has(row.id) && (at < last || !list.hasAttribute('data-more')));
  tellNew(added.length, () => takeWhole(here, list));
  return true;
}

const news = document.querySelector('[data-ledger-news]');

function tellNew(count, show) {
  news.classList.toggle('some', count > 0);
  if (!count) { news.replaceChildren(); return; }
  const words = count === 1 ? news.dataset.one : news.dataset.many.replace('{n}', count);
  const button = element('button', { type: 'button', className: 'btn btn-soft', textContent: words });
  button.addEventListener('click', () => { show(); tellNew(0); });
  if (said(news) !== words) news.replaceChildren(button);
  else news.firstChild.replaceWith(button);
}

// The strip is left alone while it says the same; a hand on one of its numbers stays there.
function takeFigures(fresh) {
  const here = document.getElementById('ledger-figures');
  if (said(here) === said(fresh)) return;
  const held = [...here.querySelectorAll('a')].indexOf(document.activeElement);
  here.replaceChildren(...fresh.childNodes);
  if (held >= 0) here.querySelectorAll('a')[held]?.focus({ preventScroll: true });
}

// Said where everybody finds it, not only under a mouse.
function tellGone(row, gone) {
  row.classList.toggle('left', gone);
  const told = row.querySelector('.row-gone');
  if (!gone) told?.remove();
  else if (!told) row.querySelector('td.lead')?.append(element('div', { className: 'row-gone xs b', textContent: news.dataset.gone }));
}

// Cell by cell, so that a box picked and a hand on the row stay as they are. A cell knows its like by the name of its column:
// once nobody on the list can be reminded any more, the column of boxes is gone from what the server says now.
const columnOf = cell => [...cell.classList].find(name => name.startsWith('c-'));

function changeInPlace(row, fresh) {
  for (const cell of row.children) {
    const column = columnOf(cell);
    const other = [...fresh.children].find(each => columnOf(each) === column);
    if (cell.contains(document.activeElement)) continue;
    if (!other && column === 'c-pick') cell.replaceChildren();
    if (!other || said(cell) === said(other)) continue;
    cell.className = other.className;
    cell.replaceChildren(...other.childNodes);
    htmx.process(cell);
    cell.classList.add('pulse');
    cell.addEventListener('animationend', () => cell.classList.remove('pulse'), { once: true });
  }
}

// The story that is open, beside the list or in the drawer, asked for again: also for what no column of the list shows.
async function lookAtStory() {
  const drawer = document.getElementById('drawer');
  const place = !panel.hidden ? panel : drawer?.open ? document.getElementById('drawer-body') : null;
  const story = place?.querySelector('.item-panel');
  if (!story) return;
  let answer;
  let text;
  try {
    answer = await fetch(story.dataset.panel, { credentials: 'same-origin', headers: { Accept: 'text/html', 'HX-Request': 'true' } });
    text = await answer.text();
  } catch { return; }
  // Closed, or another one opened meanwhile.
  if (!story.isConnected || answer.redirected) return;
  if (answer.status === 404) { if (place === panel) closePanel(); else drawer.close(); return; }
  const fresh = answer.ok && new DOMParser().parseFromString(text, 'text/html').querySelector('.item-panel');
  if (!fresh || said(fresh) === said(story)) return;
  const node = document.adoptNode(fresh);
  const held = document.activeElement;
  const within = story.contains(held);
  const like = within && likeOf(held, node);
  const open = new Set([...story.querySelectorAll('details[open] > summary')].map(said));
  for (const fold of node.querySelectorAll('details > summary')) if (open.has(said(fold))) fold.parentElement.open = true;
  const top = place.scrollTop;
  story.replaceWith(node);
  place.scrollTop = top;
  if (within) (like || place).focus({ preventScroll: true });
}

// The list as the server has it now, with what was picked and what is open beside it.
function takeWhole(here, list) {
  const picked = [...here.querySelectorAll('.pick input:checked')].map(box => box.value);
  const selected = here.querySelector('tr.sel')?.id;
  here.replaceChildren(...list.childNodes);
  here.toggleAttribute('data-more', list.hasAttribute('data-more'));
  htmx.process(here);
  for (const box of here.querySelectorAll('.pick input')) box.checked = picked.includes(box.value);
  countPicked();
  if (selected) { mark(document.getElementById(selected)); opener = document.getElementById(selected)?.querySelector('[data-row-link]') ?? opener; }
  here.querySelector('[data-row-link]')?.focus();
}
