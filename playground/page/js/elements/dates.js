// Date and time pickers, on the browser's own inputs: they have a calendar, a keyboard and a name already.

import { epochToWall, wallToEpoch } from "../dates.js";
import { debounce, h } from "../dom.js";
import { words } from "../mrkdwn.js";
import { commit } from "../surface.js";

// A date typed by keyboard passes through years 0002, 0020, 0202: wait for the typing to end.
const SETTLE_MS = 500;

function picker(element, ctx, type, key, initial, toWall, fromWall, fallback) {
  const stored = ctx.surface.get(ctx.blockId, element.action_id);
  const start = stored ? stored[key] : (initial ?? null);
  const placeholder = words(element.placeholder);
  const input = h("input", {
    type,
    class: "field field-date",
    value: start === null || start === undefined ? "" : toWall(start),
    title: placeholder || null,
    "aria-labelledby": ctx.field?.labelId,
    "aria-label": ctx.field ? null : placeholder || fallback,
    "aria-describedby": ctx.field?.describedBy,
    "data-control": true,
    "data-action": element.action_id,
    "data-autofocus": element.focus_on_load === true,
  });
  const read = () => (input.value ? fromWall(input.value) : null);
  ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, [key]: read() });
  let sent = input.value;
  const settle = debounce(async () => {
    if (input.value === sent || (/^0/.test(input.value) && type !== "time")) return;
    const before = sent;
    sent = input.value;
    if (await commit(ctx, element, { [key]: read() }, input)) return;
    input.value = before;
    sent = before;
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, [key]: read() });
  }, SETTLE_MS);
  // The state follows at once, so that submitting a form right after typing sends what is seen.
  input.addEventListener("input", () => {
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, [key]: read() });
    settle();
  });
  return input;
}

const same = (v) => v;

export function datePicker(element, ctx) {
  return picker(element, ctx, "date", "selected_date", element.initial_date, same, same, "Pick a date");
}

export function timePicker(element, ctx) {
  return picker(element, ctx, "time", "selected_time", element.initial_time, same, same, "Pick a time");
}

export function dateTimePicker(element, ctx) {
  const initial = element.initial_date_time;
  return picker(
    element,
    ctx,
    "datetime-local",
    "selected_date_time",
    initial,
    epochToWall,
    wallToEpoch,
    "Pick a date and time",
  );
}
