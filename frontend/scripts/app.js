import htmx from 'htmx.org';
import './theme-switch.js';
import './dialogs.js';
import './keyboard.js';
import './connection.js';
import './submit-once.js';
import './refresh.js';
import './autosave.js';
import './queue.js';
import './log-out.js';
import './live.js';
import './wording.js';
import { csrfToken } from './page.js';

// The page's content security policy allows neither eval nor injected styles; pages about people stay out of storage.
Object.assign(htmx.config, {
  includeIndicatorStyles: false, allowEval: false, allowScriptTags: false, selfRequestsOnly: true, historyCacheSize: 0,
  scrollIntoViewOnBoost: false, defaultSettleDelay: 0,
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '409|412|422', swap: true },
    { code: '[45]..', swap: false, error: true },
  ],
});
document.addEventListener('htmx:configRequest', event => { event.detail.headers['X-CSRFToken'] = csrfToken(); });
