// One message as a list item: who, when, what, and the tools that act on it.

import { api } from "./api.js";
import { renderBlocks } from "./blocks/index.js";
import { fileRows, picture } from "./blocks/media.js";
import { safeColour } from "./blocks/rich_text.js";
import { clockTime, fullTime } from "./dates.js";
import { h, icon } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { emoji, link, mrkdwn, textObject } from "./mrkdwn.js";
import { avatar } from "./avatar.js";
import { openMenu } from "./overlays/menu.js";
import { toast } from "./overlays/toasts.js";
import { emit, findApp, findAppByBot, findUser, nameOf, state } from "./store.js";
import { Surface } from "./surface.js";

// Entries someone made in a message's inputs outlive a redraw of it, as long as the ids stay.
const surfaces = new Map();

function surfaceOf(message) {
  const key = `${message.channel}/${message.ts}`;
  if (!surfaces.has(key)) {
    surfaces.set(
      key,
      new Surface({
        type: "message",
        channel: message.channel,
        message_ts: message.ts,
        is_ephemeral: message.ephemeral === true,
      }),
    );
  }
  return surfaces.get(key);
}

/** Who wrote a message: {name, user, isApp}. */
export function authorOf(message) {
  const user = findUser(message.user);
  const app = findAppByBot(message.user) ?? findApp(message.app_id);
  const isApp = Boolean(message.bot_id || app || user?.is_bot);
  return { name: message.username || nameOf(user) || app?.name || "Unknown", user, isApp };
}

function attachment(att, message, surface) {
  const blocks = Array.isArray(att.blocks) ? renderBlocks(att.blocks, { surface }) : [];
  const fields = (att.fields ?? []).map((f) =>
    h("div", {}, h("strong", {}, textObject(f.title)), h("br"), mrkdwn(f.value)),
  );
  const parts = [
    att.author_name && h("div", { class: "att-author" }, att.author_name),
    att.title &&
      h("div", { class: "att-title" }, att.title_link ? link(att.title_link, att.title) : mrkdwn(att.title)),
    !blocks.length &&
      (att.text || att.fallback) &&
      h("div", { class: "bk-text" }, mrkdwn(att.text || att.fallback)),
    fields.length > 0 && h("div", { class: "fields" }, fields),
    blocks,
    att.image_url && picture(att.image_url, att.fallback ?? "", "bk-image"),
    att.footer && h("div", { class: "field-note" }, mrkdwn(att.footer)),
  ];
  const colour =
    { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[att.color] ?? safeColour(att.color);
  return h(
    "div",
    { class: "attachment", vars: { "--bar": colour === "transparent" ? "var(--line-strong)" : colour } },
    att.pretext && h("div", { class: "bk-text" }, mrkdwn(att.pretext)),
    h("div", { class: "att-body" }, parts),
  );
}

function bodyOf(message) {
  const surface = surfaceOf(message);
  const blocks =
    Array.isArray(message.blocks) && message.blocks.length ? renderBlocks(message.blocks, { surface }) : null;
  const edited =
    message.edited &&
    h("span", { class: "edited", title: message.edited.ts ? fullTime(message.edited.ts) : null }, "(edited)");
  const text =
    !blocks && message.text && h("div", { class: "bk-text" }, mrkdwn(message.text), edited && " ", edited);
  return [
    blocks ?? text,
    blocks && edited && h("div", {}, edited),
    (message.attachments ?? []).map((att) => attachment(att, message, surface)),
    fileRows(message.files),
  ];
}

function reactions(message) {
  const list = message.reactions ?? [];
  if (!list.length) return null;
  const pills = list.map((r) => {
    const mine = (r.users ?? []).includes(state.me.id);
    const who = (r.users ?? []).map((u) => nameOf(findUser(u)) || u).join(", ");
    return h(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(mine),
        "aria-label": `${r.name.replaceAll("_", " ")}, ${r.count} ${r.count === 1 ? "reaction" : "reactions"}`,
        title: `${who} reacted with :${r.name}:`,
        onclick: () => react(message, r.name, !mine),
      },
      h("span", { "aria-hidden": "true" }, findEmoji(r.name) ?? `:${r.name}:`),
      " ",
      String(r.count ?? 0),
    );
  });
  return h("div", { class: "reactions" }, pills);
}

async function react(message, name, add) {
  const answer = await api.reaction({ as: state.me.id, channel: message.channel, ts: message.ts, name, add });
  if (answer.ok === false) toast(answer.error || "The reaction was not taken.", "error");
}

function replies(message) {
  const count = message.reply_count ?? 0;
  if (!count) return null;
  const faces = (message.reply_users ?? [])
    .slice(0, 4)
    .map((id) => avatar(findUser(id) ?? { id, name: id }, "avatar-tiny"));
  return h(
    "button",
    { type: "button", class: "thread-btn", onclick: () => emit("open-thread", message) },
    faces,
    h("span", { class: "thread-count" }, `${count} ${count === 1 ? "reply" : "replies"}`),
    message.latest_reply &&
      h("span", { class: "thread-last" }, `Last reply ${clockTime(message.latest_reply)}`),
  );
}

