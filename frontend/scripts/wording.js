// [data-wording=FIELD] on a textarea: while somebody writes, asks the server which words could be more specific, underlines
// them and says under the box what to write instead. It never touches the text, the focus or the saving. Optional:
// data-wording-talk, -topic and -box name the text, so that a finding can be said not to apply.
import { csrfToken, element, word } from './page.js';

const PAUSE_MS = 700;
const SETTLED_MS = 1200;
const SHOWN = 3;
const REMEMBERED = 60;
const LOOKS = ['fontFamily', 'fontSize', 'fontWeight', 'fontStyle', 'fontVariantNumeric', 'fontFeatureSettings', 'letterSpacing', 'wordSpacing', 'lineHeight', 'textIndent', 'textTransform', 'textAlign', 'textSpacingTrim', 'textAutospace', 'tabSize', 'lineBreak', 'wordBreak', 'overflowWrap', 'direction', 'paddingTop', 'paddingRight', 'paddingBottom', 'paddingLeft'];
const { wordingUrl: address = '', guideUrl: guide = '' } = document.getElementById('words')?.dataset ?? {};
const boxes = new Map();
const known = new Map();
let made = 0;

const body = values => new URLSearchParams(Object.entries(values).filter(([, value]) => value));
const send = (url, values, signal) => fetch(url, { method: 'POST', body: body(values), signal, credentials: 'same-origin', headers: { 'X-CSRFToken': csrfToken(), 'X-Requested-With': 'fetch', Accept: 'application/json' } });
const answerOf = async response => response.headers.get('Content-Type')?.includes('json') ? response.json() : {};

// The server counts characters, the browser UTF-16 units.
function placed(findings, text) {
  const characters = /[\ud800-\udbff]/.test(text) ? Array.from(text) : null;
  const unit = place => characters ? characters.slice(0, place).join('').length : place;
  return findings.map(found => ({ ...found, from: found.start === null ? null : unit(found.start), to: found.end === null ? null : unit(found.end) }));
}

