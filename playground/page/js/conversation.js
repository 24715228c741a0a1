// The messages of the channel in view, the thread beside it, and how both follow the live frames.

import { AgentLine } from "./agent.js";
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { debounce, fill, h, icon } from "./dom.js";
import { announce, toast } from "./overlays/toasts.js";
import { channelTitle, emit, findChannel, on, state } from "./store.js";
import { spoken, Timeline } from "./timeline.js";

const BURST_MS = 120;

function belongs(message, thread) {
  const isReply = message.thread_ts && message.thread_ts !== message.ts;
  if (thread) return message.ts === thread || message.thread_ts === thread;
  return !isReply || message.subtype === "thread_broadcast";
}

/** One list of messages with its composer: a channel, or a thread of it. */
export class Conversation {
  /** A thread is given with its `root` message, since one without replies is not yet a thread to the server. */
  constructor(channel, thread = null, root = null) {
    this.channel = channel;
    this.thread = thread;
    this.root = root;
    const place = thread
      ? "Thread"
      : `Messages in ${channel.is_im ? channelTitle(channel) : `#${channel.name}`}`;
    this.timeline = new Timeline({ label: place, inThread: Boolean(thread) });
    this.composer = new Composer({ channel, thread });
    this.notice = h("div", { class: "empty-note", hidden: true });
    this.agent = new AgentLine(channel.id, thread);
    this.agent.tell(findChannel(channel.id)?.assistant?.[thread ?? ""]);
    const isOutside = channel.is_member === false && !channel.is_im;
    this.node = h(
      "div",
      { class: "conversation" },
      this.notice,
      this.timeline.node,
      this.agent.node,
      isOutside ? this.joinBar() : this.composer.node,
    );
    this.loadSoon = debounce(() => this.load(), BURST_MS);
    this.isLoaded = false;
    this.isAsking = false;
    this.asksAgain = false;
    // By time stamp, what frames said since the server was asked last; null for what is gone.
    this.news = new Map();
  }

  /** Reads the messages from the server; what frames tell meanwhile is newer than the answer and stays. */
  async load() {
    if (this.isAsking) {
      this.asksAgain = true;
      return;
    }
    this.isAsking = true;
    this.news.clear();
    const answer = await api.messages(state.me.id, this.channel.id, this.thread);
    this.isAsking = false;
    if (this.asksAgain) this.loadSoon();
    this.asksAgain = false;
    if (answer.ok === false || !Array.isArray(answer.messages)) {
      if (!this.isLoaded) this.say(answer.error || "The messages could not be read.");
      return;
    }
    const first = !this.isLoaded;
    this.isLoaded = true;
    const known = answer.messages.filter((m) => !this.news.has(m.ts));
    const newer = [...this.news.values()].filter((m) => m !== null);
    this.show([...known.map((m) => ({ ...m, channel: this.channel.id })), ...newer]);
    if (first) this.timeline.toEnd();
    if (first && this.pointTo) this.timeline.point(this.pointTo);
  }

  joinBar() {
    const join = async () => {
      const answer = await api.join(state.me.id, this.channel.id);
      if (answer.ok === false) return toast(answer.error || "You could not join.", "error");
      bar.replaceWith(this.composer.node);
      return this.composer.focus();
    };
    const bar = h(
      "div",
      { class: "join-bar" },
      h("span", {}, "You are looking at ", h("strong", {}, `#${this.channel.name}`)),
      h("button", { type: "button", class: "btn btn-primary", onclick: join }, "Join channel"),
    );
    return bar;
  }

  say(text) {
    this.notice.hidden = !text;
    this.notice.textContent = text;
  }

  show(messages) {
    const mine = messages.filter((m) => belongs(m, this.thread));
    const root = mine.find((m) => m.ts === this.thread);
    if (root) this.root = root;
    else if (this.root) mine.push(this.root);
    this.timeline.show(mine);
    this.say(mine.length || this.thread ? "" : this.welcome());
    if (!this.thread && mine.length) this.markRead(mine.at(-1).ts);
  }

