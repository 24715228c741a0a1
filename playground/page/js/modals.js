// The stack of modal views apps open, at most three deep.

import { api } from "./api.js";
import { renderBlocks } from "./blocks/index.js";
import { showFieldErrors } from "./blocks/interactive.js";
import { fill, h, icon, uid } from "./dom.js";
import { words } from "./mrkdwn.js";
import { focusFirst, openDialog } from "./overlays/dialog.js";
import { state } from "./store.js";
import { Surface } from "./surface.js";

const DEEPEST = 3;

class Modal {
  constructor(view, stack) {
    this.stack = stack;
    this.titleId = uid("modal-title");
    this.title = h("h2", { class: "modal-title", id: this.titleId });
    this.body = h("div", { class: "modal-body" });
    this.problem = h("p", { class: "modal-error", role: "alert", hidden: true });
    this.foot = h("div", { class: "dialog-buttons" });
    this.back = h(
      "button",
      { type: "button", class: "icon-btn", "aria-label": "Back", onclick: () => stack.dismiss(this) },
      icon("back"),
    );
    const close = h(
      "button",
      {
        type: "button",
        class: "icon-btn modal-close",
        "aria-label": "Close",
        onclick: () => stack.dismissAll(),
      },
      icon("close"),
    );
    this.form = h(
      "form",
      { class: "modal", novalidate: true, onsubmit: (e) => this.submit(e) },
      h("div", { class: "modal-head" }, this.back, this.title, close),
      this.body,
      this.problem,
      this.foot,
    );
    this.surface = new Surface({ type: "view", view_id: view.id });
    this.draw(view);
  }

  show() {
    this.back.hidden = this.stack.modals.length < 2;
    this.handle = openDialog({
      className: "modal-dialog",
      labelledBy: this.titleId,
      content: this.form,
      oncancel: () => this.stack.dismiss(this),
    });
    focusFirst(this.handle.dialog);
  }

  draw(view) {
    this.view = view;
    this.surface.container.view_id = view.id;
    this.surface.keepOnly(view.blocks);
    const at = this.body.contains(document.activeElement) ? document.activeElement : null;
    const mark = at && {
      block: at.closest("[data-block]")?.dataset.block,
      action: at.closest("[data-action]")?.dataset.action,
      caret: at.selectionStart,
    };
    this.title.textContent = words(view.title);
    fill(this.body, renderBlocks(view.blocks ?? [], { surface: this.surface }));
    this.say("");
    this.submitBtn =
      view.submit || this.hasInputs(view)
        ? h("button", { type: "submit", class: "btn btn-primary" }, words(view.submit) || "Submit")
        : null;
    fill(
      this.foot,
      h(
        "button",
        { type: "button", class: "btn", onclick: () => this.stack.dismiss(this) },
        words(view.close) || "Cancel",
      ),
      this.submitBtn,
    );
    this.form.removeAttribute("aria-busy");
    if (mark) this.refocus(mark);
    else if (this.handle && !this.handle.dialog.contains(document.activeElement)) this.handle.dialog.focus();
  }

  hasInputs(view) {
    return (view.blocks ?? []).some((b) => b?.type === "input");
  }

  refocus({ block, action, caret }) {
    const frame = [...this.body.querySelectorAll("[data-block]")].find((n) => n.dataset.block === block);
    const target = [...(frame ?? this.body).querySelectorAll("[data-action]")].find(
      (n) => n.dataset.action === action,
    );
    (target ?? this.handle?.dialog)?.focus();
    if (target?.setSelectionRange && target.type === "text" && caret !== null)
      target.setSelectionRange(caret, caret);
  }

  say(text) {
    this.problem.hidden = !text;
    this.problem.textContent = text;
  }

  /** What the page itself can see is missing or malformed, by block, in Slack's words. */
  missing() {
    const errors = {};
    (this.view.blocks ?? []).forEach((block, i) => {
      if (block?.type !== "input") return;
      const value = this.surface.get(block.block_id ?? `block-${i}`, block.element?.action_id) ?? {};
      const { type, ...rest } = value;
      const given = Object.values(rest).some(
        (v) => v !== null && v !== undefined && v !== "" && !(Array.isArray(v) && !v.length),
      );
      if (!given && !block.optional)
        errors[block.block_id ?? `block-${i}`] = "Please complete this required field.";
      else if (given) {
        const problem = malformed(block.element, rest.value);
        if (problem) errors[block.block_id ?? `block-${i}`] = problem;
      }
    });
    return errors;
  }

