// Where a message or a command is written.

import { api } from "./api.js";
import { complete } from "./completion.js";
import { h, icon, uid } from "./dom.js";
import { escape } from "./mrkdwn.js";
import { openMenu } from "./overlays/menu.js";
import { openPopup } from "./overlays/popup.js";
import { toast } from "./overlays/toasts.js";
import { channelTitle, nameOf, state } from "./store.js";

// What was typed and not yet sent, by channel and thread, while the page is open.
const drafts = new Map();

/** What is sent for a typed text: commands as they are, messages with their mentions as Slack's codes. */
function outgoing(text) {
  if (text.startsWith("/")) return { text };
  const write = state.sendsEscaped ? escape : (t) => t;
  let out = write(text);
  const byLength = typedMentions(text).sort((a, b) => b[0].length - a[0].length);
  for (const [shown, code] of byLength) {
    const literal = write(shown).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    out = out.replace(new RegExp(`${literal}(?![\\p{L}\\p{N}_-])`, "gu"), () => code);
  }
  return state.sendsEscaped ? { text: out, escaped: true } : { text: out };
}

function typedMentions(text) {
  const people = Object.values(state.users).flatMap((u) =>
    [nameOf(u), u.name].map((n) => [`@${n}`, `<@${u.id}>`]),
  );
  const rooms = state.channels.filter((c) => !c.is_im && !c.is_mpim).map((c) => [`#${c.name}`, `<#${c.id}>`]);
  const all = ["here", "channel", "everyone"].map((n) => [`@${n}`, `<!${n}>`]);
  return [...people, ...rooms, ...all].filter(([shown]) => text.includes(shown));
}

export class Composer {
  constructor({ channel, thread }) {
    this.channel = channel;
    this.thread = thread;
    this.key = `${state.me.id}/${channel.id}/${thread ?? ""}`;
    this.popup = null;
    this.rows = [];
    this.active = -1;
    this.listId = uid("complete");
    const target = channel.is_im ? channelTitle(channel) : `#${channel.name}`;
    const label = thread ? "Reply" : `Message ${target}`;
    this.input = h("textarea", {
      class: "composer-input",
      rows: "1",
      placeholder: label,
      "aria-label": label,
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
      value: drafts.get(this.key) ?? "",
      oninput: () => this.changed(),
      onkeydown: (e) => this.keys(e),
      onclick: () => this.suggest(),
      onblur: () => this.hide(),
    });
    this.error = h("p", { class: "composer-error", role: "alert", hidden: true });
    this.button = h("button", { type: "submit", class: "send-btn", "aria-label": "Send" }, icon("send"));
    this.plus = h(
      "button",
      {
        type: "button",
        class: "icon-btn",
        "aria-label": "Shortcuts and commands",
        title: "Shortcuts and commands",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        onclick: () => this.shortcuts(),
      },
      icon("plus"),
    );
    this.form = h(
      "form",
      { class: "composer", onsubmit: (e) => this.submit(e) },
      this.input,
      h(
        "div",
        { class: "composer-bar" },
        this.plus,
        h(
          "span",
          { class: "composer-hint", "aria-hidden": "true" },
          h("b", {}, "Enter"),
          " to send · ",
          h("b", {}, "Shift+Enter"),
          " for a new line · ",
          h("b", {}, "/"),
          " for commands",
        ),
        this.button,
      ),
    );
    this.node = h("div", { class: "composer-wrap" }, this.error, this.form);
    this.fit();
  }

  focus() {
    this.input.focus();
  }

  fit() {
    this.input.style.height = "auto";
    const want = this.input.scrollHeight;
    if (want) this.input.style.height = `${Math.min(want, 220)}px`;
    this.form.classList.toggle("has-text", this.input.value.trim() !== "");
  }

  changed() {
    drafts.set(this.key, this.input.value);
    this.complain("");
    this.fit();
    this.suggest();
  }

  complain(text) {
    this.error.hidden = !text;
    this.error.textContent = text;
  }

  suggest() {
    const found = complete(this.input.value, this.input.selectionStart);
    if (!found || !found.rows.length) return this.hide();
    this.from = found.from;
    this.rows = found.rows;
    this.active = 0;
    this.draw();
    return undefined;
  }

