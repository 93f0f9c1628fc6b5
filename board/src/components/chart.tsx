// A chart of buckets over time. What it draws is in a table beside it too, so the picture itself is
// hidden from screen readers and its label says what it shows.

import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { toCivil } from '../civil.ts';
import { formatShort } from '../format.ts';
import { useLocale } from '../i18n/index.ts';

export interface Series {
  label: string;
  values: (number | null)[];
  kind: 'bars' | 'area' | 'line';
  tone: 'main' | 'second' | 'before';
  times?: string[]; // what its own buckets are called, where they are not those of the axis
}

interface ChartProps {
  label: string;
  times: number[]; // begin of each bucket, epoch seconds
  bucketSeconds: number;
  series: Series[];
  format: (value: number) => string;
  axisFormat?: (value: number) => string;
  timeLabel: (index: number) => string;
  onZoom?: (fromMs: number, toMs: number) => void;
  tall?: boolean;
}

const hour = 3600;
const day = 24 * hour;
const month = 30 * day;
const year = 365 * day;
// How far ticks may be apart: never nearer than the buckets, counts never in fractions.
const timeSteps = [
  60, 300, 600, 900, 1800, hour, 2 * hour, 3 * hour, 4 * hour, 6 * hour, 12 * hour,
  day, 2 * day, 3 * day, 7 * day, 10 * day, 15 * day, month, 2 * month, 3 * month, 6 * month,
  year, 2 * year, 5 * year, 10 * year,
];
const countSteps = Array.from({ length: 12 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();

const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Ticks are civil times; a label says the day wherever a day begins.
function tickLabels(ticks: number[], increment: number, tz: string): string[] {
  return ticks.map((tick, i) => {
    const civil = toCivil(tick * 1000, tz);
    const [yyyy, mm, dd] = [civil.slice(0, 4), civil.slice(5, 7), civil.slice(8, 10)];
    if (increment >= year) return yyyy;
    if (increment >= month) return `${mm}/${yyyy}`;
    if (increment >= day) return `${dd}/${mm}`;
    const clock = civil.slice(11, 16);
    return clock === '00:00' && i > 0 ? `${dd}/${mm}` : clock;
  });
}

const faded = (rgb: string) => rgb.replace('rgb(', 'rgba(').replace(')', ', 0.15)');

function plotSeries(series: Series, pointCount: number): uPlot.Series {
  const stroke = color(`--chart-${series.tone}`);
  const width = series.tone === 'before' ? 1.5 : 2;
  const dash = series.tone === 'before' ? [5, 4] : undefined;
  const points = { show: series.kind !== 'bars' && pointCount <= 45, size: 5, fill: stroke, stroke };
  if (series.kind === 'bars') {
    const paths = uPlot.paths.bars!({ size: [0.72, 48], radius: 0.12 });
    return { label: series.label, paths, fill: stroke, stroke, width: 0, points: { show: false } };
  }
  const fill = series.kind === 'area' ? faded(stroke) : undefined;
  return { label: series.label, stroke, width, dash, fill, points, spanGaps: false };
}

function yRange(_: uPlot, min: number | null, max: number | null): [number, number] {
  const low = Math.min(0, min ?? 0);
  const high = Math.max(0, max ?? 0);
  if (low === 0 && high === 0) return [0, 1];
  return [low * 1.08, high * 1.08];
}

export function Chart(props: ChartProps) {
  const { lang, tz } = useLocale();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const [theme, setTheme] = useState(0);

  useEffect(() => {
    const redraw = () => setTheme((n) => n + 1);
    const media = window.matchMedia('(prefers-color-scheme: dark)');
    media.addEventListener('change', redraw);
    const observer = new MutationObserver(redraw);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    return () => {
      media.removeEventListener('change', redraw);
      observer.disconnect();
    };
  }, []);

  const data = (): uPlot.AlignedData => [latest.current.times, ...latest.current.series.map((s) => s.values)] as uPlot.AlignedData;
  // A bar stands over its bucket's begin, so half of one hangs over at each end.
  const overhang = () => {
    const { bucketSeconds, series, times } = latest.current;
    return series.some((s) => s.kind === 'bars') || times.length === 1 ? bucketSeconds / 2 : 0;
  };
  const xRange = (): [number, number] => {
    const { times } = latest.current;
    if (times.length === 0) return [0, 1];
    return [times[0]! - overhang(), times[times.length - 1]! + overhang()];
  };

  const crowded = props.times.length > 45;
  const shape = JSON.stringify([props.bucketSeconds, !!props.axisFormat, props.series.map((s) => [s.kind, s.tone, s.label]), crowded, lang, tz, theme, !!props.onZoom]);
  useEffect(() => {
    const element = box.current!;
    const size = () => ({ width: Math.max(element.clientWidth, 120), height: Math.max(element.clientHeight, 80) });
    const ink = color('--muted');
    const grid = { stroke: color('--line'), width: 1 };
    const large = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const font = `${Math.round(12 * large)}px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
    const options: uPlot.Options = {
      ...size(),
      legend: { show: false },
      padding: [10, 8, 0, 0],
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), tz),
      scales: { x: { time: true, range: xRange }, y: { range: yRange } },
      axes: [
        {
          stroke: ink,
          font,
          grid: { show: false },
          ticks: { ...grid, size: 5 },
          space: 64 * large,
          incrs: timeSteps.filter((step) => step >= Math.min(latest.current.bucketSeconds, year)),
          size: 30 * large,
          values: (_, ticks, __, ___, increment) => tickLabels(ticks, increment, tz),
        },
        {
          stroke: ink,
          font,
          grid,
          ticks: { show: false },
          size: (_, values) => Math.max(28, ...(values ?? []).map((v) => v.length * 7.2 + 12)) * large,
          space: 44 * large,
          incrs: latest.current.axisFormat ? undefined : countSteps,
          values: (_, ticks) => ticks.map((tick) => latest.current.axisFormat?.(tick) ?? formatShort(tick, lang)),
        },
      ],
      series: [{}, ...latest.current.series.map((s) => plotSeries(s, latest.current.times.length))],
      cursor: {
        y: false,
        points: { show: latest.current.series.every((s) => s.kind !== 'bars'), size: 8 },
        drag: { x: !!latest.current.onZoom, y: false, setScale: false },
      },
      hooks: {
        setCursor: [
          (u) => {
            const index = u.cursor.idx;
            setHover(index == null || (u.cursor.left ?? -1) < 0 ? null : { index, left: u.cursor.left! + u.bbox.left / devicePixelRatio });
          },
        ],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const from = u.posToVal(u.select.left, 'x') + overhang();
            const to = u.posToVal(u.select.left + u.select.width, 'x') + overhang();
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            latest.current.onZoom?.(from * 1000, to * 1000);
          },
        ],
      },
    };
    const chart = new uPlot(options, data(), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => plot.current?.setData(data()), [props.times, props.series]);

  return (
    <figure class={props.tall ? 'chart tall' : 'chart'}>
      <figcaption class="legend">
        <span class="sr-only">{props.label}: </span>
        {props.series.map((s) => (
          <span class={`key ${s.tone} ${s.kind}`} key={s.label}>
            {s.label}
          </span>
        ))}
      </figcaption>
      <div class="plot" aria-hidden="true" onMouseLeave={() => setHover(null)}>
        <div class="canvas" ref={box} />
        {hover && hover.index < props.times.length && <Readout {...props} index={hover.index} left={hover.left} width={box.current?.clientWidth ?? 0} />}
      </div>
    </figure>
  );
}

function Readout(props: ChartProps & { index: number; left: number; width: number }) {
  const onLeft = props.left > props.width / 2;
  const style = onLeft ? { right: `${props.width - props.left + 12}px` } : { left: `${props.left + 12}px` };
  return (
    <div class="readout" style={style}>
      <strong>{props.timeLabel(props.index)}</strong>
      {props.series.map((s) => {
        const value = s.values[props.index];
        return (
          <span key={s.label} class={`key ${s.tone} ${s.kind}`}>
            {s.times?.[props.index] ?? s.label}: <b>{value == null ? '–' : props.format(value)}</b>
          </span>
        );
      })}
    </div>
  );
}
