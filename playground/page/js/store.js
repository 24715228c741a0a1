// What the page knows now: a copy of the server's answer for the person it acts as.

export const state = {
  people: [],
  team: null,
  me: null,
  channels: [],
  apps: [],
  users: {},
  sendsEscaped: false,
  // Seconds by which the workspace's clock is ahead of this machine's, once that is known.
  ahead: null,
};

const listeners = new Map();

/** Calls `fn` with the detail of every later `emit` of that name. */
export function on(name, fn) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(fn);
}

export function emit(name, detail) {
  for (const fn of listeners.get(name) ?? []) fn(detail);
}

/** Takes over the answer of /_page/state. */
export function adopt(answer) {
  state.team = answer.team;
  state.me = answer.me;
  state.channels = answer.channels ?? [];
  state.apps = answer.apps ?? [];
  state.users = answer.users ?? {};
  state.sendsEscaped = answer.send_escaped === true;
  setNow(answer.now);
}

/** Takes over what time it is in the workspace, in seconds since 1970. */
export function setNow(seconds) {
  if (!Number.isFinite(seconds)) return;
  const ahead = seconds - Date.now() / 1000;
  // That clock never goes back: an answer asked for before it moved may come after the news that it did.
  state.ahead = state.ahead === null ? ahead : Math.max(state.ahead, ahead);
}

/** What time it is in the workspace. */
export function now() {
  return Date.now() / 1000 + (state.ahead ?? 0);
}

export function findUser(id) {
  return state.users[id] ?? state.people.find((u) => u.id === id) ?? null;
}

export function findChannel(id) {
  return state.channels.find((c) => c.id === id) ?? null;
}

export function findApp(id) {
  return state.apps.find((a) => a.app_id === id) ?? null;
}

export function findAppByBot(userId) {
  return state.apps.find((a) => a.bot_user_id === userId) ?? null;
}

/** The name people call someone by; the id itself when nobody knows them. */
export function nameOf(user) {
  return user ? user.real_name || user.display_name || user.name || user.id : "";
}

/** The title of a conversation: "#alerts", or the other person's name. */
export function channelTitle(channel) {
  if (!channel) return "";
  if (channel.is_mpim) {
    const others = (channel.members ?? []).filter((id) => id !== state.me?.id);
    return others.map((id) => nameOf(findUser(id)) || id).join(", ") || channel.name;
  }
  if (channel.is_im) return nameOf(findUser(channel.user)) || channel.name || "Direct message";
  return channel.name;
}

export function timeZone() {
  return state.me?.tz || Intl.DateTimeFormat().resolvedOptions().timeZone;
}
