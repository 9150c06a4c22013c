// Ctrl K or / searches, J and K walk a list, Enter is the focused link's own, ? lists the keys.
import { openDialog } from './dialogs.js';
import { typing } from './page.js';

function focusSearch() {
  const box = document.querySelector('[data-search]');
  const field = box?.querySelector('input[type=search]');
  if (!field) return false;
  box.classList.add('open');
  field.focus();
  field.select();
  return true;
}

function walk(step) {
  const rows = [...document.querySelectorAll('[data-row-link]')].filter(link => link.offsetParent !== null);
  if (!rows.length) return;
  // Where the hand is, or else the row whose story is open.
  const held = rows.findIndex(link => link === document.activeElement || link.closest('[data-row]')?.contains(document.activeElement));
  const here = held < 0 ? rows.findIndex(link => link.closest('[data-row].sel')) : held;
  const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, here + step))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

document.addEventListener('keydown', event => {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { if (focusSearch()) event.preventDefault(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector('dialog[open]')) return;
  // Whatever Caps Lock says.
  if (event.key.toLowerCase() === 'j') walk(1);
  else if (event.key.toLowerCase() === 'k') walk(-1);
  else if (event.key === '?') openDialog(document.getElementById('keys'));
  else if (event.key === '/') { if (focusSearch()) event.preventDefault(); }
});

document.addEventListener('click', event => { if (event.target.closest('[data-search-open]')) focusSearch(); });
document.addEventListener('focusout', event => {
  const box = event.target.closest?.('[data-search]');
  if (box && !box.contains(event.relatedTarget)) box.classList.remove('open');
});
