// The drop frame is a label around a file input: this only says which file lies in it and lets one be dropped.
for (const drop of document.querySelectorAll('[data-drop]')) {
  const input = drop.querySelector('input[type=file]');
  const words = drop.querySelector('[data-drop-words]');
  if (!input || !words) continue;

  function show() {
    const file = input.files[0];
    if (!file) return;
    const name = document.createElement('b');
    name.textContent = file.name;
    const size = document.createElement('span');
    size.className = 's c3';
    size.textContent = file.size < 1024 * 1024 ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / 1024 / 1024).toFixed(1)} MB`;
    words.replaceChildren(name, size);
    drop.classList.add('has-file');
    drop.classList.remove('is-invalid');
  }

  input.addEventListener('change', show);
  for (const type of ['dragenter', 'dragover']) drop.addEventListener(type, () => drop.classList.add('over'));
  for (const type of ['dragleave', 'drop']) drop.addEventListener(type, () => drop.classList.remove('over'));
  drop.addEventListener('dragover', (event) => event.preventDefault());
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    show();
  });
  show();
}
