// Says that the line is gone, once and calmly; announces when it is back so that waiting texts go out.
import { announce, word, wordsOf } from './page.js';

let offline = !navigator.onLine;

export const isOffline = () => offline;

export function setOffline(value) {
  const back = offline && !value;
  offline = value;
  for (const bar of document.querySelectorAll('[data-offline-bar]')) bar.hidden = !value;
  document.dispatchEvent(new CustomEvent('huitan:line'));
  if (back) document.dispatchEvent(new CustomEvent('huitan:online'));
}

window.addEventListener('offline', () => setOffline(true));
window.addEventListener('online', () => setOffline(false));
document.addEventListener('htmx:sendError', () => setOffline(true));
document.addEventListener('htmx:afterRequest', event => { if (event.detail.xhr?.status) setOffline(false); });
document.addEventListener('htmx:responseError', event => announce(wordsOf(event.detail.xhr.responseText) || word(event.detail.xhr.status === 403 ? 'forbidden' : 'refused')));
setOffline(offline);
