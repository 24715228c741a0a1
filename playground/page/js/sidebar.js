// The dark column: team, channels, direct messages, apps, and who one is.

import { avatar } from "./avatar.js";
import { h, hiddenText, icon } from "./dom.js";
import { openMenu } from "./overlays/menu.js";
import { channelTitle, emit, findUser, nameOf, on, state } from "./store.js";

function badge(count) {
  if (!count) return null;
  return h(
    "span",
    { class: "badge" },
    String(Math.min(count, 99)),
    hiddenText(count === 1 ? " unread message" : " unread messages"),
  );
}

function entry({ href, current, mark, label, unread, after, isMuted }) {
  return h(
    "li",
    {},
    h(
      "a",
      {
        href,
        class: `side-link${unread ? " is-unread" : ""}${isMuted ? " is-muted" : ""}`,
        "aria-current": current && "page",
      },
      h("span", { class: "side-mark", "aria-hidden": "true" }, mark),
      h("span", { class: "side-label" }, label),
      after,
      badge(unread),
    ),
  );
}

function group(title, id, items) {
  if (!items.length) return null;
  return h(
    "section",
    { class: "side-group", "aria-labelledby": id },
    h("h2", { class: "side-heading", id }, title),
    h("ul", { class: "side-list" }, items),
  );
}

function channelEntry(channel, here) {
  return entry({
    href: `#/${state.me.id}/${channel.id}`,
    current: here === channel.id,
    mark:
      channel.is_im || channel.is_mpim
        ? avatar(findUser(channel.user) ?? { id: channel.id, name: channelTitle(channel) }, "avatar-side")
        : channel.is_private
          ? icon("lock")
          : "#",
    label: channelTitle(channel),
    unread: channel.unread,
    isMuted: channel.is_member === false,
  });
}

function appEntry(app, here) {
  const dm = state.channels.find((c) => c.is_im && c.user === app.bot_user_id);
  return entry({
    href: `#/${state.me.id}/${app.app_id}`,
    current: here === app.app_id || (dm && here === dm.id),
    mark: avatar({ id: app.app_id, name: app.name }, "avatar-side avatar-app"),
    label: app.name,
    unread: dm?.unread,
    after: h(
      "span",
      {
        class: `dot ${app.connected ? "dot-on" : "dot-off"}`,
        title: app.connected ? "Connected" : "Not connected",
      },
      hiddenText(app.connected ? "connected" : "not connected"),
    ),
  });
}

function personEntry(user) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "side-link", onclick: () => emit("open-dm", user.id) },
      h("span", { class: "side-mark", "aria-hidden": "true" }, avatar(user, "avatar-side")),
      h(
        "span",
        { class: "side-label" },
        nameOf(user),
        user.id === state.me.id && h("span", { class: "side-you" }, " you"),
      ),
    ),
  );
}

// Only what differs is replaced: an entry that vanishes between press and release swallows the click.
function patch(old, fresh) {
  const [was, now] = [[...old.children], [...fresh.children]];
  for (const gone of was.slice(now.length)) gone.remove();
  now.forEach((node, i) => {
    const at = was[i];
    if (!at) old.append(node);
    else if (at.outerHTML === node.outerHTML || at.getAttribute("aria-expanded") === "true") return;
    else if (at.tagName === node.tagName && /^(side-scroll|side-group|side-list)$/.test(at.className))
      patch(at, node);
    else at.replaceWith(node);
  });
}

/** Draws the column for the conversation or app in view. */
export function drawSidebar(root, here) {
  const bots = new Set(state.apps.map((a) => a.bot_user_id));
  const isDirect = (c) => c.is_im || c.is_mpim;
  const rooms = state.channels.filter((c) => !isDirect(c)).sort((a, b) => a.name.localeCompare(b.name));
  const ims = state.channels.filter((c) => isDirect(c) && !bots.has(c.user));
  const known = new Set(ims.map((c) => c.user));
  const others = Object.values(state.users)
    .filter((u) => !u.is_bot && !u.deleted && !bots.has(u.id) && !known.has(u.id))
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  const at = document.activeElement;
  const focused = root.contains(at) ? (at.getAttribute("href") ?? at.textContent) : null;
  const fresh = h(
    "nav",
    {},
    h(
      "div",
      { class: "side-head" },
      h("span", { class: "team-name" }, state.team?.name ?? "Workspace"),
      h("span", { class: "team-note" }, "Local workspace"),
    ),
    h(
      "div",
      { class: "side-scroll" },
      group(
        "Channels",
        "side-channels",
        rooms.map((c) => channelEntry(c, here)),
      ),
      group("Direct messages", "side-dms", [
        ...ims.map((c) => channelEntry(c, here)),
        ...others.map(personEntry),
      ]),
      group(
        "Apps",
        "side-apps",
        state.apps.map((a) => appEntry(a, here)),
      ),
    ),
    switcher(),
  );
  patch(root, fresh);
  if (focused && !root.contains(document.activeElement))
    [...root.querySelectorAll("a,button")]
      .find((n) => (n.getAttribute("href") ?? n.textContent) === focused)
      ?.focus();
}

function switcher() {
  const node = h(
    "button",
    {
      type: "button",
      class: "switcher",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": `You are ${nameOf(state.me)}. Switch person`,
      onclick: () =>
        openMenu(
          node,
          [
            { heading: "Act as" },
            ...state.people
              .filter((u) => !u.is_bot && u.id !== state.me.id)
              .map((u) => ({
                label: nameOf(u),
                description: u.title,
                onselect: () => emit("switch-person", u.id),
              })),
            {
              label: "Everyone…",
              description: "Back to the first screen",
              onselect: () => emit("switch-person", null),
            },
          ],
          "Switch person",
        ),
    },
    avatar(state.me),
    h(
      "span",
      { class: "switcher-text" },
      h("span", { class: "switcher-name" }, nameOf(state.me)),
      h("span", { class: "switcher-note" }, state.me.title || "Switch person"),
    ),
    icon("chevron"),
  );
  return node;
}

/** Keeps the column in step with what changes elsewhere. */
export function followSidebar(root, whereNow) {
  on("channels", () => state.me && drawSidebar(root, whereNow()));
}
