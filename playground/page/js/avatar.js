// Faces: initials on a colour that stays the same for the same person.

import { h } from "./dom.js";
import { nameOf } from "./store.js";

const COLOURS = [
  "#7a3e9d",
  "#1264a3",
  "#0b6e4f",
  "#a63a50",
  "#8a5a00",
  "#3d5a80",
  "#5b4b8a",
  "#9c4221",
  "#2f6f73",
  "#6b4e71",
];

function colourOf(id) {
  let sum = 0;
  for (const c of String(id)) sum = (sum * 31 + c.codePointAt(0)) >>> 0;
  return COLOURS[sum % COLOURS.length];
}

export function initialsOf(person) {
  if (person.initials) return person.initials;
  const parts = nameOf(person)
    .split(/[\s._-]+/)
    .filter(Boolean);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? parts.at(-1)[0] : "")).toUpperCase();
}

/** A square with initials; decorative, since the name stands beside it. */
export function avatar(person, className = "") {
  return h(
    "span",
    { class: `avatar ${className}`, "aria-hidden": "true", vars: { "--face": colourOf(person.id) } },
    initialsOf(person),
  );
}
