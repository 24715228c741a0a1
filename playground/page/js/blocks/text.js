// Blocks made of words: section, header, context, divider, markdown.

import { h } from "../dom.js";
import { renderElement } from "../elements/index.js";
import { markdown } from "../markdown.js";
import { textObject } from "../mrkdwn.js";

// Slack folds long section text of messages behind "See more" unless the app says `expand`.
const FOLD_CHARS = 900;
const FOLD_LINES = 14;

function foldable(block, text, ctx) {
  const body = h("div", { class: "bk-text" }, textObject(block.text));
  const isLong = text.length > FOLD_CHARS || text.split("\n").length > FOLD_LINES;
  if (!isLong || block.expand || ctx.surface.container.type !== "message") return body;
  body.classList.add("is-folded");
  const more = h(
    "button",
    {
      type: "button",
      class: "link-btn",
      "aria-expanded": "false",
      onclick: () => {
        const folded = body.classList.toggle("is-folded");
        more.textContent = folded ? "See more" : "See less";
        more.setAttribute("aria-expanded", String(!folded));
      },
    },
    "See more",
  );
  return h("div", {}, body, more);
}

export function section(block, ctx) {
  const fields = block.fields ?? [];
  const accessory =
    block.accessory &&
    renderElement(block.accessory, { surface: ctx.surface, blockId: ctx.blockId, field: null });
  const main = h(
    "div",
    { class: "section-main" },
    block.text && foldable(block, block.text.text ?? "", ctx),
    fields.length > 0 &&
      h(
        "div",
        { class: "fields" },
        fields.map((f) => h("div", { class: "bk-text" }, textObject(f))),
      ),
  );
  return h("div", { class: "section" }, main, accessory && h("div", { class: "accessory" }, accessory));
}

export function header(block) {
  return h("h3", { class: "bk-header" }, textObject(block.text));
}

export function divider() {
  return h("hr", { class: "bk-divider" });
}

export function context(block) {
  const items = (block.elements ?? []).map((e) =>
    e.type === "image"
      ? h("img", { class: "context-image", src: e.image_url, alt: e.alt_text ?? "" })
      : h("span", { class: "context-text" }, textObject(e)),
  );
  return h("div", { class: "context" }, items);
}

export function markdownBlock(block) {
  return h("div", { class: "markdown" }, markdown(block.text));
}
