// A surface is what carries blocks: one message, one modal, one home tab. It keeps what the person has
// entered so far and sends each action to the app with all of that.

import { api } from "./api.js";
import { h } from "./dom.js";
import { confirmDialog } from "./overlays/confirm.js";
import { state } from "./store.js";

export class Surface {
  /** `container` names the message or view as the server knows it; `values` is state to start from. */
  constructor(container, values = {}) {
    this.container = container;
    this.values = values;
  }

  get(blockId, actionId) {
    return this.values[blockId]?.[actionId];
  }

  set(blockId, actionId, value) {
    this.values[blockId] ??= {};
    this.values[blockId][actionId] = value;
  }

  /** Forgets entries of inputs that the newest blocks no longer have, so that they are not sent. */
  keepOnly(blocks) {
    const known = new Set((blocks ?? []).map((b, i) => blockIdOf(b, i)));
    for (const id of Object.keys(this.values)) if (!known.has(id)) delete this.values[id];
  }

  /**
   * Asks for confirmation where `confirm` says so, then posts one block action and shows on `node` that it
   * is under way. Resolves to false when the person backed out or the app did not take it.
   */
  async dispatch({ blockId, action, confirm, node }) {
    if (confirm && !(await confirmDialog(confirm))) return false;
    const block = node.closest("[data-block]");
    clearError(block);
    node.setAttribute("aria-busy", "true");
    node.classList.add("is-busy");
    const answer = await api.action({
      as: state.me.id,
      container: this.container,
      block_id: blockId,
      action,
      state: { values: this.values },
    });
    node.removeAttribute("aria-busy");
    node.classList.remove("is-busy");
    if (answer.ok === false) showError(block, answer.error);
    return answer.ok !== false;
  }
}

/** The id an app gave a block, or its place where neither the app nor the server named it. */
export function blockIdOf(block, index) {
  return block?.block_id || `block-${index}`;
}

export function clearError(block) {
  block?.querySelector(":scope > .action-error")?.remove();
}

export function showError(block, text) {
  if (!block) return;
  clearError(block);
  block.append(
    h("p", { class: "action-error", role: "alert" }, text || "The app did not take this. Try again."),
  );
}

/** Records an element's new value and, where Slack would, tells the app. Resolves to false if it backed out. */
export function commit(ctx, element, value, node) {
  const full = { type: element.type, ...value };
  ctx.surface.set(ctx.blockId, element.action_id, full);
  if (ctx.field && !ctx.field.dispatch) return Promise.resolve(true);
  return ctx.surface.dispatch({
    blockId: ctx.blockId,
    action: { ...full, action_id: element.action_id },
    confirm: element.confirm,
    node,
  });
}
