// A small floating box beside the control that opened it: menus, select lists, completions.

import { h } from "../dom.js";

const GAP = 4;
const EDGE = 8;

function place(popup, anchor, wide) {
  const a = anchor.getBoundingClientRect();
  const width = wide ? Math.max(a.width, 240) : popup.offsetWidth;
  popup.style.minWidth = wide ? `${Math.min(width, innerWidth - 2 * EDGE)}px` : "";
  const box = popup.getBoundingClientRect();
  const below = innerHeight - a.bottom - GAP - EDGE;
  const above = a.top - GAP - EDGE;
  const goesUp = box.height > below && above > below;
  popup.style.maxHeight = `${Math.max(120, goesUp ? above : below)}px`;
  const left = Math.min(Math.max(EDGE, a.left), innerWidth - box.width - EDGE);
  popup.style.left = `${Math.max(EDGE, left)}px`;
  if (goesUp) {
    popup.style.top = "auto";
    popup.style.bottom = `${innerHeight - a.top + GAP}px`;
  } else {
    popup.style.bottom = "auto";
    popup.style.top = `${a.bottom + GAP}px`;
  }
}

/**
 * Shows `content` beside `anchor` until it is dismissed: by `close()`, Escape, a click elsewhere, or the
 * focus leaving both. It lives in the anchor's own dialog, since a modal makes everything outside it inert.
 */
export function openPopup(
  anchor,
  content,
  { onclose, wide = false, className = "", dismissOnBlur = true } = {},
) {
  // Able to take the focus, or a press on plain text in it would give the focus to the dialog around it,
  // which closes it before the click is heard.
  const popup = h("div", { class: `popup ${className}`, popover: "manual", tabindex: -1 }, content);
  (anchor.closest("dialog") ?? document.body).append(popup);
  popup.showPopover();
  const again = () => place(popup, anchor, wide);
  again();

  let isOpen = true;
  function close(refocus = false) {
    if (!isOpen) return;
    isOpen = false;
    for (const [target, name, fn] of bound) target.removeEventListener(name, fn, true);
    popup.remove();
    onclose?.();
    if (refocus) anchor.focus();
  }
  const inside = (target) => popup.contains(target) || anchor.contains(target);
  const bound = [
    [document, "pointerdown", (e) => inside(e.target) || close()],
    [
      document,
      "keydown",
      (e) => {
        if (e.key !== "Escape") return;
        // The first Escape closes the list only, not the modal beneath it.
        e.preventDefault();
        e.stopPropagation();
        close(true);
      },
    ],
    [document, "focusin", (e) => !dismissOnBlur || inside(e.target) || close()],
    [window, "resize", again],
    [document, "scroll", (e) => popup.contains(e.target) || again()],
  ];
  for (const [target, name, fn] of bound) target.addEventListener(name, fn, true);
  return { popup, close, place: again };
}
