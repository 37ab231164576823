import { BARE, CONTROL } from '../libraries/index.mjs';

const WIDTH = 820;
const NAMES = 230;
const FIGURES = 56;
const BAR = 11;
const GAP = 12;

/** Chosen to be told apart, and from the page, in light and in dark. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #24292f }
  .own { font-weight: 600; fill: #24292f }
  .figure { font-size: 11px }
  .axis { stroke: #8c959f; stroke-width: 1 }
  .bar-0 { fill: #0969da } .bar-1 { fill: #54aeff } .bar-2 { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 } .title, .own { fill: #f0f6fc } .axis { stroke: #656c76 }
    .bar-0 { fill: #4493f8 } .bar-1 { fill: #1f6feb } .bar-2 { fill: #656c76 }
  }`;

/**
 * The figures that tell most, as bars for each library.
 *
 * @param {import('./results.mjs').Results} results
 * @returns {string} SVG
 */
export function drawPlot({ codec, http }) {
  const panels = [];
  for (const platform of ['express', 'fastify']) {
    if (http) panels.push(httpPanel(http.rows, platform));
  }
  if (codec) panels.push(codecPanel(codec.rows));
  let height = 0;
  const drawn = panels.map((panel) => {
    const { svg, height: own } = drawPanel(panel, height);
    height += own;
    return svg;
  });
  const size = `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">
<title>${panels.map(({ title }) => title).join('; ')}</title>
<style>${STYLE}
</style>
${drawn.join('\n')}
</svg>
`;
}

function httpPanel(rows, platform) {
  const series = ['untouched', 'read', 'written'];
  const of = rows.filter((row) => row.platform === platform && row.library !== CONTROL);
  return {
    title:
      `Requests on ${platform === 'express' ? 'Express' : 'Fastify'}: ` +
      'CPU share of the bare Nest application, % (longer is better)',
    series: series.map((scenario) => `session ${scenario}`),
    maximum: 1,
    bars: barsOf(of, 'library', (library) =>
      series.map(
        (scenario) => of.find((row) => row.library === library && row.scenario === scenario).share.median,
      ),
    ).filter(({ name }) => name !== BARE),
    write: (share) => (share * 100).toFixed(0),
  };
}

function codecPanel(rows) {
  const series = ['seal', 'unseal', 'reopen'];
  const of = rows.filter((row) => row.bytes === 300 && row.kind !== 'floor');
  const bars = barsOf(of, 'codec', (codec) =>
    series.map(
      (operation) => of.find((row) => row.codec === codec && row.operation === operation).speed.median,
    ),
  );
  return {
    title: 'Sealing and opening 300 bytes: times the speed of client-sessions (longer is better)',
    series: ['seal', 'unseal', 'unseal the same again'],
    maximum: Math.max(...bars.flatMap(({ figures }) => figures)),
    bars,
    write: (speed) => `${speed.toFixed(speed < 1 ? 2 : 1)}×`,
  };
}

function barsOf(rows, key, figuresOf) {
  return [...new Set(rows.map((row) => row[key]))].map((name) => {
    const { kind } = rows.find((row) => row[key] === name);
    return { name, kind, figures: figuresOf(name) };
  });
}

function drawPanel({ title, series, maximum, bars, write }, top) {
  const lines = [`<text class="title" x="0" y="${top + 20}">${title}</text>`];
  series.forEach((name, i) => {
    const x = NAMES + i * 180;
    lines.push(`<rect class="bar-${i}" x="${x}" y="${top + 32}" width="${BAR}" height="${BAR}" rx="2"/>`);
    lines.push(`<text x="${x + BAR + 6}" y="${top + 42}">${name}</text>`);
  });
  let y = top + 58;
  const start = y;
  for (const { name, kind, figures } of bars) {
    const height = figures.length * BAR;
    const label = kind === 'floor' ? `floor: ${name}` : name;
    lines.push(
      `<text class="${kind}" x="${NAMES - 10}" y="${y + height / 2 + 5}" text-anchor="end">${label}</text>`.replace(
        'class="library"',
        'class="own"',
      ),
    );
    figures.forEach((figure, i) => {
      const length = Math.max(1, (figure / maximum) * (WIDTH - NAMES - FIGURES));
      lines.push(
        `<rect class="bar-${i}" x="${NAMES}" y="${y + i * BAR}" ` +
          `width="${length.toFixed(1)}" height="${BAR - 1}" rx="2"/>`,
        `<text class="figure" x="${(NAMES + length + 5).toFixed(1)}" y="${y + i * BAR + 9}">${write(figure)}</text>`,
      );
    });
    y += height + GAP;
  }
  lines.push(`<path class="axis" d="M${NAMES - 0.5} ${start - 4}V${y - GAP + 4}"/>`);
  return { svg: lines.join('\n'), height: y - top + 16 };
}
