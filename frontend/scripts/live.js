// One stream per page tells it that something it shows has changed; the page then asks for that as it always did.
// body[data-live] says what to follow, [data-live-after] from which event on. Says 'huitan:changes' (with what is known of
// them), 'huitan:presence' and 'huitan:look' (something may have been missed: ask). Where no stream gets through, as behind
// a proxy that holds answers back, 'huitan:look' comes every few seconds instead.
import { isOffline, setOffline } from './connection.js';
import { unsent } from './drafts.js';
import { announce, word } from './page.js';

const HELLO_MS = 5000;
const BEAT_MS = 40_000;
const HIDDEN_MS = 20_000;
const POLL_MS = { room: 3000, page: 15_000 };
const BACK_OFF_MS = [500, 1000, 2000, 5000, 10_000, 20_000, 60_000];
const GIVEN_UP_AFTER = 2;

const follow = document.body.dataset.live;
const room = document.querySelector('[data-room-live]');
// Names this page among the pages one person has open in a room.
export const seat = [...crypto.getRandomValues(new Uint8Array(12))].map(byte => byte.toString(16).padStart(2, '0')).join('');
const say = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));

const mark = document.querySelector('[data-live-state]');
function show(state) { if (mark && mark.dataset.state !== state) mark.dataset.state = state; }

function count() {
  const n = unsent().changes;
  for (const place of document.querySelectorAll('[data-unsent-count]')) {
    place.hidden = !n;
    const text = n ? word('unsent', { n }) : '';
    if (place.textContent !== text) place.textContent = text;
  }
}

class Stream {
  constructor() {
    Object.assign(this, { after: document.body.dataset.liveAfter, failures: 0, source: null, timers: {}, ended: false });
    this.open();
    document.addEventListener('visibilitychange', () => this.seen());
    document.addEventListener('huitan:online', () => { this.failures = 0; this.open(); say('huitan:look'); });
    window.addEventListener('offline', () => { this.close(); show('offline'); });
    // A page kept by the browser for the back button holds no stream.
    window.addEventListener('pagehide', () => this.close());
    window.addEventListener('pageshow', event => { if (event.persisted) this.open(); });
  }

  address() {
    const given = new URLSearchParams({ follow, after: this.after });
    if (room) { given.set('room', room.dataset.roomTalk); given.set('seat', seat); if (room.dataset.topic) given.set('topic', room.dataset.topic); }
    return `/live/?${given}`;
  }

  open() {
    if (this.source || this.ended || document.hidden) return;
    clearTimeout(this.timers.again);
    const source = this.source = new EventSource(this.address());
    const heard = act => event => { if (source !== this.source) return; if (event.lastEventId) this.after = event.lastEventId; this.alive(BEAT_MS); if (isOffline()) setOffline(false); act?.(event); };
    source.addEventListener('hello', heard(() => { this.failures = 0; clearInterval(this.timers.poll); this.timers.poll = 0; show('live'); }));
    source.addEventListener('changes', heard(event => say('huitan:changes', JSON.parse(event.data))));
    source.addEventListener('presence', heard(() => say('huitan:presence')));
    source.addEventListener('behind', heard(() => say('huitan:look')));
    source.addEventListener('beat', heard());
    source.addEventListener('gone', () => { this.ended = true; this.close(); show('ended'); say('huitan:look'); announce(word('not-yours')); });
    source.addEventListener('error', () => { if (source === this.source) this.failed(); });
    this.alive(HELLO_MS);
  }

  // Nothing heard for this long: the line is dead, or somebody on the way holds the answer back.
  alive(within) { clearTimeout(this.timers.alive); this.timers.alive = setTimeout(() => this.failed(), within); }

  failed() {
    this.close();
    if (this.ended) return;
    this.failures += 1;
    if (this.failures > GIVEN_UP_AFTER) this.poll();
    show(isOffline() ? 'offline' : this.timers.poll ? 'polling' : 'reconnecting');
    const wait = BACK_OFF_MS[Math.min(this.failures, BACK_OFF_MS.length) - 1];
    clearTimeout(this.timers.again);
    // Not all at once when a server comes back.
    this.timers.again = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }

  poll() {
    if (!this.timers.poll) this.timers.poll = setInterval(() => { if (!document.hidden) say('huitan:look'); }, room ? POLL_MS.room : POLL_MS.page);
  }

  close() {
    clearTimeout(this.timers.alive);
    this.source?.close();
    this.source = null;
  }

  // A page nobody looks at lets its stream go after a while; seen again, it is told what it missed.
  seen() {
    clearTimeout(this.timers.hidden);
    if (document.hidden) this.timers.hidden = setTimeout(() => this.close(), HIDDEN_MS);
    else if (!this.source) { this.failures = 0; this.open(); }
  }
}

if (follow && document.body.dataset.liveAfter) new Stream();
document.addEventListener('huitan:kept', count);
document.addEventListener('huitan:line', () => { if (isOffline()) show('offline'); });
window.addEventListener('storage', count);
count();
