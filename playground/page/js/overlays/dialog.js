// The frame of every modal: the browser's own dialog, with the focus kept inside and given back after.

import { h } from "../dom.js";

const FOCUSABLE =
  'a[href],button:not([disabled]),input:not([disabled]),select:not([disabled]),textarea:not([disabled]),[tabindex]:not([tabindex="-1"])';

function keepFocusInside(dialog, e) {
  if (e.key !== "Tab") return;
  const all = [...dialog.querySelectorAll(FOCUSABLE)].filter(
    (n) => n.offsetParent !== null || n === document.activeElement,
  );
  const [first, last] = [all[0], all.at(-1)];
  if (e.shiftKey && document.activeElement === first) {
    e.preventDefault();
    last?.focus();
  } else if (!e.shiftKey && document.activeElement === last) {
    e.preventDefault();
    first?.focus();
  }
}

/**
 * Shows a modal dialog. `oncancel` is asked when Escape or the backdrop would dismiss it; the caller closes
 * it with the returned `close`, which puts the focus back where it was.
 */
export function openDialog({ className = "", labelledBy, describedBy, role, content, oncancel }) {
  const before = document.activeElement;
  const dialog = h(
    "dialog",
    {
      class: `dialog ${className}`,
      "aria-labelledby": labelledBy,
      "aria-describedby": describedBy,
      role,
      tabindex: "-1",
    },
    content,
  );
  document.body.append(dialog);
  dialog.addEventListener("cancel", (e) => {
    e.preventDefault();
    oncancel?.();
  });
  dialog.addEventListener("keydown", (e) => keepFocusInside(dialog, e));
  dialog.showModal();
  return {
    dialog,
    close() {
      dialog.close();
      dialog.remove();
      if (before?.isConnected) before.focus();
    },
  };
}

/** The first thing in a dialog's body that takes input, or the dialog itself. */
export function focusFirst(dialog) {
  const wanted =
    dialog.querySelector("[data-autofocus]") ?? dialog.querySelector(".modal-body [data-control]");
  (wanted ?? dialog).focus();
}
