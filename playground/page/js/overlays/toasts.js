// Short notes in the corner that go by themselves.

import { h, icon } from "../dom.js";

const STAY_MS = 6000;

/** Shows a note; it is also read out, since the region is live. `kind` is "info" or "error". */
export function toast(text, kind = "info") {
  const region = document.getElementById("toasts");
  const note = h(
    "div",
    { class: `toast toast-${kind}` },
    icon(kind === "error" ? "warning" : "info"),
    h("span", {}, text),
    h(
      "button",
      { type: "button", class: "icon-btn", "aria-label": "Dismiss", onclick: () => note.remove() },
      icon("close"),
    ),
  );
  region.append(note);
  // Someone reading or reaching for it keeps it.
  const leave = () => (note.matches(":hover, :focus-within") ? setTimeout(leave, STAY_MS) : note.remove());
  setTimeout(leave, STAY_MS);
}

/** Says something to a screen reader only. */
export function announce(text) {
  const region = document.getElementById("announcer");
  region.textContent = "";
  requestAnimationFrame(() => {
    region.textContent = text;
  });
}
