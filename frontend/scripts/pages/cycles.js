// The cycle page without reloading: levels come and go, and a chosen department shows what it includes.
const levels = document.querySelector('[data-levels]');
if (levels) {
  const rows = () => levels.querySelectorAll('.scale-row');
  document.querySelector('[data-level-add]')?.addEventListener('click', (event) => {
    const last = rows()[rows().length - 1];
    if (!last || rows().length >= 12) return;
    event.preventDefault();
    const fresh = last.cloneNode(true);
    for (const input of fresh.querySelectorAll('input')) input.value = '';
    levels.append(fresh);
    fresh.querySelector('input').focus();
  });
  levels.addEventListener('click', (event) => {
    const drop = event.target.closest('[data-level-drop]');
    if (!drop) return;
    event.preventDefault();
    const row = drop.closest('.scale-row');
    const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector('input');
    if (rows().length > 1) row.remove();
    else for (const input of row.querySelectorAll('input')) input.value = '';
    next?.focus();
  });
}

const tree = document.querySelector('[data-tree]');
if (tree) {
  const show = () => {
    const chosen = [...tree.querySelectorAll('input:checked')].map((box) => `${box.closest('li').dataset.path}/`);
    for (const item of tree.children) {
      item.classList.toggle('included', chosen.some((path) => item.dataset.path.startsWith(path)));
    }
  };
  tree.addEventListener('change', show);
  show();
}