async function dismiss(message) {
  const answer = await api.dismiss(state.me.id, message.channel, message.ts);
  if (answer.ok === false) toast(answer.error || "The message could not be dismissed.", "error");
}

const QUICK = ["+1", "white_check_mark", "eyes", "tada", "heart"];

function toolbar(message, inThread) {
  const reactBtn = tool("smile", "Add reaction", () =>
    openMenu(
      reactBtn,
      QUICK.map((name) => ({
        label: `${findEmoji(name)} ${name.replaceAll("_", " ")}`,
        onselect: () => react(message, name, true),
      })),
      "Add reaction",
    ),
  );
  const moreItems = state.apps.flatMap((app) =>
    (app.shortcuts ?? [])
      .filter((sc) => sc.type === "message")
      .map((sc) => ({
        label: sc.name,
        description: app.name,
        onselect: () => runShortcut(app, sc, message),
      })),
  );
  const moreBtn = moreItems.length
    ? tool("more", "More actions", () => openMenu(moreBtn, moreItems, "More actions"))
    : null;
  reactBtn.setAttribute("aria-haspopup", "menu");
  moreBtn?.setAttribute("aria-haspopup", "menu");
  const replyBtn = inThread ? null : tool("reply", "Reply in thread", () => emit("open-thread", message));
  return h(
    "div",
    { class: "msg-tools", role: "toolbar", "aria-label": "Message actions" },
    [reactBtn, replyBtn, moreBtn].filter(Boolean),
  );
}

function tool(glyph, label, onclick) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-btn",
      "aria-label": label,
      title: label,
      "data-action": `tool-${glyph}`,
      onclick,
    },
    icon(glyph),
  );
}

async function runShortcut(app, shortcut, message) {
  const answer = await api.shortcut({
    as: state.me.id,
    app: app.app_id,
    callback_id: shortcut.callback_id,
    channel: message.channel,
    message_ts: message.ts,
  });
  if (answer.ok === false) toast(answer.error || `${app.name} did not answer.`, "error");
}

function face(message, author) {
  // What an app chose for this one message: an emoji's name, or a picture's address.
  const chosen = typeof message.icon === "string" ? message.icon : "";
  if (/^:.+:$/.test(chosen)) {
    return h("span", { class: "avatar avatar-emoji", "aria-hidden": "true" }, emoji(chosen.slice(1, -1)));
  }
  if (/^https?:/i.test(chosen)) return h("img", { class: "avatar", src: chosen, alt: "", loading: "lazy" });
  const person = author.user ?? { id: message.user ?? message.bot_id ?? author.name, name: author.name };
  return avatar(
    message.username ? { ...person, real_name: message.username, initials: null } : person,
    author.isApp ? "avatar-app" : "",
  );
}

/** The item of a message. `isGrouped`: it follows another of the same author, so it carries no head. */
export function renderMessage(message, { isGrouped = false, inThread = false } = {}) {
  const author = authorOf(message);
  const time = h(
    "time",
    {
      class: "msg-time",
      datetime: new Date(Number(message.ts) * 1000).toISOString(),
      title: fullTime(message.ts),
    },
    clockTime(message.ts),
  );
  const head = h(
    "div",
    { class: "msg-head" },
    h("span", { class: "msg-author" }, author.name),
    author.isApp && h("span", { class: "badge-app" }, "APP"),
    time,
  );
  return h(
    "li",
    {
      class: `msg${isGrouped ? " is-grouped" : ""}${message.ephemeral ? " is-ephemeral" : ""}`,
      "data-ts": message.ts,
      tabindex: "-1",
      "aria-label": `${author.name}${author.isApp ? ", app" : ""}, ${clockTime(message.ts)}`,
    },
    h(
      "div",
      { class: "msg-gutter", "aria-hidden": "true" },
      isGrouped
        ? h("span", { class: "gutter-time" }, clockTime(message.ts).replace(/ [AP]M$/, ""))
        : face(message, author),
    ),
    h(
      "div",
      { class: "msg-body" },
      message.ephemeral &&
        h(
          "div",
          { class: "ephemeral-note" },
          icon("eye"),
          "Only visible to you ·",
          h("button", { type: "button", class: "link-btn", onclick: () => dismiss(message) }, "Dismiss"),
        ),
      isGrouped ? h("span", { class: "sr-only" }, `${author.name}, `, time) : head,
      bodyOf(message),
      reactions(message),
      !inThread && replies(message),
    ),
    message.ephemeral ? null : toolbar(message, inThread),
  );
}
