// data_visualization: a chart with title, axis labels and legend, and the same numbers as a table.

import { h, hiddenText, uid } from "../dom.js";
import { clip, drawPie, drawSeries, formatNumber } from "./chart_svg.js";

const SERIES_KINDS = new Set(["line", "area", "bar"]);

function seriesOf(chart) {
  const given = chart.series ?? [];
  const labels = chart.axis_config?.categories ?? (given[0]?.data ?? []).map((p) => p.label);
  const series = given.map((one) => {
    const byLabel = new Map((one.data ?? []).map((p) => [p.label, Number(p.value)]));
    return {
      name: one.name ?? "",
      values: labels.map((l) => (Number.isFinite(byLabel.get(l)) ? byLabel.get(l) : null)),
    };
  });
  return { labels, series };
}

function legend(names) {
  return h(
    "ul",
    { class: "chart-legend" },
    names.map((name, i) =>
      h("li", {}, h("span", { class: `legend-key series-${i % 12}`, "aria-hidden": "true" }), name),
    ),
  );
}

function pieTable(segments, caption) {
  const total = segments.reduce((sum, x) => sum + x.value, 0);
  const rows = segments.map((x) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, x.label),
      h("td", { class: "align-right" }, formatNumber(x.value)),
      h("td", { class: "align-right" }, `${Math.round((100 * x.value) / total)}%`),
    ),
  );
  return h(
    "table",
    { class: "bk-table" },
    h("caption", {}, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Segment", "Value", "Share"].map((t, i) =>
          h("th", { scope: "col", class: i ? "align-right" : "" }, t),
        ),
      ),
    ),
    h("tbody", {}, rows),
  );
}

function seriesTable({ labels, series }, axis, caption) {
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, axis.x_label || hiddenText("Category")),
    series.map((x) => h("th", { scope: "col", class: "align-right" }, x.name)),
  );
  const rows = labels.map((label, i) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, label),
      series.map((x) =>
        h("td", { class: "align-right" }, x.values[i] === null ? "–" : formatNumber(x.values[i])),
      ),
    ),
  );
  return h(
    "table",
    { class: "bk-table" },
    h("caption", {}, caption),
    h("thead", {}, head),
    h("tbody", {}, rows),
  );
}

function summaryOf(kind, title, data, axis) {
  const of = data.series.map((x) => {
    const known = x.values.filter((v) => v !== null);
    return known.length
      ? `${x.name}: from ${formatNumber(known[0])} to ${formatNumber(known.at(-1))}`
      : x.name;
  });
  const axes = [axis.x_label && `by ${axis.x_label}`, axis.y_label && `in ${axis.y_label}`]
    .filter(Boolean)
    .join(", ");
  return `${kind} chart, ${title}${axes ? `, ${axes}` : ""}. ${of.join("; ")}.`;
}

function pie(title, chart) {
  const segments = (chart.segments ?? []).map((x) => ({
    label: String(x.label ?? ""),
    value: Number(x.value) || 0,
  }));
  if (!segments.length) throw new Error("a pie needs segments");
  const label = `pie chart, ${title}. ${segments.map((x) => `${x.label} ${formatNumber(x.value)}`).join(", ")}.`;
  return {
    draw: (width) => drawPie(segments, width, label),
    names: segments.map((x) => `${x.label} · ${formatNumber(x.value)}`),
    table: pieTable(segments, title),
    isPie: true,
  };
}

function plot(title, chart) {
  const data = seriesOf(chart);
  if (!data.series.length || !data.labels.length) throw new Error("a chart needs series and categories");
  const axis = chart.axis_config ?? {};
  const label = summaryOf(chart.type, title, data, axis);
  return {
    draw: (width) => drawSeries(chart.type, data, axis, width, label),
    names: data.series.length > 1 || data.series[0].name ? data.series.map((x) => x.name) : [],
    table: seriesTable(data, axis, title),
    isPie: false,
  };
}

export function dataVisualization(block) {
  const chart = block.chart ?? {};
  const title = typeof block.title === "string" ? block.title : (block.title?.text ?? "");
  if (chart.type !== "pie" && !SERIES_KINDS.has(chart.type))
    throw new Error(`no such chart: ${clip(chart.type, 20)}`);
  const made = chart.type === "pie" ? pie(title, chart) : plot(title, chart);
  const tableId = uid("chart-table");
  const canvas = h("div", { class: "chart-canvas" });
  const tableBox = h(
    "div",
    {
      class: "table-scroll",
      id: tableId,
      hidden: true,
      tabindex: "0",
      role: "region",
      "aria-label": `${title}, as a table`,
    },
    made.table,
  );
  const toggle = h(
    "button",
    {
      type: "button",
      class: "link-btn",
      "aria-expanded": "false",
      "aria-controls": tableId,
      onclick: () => {
        tableBox.hidden = !tableBox.hidden;
        toggle.setAttribute("aria-expanded", String(!tableBox.hidden));
        toggle.textContent = tableBox.hidden ? "Show as table" : "Hide table";
      },
    },
    "Show as table",
  );

  // Drawn for the width it has, so that its words keep their size on a narrow screen.
  let drawn = 0;
  const fit = () => {
    const width = Math.round(canvas.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    canvas.replaceChildren(made.draw(width));
  };
  new ResizeObserver(fit).observe(canvas);
  requestAnimationFrame(fit);
  return h(
    "figure",
    { class: `chart${made.isPie ? " chart-pie" : ""}` },
    h("figcaption", { class: "chart-head" }, h("span", { class: "chart-title" }, title), toggle),
    h("div", { class: "chart-plot" }, canvas, made.names.length > 0 && legend(made.names)),
    tableBox,
  );
}
