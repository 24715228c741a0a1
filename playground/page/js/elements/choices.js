// Checkboxes and radio buttons, as the browser's own inputs in a named group.

import { h, uid } from "../dom.js";
import { textObject } from "../mrkdwn.js";
import { commit } from "../surface.js";

function option(kind, name, spec, isOn) {
  const id = uid("opt");
  const noteId = spec.description ? uid("note") : null;
  const input = h("input", {
    type: kind,
    id,
    name,
    checked: isOn,
    "aria-describedby": noteId,
    "data-control": true,
    "data-value": spec.value,
  });
  const row = h(
    "div",
    { class: "choice" },
    input,
    h("label", { for: id }, textObject(spec.text)),
    spec.description && h("p", { class: "choice-note", id: noteId }, textObject(spec.description)),
  );
  return { input, row, spec };
}

function group(element, ctx, kind, initial, read) {
  const stored = ctx.surface.get(ctx.blockId, element.action_id);
  const chosen = new Set((stored ? read(stored) : initial).filter(Boolean).map((o) => o.value));
  const name = uid("choice");
  const options = (element.options ?? []).map((spec) => option(kind, name, spec, chosen.has(spec.value)));
  const node = h(
    "div",
    {
      class: "choices",
      role: kind === "radio" ? "radiogroup" : "group",
      "aria-labelledby": ctx.field?.labelId,
      "aria-label": ctx.field ? null : kind === "radio" ? "Choose one" : "Choose any",
      "aria-describedby": ctx.field?.describedBy,
      "data-action": element.action_id,
    },
    options.map((o) => o.row),
  );
  return { node, options, picked: () => options.filter((o) => o.input.checked).map((o) => o.spec) };
}

/** A set of boxes. Where the person backs out of a confirmation, the boxes go back to what they were. */
export function checkboxes(element, ctx) {
  const made = group(
    element,
    ctx,
    "checkbox",
    element.initial_options ?? [],
    (v) => v.selected_options ?? [],
  );
  const value = () => ({ selected_options: made.picked() });
  ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...value() });
  made.node.addEventListener("change", async (e) => {
    const taken = await commit(ctx, element, value(), made.node);
    if (taken) return;
    e.target.checked = !e.target.checked;
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...value() });
  });
  return made.node;
}

export function radioButtons(element, ctx) {
  const made = group(element, ctx, "radio", [element.initial_option], (v) => [v.selected_option]);
  const value = () => ({ selected_option: made.picked()[0] ?? null });
  ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...value() });
  let before = made.options.find((o) => o.input.checked);
  made.node.addEventListener("change", async () => {
    if (await commit(ctx, element, value(), made.node)) {
      before = made.options.find((o) => o.input.checked);
      return;
    }
    for (const o of made.options) o.input.checked = o === before;
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...value() });
  });
  return made.node;
}
