// Runs before the first paint: a browser's own choice wins over the account's, and 'auto' follows the system.
const root = document.documentElement;
let choice = root.dataset.themeChoice || 'auto';
try { choice = localStorage.getItem('huitan-theme') || choice; } catch { /* storage switched off: the account's choice stands */ }
const dark = choice === 'dark' || (choice === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
root.dataset.bsTheme = dark ? 'dark' : 'light';
root.classList.add('js');
