// Passkeys: a form with [data-passkey] gets the answer of this device's key before it is sent.
import { announce, csrfToken, word } from '../page.js';

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const withIds = list => (list ?? []).map(each => ({ ...each, id: bytes(each.id) }));

function readable(options) {
  const ready = { ...options, challenge: bytes(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) ready.excludeCredentials = withIds(options.excludeCredentials);
  if (options.allowCredentials) ready.allowCredentials = withIds(options.allowCredentials);
  return ready;
}

function sendable(credential) {
  const response = {};
  for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) if (credential.response[part]) response[part] = text(credential.response[part]);
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults(), authenticatorAttachment: credential.authenticatorAttachment ?? null });
}

async function ask(field) {
  const answer = await fetch(field.dataset.passkey, { method: 'POST', headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch' }, credentials: 'same-origin' });
  if (!answer.ok) throw new Error(String(answer.status));
  const { publicKey } = await answer.json();
  const request = { publicKey: readable(publicKey) };
  return sendable(await (publicKey.user ? navigator.credentials.create(request) : navigator.credentials.get(request)));
}

document.addEventListener('submit', async event => {
  const form = event.target;
  const field = form.querySelector?.('input[data-passkey]');
  if (!field || field.value) return;
  const way = form.querySelector('[name=prove_by]:checked, [name=prove_by][type=hidden]');
  if (way ? way.value !== 'passkey' : event.submitter?.name !== 'by_passkey' && !('passkeyAlways' in field.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  try {
    field.value = await ask(field);
    form.requestSubmit(event.submitter);
  } catch {
    announce(word('passkey-not-done'));
  }
}, true);

if (!window.PublicKeyCredential) for (const node of document.querySelectorAll('[data-needs-passkey]')) node.hidden = true;
