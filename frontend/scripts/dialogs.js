// Native dialogs. [data-dialog-open=ID] opens, [data-dialog-close] closes; the drawer opens itself once htmx has filled it.
const opener = new WeakMap();

export function openDialog(dialog, from = document.activeElement) {
  if (!dialog || dialog.open) return;
  opener.set(dialog, from);
  dialog.showModal();
}

document.addEventListener('click', event => {
  const open = event.target.closest('[data-dialog-open]');
  if (open) {
    event.preventDefault();
    openDialog(document.getElementById(open.dataset.dialogOpen), open);
    return;
  }
  if (event.target.closest('[data-dialog-close]')) { event.preventDefault(); event.target.closest('dialog')?.close(); return; }
  // A click on the backdrop lands on the dialog itself; one with typed words stays open.
  if (event.target instanceof HTMLDialogElement && !holdsTypedWords(event.target)) event.target.close();
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});

const holdsTypedWords = dialog => [...dialog.querySelectorAll('textarea, input:not([type=hidden])')].some(field => field.value !== field.defaultValue);

// Nor does one Escape shut it, which may have been meant for the input method; the second does.
let spared = null;
document.addEventListener('cancel', event => {
  if (spared === event.target || !(event.target instanceof HTMLDialogElement) || !holdsTypedWords(event.target)) return;
  event.preventDefault();
  spared = event.target;
}, true);
document.addEventListener('input', () => { spared = null; });

document.addEventListener('close', event => {
  const from = opener.get(event.target);
  if (from?.isConnected) from.focus();
}, true);

document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  const menu = document.querySelector('details.menu[open]');
  if (menu) { event.preventDefault(); menu.open = false; menu.querySelector('summary').focus(); }
});

let asked = null;
document.addEventListener('htmx:beforeRequest', event => { if (event.detail.target?.id === 'drawer-body') asked = event.detail.elt; });
// A slow answer to a link pressed before does not take the place of what somebody writes there by now.
document.addEventListener('htmx:beforeSwap', event => {
  const drawer = event.detail.target?.id === 'drawer-body' && event.detail.target.closest('dialog');
  if (drawer && drawer.open && !drawer.contains(event.detail.requestConfig.elt) && holdsTypedWords(drawer)) event.detail.shouldSwap = false;
});
document.addEventListener('htmx:afterSwap', event => {
  if (event.detail.target?.id === 'drawer-body') openDialog(document.getElementById('drawer'), asked);
});
