// Brings a page up to date without a reload: asks for it again and puts in the cards that read differently now. A card in
// which somebody is typing, or has typed something not yet sent, is left alone until the hand is off it.
import htmx from 'htmx.org';
import { element, likeOf, typing, word } from './page.js';

const AT_LEAST_MS = 2000;
const SPREAD_MS = 300;
const FOLLOWED_BY_MANY = /(^|,)(ledger|talks)(,|$)/;
const follow = document.body.dataset.live;
const main = document.getElementById('main');
// Pages with a way of their own.
const own = document.querySelector('[data-room-live], #ledger-split');

const pieces = root => [...root.querySelectorAll('.card, .ph, .kps')].filter(one => !one.parentElement.closest('.card'));

// What the server said, without what changes by itself (security token) or belongs to the reader (open folds).
function said(piece) {
  const copy = piece.cloneNode(true);
  for (const token of copy.querySelectorAll('[name=csrfmiddlewaretoken]')) token.remove();
  return copy.outerHTML;
}

const dirty = field => (field.type === 'checkbox' || field.type === 'radio' ? field.checked !== field.defaultChecked
  : field instanceof HTMLSelectElement ? [...field.options].some(option => option.selected !== option.defaultSelected) && [...field.options].some(option => option.defaultSelected)
    : field.type !== 'hidden' && field.value !== field.defaultValue);
export const busy = piece => (piece.contains(document.activeElement) && Boolean(typing(document.activeElement)))
  || [...piece.querySelectorAll('textarea, select, input')].some(dirty) || Boolean(piece.querySelector('.conflict, .draft, details.menu[open], .dragged'));

if (follow && document.body.dataset.liveAfter && main && !own) {
  let known = pieces(main).map(said);
  let asked = 0;
  let timer = 0;
  let waiting = false;

  const soon = () => {
    if (timer) return;
    const rest = Math.max(0, asked + AT_LEAST_MS - Date.now());
    timer = setTimeout(look, rest + (FOLLOWED_BY_MANY.test(follow) ? Math.random() * SPREAD_MS : 0));
  };

  async function look() {
    timer = 0;
    if (document.querySelector('dialog[open]')) { waiting = true; return; }
    asked = Date.now();
    waiting = false;
    let answer;
    try {
      answer = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
      if (!answer.ok) return;
    } catch { waiting = true; return; }
    // The page leads elsewhere by now: the talk went on, or somebody logged out.
    if (answer.redirected) { offer(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    put(pieces(fresh.getElementById('main')));
  }

  function put(fresh) {
    const here = pieces(main);
    const texts = fresh.map(said);
    const alike = here.length === fresh.length && here.every((one, at) => one.className.split(' ')[0] === fresh[at].className.split(' ')[0] && one.id === fresh[at].id);
    if (!alike) { if (texts.join() !== known.join()) offer(); return; }
    for (const [at, piece] of here.entries()) {
      if (texts[at] === known[at]) continue;
      if (busy(piece)) { waiting = true; continue; }
      replace(piece, fresh[at]);
      known[at] = texts[at];
    }
  }

  function replace(old, fresh) {
    const open = new Set([...old.querySelectorAll('details[open] > summary')].map(fold => fold.textContent));
    const held = old.contains(document.activeElement) && document.activeElement;
    const node = document.adoptNode(fresh);
    for (const fold of node.querySelectorAll('details > summary')) if (open.has(fold.textContent)) fold.parentElement.open = true;
    old.replaceWith(node);
    node.classList.add('arrived');
    htmx.process(node);
    document.dispatchEvent(new CustomEvent('htmx:load', { detail: { elt: node } }));
    if (held) likeOf(held, node)?.focus({ preventScroll: true });
  }

  // Something with another skeleton is loaded whole: at once where nothing would be lost, else when the reader says so.
  function offer() {
    if (!pieces(main).some(busy) && !document.querySelector('dialog[open]')) { location.reload(); return; }
    const region = document.getElementById('messages');
    if (!region || region.querySelector('[data-reload]')) return;
    const link = element('button', { type: 'button', className: 'btn btn-sm', textContent: word('reload') });
    link.dataset.reload = '';
    link.addEventListener('click', () => location.reload());
    region.append(element('p', { className: 'message' }, link));
  }

  document.addEventListener('huitan:changes', soon);
  document.addEventListener('huitan:look', soon);
  document.addEventListener('focusout', () => setTimeout(() => { if (waiting) soon(); }, 100));
  document.addEventListener('close', () => { if (waiting) soon(); }, true);
}
