// What scripts need from the page: its security token, its reader, its words, and one place to speak.
export const csrfToken = () => document.querySelector('meta[name=csrf-token]')?.content ?? '';
export const reader = () => document.documentElement.dataset.reader ?? '';

export function word(name, values = {}) {
  const text = document.getElementById('words')?.content.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function announce(text, tone = 'warning') {
  const region = document.getElementById('messages');
  if (!region || [...region.children].some(message => message.textContent === text)) return;
  region.append(element('p', { className: `message ${tone}`, textContent: text }));
}

// The sentences of a refusal that came as a piece of HTML; a whole page has none to tell here.
export function wordsOf(html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  return page.querySelector('#main') ? '' : page.body.textContent.replace(/\s+/g, ' ').trim().slice(0, 400);
}

// 14:22 of today, with the day before that.
export function when(at) {
  const date = new Date(at);
  const day = date.toDateString() === new Date().toDateString() ? {} : { year: 'numeric', month: 'long', day: 'numeric' };
  return date.toLocaleString(document.documentElement.lang, { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

// The element of a fresh piece that takes the place of the one held before: by its id, else by what it is and says.
const looks = each => [each.tagName, each.getAttribute('href'), each.name, each.getAttribute('aria-label'), each.textContent.replace(/\s+/g, ' ').trim()].join('\n');
export function likeOf(held, fresh) {
  const named = held.id && fresh.querySelector(`#${CSS.escape(held.id)}`);
  return named || [...fresh.querySelectorAll(held.tagName)].find(each => looks(each) === looks(held));
}

export const clockTime = (date = new Date()) => date.toTimeString().slice(0, 8);
export const typing = target => target.closest?.('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');
