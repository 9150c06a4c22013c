// Both texts side by side, and three ways on: mine, theirs, or both put together and edited. Nothing is sent meanwhile.
import { fieldsOf, putValue } from './drafts.js';
import { element, word } from './page.js';

export function button(text, kind, act) {
  const node = element('button', { type: 'button', className: `btn btn-sm ${kind}`, textContent: text });
  node.addEventListener('click', act);
  return node;
}

const shown = value => [].concat(value).join(' · ') || word('nothing');
const side = (title, text) => element('div', {}, element('div', { className: 'sect', textContent: title }), element('p', { textContent: text }));

// `settled` is called once the reader has chosen; what counts is then in the field.
export function showConflict(scope, name, mine, answer, settled) {
  const field = fieldsOf(scope).find(each => each.name === name);
  const holder = field.closest('.field') ?? field.parentElement;
  holder.querySelector(`:scope > .conflict[data-of="${CSS.escape(name)}"]`)?.remove();
  const panel = element('section', { className: 'conflict' });
  panel.dataset.of = name;
  panel.setAttribute('role', 'alert');
  const settle = () => { panel.remove(); settled(); };
  const theirs = answer.values[name];
  const keepMine = button(word('keep-mine'), 'btn-soft', settle);
  const takeTheirs = button(word('take-theirs'), '', () => { putValue(scope, name, theirs); settle(); });
  const both = button(word('both'), '', () => {
    putValue(scope, name, `${theirs}\n\n${field.value}`);
    both.remove();
    takeTheirs.remove();
    keepMine.textContent = word('keep-edited');
    field.focus();
  });
  panel.append(
    element('h3', { textContent: answer.changed_by ? word('conflict', { who: answer.changed_by, at: answer.changed_at ?? '' }) : word('conflict-since') }),
    element('div', { className: 'texts' }, side(word('mine'), shown(mine)), side(word('theirs'), shown(theirs))),
    element('div', { className: 'form-actions' }, keepMine, takeTheirs, ...(field instanceof HTMLTextAreaElement ? [both] : [])),
  );
  holder.append(panel);
}
