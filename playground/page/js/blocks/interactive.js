// Blocks that hold elements to act on.

import { h, uid } from "../dom.js";
import { renderElement } from "../elements/index.js";
import { textObject } from "../mrkdwn.js";

function row(className, elements, ctx) {
  const nodes = (elements ?? []).map((e) =>
    renderElement(e, { surface: ctx.surface, blockId: ctx.blockId, field: null }),
  );
  return h("div", { class: className }, nodes);
}

export function actions(block, ctx) {
  return row("actions", block.elements, ctx);
}

export function contextActions(block, ctx) {
  return row("actions context-actions", block.elements, ctx);
}

/** A labelled input. Errors of a submission are shown under it by `showFieldErrors`. */
export function input(block, ctx) {
  const [labelId, hintId, errorId] = [uid("label"), uid("hint"), uid("error")];
  const field = {
    labelId,
    describedBy: block.hint ? `${hintId} ${errorId}` : errorId,
    dispatch: block.dispatch_action === true,
    optional: block.optional === true,
  };
  const element = renderElement(block.element, { surface: ctx.surface, blockId: ctx.blockId, field });
  const label = h(
    "span",
    { class: "input-label", id: labelId },
    textObject(block.label),
    block.optional && h("span", { class: "optional" }, " (optional)"),
  );
  label.addEventListener("click", () => element?.focus?.());
  return h(
    "div",
    { class: "input-block" },
    label,
    element,
    h("p", { class: "field-error", id: errorId, hidden: true }),
    block.hint && h("p", { class: "field-note", id: hintId }, textObject(block.hint)),
  );
}

/**
 * Shows each error under the input of its block and returns the first control concerned, or null; an error
 * for a block that has no input comes back in `rest`.
 */
export function showFieldErrors(root, errors) {
  let first = null;
  const rest = [];
  for (const frame of root.querySelectorAll("[data-block]")) {
    const slot = frame.querySelector(":scope > .input-block > .field-error");
    if (!slot) continue;
    const text = errors[frame.dataset.block];
    slot.textContent = text ?? "";
    slot.hidden = !text;
    const control = frame.querySelector("[data-control]");
    if (text) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
    if (text) first ??= control;
  }
  const shown = new Set([...root.querySelectorAll(".input-block")].map((n) => n.parentElement.dataset.block));
  for (const [id, text] of Object.entries(errors)) if (!shown.has(id)) rest.push(text);
  return { first, rest };
}
