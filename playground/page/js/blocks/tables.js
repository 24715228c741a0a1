// table (as laid out by the app) and data_table (sorted, searched and paged by the reader).

import { h, icon } from "../dom.js";
import { isElement, renderElement } from "../elements/index.js";
import { plain } from "../mrkdwn.js";
import { richText } from "./rich_text.js";

const ALIGN = new Set(["left", "center", "right"]);

function cellNodes(cell, ctx) {
  if (cell === null || cell === undefined) return [];
  if (cell.type === "rich_text") return [richText(cell)];
  if (cell.type === "raw_number") return [String(cell.text ?? cell.value ?? "")];
  if (isElement(cell.type))
    return [renderElement(cell, { surface: ctx.surface, blockId: ctx.blockId, field: null })];
  return plain(cell.text ?? "");
}

function scroller(label, ...children) {
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": label }, children);
}

function tableRow(row, ctx, { tag, settings = [], head = -1 }) {
  return h(
    "tr",
    {},
    (row ?? []).map((cell, i) => {
      const set = settings[i] ?? {};
      const align = ALIGN.has(set.align) ? set.align : cell?.type === "raw_number" ? "right" : "left";
      const isHead = tag === "th" || i === head;
      const scope = tag === "th" ? "col" : "row";
      return h(
        isHead ? "th" : "td",
        {
          class: `align-${align}${set.is_wrapped === false ? " nowrap" : ""}`,
          scope: isHead && scope,
        },
        cellNodes(cell, ctx),
      );
    }),
  );
}

export function table(block, ctx) {
  const [first, ...rest] = block.rows ?? [];
  const settings = block.column_settings ?? [];
  const name = (first ?? []).map(textOf).filter(Boolean).join(", ") || "Table";
  return scroller(
    "Table",
    h(
      "table",
      { class: "bk-table", "aria-label": name },
      h("thead", {}, tableRow(first, ctx, { tag: "th", settings })),
      h(
        "tbody",
        {},
        rest.map((row) => tableRow(row, ctx, { tag: "td", settings })),
      ),
    ),
  );
}

function sortKey(cell) {
  if (cell?.type === "raw_number") return Number(cell.value);
  return textOf(cell).toLowerCase();
}

function textOf(cell) {
  if (cell?.type === "rich_text") return richText(cell).textContent;
  const text = cell?.text;
  return typeof text === "object" ? (text?.text ?? "") : String(text ?? cell?.value ?? "");
}

function compare(a, b, isNumeric) {
  const [x, y] = [sortKey(a), sortKey(b)];
  return isNumeric ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
}

/** A table the reader may sort by any column, search, and leaf through. */
export function dataTable(block, ctx) {
  const [header = [], ...all] = block.rows ?? [];
  const size = Math.min(Math.max(block.page_size ?? 5, 1), 100);
  const rowHead = block.row_header_column_index ?? 0;
  const numeric = header.map((_, i) => all.length > 0 && all.every((r) => r[i]?.type === "raw_number"));
  const view = { column: -1, down: false, page: 0, query: "" };
  const caption = h("caption", {}, plain(block.caption ?? ""));
  const headCells = header.map((cell, i) => headCell(cell, i));
  const body = h("tbody");
  const footer = h("div", { class: "table-footer" });
  const status = h("span", { class: "field-note", role: "status" });

  function headCell(cell, i) {
    const name = textOf(cell) || `Column ${i + 1}`;
    const sort = h(
      "button",
      { type: "button", class: "sort-btn", onclick: () => sortBy(i) },
      name,
      icon("chevron"),
    );
    return h(
      "th",
      { scope: "col", "aria-sort": "none", class: `align-${numeric[i] ? "right" : "left"}` },
      sort,
    );
  }

  function sortBy(i) {
    view.down = view.column === i ? !view.down : numeric[i];
    view.column = i;
    view.page = 0;
    headCells.forEach((th, n) =>
      th.setAttribute("aria-sort", n !== i ? "none" : view.down ? "descending" : "ascending"),
    );
    draw();
  }

  function rows() {
    const found = view.query
      ? all.filter((r) => r.some((c) => textOf(c).toLowerCase().includes(view.query)))
      : [...all];
    if (view.column < 0) return found;
    const sign = view.down ? -1 : 1;
    return found.sort((a, b) => sign * compare(a[view.column], b[view.column], numeric[view.column]));
  }

  function draw() {
    const found = rows();
    const pages = Math.max(1, Math.ceil(found.length / size));
    view.page = Math.min(view.page, pages - 1);
    const from = view.page * size;
    const settings = numeric.map((n) => (n ? { align: "right" } : {}));
    body.replaceChildren(
      ...found.slice(from, from + size).map((r) => tableRow(r, ctx, { tag: "td", settings, head: rowHead })),
    );
    status.textContent = found.length
      ? `${from + 1}–${Math.min(from + size, found.length)} of ${found.length}`
      : "No rows match";
    previous.disabled = view.page === 0;
    next.disabled = view.page >= pages - 1;
  }

  const turn = (by) => () => {
    view.page += by;
    draw();
  };
  const previous = h(
    "button",
    { type: "button", class: "icon-btn bordered", "aria-label": "Previous page", onclick: turn(-1) },
    icon("back"),
  );
  const next = h(
    "button",
    { type: "button", class: "icon-btn bordered", "aria-label": "Next page", onclick: turn(1) },
    icon("next"),
  );
  if (all.length > size) {
    const search = h("input", {
      type: "search",
      class: "field table-search",
      placeholder: "Search rows",
      "aria-label": `Search ${block.caption ?? "table"}`,
      oninput: () => {
        view.query = search.value.trim().toLowerCase();
        view.page = 0;
        draw();
      },
    });
    footer.append(search, status, previous, next);
  }
  draw();
  return h(
    "div",
    { class: "data-table" },
    scroller(
      block.caption || "Table",
      h("table", { class: "bk-table" }, caption, h("thead", {}, h("tr", {}, headCells)), body),
    ),
    footer,
  );
}
