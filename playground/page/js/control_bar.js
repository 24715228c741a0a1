// The bar at the top: what another program says of itself, and the buttons it offers.

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { announce, toast } from "./overlays/toasts.js";

export class ControlBar {
  constructor(node) {
    this.node = node;
    this.shown = null;
    this.title = h("p", { class: "control-title" });
    this.note = h("p", { class: "control-note" });
    this.buttons = h("div", { class: "control-buttons" });
    node.append(this.title, this.note, this.buttons);
  }

  /** Shows what is offered; null takes the bar away. */
  show(controls) {
    this.node.hidden = !controls;
    if (!controls) {
      this.shown = null;
      return;
    }
    const before = this.shown;
    this.shown = controls;
    this.title.textContent = controls.title;
    this.note.textContent = controls.note;
    this.node.classList.toggle("is-busy", controls.busy);
    this.drawButtons(controls);
    // The clock in the title moves by itself; only what is said of the work is worth interrupting for.
    if (before && controls.note && before.note !== controls.note) announce(controls.note);
  }

  drawButtons({ buttons, busy }) {
    const wanted = JSON.stringify(buttons);
    if (this.wanted !== wanted) {
      const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.id : null;
      this.wanted = wanted;
      fill(
        this.buttons,
        buttons.map((button) =>
          h(
            "button",
            {
              type: "button",
              class: "btn control-btn",
              dataset: { id: button.id },
              // A spinner takes the place of the words while it works.
              "aria-label": button.label,
              onclick: () => this.press(button.id),
            },
            h("span", { class: "btn-text" }, button.label),
          ),
        ),
      );
      if (focused) this.buttons.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
    }
    for (const node of this.buttons.children) {
      node.classList.toggle("is-busy", busy);
      // Not "disabled": whoever pressed it by keyboard would lose their place.
      node.setAttribute("aria-disabled", String(busy));
    }
  }

  async press(id) {
    if (this.shown?.busy) return;
    this.show({ ...this.shown, busy: true });
    const answer = await api.control(id);
    if (!answer.ok) {
      this.show({ ...this.shown, busy: false });
      toast(answer.error, "error");
    }
  }
}
