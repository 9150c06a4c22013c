// The ledger: filters apply when chosen, a row's story stands beside the list where there is room, changed rows show
// themselves without a reload.
import htmx from 'htmx.org';

const WIDE = '(min-width: 1240px)';
const AT_LEAST_MS = 2000;
const SPREAD_MS = 300;

const split = document.getElementById('ledger-split');
const panel = document.getElementById('ledger-panel');
let opener = null;

function mark(row) {
  for (const old of document.querySelectorAll('#ledger-list tr.sel')) { old.classList.remove('sel'); old.removeAttribute('aria-selected'); }
  row?.classList.add('sel');
  row?.setAttribute('aria-selected', 'true');
}

function closePanel() {
  panel.hidden = true;
  panel.replaceChildren();
  split.classList.remove('open');
  mark(null);
  opener?.focus();
}

if (split) {
  document.addEventListener('htmx:beforeSwap', event => {
    if (event.detail.target?.id !== 'drawer-body' || !event.detail.xhr.responseText.includes('item-panel')) return;
    opener = event.detail.requestConfig.elt;
    mark(opener.closest('tr'));
    if (!matchMedia(WIDE).matches) return;
    event.detail.target = panel;
    panel.hidden = false;
    split.classList.add('open');
  });
  document.addEventListener('htmx:afterSwap', event => { if (event.detail.target === panel) { panel.scrollTop = 0; panel.focus({ preventScroll: true }); } });
  document.addEventListener('close', event => { if (event.target.id === 'drawer') mark(null); }, true);
  document.addEventListener('click', event => {
    if (event.target.closest('[data-panel-close]')) { closePanel(); return; }
    // The whole row is a target; links and buttons in it keep their own meaning, and so does selecting text.
    const row = event.target.closest('#ledger-list [data-row]');
    if (row && !event.target.closest('a, button') && !String(getSelection())) row.querySelector('[data-row-link]')?.click();
  });
  document.addEventListener('keydown', event => { if (event.key === 'Escape' && !panel.hidden && !document.querySelector('dialog[open]')) closePanel(); });

  const filters = document.querySelector('[data-ledger-filters]');
  filters.addEventListener('change', event => { if (event.target instanceof HTMLSelectElement) filters.requestSubmit(); });
  filters.addEventListener('formdata', event => { for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name); });
  // Wide pages show the filters without a fold.
  const fold = filters.querySelector('details');
  const unfold = () => { if (!matchMedia('(max-width: 767.98px)').matches) fold.open = true; };
  unfold();
  addEventListener('resize', unfold);

  if (document.querySelector('[data-ledger-live]')) {
    let timer = 0;
    let looked = 0;
    // Many may follow the same list: not all ask in the same moment, and none more often than it can read.
    const soon = () => { timer ||= setTimeout(async () => { looked = Date.now(); timer = 0; waiting = !(await look()); }, Math.max(0, looked + AT_LEAST_MS - Date.now()) + Math.random() * SPREAD_MS); };
    let waiting = false;
    document.addEventListener('huitan:changes', soon);
    document.addEventListener('huitan:look', soon);
    document.addEventListener('focusout', () => setTimeout(() => { if (waiting) soon(); }, 100));
    document.addEventListener('close', () => { if (waiting) soon(); }, true);
  }
}

// What a row says, without the marks this page put on it.
const said = row => row.textContent.replace(/\s+/g, ' ');

// Whether the list is up to date now; it is left alone while somebody moves in it.
async function look() {
  if (document.querySelector('dialog[open]') || document.querySelector('#ledger-list')?.contains(document.activeElement)) return false;
  let text;
  try {
    const response = await fetch(location.href, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) return false;
    text = await response.text();
  } catch { return false; }
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const list = fresh.getElementById('ledger-list');
  if (!list) return true;
  const before = new Map([...document.querySelectorAll('#ledger-list [data-row]')].map(row => [row.id, said(row)]));
  const selected = document.querySelector('#ledger-list tr.sel')?.id;
  const rows = [...list.querySelectorAll('[data-row]')];
  const changed = rows.filter(row => before.get(row.id) !== said(row));
  if (!changed.length && rows.length === before.size) return true;
  for (const row of rows) row.classList.toggle('fresh', changed.includes(row));
  const here = document.getElementById('ledger-list');
  here.replaceChildren(...list.childNodes);
  document.getElementById('ledger-figures').replaceChildren(...fresh.getElementById('ledger-figures').childNodes);
  document.querySelector('.ph h1').textContent = fresh.querySelector('.ph h1').textContent;
  htmx.process(here);
  const row = selected && document.getElementById(selected);
  if (row) {
    mark(row);
    const link = row.querySelector('[data-row-link]');
    if (!panel.hidden && changed.includes(row) && link?.getAttribute('hx-get')) htmx.ajax('GET', link.getAttribute('hx-get'), { target: panel, swap: 'innerHTML' });
  }
  return true;
}
