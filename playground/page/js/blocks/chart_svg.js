// The drawing of charts: scales, axes, marks. Colours come from the style sheet (class series-0 to -11).

import { s } from "../dom.js";

const HEIGHT = 230;
const CHAR = 6.4;

export function clip(text, most) {
  const t = String(text ?? "");
  return t.length > most ? `${t.slice(0, most - 1)}…` : t;
}

export function formatNumber(value) {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 }).format(value);
}

function compact(value) {
  const format = { notation: Math.abs(value) >= 10000 ? "compact" : "standard", maximumFractionDigits: 2 };
  return new Intl.NumberFormat("en-US", format).format(value);
}

/** Round tick values that cover the data; bars and areas always start at zero, lines only when it is near. */
export function niceTicks(low, high, fromZero) {
  let min = fromZero || low < 0 || low < high * 0.75 ? Math.min(0, low) : low;
  let max = Math.max(high, fromZero ? 0 : high);
  if (max === min) {
    max = min + (Math.abs(min) || 1);
  }
  const rough = (max - min) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((n) => n * power >= rough) ?? 10);
  min = Math.floor(min / step) * step;
  const count = Math.ceil((max - min) / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((min + i * step).toPrecision(12)));
}

function frame(width, height, label) {
  return s("svg", {
    class: "chart-svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": label,
  });
}

function yAxis(ticks, box, y) {
  return ticks.map((t) =>
    s(
      "g",
      {},
      s("line", {
        class: t === 0 ? "chart-zero" : "chart-grid",
        x1: box.left,
        x2: box.right,
        y1: y(t),
        y2: y(t),
      }),
      s("text", { class: "chart-tick", x: box.left - 8, y: y(t) + 4, "text-anchor": "end" }, compact(t)),
    ),
  );
}

function xAxis(labels, box, x) {
  const room = (box.right - box.left) / labels.length;
  const longest = Math.min(Math.max(...labels.map((l) => String(l).length)), 12);
  const every = Math.max(1, Math.ceil((longest * CHAR + 10) / room));
  const from = (labels.length - 1) % every;
  return labels.map((label, i) => {
    if (i % every !== from) return null;
    return s(
      "text",
      { class: "chart-tick", x: x(i), y: box.bottom + 18, "text-anchor": "middle" },
      clip(label, 12),
      s("title", {}, String(label)),
    );
  });
}

function axisTitles(axis, box, height) {
  const middle = (box.top + box.bottom) / 2;
  return [
    axis.x_label &&
      s(
        "text",
        { class: "chart-axis", x: (box.left + box.right) / 2, y: height - 4, "text-anchor": "middle" },
        clip(axis.x_label, 50),
      ),
    axis.y_label &&
      s(
        "text",
        { class: "chart-axis", x: -middle, y: 12, transform: "rotate(-90)", "text-anchor": "middle" },
        clip(axis.y_label, 34),
      ),
  ];
}

function runs(values) {
  const out = [];
  values.forEach((v, i) => {
    if (v === null) return;
    if (i > 0 && values[i - 1] !== null) out.at(-1).push(i);
    else out.push([i]);
  });
  return out;
}

function lineMarks(kind, data, x, y, base) {
  return data.series.map((one, n) => {
    const points = (run) => run.map((i) => `${x(i).toFixed(1)},${y(one.values[i]).toFixed(1)}`);
    const shapes = runs(one.values).flatMap((run) => [
      kind === "area" &&
        s("path", {
          class: "chart-fill",
          d: `M${x(run[0]).toFixed(1)},${base} L${points(run).join(" L")} L${x(run.at(-1)).toFixed(1)},${base} Z`,
        }),
      s("path", { class: "chart-line", d: `M${points(run).join(" L")}` }),
    ]);
    const dots = one.values.map(
      (v, i) =>
        v !== null &&
        s(
          "circle",
          { class: "chart-dot", cx: x(i), cy: y(v), r: 3.5 },
          s("title", {}, `${one.name} · ${data.labels[i]}: ${formatNumber(v)}`),
        ),
    );
    return s("g", { class: `series-${n % 12}` }, shapes, dots);
  });
}

