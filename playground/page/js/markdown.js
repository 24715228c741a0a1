// Standard Markdown, for the `markdown` block: headings, lists, quotes, code, tables, links, emphasis.

import { h } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { emoji, link } from "./mrkdwn.js";

const INLINE =
  /(`+)([\s\S]*?[^`])\1(?!`)|!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)|\*\*\*([^*]+)\*\*\*|\*\*([\s\S]+?)\*\*|__([\s\S]+?)__|\*([^*\s][^*]*?)\*|(?<![\p{L}\p{N}])_([^_\s][^_]*?)_(?![\p{L}\p{N}])|~~([\s\S]+?)~~|:([a-z0-9_+'-]+):|<?(https?:\/\/[^\s<>]+[^\s<>.,;:!?)\]])>?|\\([\\`*_{}[\]()#+.!~|>-])/u;

/** The nodes of one phrase of Markdown. */
export function inlineMarkdown(text) {
  const found = INLINE.exec(text);
  if (!found) return text ? [text] : [];
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  return [...(before ? [before] : []), ...token(found), ...inlineMarkdown(after)];
}

function token(m) {
  if (m[2] !== undefined) return [h("code", {}, m[2])];
  if (m[4] !== undefined) return [link(m[4], ...(m[3] ? inlineMarkdown(m[3]) : [m[4]]))];
  if (m[5] !== undefined) return [h("strong", {}, h("em", {}, inlineMarkdown(m[5])))];
  if (m[6] ?? m[7]) return [h("strong", {}, inlineMarkdown(m[6] ?? m[7]))];
  if (m[8] ?? m[9]) return [h("em", {}, inlineMarkdown(m[8] ?? m[9]))];
  if (m[10] !== undefined) return [h("s", {}, inlineMarkdown(m[10]))];
  if (m[11] !== undefined) return [findEmoji(m[11]) ? emoji(m[11]) : m[0]];
  if (m[12] !== undefined) return [link(m[12])];
  return [m[13] ?? m[0]];
}

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const BULLET = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((c) => c.trim());
}

function takeTable(lines, i) {
  const head = cells(lines[i]);
  const align = cells(lines[i + 1]).map((c) =>
    c.endsWith(":") ? (c.startsWith(":") ? "center" : "right") : "left",
  );
  let end = i + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const row = (tag, texts) =>
    h(
      "tr",
      {},
      texts.map((c, n) =>
        h(tag, { class: `align-${align[n] ?? "left"}`, scope: tag === "th" && "col" }, inlineMarkdown(c)),
      ),
    );
  const body = lines.slice(i + 2, end).map((line) => row("td", cells(line)));
  const table = h(
    "table",
    { class: "bk-table", "aria-label": head.join(", ") || "Table" },
    h("thead", {}, row("th", head)),
    h("tbody", {}, body),
  );
  return [
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" }, table),
    end,
  ];
}

function takeList(lines, i, indent) {
  const ordered = /\d/.test(BULLET.exec(lines[i])[2]);
  const start = ordered ? Number.parseInt(BULLET.exec(lines[i])[2], 10) : null;
  const list = h(ordered ? "ol" : "ul", { start: start > 1 && String(start) });
  let at = i;
  while (at < lines.length) {
    const item = BULLET.exec(lines[at]);
    if (!item) break;
    if (item[1].length > indent + 1 && list.lastElementChild) {
      const [nested, end] = takeList(lines, at, item[1].length);
      list.lastElementChild.append(nested);
      at = end;
    } else if (item[1].length < indent) break;
    else {
      const box = /^\[([ xX])\]\s+/.exec(item[3]);
      const body = box ? `${box[1] === " " ? "☐" : "☑"} ${item[3].slice(box[0].length)}` : item[3];
      list.append(h("li", {}, inlineMarkdown(body)));
      at += 1;
    }
  }
  return [list, at];
}

function takeFence(lines, i) {
  const mark = FENCE.exec(lines[i])[1];
  let end = i + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end += 1;
  return [h("pre", { tabindex: "0", "aria-label": "Code" }, lines.slice(i + 1, end).join("\n")), end + 1];
}

function takeQuote(lines, i) {
  let end = i;
  while (end < lines.length && /^\s*>/.test(lines[end])) end += 1;
  return [
    h(
      "blockquote",
      {},
      markdown(
        lines
          .slice(i, end)
          .map((l) => l.replace(/^\s*> ?/, ""))
          .join("\n"),
      ),
    ),
    end,
  ];
}

function takeParagraph(lines, i) {
  let end = i;
  const starts = (line) =>
    !line.trim() || FENCE.test(line) || HEADING.test(line) || BULLET.test(line) || /^\s*>/.test(line);
  while (end < lines.length && (end === i || !starts(lines[end]))) end += 1;
  const body = lines
    .slice(i, end)
    .flatMap((line, n) => [...(n ? [h("br")] : []), ...inlineMarkdown(line.trimEnd())]);
  return [h("p", {}, body), end];
}

/** The nodes of a Markdown text. */
export function markdown(text) {
  const lines = String(text ?? "").split("\n");
  const out = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    let node = null;
    if (!line.trim()) i += 1;
    else if (FENCE.test(line)) [node, i] = takeFence(lines, i);
    else if (HEADING.test(line)) {
      const [, marks, title] = HEADING.exec(line);
      // One below the page's own headings, so that a screen reader's outline stays in order.
      node = h(`h${Math.min(marks.length + 3, 6)}`, { class: `md-h${marks.length}` }, inlineMarkdown(title));
      i += 1;
    } else if (RULE.test(line)) {
      node = h("hr");
      i += 1;
    } else if (line.includes("|") && TABLE_RULE.test(lines[i + 1] ?? "")) [node, i] = takeTable(lines, i);
    else if (BULLET.test(line)) [node, i] = takeList(lines, i, BULLET.exec(line)[1].length);
    else if (/^\s*>/.test(line)) [node, i] = takeQuote(lines, i);
    else [node, i] = takeParagraph(lines, i);
    if (node) out.push(node);
  }
  return out;
}
