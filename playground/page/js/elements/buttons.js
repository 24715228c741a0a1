// Buttons: plain, icon, and the pair that asks for feedback.

import { h, icon } from "../dom.js";
import { textObject, words } from "../mrkdwn.js";

const STYLES = { primary: "btn-primary", danger: "btn-danger" };

function press(element, ctx, node, extra) {
  return ctx.surface.dispatch({
    blockId: ctx.blockId,
    action: { type: element.type, action_id: element.action_id, ...extra },
    confirm: element.confirm,
    node,
  });
}

/** A button; one with a url is a link that tells the app as well. */
export function button(element, ctx) {
  const tag = element.url ? "a" : "button";
  const node = h(
    tag,
    {
      class: `btn ${STYLES[element.style] ?? ""}`,
      type: !element.url && "button",
      href: element.url && safeUrl(element.url),
      target: element.url && "_blank",
      rel: element.url && "noopener noreferrer",
      "aria-label": element.accessibility_label,
      "data-action": element.action_id,
      onclick: () => {
        if (node.getAttribute("aria-busy") === "true") return;
        press(element, ctx, node, { value: element.value, text: element.text });
      },
    },
    h("span", { class: "btn-text" }, textObject(element.text)),
  );
  return node;
}

function safeUrl(url) {
  return /^(https?:|mailto:|tel:)/i.test(url.trim()) ? url : "about:blank";
}

const GLYPHS = {
  trash: "trash",
  delete: "trash",
  edit: "file",
  copy: "file",
  refresh: "bolt",
  check: "check",
};

export function iconButton(element, ctx) {
  const label = element.accessibility_label || words(element.text) || element.icon;
  const node = h(
    "button",
    {
      type: "button",
      class: "icon-btn bordered",
      title: words(element.text) || label,
      "aria-label": label,
      "data-action": element.action_id,
      onclick: () => press(element, ctx, node, { value: element.value, text: element.text }),
    },
    icon(GLYPHS[element.icon] ?? "bolt"),
  );
  return node;
}

/** Thumbs up and down; the one that was pressed stays marked. */
export function feedbackButtons(element, ctx) {
  const group = h("span", { class: "feedback", role: "group", "aria-label": "Feedback" });
  const make = (spec, glyph) => {
    const node = h(
      "button",
      {
        type: "button",
        class: "icon-btn",
        title: words(spec.text),
        "aria-label": spec.accessibility_label || words(spec.text),
        "aria-pressed": "false",
        "data-action": element.action_id,
        onclick: async () => {
          const taken = await press(element, ctx, node, { value: spec.value, text: spec.text });
          if (taken) for (const b of group.children) b.setAttribute("aria-pressed", String(b === node));
        },
      },
      icon(glyph),
    );
    return node;
  };
  group.append(make(element.positive_button, "up"), make(element.negative_button, "down"));
  return group;
}
