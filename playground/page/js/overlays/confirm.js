// The "Are you sure?" that a button, a select or an overflow menu may carry.

import { h, uid } from "../dom.js";
import { textObject, words } from "../mrkdwn.js";
import { openDialog } from "./dialog.js";

/** Resolves to true when the person confirms. `confirm` is Block Kit's confirmation object. */
export function confirmDialog(confirm) {
  return new Promise((resolve) => {
    const [titleId, textId] = [uid("title"), uid("text")];
    const answer = (value) => {
      handle.close();
      resolve(value);
    };
    const handle = openDialog({
      className: "confirm",
      role: "alertdialog",
      labelledBy: titleId,
      describedBy: textId,
      oncancel: () => answer(false),
      content: [
        h("h2", { id: titleId }, words(confirm.title) || "Are you sure?"),
        h("div", { id: textId, class: "confirm-text" }, textObject(confirm.text)),
        h(
          "div",
          { class: "dialog-buttons" },
          h(
            "button",
            { type: "button", class: "btn", onclick: () => answer(false) },
            words(confirm.deny) || "Cancel",
          ),
          h(
            "button",
            {
              type: "button",
              class: `btn ${confirm.style === "danger" ? "btn-danger" : "btn-primary"}`,
              "data-autofocus": true,
              onclick: () => answer(true),
            },
            words(confirm.confirm) || "Confirm",
          ),
        ),
      ],
    });
    handle.dialog.querySelector("[data-autofocus]").focus();
  });
}
