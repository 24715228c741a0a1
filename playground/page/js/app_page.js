// The page of an app: its Home tab and its Messages tab.

import { api } from "./api.js";
import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks/index.js";
import { Conversation } from "./conversation.js";
import { fill, h, uid } from "./dom.js";
import { state } from "./store.js";
import { Surface } from "./surface.js";

/** `tab` is "home" or "messages"; `onchannel` learns which conversation the Messages tab shows. */
export class AppPage {
  constructor(app, tab) {
    this.app = app;
    this.tab = tab;
    this.panelId = uid("panel");
    this.conversation = null;
    this.surface = null;
    this.published = false;
    this.panel = h("div", { class: "app-panel", role: "tabpanel", id: this.panelId });
    this.tabs = h("div", {
      class: "tabs",
      role: "tablist",
      "aria-label": `${app.name} pages`,
      onkeydown: (e) => this.keys(e),
    });
    this.node = h("div", { class: "app-page" }, this.panel);
  }

  head() {
    const status = this.app.connected
      ? "Connected"
      : "Not connected: start the app, then it will answer here.";
    return [
      avatar({ id: this.app.app_id, name: this.app.name }, "avatar-app"),
      h("h1", { class: "pane-title", id: "pane-title", tabindex: "-1" }, this.app.name),
      h("span", { class: "badge-app" }, "APP"),
      h(
        "span",
        { class: "app-status" },
        h("span", { class: `dot ${this.app.connected ? "dot-on" : "dot-off"}`, "aria-hidden": "true" }),
        status,
      ),
    ];
  }

  drawTabs() {
    const ids = ["home", "messages"].filter((t) => t === "messages" || this.app.home !== false);
    fill(
      this.tabs,
      ids.map((id) =>
        h(
          "button",
          {
            type: "button",
            role: "tab",
            class: "tab",
            id: `${this.panelId}-${id}`,
            "aria-selected": String(id === this.tab),
            "aria-controls": this.panelId,
            tabindex: id === this.tab ? "0" : "-1",
            onclick: () => this.show(id),
          },
          id === "home" ? "Home" : "Messages",
        ),
      ),
    );
    this.panel.setAttribute("aria-labelledby", `${this.panelId}-${this.tab}`);
  }

  keys(e) {
    if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
    this.show(
      this.tab === "home" && this.app.home !== false
        ? "messages"
        : this.app.home === false
          ? "messages"
          : "home",
    );
    this.tabs.querySelector("[aria-selected=true]").focus();
  }

  async show(tab) {
    this.tab = tab;
    this.drawTabs();
    const as = state.me.id;
    api.homeOpened(as, this.app.app_id, tab);
    if (tab === "messages") return this.showMessages(as);
    this.conversation = null;
    return this.loadHome();
  }

  /** Reads the Home tab, or the Messages tab's conversation, again. */
  load() {
    return this.tab === "home" ? this.loadHome() : this.conversation?.load();
  }

  async loadHome() {
    this.published = false;
    const answer = await api.home(state.me.id, this.app.app_id);
    // What the app published while the answer was on its way is newer; and the reader may have left.
    if (this.tab === "home" && !this.published) this.showHome(answer.view ?? null);
  }

  async showMessages(as) {
    let channel = state.channels.find((c) => c.is_im && c.user === this.app.bot_user_id);
    if (!channel) {
      const answer = await api.openDm(as, this.app.bot_user_id);
      if (!answer.channel)
        return fill(
          this.panel,
          h("p", { class: "empty-note" }, answer.error || "The conversation could not be opened."),
        );
      channel = {
        id: answer.channel,
        is_im: true,
        user: this.app.bot_user_id,
        name: this.app.name,
        unread: 0,
      };
    }
    this.conversation = new Conversation(channel);
    fill(this.panel, this.conversation.node);
    return this.conversation.load();
  }

  showHome(view) {
    this.conversation = null;
    if (!view) {
      fill(
        this.panel,
        h(
          "div",
          { class: "empty-home" },
          avatar({ id: this.app.app_id, name: this.app.name }, "avatar-big avatar-app"),
          h("h2", {}, `${this.app.name} has not written this page yet`),
          h(
            "p",
            {},
            this.app.connected
              ? "It will appear here as soon as the app publishes it."
              : "The app is not connected. Start it, then this page fills by itself.",
          ),
        ),
      );
      return;
    }
    const kept = this.surface?.container.view_id === view.id ? this.surface.values : {};
    this.surface = new Surface({ type: "view", view_id: view.id }, kept);
    this.surface.keepOnly(view.blocks);
    const scroll = this.panel.scrollTop;
    const action = this.panel.contains(document.activeElement)
      ? document.activeElement.closest("[data-action]")?.dataset.action
      : null;
    fill(
      this.panel,
      h("div", { class: "home-view" }, renderBlocks(view.blocks ?? [], { surface: this.surface })),
    );
    this.panel.scrollTop = scroll;
    if (action)
      [...this.panel.querySelectorAll("[data-action]")].find((n) => n.dataset.action === action)?.focus();
  }

  follow(frame) {
    if (frame.type === "home") {
      if (frame.app !== this.app.app_id) return;
      this.published = true;
      if (this.tab === "home") this.showHome(frame.view);
    } else if (this.conversation && frame.channel === this.conversation.channel.id)
      this.conversation.follow(frame);
  }
}
