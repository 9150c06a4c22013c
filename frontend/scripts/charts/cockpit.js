// Draws what the tables of the cockpit say. The table stays beside each drawing; a screen reader hears the finding only.
import { init, use } from 'echarts/core';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, SVGRenderer]);

const ROW = 30;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const drawn = [];

const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// Distinguishable without colour vision: hue and lightness both differ, and every part carries its own label.
const palette = () => ['--ht-brand', '--ht-warn-fill', '--ht-mgr', '--ht-line-2', '--ht-emp'].map(token);

function look() {
  const ink = token('--ht-ink'), soft = token('--ht-ink-3');
  return {
    ink, soft,
    base: {
      animation: !calm.matches,
      animationDuration: 180,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink },
    },
    rule: { lineStyle: { color: token('--ht-line') } },
  };
}

const labelWidth = (labels, width) => Math.min(Math.max(...labels.map(label => label.length)) * 13 + 12, width * 0.42);

function bars(spec, width) {
  const { ink, soft, base } = look();
  const side = labelWidth(spec.labels, width);
  const max = Math.max(spec.unit === '%' ? 100 : 1, ...spec.values, ...spec.before.filter(v => v !== null));
  const series = [{
    type: 'bar', data: spec.values, barWidth: 12, barGap: '20%', itemStyle: { color: token('--ht-fill-1'), borderRadius: 2 },
    label: { show: true, position: 'right', color: ink, formatter: `{c}${spec.unit}` },
  }];
  if (spec.before.length) series.push({ type: 'bar', data: spec.before, barWidth: 5, itemStyle: { color: token('--ht-fill-3'), borderRadius: 2 } });
  return {
    ...base,
    grid: { left: side, right: 46, top: 4, bottom: 4 },
    xAxis: { type: 'value', min: 0, max, show: false },
    yAxis: {
      type: 'category', inverse: true, data: spec.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token('--ht-line-2') } },
      axisLabel: { color: soft, width: side - 10, overflow: 'break', lineHeight: 15 },
    },
    series,
  };
}

function stack(spec, width) {
  const { soft, base } = look();
  const side = labelWidth(spec.labels, width);
  const colours = palette();
  const totals = spec.labels.map((_, row) => spec.series.reduce((sum, part) => sum + part.values[row], 0));
  const widest = Math.max(1, ...totals);
  return {
    ...base,
    grid: { left: side, right: 16, top: 4, bottom: 4 },
    xAxis: { type: 'value', min: 0, max: widest, show: false },
    yAxis: {
      type: 'category', inverse: true, data: spec.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token('--ht-line-2') } },
      axisLabel: { color: soft, width: side - 10, overflow: 'break', lineHeight: 15 },
    },
    series: spec.series.map((part, number) => ({
      type: 'bar', stack: 'all', name: part.name, data: part.values, barWidth: 20,
      itemStyle: { color: colours[number], borderColor: token('--ht-surface'), borderWidth: 1 },
      label: {
        show: true, color: onto(colours[number]), overflow: 'truncate',
        formatter: ({ value }) => {
          const room = value / widest * (width - side - 16);
          const words = `${part.name} ${value}${spec.unit}`;
          return room > words.length * 12 ? words : room > 26 ? `${value}${spec.unit}` : '';
        },
      },
    })),
  };
}

// Dark ink on a light part, light on a dark one.
function onto(colour) {
  const [r, g, b] = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16) / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? '#10201e' : '#ffffff';
}

function weeks(spec) {
  const { ink, soft, base, rule } = look();
  const last = spec.values.length - 1;
  return {
    ...base,
    grid: { left: 8, right: 34, top: 22, bottom: 4, containLabel: true },
    xAxis: { type: 'category', data: spec.labels, boundaryGap: false, axisTick: { show: false }, axisLine: rule, axisLabel: { color: soft, hideOverlap: true } },
    yAxis: { type: 'value', min: 0, minInterval: 1, splitLine: rule, axisLabel: { color: soft } },
    series: [{
      type: 'line', data: spec.values, symbol: 'circle', symbolSize: 6, lineStyle: { color: token('--ht-fill-1'), width: 2 }, itemStyle: { color: token('--ht-fill-1') },
      label: { show: true, color: ink, formatter: ({ dataIndex, value }) => dataIndex === 0 || dataIndex === last ? `${value}` : '' },
    }],
  };
}

const KINDS = { bars, stack, weeks };
const heightOf = spec => spec.kind === 'weeks' ? 170 : Math.max(2, spec.labels.length) * (spec.kind === 'stack' ? 36 : ROW) + 10;

for (const place of document.querySelectorAll('[data-chart]')) {
  const spec = JSON.parse(place.querySelector('script').textContent);
  const sheet = document.createElement('div');
  sheet.setAttribute('aria-hidden', 'true');
  sheet.style.height = `${heightOf(spec)}px`;
  place.append(sheet);
  place.hidden = false;
  const chart = init(sheet, null, { renderer: 'svg' });
  const draw = () => chart.setOption(KINDS[spec.kind](spec, sheet.clientWidth), true);
  draw();
  new ResizeObserver(() => { chart.resize(); draw(); }).observe(sheet);
  drawn.push(draw);
}

// Colours come from the theme, so a change of theme draws again.
new MutationObserver(() => drawn.forEach(draw => draw())).observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });
