// Words not yet on the server stay in this browser, per reader and per text, until the server has them.
import { reader } from './page.js';

const PREFIX = 'huitan-draft:';
const KEEP_MS = 14 * 24 * 3600 * 1000;
const storageName = key => `${PREFIX}${reader()}:${key}`;

// A scope is a form, or one field that is saved by itself.
export const fieldsOf = scope => scope instanceof HTMLFormElement ? [...scope.elements] : [scope];

export function valuesOf(scope) {
  const values = {};
  for (const field of fieldsOf(scope)) {
    if (!field.name || field.disabled || field.autocomplete === 'one-time-code' || ['hidden', 'password', 'file', 'submit', 'button'].includes(field.type)) continue;
    if (field.type === 'radio' || field.type === 'checkbox') {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else values[field.name] = field.value;
  }
  return values;
}

export function putValue(scope, name, value) {
  for (const field of fieldsOf(scope)) {
    if (field.name !== name) continue;
    if (field.type === 'radio' || field.type === 'checkbox') field.checked = [].concat(value).includes(field.value);
    else if (field.type !== 'hidden') field.value = value;
  }
}

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
export const changed = (values, base) => Object.fromEntries(Object.entries(values).filter(([name, value]) => !same(value, base[name])));

export function keep(key, values, submitted = false) {
  if (!key) return;
  try {
    if (Object.keys(values).length) localStorage.setItem(storageName(key), JSON.stringify({ at: Date.now(), values, submitted }));
    else localStorage.removeItem(storageName(key));
  } catch { /* storage full or switched off: the page itself still holds the words */ }
}

export function kept(key) {
  try { return JSON.parse(localStorage.getItem(storageName(key)) ?? 'null'); } catch { return null; }
}

export const forget = key => keep(key, {});

// Old drafts go; so do sent ones once a page reports the success.
export function tidy(successReported) {
  try {
    for (const name of Object.keys(localStorage).filter(each => each.startsWith(PREFIX))) {
      const draft = JSON.parse(localStorage.getItem(name));
      if (Date.now() - draft.at > KEEP_MS || (draft.submitted && successReported)) localStorage.removeItem(name);
    }
  } catch { /* storage switched off: nothing to tidy */ }
}
