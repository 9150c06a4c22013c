// Builds everything the pages load: huitan.css, app.js, theme.js and icons.svg in web/static/dist, and charts.js for the
// one page that draws.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { collectIcons, spriteOf } from './build/icons.mjs';
import { styleSheet } from './build/styles.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const web = path.join(here, '../src/huitan/web');
const dist = path.join(web, 'static/dist');
const FIRST_LOAD_LIMIT_KB = 200;
// Fetched by one page only, once its first drawing is about to be seen.
const LATER = { 'charts.js': 180 };
const CHARTS_NOTICE = '/* Apache ECharts, Copyright 2017-2026 The Apache Software Foundation, Apache License 2.0; ZRender, Copyright (c) 2017, Baidu Inc., BSD 3-Clause */\n';

function filesUnder(folder, ...endings) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && endings.some(ending => entry.name.endsWith(ending)))
    .map(entry => path.join(entry.parentPath ?? entry.path, entry.name)).sort();
}

const templates = filesUnder(path.join(web, 'templates'), '.html');
const python = filesUnder(web, '.py');
const scripts = filesUnder(path.join(here, 'scripts'), '.js');
const pageStyles = filesUnder(path.join(here, 'styles/pages'), '.css');
const pageScripts = filesUnder(path.join(here, 'scripts/pages'), '.js');

const pageImports = pageScripts.map(file => `import './pages/${path.basename(file)}';`).join('\n');
const bundle = async (contents, outfile) => {
  const result = await build({
    stdin: { contents, resolveDir: path.join(here, 'scripts'), sourcefile: `entry-of-${outfile}` },
    bundle: true, minify: true, write: false, format: 'iife', target: 'es2021', legalComments: 'none', logLevel: 'warning',
  });
  return result.outputFiles[0].contents;
};

const iconFolder = path.join(here, 'node_modules/@tabler/icons/icons');
const icons = collectIcons({ templates, python, scripts, iconFolder });
const outputs = {
  'huitan.css': styleSheet({ here, vocabulary: [...templates, ...scripts], pageStyles }),
  'app.js': await bundle(`import './app.js';\n${pageImports}`, 'app.js'),
  'theme.js': await bundle(`import './theme.js';`, 'theme.js'),
  'charts.js': Buffer.concat([Buffer.from(CHARTS_NOTICE), await bundle(`import './charts/cockpit.js';`, 'charts.js')]),
  'icons.svg': spriteOf(icons, iconFolder),
};

fs.mkdirSync(dist, { recursive: true });
for (const stale of fs.readdirSync(dist)) if (!(stale.replace(/\.gz$/, '') in outputs) && stale !== '.built') fs.rmSync(path.join(dist, stale), { recursive: true });
let total = 0;
for (const [name, contents] of Object.entries(outputs)) {
  const bytes = Buffer.from(contents);
  const file = path.join(dist, name);
  if (!fs.existsSync(file) || !fs.readFileSync(file).equals(bytes)) fs.writeFileSync(file, bytes);
  const zipped = gzipSync(bytes, { level: 9 });
  if (!name.endsWith('.svg')) fs.writeFileSync(`${file}.gz`, zipped);
  const packed = zipped.length / 1024;
  if (!(name in LATER)) total += packed;
  else if (packed > LATER[name]) { console.error(`${name} is over its limit of ${LATER[name]} KB.`); process.exitCode = 1; }
  console.log(`${name.padEnd(12)} ${(bytes.length / 1024).toFixed(1).padStart(7)} KB  ${packed.toFixed(1).padStart(6)} KB gz`);
}
console.log(`first load   ${' '.repeat(11)} ${total.toFixed(1).padStart(6)} KB gz of ${FIRST_LOAD_LIMIT_KB}, ${icons.size} icons`);
if (total > FIRST_LOAD_LIMIT_KB) { console.error('The first load is over its limit.'); process.exit(1); }
