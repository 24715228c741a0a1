// Inputs for text: one line, several lines, e-mail, address, number, and rich text as plain text.

import { debounce, h } from "../dom.js";
import { words } from "../mrkdwn.js";
import { commit } from "../surface.js";

const TYPING_MS = 300;

function wire(node, element, ctx, toValue) {
  ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...toValue(node.value) });
  const when = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const send = () => ctx.field?.dispatch && commit(ctx, element, toValue(node.value), node);
  const typed = debounce(send, TYPING_MS);
  node.addEventListener("input", () => {
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...toValue(node.value) });
    node.removeAttribute("aria-invalid");
    if (when.includes("on_character_entered")) typed();
  });
  node.addEventListener("keydown", (e) => {
    const isEnter = e.key === "Enter" && !e.shiftKey && !e.isComposing;
    if (!isEnter || !ctx.field?.dispatch || !when.includes("on_enter_pressed")) return;
    e.preventDefault();
    send();
  });
  return node;
}

function attributes(element, ctx) {
  const placeholder = words(element.placeholder);
  return {
    class: "field",
    placeholder: placeholder || null,
    minlength: element.min_length,
    maxlength: element.max_length,
    autocomplete: "off",
    "aria-labelledby": ctx.field?.labelId,
    "aria-label": ctx.field ? null : placeholder || "Text",
    "aria-describedby": ctx.field?.describedBy,
    "aria-required": ctx.field && !ctx.field.optional ? "true" : null,
    "data-control": true,
    "data-action": element.action_id,
    "data-autofocus": element.focus_on_load === true,
  };
}

function start(element, ctx, fallback = element.initial_value) {
  return ctx.surface.get(ctx.blockId, element.action_id)?.value ?? fallback ?? "";
}

const asValue = (text) => ({ value: text === "" ? null : text });

export function plainTextInput(element, ctx) {
  const props = { ...attributes(element, ctx), value: start(element, ctx) };
  const node = element.multiline
    ? h("textarea", { ...props, rows: "4" })
    : h("input", { ...props, type: "text" });
  return wire(node, element, ctx, asValue);
}

export function typedInput(type) {
  return (element, ctx) =>
    wire(
      h("input", { ...attributes(element, ctx), type, value: start(element, ctx) }),
      element,
      ctx,
      asValue,
    );
}

export function numberInput(element, ctx) {
  const props = { ...attributes(element, ctx), min: element.min_value, max: element.max_value };
  const node = h("input", {
    ...props,
    type: "number",
    inputmode: element.is_decimal_allowed ? "decimal" : "numeric",
    step: element.is_decimal_allowed ? "any" : "1",
    value: start(element, ctx),
  });
  return wire(node, element, ctx, asValue);
}

function richToText(rich) {
  const lines = (rich?.elements ?? []).map((part) =>
    (part.elements ?? []).map((e) => e.text ?? e.url ?? (e.name ? `:${e.name}:` : "")).join(""),
  );
  return lines.join("\n");
}

function textToRich(text) {
  if (text === "") return { rich_text_value: null };
  const section = { type: "rich_text_section", elements: [{ type: "text", text }] };
  return { rich_text_value: { type: "rich_text", elements: [section] } };
}

export function richTextInput(element, ctx) {
  const stored = ctx.surface.get(ctx.blockId, element.action_id)?.rich_text_value;
  const node = h("textarea", {
    ...attributes(element, ctx),
    rows: String(Math.min(Math.max(element.min_lines ?? 4, 2), 12)),
    value: richToText(stored ?? element.initial_value),
  });
  return wire(node, element, ctx, textToRich);
}
