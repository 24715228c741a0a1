// The "…" button with one to five options.

import { h, icon } from "../dom.js";
import { words } from "../mrkdwn.js";
import { openMenu } from "../overlays/menu.js";

export function overflow(element, ctx) {
  const choose = (option) =>
    ctx.surface.dispatch({
      blockId: ctx.blockId,
      action: { type: "overflow", action_id: element.action_id, selected_option: option },
      confirm: element.confirm,
      node,
    });
  const items = (element.options ?? []).map((option) => ({
    label: words(option.text),
    description: option.description && words(option.description),
    href: /^https?:/i.test(option.url ?? "") ? option.url : null,
    onselect: () => choose(option),
  }));
  const node = h(
    "button",
    {
      type: "button",
      class: "icon-btn bordered",
      "aria-label": element.accessibility_label || "More options",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "data-action": element.action_id,
      onclick: () => openMenu(node, items, "More options"),
    },
    icon("more"),
  );
  return node;
}
