// A form is sent once: the second press waits for the first answer, also for a slow one. Where none comes, the form frees
// itself after a while, and at once when the back button brings the page back.
const RELEASE_MS = 60_000;

function release(form) {
  delete form.dataset.sent;
  form.querySelectorAll('[aria-busy=true]').forEach(button => button.removeAttribute('aria-busy'));
}

document.addEventListener('submit', event => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (event.defaultPrevented || form.method !== 'post' || form.hasAttribute('hx-post')) return;
  form.dataset.sent = 'true';
  event.submitter?.setAttribute('aria-busy', 'true');
  setTimeout(release, RELEASE_MS, form);
});

// htmx would send the second press after the first one's answer.
document.addEventListener('submit', event => {
  if (!event.target.classList.contains('htmx-request')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

window.addEventListener('pageshow', event => {
  if (event.persisted) document.querySelectorAll('form[data-sent]').forEach(release);
});
