// rich_text: Slack's structured text, the one people's own messages are made of.

import { slackDate } from "../dates.js";
import { h } from "../dom.js";
import { channelLink, emoji, link, mention } from "../mrkdwn.js";

function broadcast(range) {
  return h("span", { class: "mention mention-all" }, `@${range}`);
}

function fromCodePoints(unicode) {
  return String.fromCodePoint(...unicode.split("-").map((hex) => Number.parseInt(hex, 16)));
}

const PARTS = {
  text: (e) => breaks(e.text ?? ""),
  link: (e) => [link(e.url ?? "", e.text || e.url || "")],
  emoji: (e) => {
    const node = emoji(e.name);
    if (typeof node !== "string" || !e.unicode) return [node];
    return [h("span", { class: "emoji", role: "img", "aria-label": e.name }, fromCodePoints(e.unicode))];
  },
  user: (e) => [mention(e.user_id)],
  usergroup: (e) => [broadcast(e.usergroup_id)],
  channel: (e) => [channelLink(e.channel_id)],
  broadcast: (e) => [broadcast(e.range)],
  date: (e) => {
    const text = slackDate(e.timestamp, e.format ?? "{date}") ?? e.fallback ?? "";
    return [h("time", { title: e.fallback }, e.url ? link(e.url, text) : text)];
  },
  color: (e) => [h("span", { class: "swatch", vars: { "--swatch": safeColour(e.value) } }), e.value ?? ""],
};

export function safeColour(value) {
  const text = String(value ?? "").replace(/^#?/, "#");
  return /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? text : "transparent";
}

function breaks(text) {
  return text
    .split("\n")
    .flatMap((line, i) => (i ? [h("br"), line] : [line]))
    .filter((x) => x !== "");
}

function part(element) {
  const nodes = Object.hasOwn(PARTS, element?.type) ? PARTS[element.type](element) : [`[${element?.type}]`];
  const style = element.style ?? {};
  let out = nodes;
  if (style.code) out = [h("code", {}, out)];
  if (style.strike) out = [h("s", {}, out)];
  if (style.underline) out = [h("u", {}, out)];
  if (style.italic) out = [h("em", {}, out)];
  if (style.bold) out = [h("strong", {}, out)];
  return out;
}

const phrases = (block) => (block.elements ?? []).flatMap(part);

function list(block) {
  const ordered = block.style === "ordered";
  const indent = Math.min(block.indent ?? 0, 8);
  return h(
    ordered ? "ol" : "ul",
    {
      class: `rt-list rt-level-${indent % 3}${block.border ? " rt-border" : ""}`,
      vars: { "--depth": String(indent) },
      start: ordered && block.offset ? String(block.offset + 1) : null,
    },
    (block.elements ?? []).map((item) => h("li", {}, phrases(item))),
  );
}

const GROUPS = {
  rich_text_section: (b) => h("div", { class: "rt-section" }, phrases(b)),
  rich_text_list: list,
  rich_text_quote: (b) => h("blockquote", {}, phrases(b)),
  rich_text_preformatted: (b) => h("pre", { tabindex: "0", "aria-label": "Code" }, phrases(b)),
};

export function richText(block) {
  const groups = (block.elements ?? []).map((b) =>
    Object.hasOwn(GROUPS, b?.type)
      ? GROUPS[b.type](b)
      : h("span", { class: "unsupported" }, `unsupported rich text: ${b?.type}`),
  );
  return h("div", { class: "rich-text" }, groups);
}
