/** A curve: x is drawn on a logarithmic axis. */
export type Curve = {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
};

/** What a chart shows. */
export type Chart = {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly Curve[];
  /** Whether y is logarithmic, too. */
  readonly logY?: boolean;
};

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 78;
const RIGHT = 200;
const TOP = 44;
const BOTTOM = 56;
/** Told apart by anyone, on white and on dark pages (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Draws a chart as SVG. */
export function drawChart(chart: Chart): string {
  const points = chart.curves.flatMap((curve) => curve.points);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const x = logScale(Math.min(...xs), Math.max(...xs), LEFT, WIDTH - RIGHT);
  const y = chart.logY
    ? logScale(Math.min(...ys), Math.max(...ys), HEIGHT - BOTTOM, TOP)
    : linearScale(Math.max(...ys), HEIGHT - BOTTOM, TOP);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escapeXml(chart.title)}">
<rect width="100%" height="100%" fill="#fff"/>
${text(WIDTH / 2, 22, chart.title, 'middle', 15)}
${x.ticks.map((tick) => verticalLine(x.at(tick), tick)).join('\n')}
${y.ticks.map((tick) => horizontalLine(y.at(tick), tick)).join('\n')}
${text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, chart.xLabel, 'middle')}
<g transform="rotate(-90 16 ${HEIGHT / 2})">${text(16, HEIGHT / 2, chart.yLabel, 'middle')}</g>
${chart.curves.map((curve, index) => drawCurve(curve, index, x.at, y.at)).join('\n')}
</svg>
`;
}

type Scale = { at: (value: number) => number; ticks: number[] };

function logScale(min: number, max: number, from: number, to: number): Scale {
  const low = Math.floor(Math.log2(min));
  const high = Math.max(low + 1, Math.ceil(Math.log2(max)));
  const step = Math.ceil((high - low) / 11);
  const ticks: number[] = [];
  for (let exponent = low; exponent <= high; exponent += step) ticks.push(2 ** exponent);
  return {
    at: (value) => from + ((Math.log2(value) - low) / (high - low)) * (to - from),
    ticks,
  };
}

function linearScale(max: number, from: number, to: number): Scale {
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const top = Math.ceil(max / step) * step;
  const ticks: number[] = [];
  for (let tick = 0; tick <= top; tick += step) ticks.push(tick);
  return { at: (value) => from + (value / top) * (to - from), ticks };
}

function drawCurve(
  { name, points }: Curve,
  index: number,
  x: (value: number) => number,
  y: (value: number) => number,
): string {
  const colour = COLOURS[index % COLOURS.length];
  const places = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`);
  const dots = places.map((place) => {
    const [cx, cy] = place.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
  });
  const legend = TOP + 10 + index * 20;
  return [
    `<polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<rect x="${WIDTH - RIGHT + 14}" y="${legend - 9}" width="12" height="12" fill="${colour}"/>`,
    text(WIDTH - RIGHT + 32, legend + 1, name, 'start'),
  ].join('');
}

function verticalLine(at: number, value: number): string {
  return `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/>${text(at, HEIGHT - BOTTOM + 16, label(value), 'middle')}`;
}

function horizontalLine(at: number, value: number): string {
  return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#ddd"/>${text(LEFT - 6, at + 4, label(value), 'end')}`;
}

function label(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function text(x: number, y: number, words: string, anchor: string, size = 12): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-size="${size}" fill="#222">${escapeXml(words)}</text>`;
}

function escapeXml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
