// Puts the page together: reads from the address who one is and what is in view, and passes live frames on.

import { api } from "./api.js";
import { AppPage } from "./app_page.js";
import { ControlBar } from "./control_bar.js";
import { channelHead, Conversation, ThreadPane } from "./conversation.js";
import { debounce, fill, h, icon } from "./dom.js";
import { Live } from "./live.js";
import { ModalStack } from "./modals.js";
import { announce, toast } from "./overlays/toasts.js";
import { drawPeople } from "./people.js";
import { drawSidebar, followSidebar } from "./sidebar.js";
import {
  adopt,
  channelTitle,
  emit,
  findApp,
  findAppByBot,
  findChannel,
  nameOf,
  on,
  setNow,
  state,
} from "./store.js";

const byId = (id) => document.getElementById(id);
const root = {
  people: byId("people"),
  shell: byId("shell"),
  side: byId("sidebar"),
  head: byId("pane-head"),
  body: byId("pane-body"),
  thread: byId("thread"),
  offline: byId("offline"),
};
const modals = new ModalStack();
const controls = new ControlBar(byId("controls"));
const thread = new ThreadPane(root.thread);
let view = null;
let here = null;
let hasMoved = false;

function route() {
  const [, person, place, extra] = location.hash.split("/");
  return { person: person || null, place: place || null, extra: extra || null };
}

function go(person, place) {
  location.hash = place ? `#/${person}/${place}` : `#/${person}`;
}

async function refreshState() {
  const as = state.me?.id ?? route().person;
  const answer = await api.state(as);
  if (answer.ok === false || !answer.me) return answer;
  if (as !== route().person) return answer;
  adopt(answer);
  controls.show(answer.controls);
  // What is on the screen is read; the note of it may still be on its way to the server.
  for (const channel of state.channels) if (isInView(channel.id)) channel.unread = 0;
  drawSidebar(root.side, here);
  if (view instanceof AppPage) {
    view.app = findApp(view.app.app_id) ?? view.app;
    drawHead();
  }
  return answer;
}

const refreshSoon = debounce(refreshState, 150);

function drawHead() {
  const menu = h(
    "button",
    {
      type: "button",
      class: "icon-btn menu-btn",
      "aria-label": "Open sidebar",
      onclick: () => toggleDrawer(true),
    },
    icon("menu"),
  );
  const parts =
    view instanceof AppPage
      ? [h("div", { class: "pane-line" }, menu, view.head()), view.tabs]
      : [
          h(
            "div",
            { class: "pane-line" },
            menu,
            view
              ? channelHead(view.channel)
              : h("h1", { class: "pane-title", id: "pane-title", tabindex: "-1" }, "Nothing here"),
          ),
        ];
  const hadFocus = document.activeElement?.id === "pane-title";
  fill(root.head, parts);
  if (hadFocus) byId("pane-title")?.focus();
}

function toggleDrawer(open) {
  document.body.classList.toggle("has-drawer", open);
  if (open) (root.side.querySelector("[aria-current]") ?? root.side.querySelector("a"))?.focus();
  else if (root.side.contains(document.activeElement)) byId("pane-title")?.focus();
}

function openChannel(channel, ts) {
  view = new Conversation(channel);
  view.pointTo = ts;
  drawHead();
  fill(root.body, view.node);
  view.load();
}

function openApp(app, tab) {
  view = new AppPage(app, tab);
  view.drawTabs();
  drawHead();
  fill(root.body, view.node);
  view.show(view.tab);
}

function showPlace(place, extra) {
  const channel = findChannel(place);
  const app = findApp(place) ?? (channel?.is_im ? findAppByBot(channel.user) : null);
  here = place;
  thread.close();
  if (app) openApp(app, extra === "messages" || channel || app.home === false ? "messages" : "home");
  else if (channel) openChannel(channel, extra);
  else {
    view = null;
    drawHead();
    fill(
      root.body,
      h(
        "p",
        { class: "empty-note" },
        "There is no such conversation, or it is not open to you. Choose another one on the left.",
      ),
    );
  }
  drawSidebar(root.side, here);
  toggleDrawer(false);
  document.title = `${channel && !app ? channelTitle(channel) : (app?.name ?? "Conversation")} · ${state.team?.name ?? ""} · ${nameOf(state.me)}`;
}

function firstPlace() {
  const rooms = state.channels.filter((c) => !c.is_im && !c.is_mpim && c.is_member !== false);
  const busiest =
    rooms.find((c) => c.unread) ?? rooms.find((c) => c.is_general || c.name === "general") ?? rooms[0];
  return (busiest ?? state.channels[0])?.id ?? state.apps[0]?.app_id ?? "none";
}

async function showPeople(next = "") {
  live.close();
  modals.clear();
  thread.close();
  view = null;
  here = null;
  state.me = null;
  root.offline.hidden = true;
  const answer = await api.people();
  state.people = answer.users ?? [];
  state.team = answer.team ?? state.team;
  root.shell.hidden = true;
  controls.show(null);
  root.people.hidden = false;
  document.title = `Who are you? · ${state.team?.name ?? "Local workspace"}`;
  drawPeople(root.people, next);
  if (answer.ok === false) fill(root.people, h("p", { class: "empty-note", role: "alert" }, answer.error));
}

