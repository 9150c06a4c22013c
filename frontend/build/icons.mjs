// Finds the icon names pages use and turns them into one sprite. A name must be written as a literal:
// icon('check'), glyph('check'), icon='check' (also icon='check' if ok else 'x'), or "icon": "check".
import fs from 'node:fs';
import path from 'node:path';

const LITERAL = /(['"])((?:(?!\1).)*)\1/g;

function argumentAt(text, start) {
  let depth = 0, quote = '';
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (quote) { if (c === quote) quote = ''; continue; }
    if (c === '"' || c === "'") quote = c;
    else if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) { if (depth === 0) return text.slice(start, i); depth--; }
    else if (c === '%' && text[i + 1] === '}') return text.slice(start, i);
    else if (c === ',' && depth === 0) return text.slice(start, i);
  }
  return text.slice(start);
}

// What is compared, looked up or used as a key is not an icon name.
function namesIn(expression) {
  const values = expression
    .replace(/(==|!=)\s*(['"])(?:(?!\2).)*\2/g, '').replace(/(['"])(?:(?!\1).)*\1\s*(==|!=|:)/g, '')
    .replace(/\bin\s*[([][^)\]]*[)\]]/g, '').replace(/(['"])(?:(?!\1).)*\1\s+in\b/g, '')
    .replace(/\]?\[\s*(['"])(?:(?!\1).)*\1\s*\]/g, '').replace(/\.get\(\s*(['"])(?:(?!\1).)*\1/g, '(');
  return [...values.matchAll(LITERAL)].map(match => match[2]).filter(Boolean);
}

// Words that are tones, sizes or kinds in our macros and icons in Tabler's.
const TONES = new Set(['line', 'button', 'section', 'article', 'link']);

export function collectIcons({ templates, python, scripts, iconFolder }) {
  const exists = name => fs.existsSync(fileOf(name, iconFolder));
  const used = new Map();
  const note = (name, file, text, at) => { if (!used.has(name)) used.set(name, `${file}:${text.slice(0, at).split('\n').length}`); };
  for (const file of templates) {
    const text = fs.readFileSync(file, 'utf8').replace(/\{#[\s\S]*?#\}/g, comment => comment.replace(/[^\n]/g, ' '));
    for (const call of text.matchAll(/\b(?:icon|glyph)\(|\bicon=|['"]icon['"]\s*:/g)) {
      for (const name of namesIn(argumentAt(text, call.index + call[0].length))) note(name, file, text, call.index);
    }
  }
  const positional = [[templates, /\bui\.(?:tag|button|icon_button|empty_state|policy_note|evidence_chip)\(/g], [python, /(?=["'][a-z0-9-]+["'],\s*(?:_|say|gettext\w*)\()/g]];
  for (const [files, opening] of positional) for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    for (const call of text.matchAll(opening)) {
      const literals = text.slice(call.index, call.index + 200).split(/\)\s*\}|\n\n/)[0].matchAll(/(['"])([a-z][a-z0-9-]*)\1/g);
      for (const [, , name] of literals) if (exists(name) && !TONES.has(name)) note(name, file, text, call.index);
    }
  }
  for (const file of [...python, ...scripts]) {
    const text = fs.readFileSync(file, 'utf8');
    for (const match of text.matchAll(/(?:\bicon\s*=\s*|['"]icon['"]\s*:\s*|\bicon\()(['"])([a-z0-9-]+)\1/g)) note(match[2], file, text, match.index);
  }
  return used;
}

const fileOf = (name, iconFolder) => path.join(iconFolder, 'outline', `${name}.svg`);

export function spriteOf(used, iconFolder) {
  const unknown = [];
  const symbols = [...used.keys()].sort().map(name => {
    const file = fileOf(name, iconFolder);
    if (!/^[a-z0-9-]+$/.test(name) || !fs.existsSync(file)) { unknown.push(`${name}  (${used.get(name)})`); return ''; }
    const shape = fs.readFileSync(file, 'utf8').replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '')
      .replace(/<path stroke="none"[^>]*\/>/, '').replace(/\s*\n\s*/g, '');
    return `<symbol id="i-${name}" viewBox="0 0 24 24">${shape}</symbol>`;
  });
  if (unknown.length) { console.error(`No such icon:\n  ${unknown.join('\n  ')}`); process.exit(1); }
  return `<svg xmlns="http://www.w3.org/2000/svg" class="sprite" width="0" height="0" aria-hidden="true">${symbols.join('')}</svg>\n`;
}
