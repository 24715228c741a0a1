// Boxes with a frame: card, carousel, container, alert.

import { h, icon, uid } from "../dom.js";
import { renderElement } from "../elements/index.js";
import { textObject, words } from "../mrkdwn.js";
import { picture } from "./media.js";
import { richText } from "./rich_text.js";

function iconOf(spec) {
  if (!spec) return null;
  const url = spec.image_url ?? spec.url;
  return url ? picture(url, spec.alt_text ?? "", "card-icon") : null;
}

export function card(block, ctx) {
  const elements = (block.actions ?? []).map((e) =>
    renderElement(e, { surface: ctx.surface, blockId: ctx.blockId, field: null }),
  );
  const hero = block.hero_image;
  return h(
    "article",
    { class: "card", "aria-label": words(block.title) || "Card" },
    hero && picture(hero.image_url ?? hero.url, hero.alt_text, "card-hero"),
    h(
      "div",
      { class: "card-body" },
      (block.icon || block.title || block.subtitle) &&
        h(
          "div",
          { class: "card-head" },
          iconOf(block.icon),
          h(
            "div",
            {},
            block.title && h("div", { class: "card-title" }, textObject(block.title)),
            block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle)),
          ),
        ),
      block.body && h("div", { class: "bk-text" }, textObject(block.body)),
      elements.length > 0 && h("div", { class: "actions" }, elements),
    ),
  );
}

/** Cards side by side: it scrolls by touch, by wheel, by two buttons, and by the keys of a scrolled box. */
export function carousel(block, ctx) {
  const cards = block.elements ?? block.cards ?? [];
  const track = h(
    "div",
    { class: "carousel-track", tabindex: "0", role: "group", "aria-label": `${cards.length} cards` },
    cards.map((c, i) => ctx.nested(c, i)),
  );
  const move = (by) => track.scrollBy({ left: by * track.clientWidth * 0.8 });
  const arrow = (name, label, by) =>
    h(
      "button",
      { type: "button", class: "icon-btn bordered", "aria-label": label, onclick: () => move(by) },
      icon(name),
    );
  return h(
    "div",
    { class: "carousel" },
    track,
    cards.length > 1 &&
      h(
        "div",
        { class: "carousel-arrows" },
        arrow("back", "Previous cards", -1),
        arrow("next", "Next cards", 1),
      ),
  );
}

const WIDTHS = new Set(["narrow", "standard", "wide", "full"]);

export function container(block, ctx) {
  const titleId = uid("container");
  const heading = [
    iconOf(block.icon),
    h(
      "div",
      {},
      h(
        "div",
        { class: "container-title", id: titleId },
        block.rich_text_title ? richText(block.rich_text_title) : textObject(block.title),
      ),
      block.subtitle && h("div", { class: "card-subtitle" }, textObject(block.subtitle)),
    ),
  ];
  const children = (block.child_blocks ?? []).map((b, i) => ctx.nested(b, i));
  const width = WIDTHS.has(block.width) ? block.width : "standard";
  const props = { class: `container width-${width}`, "aria-labelledby": titleId };
  if (block.is_collapsible) {
    return h(
      "details",
      { ...props, open: !block.default_collapsed },
      h("summary", { class: "container-head" }, heading),
      h("div", { class: "container-body" }, children),
    );
  }
  return h(
    "section",
    props,
    h("div", { class: `container-head${block.has_header_divider ? " has-divider" : ""}` }, heading),
    h("div", { class: "container-body" }, children),
  );
}

const LEVELS = {
  default: ["info", "Note"],
  info: ["info", "Information"],
  warning: ["warning", "Warning"],
  error: ["warning", "Error"],
  success: ["check", "Success"],
};

export function alertBlock(block) {
  const level = Object.hasOwn(LEVELS, block.level ?? "") ? block.level : "default";
  const [glyph, word] = LEVELS[level];
  return h(
    "div",
    { class: `alert alert-${level}`, role: level === "error" ? "alert" : "note" },
    icon(glyph),
    h("div", {}, h("span", { class: "sr-only" }, `${word}: `), textObject(block.text)),
  );
}