  welcome() {
    if (this.channel.is_im)
      return `This is the beginning of your direct messages with ${channelTitle(this.channel)}.`;
    return `This is the very beginning of #${this.channel.name}. Write something, or type / to see what the apps here can do.`;
  }

  markRead(ts) {
    if (this.readUpTo === ts) return;
    this.readUpTo = ts;
    api.read({ as: state.me.id, channel: this.channel.id, ts });
    const listed = findChannel(this.channel.id);
    if (listed?.unread) {
      listed.unread = 0;
      emit("channels");
    }
  }

  /** Applies a live frame about this channel. */
  follow(frame) {
    if (frame.type === "status") {
      if ((frame.thread_ts || null) === this.thread) this.agent.tell(frame);
      return;
    }
    const message = frame.message && { ...frame.message, channel: this.channel.id };
    if (frame.type === "message_deleted" || frame.type === "ephemeral_deleted") {
      this.news.set(frame.ts, null);
      this.show(this.timeline.messages.filter((m) => m.ts !== frame.ts));
    } else if (message && belongs(message, this.thread)) {
      if (frame.type.startsWith("ephemeral")) message.ephemeral = true;
      this.news.set(message.ts, message);
      const isNew = !this.timeline.messages.some((m) => m.ts === message.ts);
      this.show([...this.timeline.messages.filter((m) => m.ts !== message.ts), message]);
      if (isNew && message.user !== state.me.id) {
        this.speak(message);
        this.agent.settle();
      }
    }
    // A frame may be older than another that is on its way: the server's own list settles it.
    this.loadSoon();
  }

  speak(message) {
    const node = this.timeline.list.querySelector(`[data-ts="${CSS.escape(message.ts)}"]`);
    announce(spoken(message, node));
  }
}

/** The pane of a thread. */
export class ThreadPane {
  constructor(root) {
    this.root = root;
    this.current = null;
    on("open-thread", (message) => this.open(message));
  }

  open(message) {
    const channel = state.channels.find((c) => c.id === message.channel);
    if (!channel) return toast("This conversation is not open to you.", "error");
    this.opener = document.activeElement;
    this.current = new Conversation(
      channel,
      message.thread_ts || message.ts,
      message.thread_ts && message.thread_ts !== message.ts ? null : message,
    );
    const title = h(
      "h2",
      { class: "pane-title", id: "thread-title" },
      "Thread ",
      h("span", { class: "pane-sub" }, channel.is_im ? channelTitle(channel) : `#${channel.name}`),
    );
    const close = h(
      "button",
      { type: "button", class: "icon-btn", "aria-label": "Close thread", onclick: () => this.close() },
      icon("close"),
    );
    fill(this.root, h("div", { class: "pane-head" }, title, close), this.current.node);
    this.root.hidden = false;
    document.body.classList.add("has-thread");
    this.current.load();
    this.current.composer.focus();
    return undefined;
  }

  close() {
    if (!this.current) return;
    this.current = null;
    this.root.hidden = true;
    this.root.replaceChildren();
    document.body.classList.remove("has-thread");
    if (this.opener?.isConnected) this.opener.focus();
  }
}

/** The heading of a channel: name, topic, members. */
export function channelHead(channel) {
  const app = state.apps.find((a) => channel.is_im && a.bot_user_id === channel.user);
  const mark = channel.is_im
    ? null
    : h("span", { class: "hash", "aria-hidden": "true" }, channel.is_private ? icon("lock") : "#");
  const members = channel.num_members ?? channel.members?.length;
  return [
    h("h1", { class: "pane-title", tabindex: "-1", id: "pane-title" }, mark, channelTitle(channel)),
    channel.topic && h("span", { class: "topic", title: channel.topic }, channel.topic),
    members && h("span", { class: "member-count" }, `${members} members`),
    app?.description && h("span", { class: "topic" }, app.description),
  ];
}
