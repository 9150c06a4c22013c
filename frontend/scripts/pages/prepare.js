// Topics can be dragged; the buttons beside them do the same. A choice that sends itself needs no button.
import { announce, csrfToken, word } from '../page.js';

document.documentElement.dataset.scripted = '';

const ready = new WeakSet();
function begin() {
  for (const list of document.querySelectorAll('[data-sortable]')) if (list.dataset.sortable && !ready.has(list)) { ready.add(list); sortable(list); }
  for (const form of document.querySelectorAll('[data-send-on-change]')) if (!ready.has(form)) { ready.add(form); form.addEventListener('change', () => form.requestSubmit()); }
}
begin();
document.addEventListener('htmx:load', begin);

function sortable(list) {
  let held = null;
  let before = [];
  const order = () => [...list.children].map(row => row.dataset.id);
  const moveTo = y => {
    const next = [...list.children].find(row => row !== held && y < row.getBoundingClientRect().top + row.offsetHeight / 2);
    if (next !== held.nextElementSibling) list.insertBefore(held, next ?? null);
  };
  const put = ids => ids.forEach(id => list.append(list.querySelector(`:scope > [data-id="${id}"]`)));

  async function drop() {
    if (!held) return;
    held.classList.remove('dragged');
    held = null;
    const wanted = order();
    if (wanted.join() === before.join()) return;
    const body = new FormData();
    for (const id of wanted) body.append('topic', id);
    try {
      const answer = await fetch(list.dataset.sortable, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch' }, credentials: 'same-origin' });
      if (!answer.ok) throw new Error(answer.statusText);
      location.reload();
    } catch {
      put(before);
      announce(word('refused'));
    }
  }

  list.addEventListener('pointerdown', event => {
    const grip = event.target.closest('[data-grip]');
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    held = grip.closest('[data-id]');
    before = order();
    held.classList.add('dragged');
    grip.setPointerCapture(event.pointerId);
  });
  list.addEventListener('pointermove', event => { if (held) moveTo(event.clientY); });
  list.addEventListener('pointerup', drop);
  list.addEventListener('pointercancel', () => { if (held) { put(before); held.classList.remove('dragged'); held = null; } });
}
