// What an agent tells about its work in a conversation: a status line, and prompts to begin with.

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { toast } from "./overlays/toasts.js";
import { state } from "./store.js";

export class AgentLine {
  constructor(channelId, thread) {
    this.channelId = channelId;
    this.thread = thread;
    this.status = h("p", { class: "agent-status", role: "status" });
    this.prompts = h("div", { class: "agent-prompts" });
    this.node = h("div", { class: "agent-line" }, this.status, this.prompts);
  }

  /** Shows what the agent said last; `told` is {status, session_status, prompts, prompts_title} or nothing. */
  tell(told) {
    const isBusy = told?.session_status === "processing";
    this.status.textContent = told?.status || (isBusy ? "is working on it…" : "");
    const prompts = told?.prompts ?? [];
    fill(
      this.prompts,
      prompts.length > 0 && told.prompts_title && h("p", { class: "field-note" }, told.prompts_title),
      prompts.map((p) =>
        h("button", { type: "button", class: "btn", onclick: () => this.send(p.message) }, p.title),
      ),
    );
  }

  /** An agent that has answered is no longer at it. */
  settle() {
    this.status.textContent = "";
  }

  async send(text) {
    const body = { as: state.me.id, channel: this.channelId, text };
    const answer = await api.send(this.thread ? { ...body, thread_ts: this.thread } : body);
    if (answer.ok === false) toast(answer.error || "The message was not sent.", "error");
    else this.prompts.replaceChildren();
  }
}
