const root = document.documentElement;

function show() {
  const dark = root.dataset.bsTheme === 'dark';
  for (const button of document.querySelectorAll('[data-theme-switch]')) button.setAttribute('aria-pressed', String(dark));
}

document.addEventListener('click', event => {
  if (!event.target.closest('[data-theme-switch]')) return;
  root.dataset.bsTheme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  try { localStorage.setItem('huitan-theme', root.dataset.bsTheme); } catch { /* storage switched off: the choice lasts for this page */ }
  show();
  window.dispatchEvent(new Event('huitan:theme'));
});
show();
