// [data-autosave=URL] on a form or on one field: saves while somebody writes. [data-draft=KEY]: keeps unsent words here.
// The server answers 200 {version, saved_at}; 412 {version, changed_by, changed_at, values}; 422 {errors: {field: [text]}}.
import { isOffline, setOffline } from './connection.js';
import { button, showConflict } from './conflict.js';
import { adopt, alike, drop, fieldsOf, keep, kept, putValue, renderedOf, same, sentBefore, tidy, valuesOf, withSent } from './drafts.js';
import { announce, clockTime, csrfToken, element, word, when, wordsOf } from './page.js';

const PAUSE_MS = 800;
// While an input method is still choosing characters. Some keyboards never stop, so the wait has an end.
const COMPOSING_MS = 4000;
const ANSWERED_WITHIN_MS = 30_000;
const RETRY_MS = 15_000;
const AGAIN_MS = 2_000;
const sessions = new Map();
// A page loaded again gets its fields filled by the browser, with what was there before; nobody has typed that here.
const refilled = performance.getEntriesByType('navigation')[0]?.type !== 'navigate';
let opening = true;

function marksOf(form) {
  const named = form.dataset.saveState;
  const near = form.closest('form') ?? form;
  const marks = named ? document.querySelectorAll(`#${CSS.escape(named)}`) : near.querySelectorAll('[data-save-state]');
  return [...(marks.length ? marks : document.querySelectorAll('[data-save-state]'))];
}

// One mark may stand for several texts: it says the worst that is true of any of them.
const WORST_FIRST = ['failed', 'offline', 'saving', 'unsaved'];

function showErrors(form, errors) {
  for (const old of (form.closest('.field') ?? form).querySelectorAll('.field-error[data-live]')) old.remove();
  for (const field of fieldsOf(form)) {
    if (!field.name || field.type === 'hidden') continue;
    const texts = errors[field.name];
    field.classList.toggle('is-invalid', Boolean(texts));
    if (!texts) { if (field.ariaInvalid) field.removeAttribute('aria-invalid'); continue; }
    field.setAttribute('aria-invalid', 'true');
    const note = element('p', { className: 'field-error', id: `${field.id || field.name}_live_error`, textContent: [].concat(texts).join(' ') });
    note.dataset.live = '';
    const ids = (field.getAttribute('aria-describedby') ?? '').split(' ').filter(id => id && id !== note.id);
    field.setAttribute('aria-describedby', [...ids, note.id].join(' '));
    (field.closest('.field') ?? field.parentElement).append(note);
  }
}

class Session {
  constructor(form) {
    Object.assign(this, { form, url: form.dataset.autosave, key: form.dataset.draft, version: form.dataset.version ?? '', timer: 0, sending: false, again: false, theirs: {}, unheard: [] });
    this.base = renderedOf(form);
    if (opening && refilled) this.settle();
    if (this.url) this.resume(); else this.offerDraft();
    form.addEventListener('input', () => this.typed());
    form.addEventListener('change', () => this.typed());
    form.addEventListener('huitan:fresh', event => this.advance(event.detail.version, valuesOf(form)));
    form.addEventListener('compositionstart', () => { this.composing = true; });
    form.addEventListener('compositionend', () => { this.composing = false; this.typed(); });
    form.addEventListener('focusout', () => { if (this.dirty()) this.schedule(0); });
    this.whole = form.form ?? form;
    this.whole.addEventListener('submit', event => this.submitted(event));
    // Typed before this script was there.
    if (this.dirty() && !this.conflicted) this.typed();
  }

  say(state, at = '') {
    this.said = state;
    for (const mark of marksOf(this.form)) {
      const all = [...sessions.values()].filter(({ form }) => form.isConnected && marksOf(form).includes(mark)).map(({ said }) => said);
      mark.dataset.state = WORST_FIRST.find(each => each === state || all.includes(each)) ?? state;
      if (at) mark.querySelector('[data-saved-at]')?.replaceChildren(at);
    }
  }

  // What saves itself shows what the server has, and what is kept here comes back by itself; elsewhere the browser's memory stands.
  settle() {
    if (!this.url) this.base = valuesOf(this.form);
    else for (const [name, value] of Object.entries(this.base)) putValue(this.form, name, value);
  }

  // A save still under way finishes first: its new version goes with the form, so one's own save is never a conflict.
  submitted(event) {
    if (this.conflicted) { event.preventDefault(); (this.form.closest('.field') ?? this.form).querySelector('.conflict')?.scrollIntoView({ block: 'center' }); return; }
    this.keep(true);
    clearTimeout(this.timer);
    this.again = false;
    if (this.sending) { event.preventDefault(); this.submitter = event.submitter; this.waiting = true; } else this.leaving = true;
  }

