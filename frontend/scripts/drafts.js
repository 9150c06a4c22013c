// Words not yet on the server stay in this browser, per reader and per text, until the server has them.
import { announce, reader, word } from './page.js';

const PREFIX = 'huitan-draft:';
const OLD_MS = 14 * 24 * 3600 * 1000;
const storageName = key => `${PREFIX}${reader()}:${key}`;

// A scope is a form, or one field that is saved by itself.
export const fieldsOf = scope => scope instanceof HTMLFormElement ? [...scope.elements] : [scope];

const isWritten = field => field.name && !field.disabled && field.autocomplete !== 'one-time-code' && !['hidden', 'password', 'file', 'submit', 'button'].includes(field.type);

function gathered(scope, isOn, textOf) {
  const values = {};
  for (const field of fieldsOf(scope).filter(isWritten)) {
    if (field.type === 'radio' || field.type === 'checkbox') {
      values[field.name] ??= [];
      if (isOn(field)) values[field.name].push(field.value);
    } else values[field.name] = textOf(field);
  }
  return values;
}

export const valuesOf = scope => gathered(scope, field => field.checked, field => field.value);

// What the server put there, however much was typed since.
export const renderedOf = scope => gathered(scope, field => field.defaultChecked, renderedText);

function renderedText(field) {
  if (field instanceof HTMLSelectElement) return ([...field.options].find(option => option.defaultSelected) ?? field.options[0])?.value ?? '';
  if (!(field instanceof HTMLInputElement)) return field.defaultValue;
  return Object.assign(document.createElement('input'), { type: field.type, value: field.defaultValue }).value;
}

export function putValue(scope, name, value) {
  for (const field of fieldsOf(scope)) {
    if (field.name !== name) continue;
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = [].concat(value).includes(field.value);
    else if (field.type !== 'hidden') field.value = value;
  }
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Words as a server may give them back: with other line ends, without the space around them, choices in another order.
const bare = value => Array.isArray(value) ? value.map(bare).sort() : String(value ?? '').replace(/\r\n?/g, '\n').trim();
export const alike = (one, other) => same(bare(one), bare(other));

// What was sent and never answered, the oldest first: [{name: value}]. Any of it may be what the server has now; the first is
// the likeliest, sent while the line was still there.
const UNHEARD = 12;
export const withSent = (unheard, sent) => {
  const all = [...unheard.filter(each => !same(each, sent)), sent];
  return all.length > UNHEARD ? [all[0], ...all.slice(1 - UNHEARD)] : all;
};
export const sentBefore = (unheard, name, value) => (unheard ?? []).some(sent => name in sent && alike(sent[name], value));

// What one page holds for one text. `more` is what sending it later needs: {url, page, version, base, whole, unheard, theirs}.
const SENT = 'huitan-sent';
const page = [...crypto.getRandomValues(new Uint8Array(6))].map(byte => byte.toString(16)).join('');
let full = false;

export function keep(key, values, more = {}) {
  if (!key) return;
  const name = ownName(key);
  try {
    if (Object.keys(values).length) localStorage.setItem(name, JSON.stringify({ at: Date.now(), values, by: page, page: location.pathname + location.search, ...more }));
    else localStorage.removeItem(name);
    if (more.submitted) sessionStorage.setItem(SENT, JSON.stringify([...sentByThisTab(), name]));
    full = false;
  } catch {
    // The page itself still holds the words; whoever writes has to know that nothing else does.
    if (!full && Object.keys(values).length) announce(word('storage-full'));
    full = true;
  }
  document.dispatchEvent(new CustomEvent('huitan:kept'));
}

// Another tab, or an earlier page, may hold words for the same text: neither takes the other's place.
const own = new Map();
function ownName(key) {
  const there = entryNamed(storageName(key));
  if (!own.has(key)) own.set(key, !there || there.by === page ? storageName(key) : `${storageName(key)}~${page}`);
  return own.get(key);
}

const entryNamed = name => { try { return JSON.parse(localStorage.getItem(name) ?? 'null'); } catch { return null; } };
const mine = () => { try { return Object.keys(localStorage).filter(name => name.startsWith(`${PREFIX}${reader()}:`)); } catch { return []; } };

// What was kept for a text before this page was opened, the oldest first. Words another open tab is still writing stay its.
export function kept(key) {
  const name = storageName(key);
  const found = mine().filter(each => each === name || each.startsWith(`${name}~`)).map(each => [each, entryNamed(each)]).filter(([, entry]) => entry);
  return found.sort(([, one], [, other]) => one.at - other.at).map(([each, entry]) => ({ ...entry, name: each }));
}

// From here on this page answers for words that an earlier page left.
export const adopt = key => own.set(key, storageName(key));
export function drop(name) { try { localStorage.removeItem(name); } catch { /* switched off */ } document.dispatchEvent(new CustomEvent('huitan:kept')); }

// Everything this reader has on this device that is not on the server: how many texts, and what can be sent by itself.
export function unsent() {
  const entries = mine().map(name => ({ ...entryNamed(name), name })).filter(entry => entry.values && !entry.submitted).sort((one, other) => one.at - other.at);
  return { entries, changes: entries.reduce((sum, entry) => sum + Object.keys(entry.values).length, 0), sendable: entries.filter(entry => entry.url && !entry.theirs) };
}

export function forgetReader() { for (const name of mine()) drop(name); }

// What lies here for long. It stays until the reader says otherwise: nobody's words go because of their age.
export const old = () => unsent().entries.filter(entry => Date.now() - entry.at > OLD_MS);

// What was handed in goes once the page this leads to reports the success. Any other page means that it may not have arrived.
const sentByThisTab = () => JSON.parse(sessionStorage.getItem(SENT) ?? '[]');
export function tidy(successReported) {
  try {
    for (const name of sentByThisTab()) {
      const entry = entryNamed(name);
      if (!entry?.submitted) continue;
      if (successReported) drop(name); else localStorage.setItem(name, JSON.stringify({ ...entry, submitted: false }));
    }
    sessionStorage.removeItem(SENT);
  } catch { /* switched off or full: what is kept stays kept */ }
}
