// The room: ticks the clock, asks what the other side changed, and never touches a field somebody is typing in.
// One event, room:ask, makes the page ask: live.js says when there is something to ask for.
import htmx from 'htmx.org';
import { isUnsaved } from '../autosave.js';
import { seat } from '../live.js';
import { csrfToken, typing } from '../page.js';

const TOGETHER_MS = 40;
const TYPING_SAID_MS = 5000;
const TOPIC_SEEN_MS = 3000;
const QUIET_MS = 2000;
const SHARED_TEXT = /^topic-(\d+)-(\w+)$/;
const live = document.querySelector('[data-room-live]');

if (live) {
  let waiting = false;
  let anew = false;
  let focusAfter = '';

  let asking = 0;
  const ask = () => { asking ||= setTimeout(() => { asking = 0; if (navigator.onLine) htmx.trigger(live, 'room:ask'); }, TOGETHER_MS); };
  const regions = () => [...document.querySelectorAll('[data-region]')];
  const marks = () => JSON.stringify(Object.fromEntries(regions().map(region => [region.id, region.dataset.mark])));
  const unsaved = region => [...region.querySelectorAll('textarea[data-autosave]')].some(isUnsaved);
  const busy = region => (region.contains(document.activeElement) && typing(document.activeElement)) || unsaved(region) || region.querySelector('.conflict, .draft, details.menu[open], .wording-tips:focus-within');
  // In a region somebody works in, the texts that are at rest still follow what was saved elsewhere.
  let typedAt = 0;
  document.addEventListener('input', () => { typedAt = Date.now(); });
  const chosen = form => JSON.stringify([...new FormData(form)].filter(([name]) => !['version', 'csrfmiddlewaretoken'].includes(name)));
  function freshen(region, fragment) {
    // A choice just made here has its new version; one made elsewhere stays old, so that the next click is told of it.
    for (const seen of region.querySelectorAll('[data-choice]')) {
      const fresh = fragment?.querySelector(`[data-choice="${seen.dataset.choice}"]`);
      if (fresh && chosen(fresh.form) === chosen(seen.form)) seen.value = fresh.value;
    }
    for (const field of region.querySelectorAll('textarea[data-autosave]')) {
      const fresh = fragment?.querySelector(`#${CSS.escape(field.id)}`);
      const resting = !isUnsaved(field) && (field !== document.activeElement || Date.now() - typedAt > QUIET_MS);
      if (!fresh || !resting || fresh.defaultValue === field.value || field.parentElement.querySelector('.conflict')) continue;
      const caret = field.selectionStart;
      field.value = field.defaultValue = fresh.defaultValue;
      if (field === document.activeElement) field.setSelectionRange(caret, caret);
      field.dispatchEvent(new CustomEvent('huitan:fresh', { detail: { version: fresh.dataset.version } }));
    }
  }
  const anyBusy = () => regions().some(busy) || document.querySelector('dialog[open]');

  for (const name of ['huitan:changes', 'huitan:presence', 'huitan:look']) document.addEventListener(name, ask);

  // Which topic is on the screen and which text is being typed, never what: the other side sees who is busy where.
  let said = { field: '', at: 0, topic: live.dataset.topic };
  let told = Promise.resolve();
  // One after the other: that the hand is off must not arrive before that it was on.
  function tell(words) {
    const body = new URLSearchParams({ seat, ...words });
    const headers = { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch' };
    told = told.then(() => fetch(live.dataset.roomHere, { method: 'POST', body, keepalive: true, headers, credentials: 'same-origin' })).catch(() => {});
  }
  document.addEventListener('input', event => {
    const [, topic, field] = SHARED_TEXT.exec(event.target.dataset?.draft ?? '') ?? [];
    if (!field || (said.field === topic + field && Date.now() - said.at < TYPING_SAID_MS)) return;
    said = { field: topic + field, at: Date.now(), topic };
    tell({ topic, field });
  });
  document.addEventListener('focusout', () => { if (said.field) { said.field = ''; tell({ paused: 1 }); } });
  setInterval(() => { const topic = topicHere(); if (!document.hidden && topic && topic !== said.topic) { said.topic = topic; tell({ topic }); } }, TOPIC_SEEN_MS);

  document.addEventListener('htmx:configRequest', event => {
    const { parameters, elt } = event.detail;
    if (elt === live) Object.assign(parameters, { since: waiting ? '' : live.dataset.since, shape: live.dataset.shape, there: live.dataset.there, topic: topicHere(), seat });
    if (elt === live || event.detail.verb === 'post') parameters.marks = marks();
  });

  // The employee reads all topics in one column: the one in view is the one being looked at.
  function topicHere() {
    if (live.dataset.topic) return live.dataset.topic;
    const middle = window.innerHeight / 2;
    const seen = [...document.querySelectorAll('[data-room-topic]')].find(topic => { const box = topic.getBoundingClientRect(); return box.top < middle && box.bottom > middle; });
    return seen?.dataset.roomTopic ?? '';
  }

  document.addEventListener('htmx:oobBeforeSwap', event => {
    const region = event.detail.target;
    if (!region.matches?.('[data-region]')) return;
    if (busy(region)) { event.detail.shouldSwap = false; waiting = true; freshen(region, event.detail.fragment); return; }
    const held = region.contains(document.activeElement) ? document.activeElement : null;
    focusAfter = !held ? '' : held.id ? `#${CSS.escape(held.id)}` : held.name ? `#${region.id} [name="${held.name}"]${held.value && held.type !== 'text' ? `[value="${CSS.escape(held.value)}"]` : ''}` : '';
  });
  document.addEventListener('htmx:oobAfterSwap', event => {
    event.detail.target.classList?.add('arrived');
    if (focusAfter) { document.querySelector(focusAfter)?.focus({ preventScroll: true }); focusAfter = ''; }
    tick();
    // A field that was replaced had nothing left to save; its pending mark goes with it.
    if (!unsaved(document)) for (const mark of document.querySelectorAll('[data-save-state][data-state=unsaved]')) mark.dataset.state = 'saved';
  });

  document.addEventListener('htmx:beforeRequest', event => { if (event.detail.elt === live) waiting = false; });
  document.addEventListener('htmx:afterRequest', event => {
    const { xhr } = event.detail;
    const shape = xhr?.getResponseHeader('X-Room-Shape');
    if (!shape) return;
    if (xhr.getResponseHeader('X-Room-Length')) live.dataset.since = xhr.getResponseHeader('X-Room-Length');
    live.dataset.there = xhr.getResponseHeader('X-Room-There') ?? live.dataset.there;
    anew = shape !== live.dataset.shape;
    loadAnew();
  });
  // Something with another skeleton (the talk began or ended, a topic came or went) is loaded whole, once nobody is typing.
  function loadAnew() { if (anew && !anyBusy()) { anew = false; location.reload(); } }
  document.addEventListener('focusout', () => setTimeout(() => { loadAnew(); if (waiting && !regions().some(busy)) ask(); }, 50));

  document.addEventListener('huitan:saved', event => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement)) return;
    // What was typed since it set out is not there yet.
    field.defaultValue = event.detail.sent[field.name];
    field.dataset.version = event.detail.version;
    setTimeout(ask, 100);
  });
  // A step taken beside the drawer may be answered while somebody writes in it.
  document.addEventListener('huitan:step-done', event => { if (event.target.closest?.('#drawer')) document.getElementById('drawer').close(); for (const menu of document.querySelectorAll('details.menu[open]')) menu.open = false; });
  document.addEventListener('huitan:drawer-title', event => document.querySelector('#drawer h2')?.replaceChildren(event.detail.title));
  // A link to another place of this very page closes the drawer it stands in.
  document.addEventListener('click', event => {
    const link = event.target.closest('#drawer a[href*="#"]');
    if (link && new URL(link.href).pathname === location.pathname && new URL(link.href).search === location.search) document.getElementById('drawer').close();
  });

  // What was done is said for a while and then makes room for the talk; a refusal stays.
  const quiet = () => setTimeout(() => document.querySelectorAll('#messages .message.success').forEach(message => message.remove()), 8000);
  document.addEventListener('huitan:step-done', quiet);
  quiet();

  const started = Date.now();
  const parts = new WeakMap();
  function tick() {
    for (const part of document.querySelectorAll('[data-part][data-running]')) {
      if (!parts.has(part)) parts.set(part, Date.now());
      const seconds = Number(part.dataset.spent) + (Date.now() - parts.get(part)) / 1000;
      const used = Math.floor(seconds / 60);
      const over = Math.max(0, used - Number(part.dataset.minutes));
      part.querySelector('[data-used]')?.replaceChildren(used);
      part.querySelector('.track i')?.style.setProperty('width', `${Math.min(100, (100 * seconds) / (60 * Math.max(1, part.dataset.minutes)))}%`);
      const words = part.querySelector('[data-over]');
      if (words) { words.hidden = !over; words.querySelector('[data-over-minutes]')?.replaceChildren(over); }
      part.classList.toggle('over', over > 0);
    }
    const total = document.querySelector('[data-room-total]');
    if (total && document.querySelector('[data-part][data-running]')) total.querySelector('[data-total]')?.replaceChildren(Math.floor((Number(total.dataset.roomTotal) + (Date.now() - started) / 1000) / 60));
  }
  setInterval(tick, 1000);
  tick();
}
