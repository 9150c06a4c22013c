// One style sheet: the part of Tabler that templates and scripts name, then our own layers.
import fs from 'node:fs';
import path from 'node:path';
import { browserslistToTargets, transform } from 'lightningcss';

const LAYERS = ['tokens', 'base', 'forms', 'shell', 'cards', 'conversation', 'record', 'states'];
const TARGETS = browserslistToTargets(['chrome 109', 'firefox 115', 'safari 15']);

// Classes that arrive from outside templates: Django's widgets and the browser's form states.
const ALWAYS = ['active', 'disabled', 'is-invalid'];

const NOTICE = '/* Tabler, Copyright The Tabler Authors, MIT licence */';

const classesOf = selector => selector.filter(part => part.type === 'class').map(part => part.name);

// A class that our own layers define is ours alone; only Tabler's controls are built upon.
const BUILT_UPON = /^(btn|form-|is-invalid)/;

function prune(css, words) {
  const { code } = transform({
    filename: 'tabler.css', code: Buffer.from(css), errorRecovery: true,
    visitor: {
      Rule: {
        style: rule => rule.value.selectors.some(selector => classesOf(selector).every(name => words.has(name))) ? undefined : [],
        'font-face': () => [],
      },
    },
  });
  return code.toString().replace(/(^|[{}])([^{}@;]+)\{/g, (whole, lead, list) => {
    const selectors = list.split(/,(?![^(]*\))/);
    const kept = selectors.filter(selector => [...selector.replace(/:not\([^)]*\)/g, '').matchAll(/\.([A-Za-z][\w-]*)/g)].every(([, name]) => words.has(name)));
    return kept.length && kept.length < selectors.length ? `${lead}${kept.join(',')}{` : whole;
  });
}

function dropUnusedVariables(css) {
  for (let before = ''; before !== css;) {
    before = css;
    const used = new Set([...css.matchAll(/var\((--tblr-[\w-]+)/g)].map(match => match[1]));
    css = css.replace(/(^|[{;])\s*(--tblr-[\w-]+)\s*:[^;{}]*(?:;|(?=\}))/g, (whole, lead, name) => used.has(name) ? whole : lead);
  }
  return css;
}

export function styleSheet({ here, vocabulary, pageStyles }) {
  const words = new Set(ALWAYS);
  for (const file of vocabulary) for (const word of fs.readFileSync(file, 'utf8').match(/[A-Za-z][\w-]*/g) ?? []) words.add(word);
  const own = [...LAYERS.map(name => path.join(here, 'styles', `${name}.css`)), ...pageStyles, path.join(here, 'styles/print.css')]
    .map(file => fs.readFileSync(file, 'utf8'));
  for (const [, name] of own.join('\n').matchAll(/\.([A-Za-z][\w-]*)/g)) if (!BUILT_UPON.test(name)) words.delete(name);
  const tabler = prune(fs.readFileSync(path.join(here, 'node_modules/@tabler/core/dist/css/tabler.css'), 'utf8'), words);
  const css = dropUnusedVariables([tabler, ...own].join('\n'));
  const { code } = transform({ filename: 'huitan.css', code: Buffer.from(css), minify: true, targets: TARGETS, errorRecovery: true });
  return `${NOTICE}\n${code}`;
}