async function enter(person) {
  modals.clear();
  const [people, answer] = await Promise.all([api.people(), api.state(person)]);
  state.people = people.users ?? [];
  if (answer.ok === false || !answer.me) {
    history.replaceState(null, "", "#/");
    await showPeople();
    toast(answer.error || "There is no such person in this workspace.", "error");
    return false;
  }
  adopt(answer);
  controls.show(answer.controls);
  root.people.hidden = true;
  root.shell.hidden = false;
  live.connect(person);
  return true;
}

async function follow() {
  const { person, place, extra } = route();
  // A permalink names a message but not its reader: "#/-/C1/ts".
  if (!person || person === "-") return showPeople(place ? `/${place}${extra ? `/${extra}` : ""}` : "");
  const isNew = state.me?.id !== person;
  if (isNew && !(await enter(person))) return undefined;
  if (!place) {
    history.replaceState(null, "", `#/${person}/${firstPlace()}`);
    return follow();
  }
  if (isNew || place !== here) {
    if (!findChannel(place) && !findApp(place)) await refreshState();
    showPlace(place, extra);
    // A page just loaded starts at its beginning, where the skip link is; a move within it, at its new heading.
    if (hasMoved) byId("pane-title")?.focus({ preventScroll: true });
    hasMoved = true;
  }
  return undefined;
}

const MESSAGE_FRAMES =
  /^(message|message_changed|message_deleted|ephemeral|ephemeral_changed|ephemeral_deleted|reaction)$/;

function countUnread(frame) {
  const channel = findChannel(frame.channel);
  if (!channel) return refreshSoon();
  const isMine = frame.message?.user === state.me.id;
  const isReply = frame.message?.thread_ts && frame.message.thread_ts !== frame.message.ts;
  if (frame.type !== "message" || isMine || isReply || isInView(frame.channel)) return undefined;
  channel.unread = (channel.unread ?? 0) + 1;
  emit("channels");
  announce(`New message in ${channelTitle(channel)}`);
  // A state on its way may or may not have counted this message: the next one settles it.
  return refreshSoon();
}

function isInView(channelId) {
  const shown = view instanceof AppPage ? view.conversation?.channel.id : view?.channel?.id;
  return shown === channelId;
}

/** Another day may begin: "Today" and "Yesterday" then stand for other days. */
function followClock(seconds) {
  setNow(seconds);
  view?.load();
  thread.current?.load();
}

function onFrame(frame) {
  if (frame.type === "status") {
    if (isInView(frame.channel)) view.follow(frame);
    if (thread.current?.channel.id === frame.channel) thread.current.follow(frame);
  } else if (MESSAGE_FRAMES.test(frame.type)) {
    if (isInView(frame.channel)) view.follow(frame);
    if (thread.current?.channel.id === frame.channel) thread.current.follow(frame);
    countUnread(frame);
  } else if (/^views?_/.test(frame.type)) modals.follow(frame);
  else if (frame.type === "home") view instanceof AppPage && view.follow(frame);
  else if (frame.type === "app") {
    const app = findApp(frame.app_id);
    if (app && "connected" in frame) app.connected = frame.connected;
    emit("channels");
    refreshSoon();
  } else if (frame.type === "channel" || frame.type === "state") refreshSoon();
  else if (frame.type === "controls") controls.show(frame.controls);
  else if (frame.type === "clock") followClock(frame.now);
  else if (frame.type === "reload") location.reload();
  else if (frame.type === "toast") toast(frame.text ?? "");
}

const live = new Live({
  onframe: onFrame,
  onstate(isOnline) {
    root.offline.hidden = isOnline;
  },
  async onopen() {
    // Whatever happened while the socket was down is in the server's answer.
    const answer = await refreshState();
    if (answer.ok === false && /no such|unknown|not found/i.test(answer.error ?? "")) return showPeople();
    view?.load();
    thread.current?.load();
    const before = modals.changes;
    const open = await api.views(state.me.id);
    if (Array.isArray(open.views) && modals.changes === before) modals.adopt(open.views);
    return undefined;
  },
});

on("switch-person", (id) => (id ? go(id) : go("")));
on("open-dm", async (userId) => {
  const answer = await api.openDm(state.me.id, userId);
  if (!answer.channel) return toast(answer.error || "The conversation could not be opened.", "error");
  await refreshState();
  return go(state.me.id, answer.channel);
});
followSidebar(root.side, () => here);
byId("scrim").addEventListener("click", () => toggleDrawer(false));
byId("skip").addEventListener("click", (e) => {
  e.preventDefault();
  (
    document.querySelector(".composer-input") ??
    byId("pane-title") ??
    root.people.querySelector("h1")
  )?.focus();
});
document.addEventListener("keydown", (e) => {
  if (e.key !== "Escape" || e.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (document.body.classList.contains("has-drawer")) toggleDrawer(false);
  else if (root.thread.contains(document.activeElement)) thread.close();
});
addEventListener("hashchange", follow);
follow();
