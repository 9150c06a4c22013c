// Words kept on this device whose page is not open now: sent in their order, with the version they were written on. What
// somebody else changed meanwhile is not touched; the reader is shown the way to the page where both texts stand.
import { isOffline, setOffline } from './connection.js';
import { button } from './conflict.js';
import { alike, drop, old, sentBefore, unsent } from './drafts.js';
import { announce, csrfToken, element, reader, when, word } from './page.js';

const here = key => [...document.querySelectorAll('[data-draft]')].some(each => each.dataset.draft === key);
const keyOf = name => name.split(':').slice(2).join(':').split('~')[0];
let sending = false;

function send(entry, version) {
  const body = new FormData();
  for (const [name, value] of Object.entries(entry.whole)) for (const each of [].concat(value)) body.append(name, each);
  body.set('version', version);
  return fetch(entry.url, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch', Accept: 'application/json' }, credentials: 'same-origin' });
}

// The server has moved on, by nothing but what the same page sent before its answer got lost.
const nobodyElse = ({ base, whole, unheard }, values) => Object.entries(values).every(([name, theirs]) =>
  !(name in whole) || alike(theirs, whole[name]) || alike(theirs, base[name]) || sentBefore(unheard, name, theirs));

// Resolves once everything that could go has gone.
export async function flush() {
  if (sending || isOffline() || !reader()) return;
  sending = true;
  let stored = 0;
  const left = new Set();
  try {
    for (const entry of unsent().sendable) {
      if (here(keyOf(entry.name)) || left.has(entry.page)) continue;
      let response = await send(entry, entry.version);
      if (response.status === 412) {
        const { version, values } = await response.clone().json().catch(() => ({}));
        if (values && nobodyElse(entry, values)) response = await send(entry, version);
      }
      // The log-in page: somebody else, or nobody, is logged in by now.
      if (response.redirected) return;
      if (response.ok) { stored += Object.keys(entry.values).length; drop(entry.name); }
      else if (response.status < 500) left.add(entry.page);
    }
  } catch { setOffline(true); } finally {
    sending = false;
    if (stored) announce(word('sent-later', { n: stored }), 'success');
    tell(left);
  }
}

function tell(pages) {
  const region = document.getElementById('messages');
  for (const page of pages) {
    const address = new URL(page, location.origin);
    if (!region || address.origin !== location.origin || region.querySelector(`a[href="${CSS.escape(page)}"]`)) continue;
    const link = element('a', { className: 'ln', href: address.pathname + address.search, textContent: word('see-it') });
    region.append(element('p', { className: 'message warning' }, element('span', { textContent: word('not-sent') }), link));
  }
}

// Words that lie here for long, with no field on this page to put them back into: shown whole, and the reader decides.
function tellOld() {
  const region = document.getElementById('messages');
  for (const entry of region ? old() : []) {
    if (entry.theirs || here(keyOf(entry.name))) continue;
    const words = Object.values(entry.values).map(value => [].concat(value).join(' · ')).filter(Boolean).join('\n');
    const panel = element('section', { className: 'draft noprint' },
      element('h3', { textContent: word('draft-old', { at: when(entry.at) }) }),
      element('p', { className: 's c2 prose', textContent: words || word('nothing') }),
      element('div', { className: 'form-actions' },
        ...(entry.page ? [element('a', { className: 'btn btn-sm btn-soft', href: new URL(entry.page, location.origin).pathname + new URL(entry.page, location.origin).search, textContent: word('see-it') })] : []),
        button(word('discard'), 'btn-quiet', () => { drop(entry.name); panel.remove(); })));
    panel.setAttribute('role', 'status');
    region.append(panel);
  }
}

document.addEventListener('huitan:online', flush);
flush().then(tellOld);
// Conflicts left on another page are told, too.
tell(new Set(unsent().entries.filter(entry => entry.theirs && entry.page && !here(keyOf(entry.name))).map(entry => entry.page)));