// Where the findings stand after an edit: what the edit touched loses its place until the next answer.
function moved(findings, before, after) {
  const least = Math.min(before.length, after.length);
  let head = 0;
  while (head < least && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < least - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const shift = after.length - before.length;
  return findings.map(found => {
    if (found.from === null || found.to <= head) return found;
    if (found.from >= before.length - tail) return { ...found, from: found.from + shift, to: found.to + shift };
    return { ...found, from: null, to: null };
  });
}

function remember(key, findings) {
  known.delete(key);
  known.set(key, findings);
  if (known.size > REMEMBERED) known.delete(known.keys().next().value);
}

class Box {
  constructor(area) {
    Object.assign(this, { area, name: `wording-${++made}`, findings: [], drawn: '', checked: null, told: null, request: null, timer: 0, settling: 0, all: false, isTyped: false, shape: '[]', answering: null });
    this.mirror = element('div', { className: 'wording-mirror noprint', ariaHidden: 'true' });
    this.status = element('div', { className: 'sr', role: 'status' });
    this.tips = element('div', { className: 'wording-tips noprint', id: this.name, hidden: true });
    area.parentElement.classList.add('wording-holder');
    area.after(this.mirror, this.status, this.tips);
    area.addEventListener('input', event => this.typed(event));
    area.addEventListener('compositionend', () => this.schedule());
    area.addEventListener('scroll', () => { this.mirror.scrollTop = area.scrollTop; }, { passive: true });
    area.addEventListener('focus', () => this.look());
    // What is written down here is no part of the form around it.
    for (const name of ['input', 'change']) this.tips.addEventListener(name, event => event.stopPropagation());
    this.tips.addEventListener('focusout', () => setTimeout(() => this.show(this.drawn, this.findings)));
    const remembered = known.get(this.key(area.value));
    if (remembered) this.show(area.value, remembered);
    sizes.observe(area);
    sights.observe(area);
  }

  key(text) { const { wording, wordingTalk = '', wordingTopic = '', wordingBox = '' } = this.area.dataset; return JSON.stringify([wording, wordingTalk, wordingTopic, wordingBox, text]); }
  about() { const { wordingTalk, wordingTopic, wordingBox } = this.area.dataset; return { talk: wordingTalk, topic: wordingTopic, box: wordingBox }; }
  label() { return this.area.labels?.[0]?.firstChild?.textContent.trim() ?? ''; }
  look() { if (this.area.value !== this.checked) this.schedule(0); }

  typed(event) {
    this.isTyped = true;
    this.redraw();
    if (!this.area.value.trim()) { this.show(this.area.value, []); this.told = 0; }
    if (!event.isComposing) this.schedule();
  }

  schedule(wait = PAUSE_MS) {
    clearTimeout(this.timer);
    clearTimeout(this.settling);
    this.timer = setTimeout(() => this.check(), wait);
  }

  async check() {
    const text = this.area.value;
    this.request?.abort();
    if (!this.area.isConnected || text === this.checked) return;
    if (!text.trim()) { this.checked = text; this.show(text, []); return; }
    if (!navigator.onLine) return;
    const request = this.request = new AbortController();
    let findings;
    try {
      const response = await send(address, { text, field: this.area.dataset.wording, ...this.about() }, request.signal);
      if (!response.ok) return;
      ({ findings } = await answerOf(response));
    } catch { return; }
    if (!Array.isArray(findings) || request !== this.request) return;
    findings = placed(findings, text);
    remember(this.key(text), findings);
    if (this.area.value !== text) { this.look(); return; }
    this.checked = text;
    this.show(text, findings);
    if (!this.isTyped) this.told = findings.length;
    else this.settling = setTimeout(() => this.tell(), SETTLED_MS);
  }

  // Only the number, only when it changed, only once nobody types.
  tell() {
    const n = this.findings.length;
    if (n === this.told) return;
    this.told = n;
    this.status.textContent = word(n ? 'hints' : 'hints-none', { n, label: this.label() });
  }

  show(text, findings) {
    this.findings = findings;
    this.drawn = text;
    this.draw();
    const shape = JSON.stringify(findings.map(({ code, words, hint }) => [code, words, hint]));
    // Nobody's focus is pulled away: a list somebody stands in changes once they leave it.
    if (shape === this.shape || this.answering || this.tips.contains(document.activeElement)) return;
    this.shape = shape;
    this.list();
  }

  redraw() {
    const text = this.area.value;
    if (text === this.drawn) return;
    this.findings = moved(this.findings, this.drawn, text);
    this.drawn = text;
    this.checked = null;
    this.draw();
  }

  draw() {
    const { area, mirror } = this;
    const marks = this.findings.filter(found => found.from !== null && found.to > found.from).sort((one, other) => one.from - other.from);
    mirror.replaceChildren();
    if (!marks.length) return;
    let at = 0;
    for (const { from, to } of marks) {
      if (to <= at) continue;
      const start = Math.max(from, at);
      mirror.append(this.drawn.slice(at, start), element('mark', { className: 'hint', textContent: this.drawn.slice(start, to) }));
      at = to;
    }
    mirror.append(`${this.drawn.slice(at)}\u200b`);
    const looks = getComputedStyle(area);
    for (const look of LOOKS) if (looks[look] !== undefined) mirror.style[look] = looks[look];
    Object.assign(mirror.style, { left: `${area.offsetLeft + area.clientLeft}px`, top: `${area.offsetTop + area.clientTop}px`, width: `${area.clientWidth}px`, height: `${area.clientHeight}px` });
    mirror.scrollTop = area.scrollTop;
  }

  list() {
    const shown = this.all ? this.findings : this.findings.slice(0, SHOWN);
    const rest = this.findings.length - shown.length;
    this.tips.replaceChildren(...shown.map((found, at) => this.tip(found, at)));
    if (rest > 0) {
      const more = element('button', { type: 'button', className: 'wording-more', textContent: word('hints-more', { n: rest }) });
      more.addEventListener('click', () => { this.all = true; this.list(); this.tips.children[SHOWN]?.querySelector('button')?.focus(); });
      this.tips.append(more);
    }
    this.tips.hidden = !shown.length;
    const others = (this.area.getAttribute('aria-describedby') ?? '').split(' ').filter(id => id && !id.startsWith(`${this.name}-`));
    const ids = [...others, ...shown.map((found, at) => `${this.name}-${at}`)];
    if (ids.length) this.area.setAttribute('aria-describedby', ids.join(' ')); else this.area.removeAttribute('aria-describedby');
  }

  tip(found, at) {
    const id = `${this.name}-${at}`;
    const tip = element('div', { className: 'tip', role: 'note' });
    const bulb = document.getElementById('words').content.querySelector('[data-word-icon=bulb] svg').cloneNode(true);
    const said = element('span', { id });
    said.append(...quoting(found));
    const why = element('span', { className: 'wording-why', id: `${id}-why`, hidden: true });
    why.append(found.message, ' ', element('a', { href: `${guide}#${found.code}`, target: '_blank', rel: 'noopener', textContent: word('hints-guide') }));
    const steps = element('span', { className: 'wording-steps' });
    const ask = element('button', { type: 'button', textContent: word('hints-why'), ariaExpanded: 'false' });
    ask.setAttribute('aria-controls', why.id);
    ask.addEventListener('click', () => { why.hidden = !why.hidden; ask.ariaExpanded = String(!why.hidden); });
    steps.append(ask);
    const words = element('span', { className: 'grow' }, said, why);
    tip.append(bulb, words, steps);
    if (this.area.dataset.wordingTalk) {
      const drop = element('button', { type: 'button', textContent: word('hints-dismiss') });
      drop.setAttribute('aria-describedby', id);
      drop.addEventListener('click', () => this.askReason(found, words, steps, drop, id));
      steps.append(drop);
    }
    return tip;
  }

  askReason(found, words, steps, drop, id) {
    const input = element('input', { type: 'text', className: 'form-control', id: `${id}-reason`, maxLength: 200, autocomplete: 'off' });
    const problem = element('span', { className: 'field-error', role: 'alert', hidden: true });
    const keep = element('button', { type: 'button', className: 'btn btn-sm', textContent: word('hints-keep') });
    const leave = element('button', { type: 'button', className: 'btn btn-sm btn-quiet', textContent: word('hints-leave') });
    const label = element('label', { htmlFor: input.id, textContent: word('hints-reason') });
    const row = element('span', { className: 'wording-reason' }, label, input, keep, leave, problem);
    const close = () => { row.remove(); steps.hidden = false; this.answering = null; };
    const giveUp = () => { close(); drop.focus(); };
    const dismiss = async () => {
      if (keep.disabled) return;
      keep.disabled = true;
      let said = word('hints-unsent');
      try {
        const response = await send(`${address}dismiss/`, { ...this.about(), code: found.code, words: found.words, reason: input.value.trim() });
        if (response.ok) { close(); this.without(found); return; }
        said = (await answerOf(response)).said ?? word('refused');
      } catch { /* offline: the reason stays in its box */ }
      keep.disabled = false;
      Object.assign(problem, { textContent: said, hidden: false });
      input.focus();
    };
    input.addEventListener('keydown', event => {
      if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Enter') dismiss(); else giveUp();
    });
    keep.addEventListener('click', dismiss);
    leave.addEventListener('click', giveUp);
    this.answering = found;
    steps.hidden = true;
    words.append(row);
    input.focus();
  }

  without(found) {
    this.findings = this.findings.filter(other => other.code !== found.code || other.words !== found.words);
    if (this.checked !== null) remember(this.key(this.checked), this.findings);
    this.show(this.drawn, this.findings);
    this.told = this.findings.length;
    (this.tips.querySelector('button') ?? this.area).focus();
  }
}

// The words in bold, inside the question where it names them, otherwise before it.
function quoting({ words, hint }) {
  if (!words) return [hint];
  const marks = /[\u3400-\u9fff]/.test(hint) ? '「」' : '“”';
  const quoted = marks[0] + words + marks[1];
  const at = hint.indexOf(quoted);
  if (at < 0) return [element('b', { textContent: quoted }), ' ', hint];
  return [hint.slice(0, at), element('b', { textContent: quoted }), hint.slice(at + quoted.length)];
}

const each = act => { for (const box of boxes.values()) if (box.area.isConnected) act(box); };
const sizes = new ResizeObserver(entries => { for (const { target } of entries) boxes.get(target)?.draw(); });
const sights = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) { sights.unobserve(target); boxes.get(target)?.look(); }
});

function begin(root) {
  for (const area of boxes.keys()) if (!area.isConnected) { sizes.unobserve(area); sights.unobserve(area); boxes.get(area).request?.abort(); boxes.delete(area); }
  for (const area of root.querySelectorAll('textarea[data-wording]')) if (!boxes.has(area)) boxes.set(area, new Box(area));
}

if (address) {
  begin(document);
  document.addEventListener('htmx:load', () => begin(document));
  document.addEventListener('huitan:online', () => each(box => box.look()));
  // A text put there by a script (a draft restored, the other side's version taken) comes without typing.
  document.addEventListener('click', () => setTimeout(() => each(box => { if (box.area.value !== box.drawn) { box.redraw(); box.look(); } })));
}