  draw() {
    if (!this.popup) {
      this.list = h("div", {
        role: "listbox",
        id: this.listId,
        class: "listbox",
        "aria-label": "Suggestions",
      });
      this.popup = openPopup(this.form, this.list, {
        wide: true,
        className: "complete-popup",
        dismissOnBlur: false,
        onclose: () => this.closed(),
      });
      this.input.setAttribute("aria-controls", this.listId);
    }
    this.list.replaceChildren(
      ...this.rows.map((row, i) =>
        h(
          "div",
          {
            role: "option",
            id: `${this.listId}-${i}`,
            class: `option${i === this.active ? " is-active" : ""}`,
            "aria-selected": String(i === this.active),
            // Before blur: the text keeps the focus.
            onpointerdown: (e) => {
              e.preventDefault();
              this.take(row);
            },
          },
          h(
            "span",
            { class: "option-label" },
            row.label,
            row.hint && h("span", { class: "option-hint" }, ` ${row.hint}`),
          ),
          row.note && h("span", { class: "option-note" }, row.note),
          row.from && h("span", { class: "option-from" }, row.from),
        ),
      ),
    );
    this.input.setAttribute("aria-activedescendant", `${this.listId}-${this.active}`);
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
    this.popup.place();
  }

  hide() {
    this.popup?.close();
  }

  closed() {
    this.popup = null;
    this.input.removeAttribute("aria-controls");
    this.input.removeAttribute("aria-activedescendant");
  }

  take(row) {
    const caret = this.input.selectionStart;
    this.input.setRangeText(row.insert, this.from, caret, "end");
    this.hide();
    drafts.set(this.key, this.input.value);
    this.fit();
    this.input.focus();
  }

  keys(e) {
    if (this.popup && ["ArrowDown", "ArrowUp"].includes(e.key)) {
      e.preventDefault();
      const step = e.key === "ArrowDown" ? 1 : -1;
      this.active = (this.active + step + this.rows.length) % this.rows.length;
      this.draw();
    } else if (this.popup && (e.key === "Tab" || (e.key === "Enter" && !this.isWhole()))) {
      e.preventDefault();
      this.take(this.rows[this.active]);
    } else if (e.key === "Enter" && !e.shiftKey && !e.isComposing) {
      e.preventDefault();
      this.form.requestSubmit();
    }
  }

  // A command typed out whole is meant to be sent, not completed once more.
  isWhole() {
    const row = this.rows[this.active];
    return (
      row &&
      this.input.value.slice(this.from, this.input.selectionStart).trim() === row.insert.trim() &&
      row.insert.startsWith("/")
    );
  }

  async submit(e) {
    e.preventDefault();
    const typed = this.input.value;
    // A space before the "/" makes it a message and not a command, as in Slack.
    const text = /^\s+\//.test(typed) ? ` ${typed.trim()}` : typed.trim();
    if (!text || this.form.getAttribute("aria-busy") === "true") return;
    this.hide();
    this.complain("");
    this.form.setAttribute("aria-busy", "true");
    const sent = this.input.value;
    this.input.value = "";
    this.fit();
    const body = { as: state.me.id, channel: this.channel.id, ...outgoing(text) };
    if (this.thread) body.thread_ts = this.thread;
    const answer = await api.send(body);
    this.form.removeAttribute("aria-busy");
    if (answer.ok === false) {
      // What was written comes back, unless something new has been begun meanwhile.
      if (!this.input.value) this.input.value = sent;
      this.complain(answer.error || "The message was not sent. Try again.");
    }
    drafts.set(this.key, this.input.value);
    this.fit();
  }

  shortcuts() {
    const items = [];
    for (const app of state.apps) {
      const global = (app.shortcuts ?? []).filter((sc) => sc.type === "global");
      const commands = app.commands ?? [];
      if (global.length || commands.length) items.push({ heading: app.name });
      for (const sc of global)
        items.push({
          label: sc.name,
          description: sc.description,
          onselect: () => this.runShortcut(app, sc),
        });
      for (const c of commands)
        items.push({
          label: c.command,
          description: c.description,
          onselect: () => this.begin(`${c.command} `),
        });
    }
    if (!items.length) items.push({ label: "No app offers anything here yet" });
    openMenu(this.plus, items, "Shortcuts and commands");
  }

  begin(text) {
    this.input.value = text;
    this.changed();
    this.input.focus();
  }

  async runShortcut(app, shortcut) {
    const answer = await api.shortcut({
      as: state.me.id,
      app: app.app_id,
      callback_id: shortcut.callback_id,
      channel: this.channel.id,
    });
    if (answer.ok === false) toast(answer.error || `${app.name} did not answer.`, "error");
  }
}
