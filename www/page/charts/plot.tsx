import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";

export interface Line {
  name: string;
  x: number[];
  y: number[];
  colour: string;
  dashed?: boolean;
  points?: boolean;
}

const HEIGHT = 200;

/** Lines over a common axis. `summary` describes them in words. */
export function Plot(props: { lines: Line[]; xLabel: string; xMost: number; summary: string; percent?: boolean }) {
  const { lines, xLabel, xMost, summary, percent } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<{ chart: uPlot; kind: string } | null>(null);
  const kind = JSON.stringify([xMost, percent, lines.map(({ name, colour, dashed, points }) => [name, colour, dashed, points])]);

  const draw = () => {
    const element = place.current!;
    const data = lines.length ? uPlot.join(lines.map(({ x, y }) => [x, y])) : ([[]] as unknown as uPlot.AlignedData);
    if (plot.current?.kind === kind) return plot.current.chart.setData(data);
    plot.current?.chart.destroy();
    const chart = new uPlot(options(lines, element, xLabel, xMost, percent ?? false), data, element);
    plot.current = { chart, kind };
  };
  useEffect(draw);
  useEffect(() => {
    const element = place.current!;
    const resized = new ResizeObserver(() => plot.current?.chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    // a canvas does not follow colours by itself
    const recolour = () => {
      plot.current?.chart.destroy();
      plot.current = null;
      latestDraw.current();
    };
    scheme.addEventListener("change", recolour);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", recolour);
      plot.current?.chart.destroy();
      plot.current = null;
    };
  }, []);
  const latestDraw = useRef(draw);
  latestDraw.current = draw;
  return <div class="plot" ref={place} role="img" aria-label={summary} />;
}

function options(lines: Line[], element: HTMLElement, xLabel: string, xMost: number, percent: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: uPlot.Axis = {
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { stroke: colour("line"), width: 1 },
    font: "12px system-ui, sans-serif",
  };
  return {
    width: element.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: { time: false, range: [0, xMost] },
      y: percent ? { range: (_, low, high) => wholeTenths(low, high) } : {},
    },
    axes: [
      { ...axis, size: 30, label: xLabel, labelSize: 18, labelGap: 0, labelFont: "12px system-ui, sans-serif" },
      {
        ...axis,
        size: 52,
        ...(percent ? { incrs: [0.05, 0.1, 0.2, 0.25], values: (_, ticks) => ticks.map((tick) => `${Math.round(100 * tick)} %`) } : {}),
      },
    ],
    series: [
      {},
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.name,
          stroke: colour(line.colour),
          width: line.dashed ? 1.5 : 2,
          spanGaps: true,
          ...(line.dashed ? { dash: [6, 4] } : {}),
          points: { show: line.points ?? false, size: 7, fill: colour(line.colour) },
        }),
      ),
    ],
  };
}

/** The whole range while there is no data. */
function wholeTenths(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  return [Math.max(0, Math.floor(low * 10 - 0.01) / 10), Math.min(1, Math.ceil(high * 10 + 0.01) / 10)];
}
