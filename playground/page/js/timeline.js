// A list of messages that follows the server: drawn from the whole answer, patched message by message, so
// that focus, scroll position and half-filled inputs survive an update of something else.

import { dayKey, dayLabel } from "./dates.js";
import { h } from "./dom.js";
import { authorOf, renderMessage } from "./message.js";
import { now } from "./store.js";

const GROUP_SECONDS = 300;
const NEAR_BOTTOM = 80;
// A channel of a thousand cards with charts takes seconds to draw; nobody reads them all at once.
const PAGE = 80;

function canGroup(before, message) {
  if (!before || message.ephemeral || before.ephemeral || message.thread_broadcast) return false;
  const sameAuthor =
    (before.user ?? before.bot_id) === (message.user ?? message.bot_id) &&
    before.username === message.username;
  return (
    sameAuthor &&
    !before.reply_count &&
    Number(message.ts) - Number(before.ts) < GROUP_SECONDS &&
    dayKey(before.ts) === dayKey(message.ts)
  );
}

/** Where the focus is inside a message, in terms that still hold after the message was drawn anew. */
function focusMark(node) {
  const at = document.activeElement;
  if (!node.contains(at)) return null;
  const block = at.closest("[data-block]")?.dataset.block;
  const action = at.closest("[data-action]")?.dataset.action;
  return { block, action, caret: at.selectionStart ?? null };
}

function refocus(node, mark) {
  const within =
    mark.block === undefined
      ? null
      : [...node.querySelectorAll("[data-block]")].find((b) => b.dataset.block === mark.block);
  const control =
    mark.action === undefined
      ? null
      : [...(within ?? node).querySelectorAll("[data-action]")].find((n) => n.dataset.action === mark.action);
  const target = control ?? node;
  target.focus({ preventScroll: true });
  if (mark.caret !== null && target.setSelectionRange && target.type === "text")
    target.setSelectionRange(mark.caret, mark.caret);
}

export class Timeline {
  /** `inThread` leaves out what makes no sense inside a thread (reply buttons, day dividers). */
  constructor({ label, inThread = false }) {
    this.inThread = inThread;
    this.messages = [];
    this.drawn = new Map();
    this.limit = PAGE;
    this.list = h("ol", { class: "timeline", "aria-label": label, onkeydown: (e) => this.keys(e) });
    this.node = h("div", { class: "timeline-scroll", tabindex: "-1" }, this.list);
    // Pictures and charts settle after they are drawn: who was reading the end stays at the end.
    this.follows = true;
    this.node.addEventListener("scroll", () => {
      this.follows = this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_BOTTOM;
    });
    new ResizeObserver(() => this.follows && this.toEnd()).observe(this.list);
  }

  /** Makes the list show these messages; true when something new came in at the end. */
  show(messages) {
    const last = this.messages.at(-1)?.ts;
    this.messages = [...messages].sort((a, b) => Number(a.ts) - Number(b.ts));
    const nodes = [];
    const seen = new Set();
    let before = null;
    const hidden = Math.max(0, this.messages.length - this.limit);
    if (hidden) nodes.push(this.earlier(hidden));
    for (const message of this.messages.slice(hidden)) {
      if (!this.inThread && (!before || dayKey(before.ts) !== dayKey(message.ts)))
        nodes.push(this.divider(message.ts));
      nodes.push(this.item(message, canGroup(before, message)));
      seen.add(message.ts);
      before = message;
    }
    for (const ts of this.drawn.keys()) if (!seen.has(ts)) this.drawn.delete(ts);
    this.place(nodes);
    this.tabStop();
    if (this.follows) this.toEnd();
    return this.messages.length > 0 && this.messages.at(-1).ts !== last;
  }

  earlier(count) {
    const more = () => {
      const first = this.messages[this.messages.length - this.limit];
      this.limit += PAGE;
      this.follows = false;
      this.show(this.messages);
      this.drawn.get(first.ts)?.node.scrollIntoView();
    };
    return h(
      "li",
      { class: "earlier" },
      h("button", { type: "button", class: "btn", onclick: more }, `Show earlier messages (${count})`),
    );
  }

  divider(ts) {
    const key = `day-${dayKey(ts)}`;
    const label = dayLabel(ts);
    const kept = [...this.list.children].find((n) => n.dataset.key === `${key}-${label}`);
    return (
      kept ?? h("li", { class: "day", "data-key": `${key}-${label}` }, h("h2", { class: "day-label" }, label))
    );
  }

  item(message, isGrouped) {
    // With the day: a date in it may read "today".
    const body = JSON.stringify([message, isGrouped, dayKey(now())]);
    const known = this.drawn.get(message.ts);
    if (known?.body === body) return known.node;
    const node = renderMessage(message, { isGrouped, inThread: this.inThread });
    if (known) {
      const mark = focusMark(known.node);
      known.node.replaceWith(node);
      if (mark) refocus(node, mark);
    }
    this.drawn.set(message.ts, { body, node });
    return node;
  }

  // Moves only what is out of place: a node that stays put keeps the focus and the reader's selection.
  place(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.list.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach((node, i) => {
      const at = this.list.children[i];
      if (at !== node) this.list.insertBefore(node, at ?? null);
    });
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
  }

  /** Brings one message into view and marks it for a moment. */
  point(ts) {
    const at = this.messages.findIndex((m) => m.ts === ts);
    if (at < 0) return;
    this.follows = false;
    this.limit = Math.max(this.limit, this.messages.length - at);
    this.show(this.messages);
    const { node } = this.drawn.get(ts);
    node.scrollIntoView({ block: "center" });
    node.classList.add("is-pointed");
    this.tabStop(node);
    node.focus({ preventScroll: true });
  }

  // One message is a stop of the Tab key; arrows go on from there.
  tabStop(chosen) {
    const items = [...this.list.querySelectorAll(".msg")];
    const stop = chosen ?? items.find((n) => n === document.activeElement) ?? items.at(-1);
    for (const n of items) n.tabIndex = n === stop ? 0 : -1;
  }

  keys(e) {
    if (!e.target.classList.contains("msg")) return;
    const items = [...this.list.querySelectorAll(".msg")];
    const at = items.indexOf(e.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: items.length - 1 }[e.key];
    if (to === undefined || !items[to]) return;
    e.preventDefault();
    this.tabStop(items[to]);
    items[to].focus();
    items[to].scrollIntoView({ block: "nearest" });
  }
}

/** What a screen reader hears of a new message. */
export function spoken(message, node) {
  const words = node?.querySelector(".msg-body")?.innerText ?? message.text ?? "";
  return `${authorOf(message).name}: ${words.replace(/\s+/g, " ").slice(0, 240)}`;
}
