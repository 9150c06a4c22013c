// Words kept on this device whose page is not open now: sent in their order, with the version they were written on. What
// somebody else changed meanwhile is not touched; the reader is shown the way to the page where both texts stand.
import { isOffline, setOffline } from './connection.js';
import { drop, unsent } from './drafts.js';
import { announce, csrfToken, element, reader, word } from './page.js';

const here = key => [...document.querySelectorAll('[data-draft]')].some(each => each.dataset.draft === key);
const keyOf = name => name.split(':').slice(2).join(':').split('~')[0];
let sending = false;

// Resolves once everything that could go has gone.
export async function flush() {
  if (sending || isOffline() || !reader()) return;
  sending = true;
  let stored = 0;
  const left = new Set();
  try {
    for (const entry of unsent().sendable) {
      if (here(keyOf(entry.name)) || left.has(entry.page)) continue;
      const body = new FormData();
      for (const [name, value] of Object.entries(entry.whole)) for (const each of [].concat(value)) body.append(name, each);
      body.set('version', entry.version);
      const response = await fetch(entry.url, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch', Accept: 'application/json' }, credentials: 'same-origin' });
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

document.addEventListener('huitan:online', flush);
flush();
// Conflicts left on another page are told, too.
tell(new Set(unsent().entries.filter(entry => entry.theirs && entry.page && !here(keyOf(entry.name))).map(entry => entry.page)));