  // What is not on the server yet, with all that sending it from another page later takes.
  keep(submitted = false) {
    const whole = valuesOf(this.form);
    const more = this.url ? { url: this.url, version: this.version, base: this.base, whole, unheard: this.unheard } : {};
    keep(this.key, this.news(), { submitted, ...more, ...(Object.keys(this.theirs).length ? { theirs: this.theirs } : {}) });
  }

  // What was sent and never answered may stand on the server: then even the words from before are news to it.
  news() {
    const whole = valuesOf(this.form);
    const doubtful = new Set(this.unheard.flatMap(Object.keys));
    return Object.fromEntries(Object.entries(whole).filter(([name, value]) => doubtful.has(name) || !same(value, this.base[name])));
  }

  dirty() { return Object.keys(this.news()).length > 0; }

  typed() {
    this.keep();
    if (!this.url || !(this.dirty() || this.said)) return;
    this.say(this.conflicted ? 'failed' : 'unsaved');
    this.schedule(PAUSE_MS);
  }

  schedule(wait) {
    if (!this.url || this.conflicted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), this.composing ? Math.max(wait, COMPOSING_MS) : wait);
  }

  async send(keepalive = false) {
    clearTimeout(this.timer);
    if (this.conflicted || !this.form.isConnected) return;
    if (!this.dirty()) { showErrors(this.form, {}); this.say('saved'); return; }
    if (this.sending) { this.again = true; return; }
    this.sending = true;
    const sent = valuesOf(this.form);
    const before = this.unheard;
    this.unheard = withSent(before, this.news());
    this.keep();
    const body = this.form instanceof HTMLFormElement ? new FormData(this.form) : new FormData();
    if (!(this.form instanceof HTMLFormElement)) body.set(this.form.name, this.form.value);
    body.set('version', this.version);
    this.say('saving');
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), ANSWERED_WITHIN_MS);
    try {
      const response = await fetch(this.url, { method: 'POST', body, keepalive, signal: patience.signal, headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch', Accept: 'application/json' }, credentials: 'same-origin' });
      setOffline(false);
      if (response.status < 500) this.unheard = before;
      const answer = response.headers.get('Content-Type')?.includes('json') ? await response.json() : { said: response.redirected ? word('logged-out') : wordsOf(await response.text()) };
      this.heard(response.status, answer, sent);
    } catch {
      setOffline(true);
      this.say('offline');
      this.failedAt = Date.now();
      this.timer = setTimeout(() => this.send(), RETRY_MS);
    } finally {
      clearTimeout(end);
      this.sending = false;
      const submits = this.waiting && !this.conflicted && !isOffline();
      this.waiting = false;
      if (submits) this.whole.requestSubmit(this.submitter);
      else if (this.again) { this.again = false; this.schedule(0); }
    }
  }

  heard(status, answer, sent) {
    if (status === 200 && 'version' in answer) {
      this.advance(answer.version, sent);
      showErrors(this.form, {});
      this.say(this.dirty() ? 'unsaved' : 'saved', answer.saved_at ?? clockTime());
      if (this.dirty()) this.schedule(PAUSE_MS);
      this.form.dispatchEvent(new CustomEvent('huitan:saved', { bubbles: true, detail: { ...answer, sent } }));
    } else if (status === 412 && answer.values) this.reconcile(answer);
    else {
      if (status === 422 && answer.errors) showErrors(this.form, answer.errors);
      else if (status < 500) announce(answer.said || word(status === 403 ? 'forbidden' : 'refused'));
      this.say('failed');
      if (status >= 500) this.timer = setTimeout(() => this.send(), RETRY_MS);
    }
  }

  advance(version, base) {
    this.version = version;
    this.base = { ...this.base, ...base };
    this.unheard = [];
    for (const hidden of this.form.querySelectorAll('input[type=hidden][name=version]')) hidden.value = version;
    this.keep();
  }

  // What only one side changed is merged; what both changed is shown side by side. One's own words whose answer got lost are
  // nobody else's change: what is in the field now follows them.
  reconcile(answer) {
    const mine = valuesOf(this.form);
    const { base: before, unheard } = this;
    const both = [];
    for (const [name, theirs] of Object.entries(answer.values)) {
      if (!(name in mine) || alike(mine[name], theirs) || sentBefore(unheard, name, theirs)) continue;
      if (same(mine[name], before[name])) putValue(this.form, name, theirs);
      else if (!alike(theirs, before[name])) both.push(name);
    }
    for (const name of both) this.theirs[name] = answer.values[name];
    const now = valuesOf(this.form);
    this.advance(answer.version, Object.fromEntries(Object.entries(answer.values).map(([name, theirs]) => [name, alike(now[name], theirs) ? now[name] : theirs])));
    if (!both.length) { this.schedule(0); return; }
    for (const name of both) this.conflict(name, mine[name], answer);
  }

  conflict(name, mine, answer) {
    this.conflicted = Object.keys(this.theirs).length;
    this.say('failed');
    showConflict(this.form, name, mine, answer, () => {
      delete this.theirs[name];
      this.conflicted = Object.keys(this.theirs).length;
      this.keep();
      if (!this.conflicted) this.schedule(0);
    });
  }

  // Words an earlier page could not save (closed, crashed, cut off): back in their place, saved, or shown beside what
  // somebody wrote meanwhile.
  resume() {
    const left = this.key ? kept(this.key) : [];
    if (!left.length) return;
    adopt(this.key);
    for (const entry of left) if (entry.name.includes('~')) drop(entry.name);
    const now = this.base;
    for (const entry of left) this.unheard = [...this.unheard, ...(entry.unheard ?? []), entry.values];
    for (const entry of left) {
      for (const [name, mine] of Object.entries(entry.values)) {
        if (!(name in now) || alike(mine, now[name])) continue;
        const here = valuesOf(this.form)[name];
        const untouched = (alike(now[name], entry.base?.[name] ?? now[name]) || sentBefore(entry.unheard, name, now[name])) && !entry.theirs;
        if (untouched && same(here, now[name])) putValue(this.form, name, mine);
        else if (!same(here, mine)) {
          this.theirs[name] = now[name];
          const text = untouched ? `${here}\n\n${mine}` : mine;
          putValue(this.form, name, text);
          this.conflict(name, text, { values: { [name]: now[name] } });
        }
      }
    }
    this.keep();
    if (this.dirty() && !this.conflicted) { this.say('unsaved'); this.schedule(0); }
  }

  // One offer for each text an earlier page left. It stays kept until its writer decides; what is typed meanwhile is kept beside it.
  offerDraft() {
    for (const panel of this.offers ?? []) panel.remove();
    this.offers = this.key ? kept(this.key).map(draft => this.offerOf(draft)).filter(Boolean) : [];
    if (this.form instanceof HTMLFormElement) this.form.prepend(...this.offers); else this.form.before(...this.offers);
    // In a closed fold nobody would find them.
    if (this.offers.length) for (let fold = this.form.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  }

  offerOf(draft) {
    const lost = Object.fromEntries(Object.entries(draft.values).filter(([name, value]) => name in this.base && !same(value, this.base[name])));
    if (!Object.keys(lost).length) { drop(draft.name); return null; }
    const panel = element('section', { className: 'draft noprint' });
    panel.setAttribute('role', 'status');
    const words = Object.values(lost).map(value => [].concat(value).join(' · ')).filter(Boolean).join('\n');
    const decided = () => { drop(draft.name); panel.remove(); };
    panel.append(
      element('h3', { textContent: word('draft', { at: when(draft.at) }) }),
      element('p', { className: 's c2 prose', textContent: words }),
      element('div', { className: 'form-actions' },
        button(word('restore'), 'btn-soft', () => { for (const [name, value] of Object.entries(lost)) this.putBack(name, value); decided(); this.typed(); }),
        button(word('discard'), 'btn-quiet', decided)),
    );
    return panel;
  }

  // Behind a text somebody has typed meanwhile, not in its place.
  putBack(name, value) {
    const here = valuesOf(this.form)[name];
    const isText = fieldsOf(this.form).some(field => field.name === name && field instanceof HTMLTextAreaElement);
    putValue(this.form, name, isText && here.trim() && !same(here, this.base[name]) ? `${here}\n\n${value}` : value);
  }
}

// Whether the server does not have, or may not have, what stands in a form or field that saves itself.
export const isUnsaved = form => sessions.get(form)?.dirty() ?? false;

function begin(root) {
  for (const form of root.querySelectorAll('[data-autosave], [data-draft]')) if (!sessions.has(form)) sessions.set(form, new Session(form));
  for (const form of sessions.keys()) if (!form.isConnected) sessions.delete(form);
}

tidy(Boolean(document.querySelector('#messages .message.success')));
begin(document);
opening = false;
document.addEventListener('htmx:load', () => begin(document));
document.addEventListener('huitan:drafts-back', () => { for (const session of sessions.values()) session.offerDraft(); });
document.addEventListener('huitan:save-now', () => { for (const session of sessions.values()) if (session.url && session.dirty()) session.schedule(0); });
// Other requests may get through while this one does not: it waits its turn instead of asking again at once.
document.addEventListener('huitan:online', () => { for (const session of sessions.values()) if (session.url && session.dirty()) session.schedule(Math.max(0, AGAIN_MS - (Date.now() - (session.failedAt ?? 0)))); });
window.addEventListener('pagehide', () => { for (const session of sessions.values()) if (session.url && !session.leaving && session.dirty()) session.send(true); });