  complain(errors) {
    const { first, rest } = showFieldErrors(this.body, errors);
    this.say(rest.join(" "));
    first?.focus();
    first?.scrollIntoView({ block: "nearest" });
  }

  async submit(e) {
    e.preventDefault();
    if (this.form.getAttribute("aria-busy") === "true" || !this.submitBtn) return;
    const missing = this.missing();
    this.complain(missing);
    if (Object.keys(missing).length) return;
    this.form.setAttribute("aria-busy", "true");
    const answer = await api.viewSubmit({
      as: state.me.id,
      view_id: this.view.id,
      state: { values: this.surface.values },
    });
    this.form.removeAttribute("aria-busy");
    if (answer.errors) this.complain(answer.errors);
    else if (answer.ok === false) this.say(answer.error || "The app did not take this. Try again.");
  }
}

function malformed(element, value) {
  if (typeof value !== "string") return null;
  const length = [...value].length;
  if (element.min_length && length < element.min_length)
    return `Enter at least ${element.min_length} characters.`;
  if (element.max_length && length > element.max_length)
    return `Enter at most ${element.max_length} characters.`;
  if (element.type === "email_text_input" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
    return "Enter a valid email address.";
  if (element.type === "url_text_input" && !URL.canParse(value))
    return "Enter a valid URL, with https:// in front.";
  if (element.type !== "number_input") return null;
  const number = Number(value);
  if (!Number.isFinite(number) || (!element.is_decimal_allowed && !Number.isInteger(number)))
    return element.is_decimal_allowed ? "Enter a number." : "Enter a whole number.";
  if (element.min_value !== undefined && number < Number(element.min_value))
    return `Enter ${element.min_value} or more.`;
  if (element.max_value !== undefined && number > Number(element.max_value))
    return `Enter ${element.max_value} or less.`;
  return null;
}

export class ModalStack {
  constructor() {
    this.modals = [];
    // How often anything happened to the stack: an answer asked for before the last of it is stale.
    this.changes = 0;
  }

  find(viewId) {
    return this.modals.find((m) => m.view.id === viewId) ?? null;
  }

  push(view) {
    const known = this.find(view.id);
    if (known) return known.draw(view);
    if (this.modals.length >= DEEPEST) return undefined;
    const modal = new Modal(view, this);
    const below = this.modals.at(-1);
    this.modals.push(modal);
    modal.show();
    // Only the top one is seen; after showing, so that the focus knows where to come back to.
    if (below) below.handle.dialog.hidden = true;
    return undefined;
  }

  update(view) {
    const modal = this.find(view.id);
    if (modal) modal.draw(view);
    else this.push(view);
  }

  remove(viewId) {
    const modal = this.find(viewId);
    if (!modal) return;
    this.modals = this.modals.filter((m) => m !== modal);
    const top = this.modals.at(-1);
    if (top) top.handle.dialog.hidden = false;
    modal.handle.close();
  }

  clear() {
    for (const modal of [...this.modals].reverse()) this.remove(modal.view.id);
  }

  /** The person leaves one view: the one beneath shows again. */
  dismiss(modal) {
    const id = modal.view.id;
    this.remove(id);
    api.viewClose({ as: state.me.id, view_id: id, all: false });
  }

  dismissAll() {
    const top = this.modals.at(-1);
    this.clear();
    if (top) api.viewClose({ as: state.me.id, view_id: top.view.id, all: true });
  }

  /** Makes the stack what the server says it is, bottom first. */
  adopt(views) {
    const wanted = new Set(views.map((v) => v.id));
    for (const modal of [...this.modals].reverse())
      if (!wanted.has(modal.view.id)) this.remove(modal.view.id);
    for (const view of views) this.update(view);
  }

  follow(frame) {
    this.changes += 1;
    if (frame.type === "view_open") {
      this.clear();
      this.push(frame.view);
    } else if (frame.type === "view_push") this.push(frame.view);
    else if (frame.type === "view_update") this.update(frame.view);
    else if (frame.type === "view_close") this.remove(frame.view_id);
    else if (frame.type === "views_clear") this.clear();
  }
}
