// A device that changes hands: other tabs lock with it, unsent words go to their author's keeping, an idle device locks.
import { csrfToken, reader } from '../page.js';

const PREFIX = 'huitan-draft:';
const root = document.documentElement;
const post = (url, body) => fetch(url, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch' }, credentials: 'same-origin' });
const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('huitan-device') : null;
const locked = document.querySelector('[data-device-locked]');
const idle = document.querySelector('[data-device-idle]');
const toDevice = () => location.replace(root.dataset.deviceUrl);

// A page out of the browser's memory may belong to whoever had the device before: the server is asked again.
window.addEventListener('pageshow', event => { if (event.persisted) location.reload(); });

function draftsHere() {
  const found = {};
  for (const name of Object.keys(localStorage).filter(each => each.startsWith(PREFIX))) {
    const [, owner, ...key] = name.split(':');
    (found[owner] ??= {})[key.join(':')] = JSON.parse(localStorage.getItem(name));
  }
  return found;
}

async function putAway(url) {
  const found = draftsHere();
  if (!Object.keys(found).length) return;
  const body = new FormData();
  body.set('drafts', JSON.stringify(found));
  const answer = await post(url, body);
  if (!answer.ok) return;
  for (const owner of (await answer.json()).kept) for (const key of Object.keys(found[owner] ?? {})) localStorage.removeItem(`${PREFIX}${owner}:${key}`);
}

async function takeBack(url) {
  const answer = await fetch(url, { headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' });
  if (!answer.ok) return;
  const waiting = await answer.json();
  const body = new FormData();
  for (const [key, draft] of Object.entries(waiting)) {
    // Beside what this browser holds for the same text, never instead of it.
    const name = `${PREFIX}${reader()}:${key}`;
    localStorage.setItem(localStorage.getItem(name) ? `${name}~${draft.at}` : name, JSON.stringify(draft));
    body.append('kept', key);
  }
  const done = await post(url, body);
  if (done.ok) document.dispatchEvent(new Event('huitan:drafts-back'));
}

if (locked) {
  tabs?.postMessage('locked');
  putAway(locked.dataset.putAway).catch(() => { /* storage off or no network: the words stay where they are */ });
} else if (tabs && root.dataset.deviceUrl) tabs.addEventListener('message', toDevice);
if (root.dataset.draftsUrl) takeBack(root.dataset.draftsUrl).catch(() => { /* they keep waiting on the server */ });

if (idle) {
  const limit = Number(idle.dataset.deviceIdle) * 60_000;
  let touched = Date.now();
  let told = Date.now();
  const touch = () => {
    touched = Date.now();
    if (touched - told < 60_000) return;
    told = touched;
    post(idle.dataset.deviceHere, new FormData()).catch(() => {});
  };
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchmove']) document.addEventListener(kind, touch, { passive: true });
  setInterval(() => { if (Date.now() - touched > limit) toDevice(); }, 5000);
}