function barMarks(data, box, y, base) {
  const room = (box.right - box.left) / data.labels.length;
  const gap = Math.min(2, room * 0.04);
  const bar = Math.min(44, (room * 0.72) / data.series.length);
  const start = (room - bar * data.series.length) / 2;
  return data.series.map((one, n) =>
    s(
      "g",
      { class: `series-${n % 12}` },
      one.values.map((v, i) => {
        if (v === null) return null;
        const top = Math.min(y(v), base);
        const size = Math.max(1, Math.abs(base - y(v)));
        const left = box.left + i * room + start + n * bar;
        return s(
          "rect",
          {
            class: "chart-bar",
            x: left,
            y: top,
            width: Math.max(1, bar - gap),
            height: size,
            rx: Math.min(3, bar / 4),
          },
          s("title", {}, `${one.name} · ${data.labels[i]}: ${formatNumber(v)}`),
        );
      }),
    ),
  );
}

/** A line, area or bar chart `width` pixels wide. */
export function drawSeries(kind, data, axis, width, label) {
  const all = data.series.flatMap((one) => one.values).filter((v) => v !== null);
  const ticks = niceTicks(Math.min(...all), Math.max(...all), kind !== "line");
  const tickRoom = Math.max(...ticks.map((t) => compact(t).length)) * CHAR + 12;
  const height = HEIGHT + (axis.x_label ? 18 : 0);
  const box = { left: tickRoom + (axis.y_label ? 18 : 0), right: width - 10, top: 10, bottom: HEIGHT - 26 };
  const [low, high] = [ticks[0], ticks.at(-1)];
  const y = (v) => box.bottom - ((v - low) / (high - low)) * (box.bottom - box.top);
  const inBands = kind === "bar" || data.labels.length === 1;
  const room =
    (box.right - box.left - (inBands ? 0 : 24)) / (inBands ? data.labels.length : data.labels.length - 1);
  const x = (i) => (inBands ? box.left + (i + 0.5) * room : box.left + 12 + i * room);
  const base = y(Math.min(Math.max(0, low), high));
  const svg = frame(width, height, label);
  const marks = kind === "bar" ? barMarks(data, box, y, base) : lineMarks(kind, data, x, y, base);
  const parts = [
    ...yAxis(ticks, box, y),
    ...xAxis(data.labels, box, x),
    ...axisTitles(axis, box, height),
    ...marks,
  ];
  svg.append(...parts.filter(Boolean));
  return svg;
}

function wedge(from, to, r, hole) {
  const at = (angle, radius) =>
    `${(Math.sin(angle) * radius).toFixed(2)},${(-Math.cos(angle) * radius).toFixed(2)}`;
  const large = to - from > Math.PI ? 1 : 0;
  return `M${at(from, r)} A${r},${r} 0 ${large} 1 ${at(to, r)} L${at(to, hole)} A${hole},${hole} 0 ${large} 0 ${at(from, hole)} Z`;
}

/** A ring whose parts are the segments' shares. */
export function drawPie(segments, width, label) {
  const size = Math.min(width, 200);
  const total = segments.reduce((sum, x) => sum + Math.max(0, x.value), 0) || 1;
  const svg = frame(size, size, label);
  const centre = s("g", { transform: `translate(${size / 2} ${size / 2})` });
  let angle = 0;
  segments.forEach((x, i) => {
    const share = Math.max(0, x.value) / total;
    // A full turn has the same start and end, which draws nothing: stop a hair before.
    const end = angle + Math.min(share * 2 * Math.PI, 2 * Math.PI - 1e-4);
    const title = s("title", {}, `${x.label}: ${formatNumber(x.value)} (${Math.round(share * 100)}%)`);
    centre.append(
      s(
        "path",
        { class: `chart-wedge series-${i % 12}`, d: wedge(angle, end, size / 2 - 2, size / 3.4) },
        title,
      ),
    );
    angle += share * 2 * Math.PI;
  });
  svg.append(centre);
  return svg;
}
