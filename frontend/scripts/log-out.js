// Nobody's words stay on a device after log-out. What is not on the server yet is sent first; what cannot be is named, and
// goes only when the reader says so. Other tabs of the same reader leave, too.
import { openDialog } from './dialogs.js';
import { forgetReader, unsent } from './drafts.js';
import { flush } from './queue.js';
import { reader } from './page.js';

const LEFT = 'huitan-left';
const PATIENCE_MS = 3000;
let leaving = null;
let agreed = false;

document.addEventListener('submit', async event => {
  const form = event.target;
  if (!form.matches?.('[data-log-out]')) return;
  if (agreed || !unsent().entries.length) { forgetReader(); try { localStorage.setItem(LEFT, `${reader()} ${Date.now()}`); } catch { /* switched off */ } return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  leaving = form;
  document.dispatchEvent(new CustomEvent('huitan:save-now'));
  const until = Date.now() + PATIENCE_MS;
  await flush();
  while (unsent().sendable.length && Date.now() < until && navigator.onLine) await new Promise(done => setTimeout(done, 100));
  if (!unsent().entries.length) { agreed = true; form.requestSubmit(); } else openDialog(document.getElementById('unsent'));
}, true);

document.addEventListener('click', event => {
  if (!event.target.closest('[data-leave-anyway]')) return;
  agreed = true;
  leaving?.requestSubmit();
});

window.addEventListener('storage', event => { if (event.key === LEFT && event.newValue?.split(' ')[0] === reader()) location.assign('/login/'); });
