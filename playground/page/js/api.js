// Every word the page exchanges with its server.

const SILENT = "The local Slack does not answer. Check that it is still running, then try again.";

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    return { ok: false, error: SILENT };
  }
  let data = null;
  try {
    data = await answer.json();
  } catch {
    data = null;
  }
  if (data === null || typeof data !== "object") {
    return { ok: false, error: `The local Slack answered ${answer.status} without a reason. See its log.` };
  }
  if (!answer.ok && !data.error)
    return { ...data, ok: false, error: `The local Slack answered ${answer.status}.` };
  return data;
}

function get(path, query) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value) search.set(key, value);
  const tail = search.toString();
  return request(tail ? `${path}?${tail}` : path);
}

function post(path, body) {
  return request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export const api = {
  people: () => get("/_page/people"),
  state: (as) => get("/_page/state", { as }),
  messages: (as, channel, thread) => get("/_page/messages", { as, channel, thread_ts: thread }),
  views: (as) => get("/_page/views", { as }),
  join: (as, channel) => post("/_page/join", { as, channel }),
  dismiss: (as, channel, ts) => post("/_page/dismiss", { as, channel, ts }),
  home: (as, app) => get("/_page/home", { as, app }),
  homeOpened: (as, app, tab) => post("/_page/home_opened", { as, app, tab }),
  send: (body) => post("/_page/send", body),
  action: (body) => post("/_page/action", body),
  options: (body) => post("/_page/options", body),
  viewSubmit: (body) => post("/_page/view_submit", body),
  viewClose: (body) => post("/_page/view_close", body),
  shortcut: (body) => post("/_page/shortcut", body),
  reaction: (body) => post("/_page/reaction", body),
  read: (body) => post("/_page/read", body),
  control: (button) => post("/_page/control", { button }),
  openDm: (as, user) => post("/_page/open_dm", { as, user }),
  upload: (as, file) =>
    request(`/_page/upload?as=${encodeURIComponent(as)}&name=${encodeURIComponent(file.name)}`, {
      method: "POST",
      body: file,
    }),
};
