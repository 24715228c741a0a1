// Where a select's options come from: the element itself, the app, or the workspace.

import { api } from "../api.js";
import { words } from "../mrkdwn.js";
import { channelTitle, findChannel, findUser, nameOf, state } from "../store.js";

/** How a select of a type names its choice in state and payload: [single key, plural key]. */
const KEYS = {
  static: ["selected_option", "selected_options"],
  external: ["selected_option", "selected_options"],
  users: ["selected_user", "selected_users"],
  conversations: ["selected_conversation", "selected_conversations"],
  channels: ["selected_channel", "selected_channels"],
};

const fromOption = (option) => ({
  key: option.value,
  label: words(option.text),
  note: option.description ? words(option.description) : "",
  raw: option,
});
const fromUser = (user) => ({ key: user.id, label: nameOf(user), note: user.title ?? "", raw: user.id });
const fromChannel = (c) => ({
  key: c.id,
  label: c.is_im ? channelTitle(c) : `#${c.name}`,
  note: "",
  raw: c.id,
});

function matching(options, query) {
  const q = query.trim().toLowerCase();
  if (!q) return options;
  return options.filter((o) => `${o.label} ${o.note}`.toLowerCase().includes(q));
}

function groupsOf(answer) {
  if (answer.option_groups) {
    return answer.option_groups.map((g) => ({
      label: words(g.label),
      options: (g.options ?? []).map(fromOption),
    }));
  }
  return [{ label: "", options: (answer.options ?? []).map(fromOption) }];
}

function listed(kind, element) {
  if (kind === "users") {
    const people = Object.values(state.users).filter((u) => !u.is_bot && !u.deleted);
    return people.map(fromUser).sort((a, b) => a.label.localeCompare(b.label));
  }
  const include = element.filter?.include ?? ["public", "private", "im", "mpim"];
  const kindOf = (c) => (c.is_im ? "im" : c.is_private ? "private" : "public");
  const wanted = kind === "channels" ? ["public"] : include;
  return state.channels.filter((c) => wanted.includes(kindOf(c))).map(fromChannel);
}

function known(kind, value) {
  if (kind === "static" || kind === "external") return fromOption(value);
  if (kind === "users") return fromUser(findUser(value) ?? { id: value });
  return fromChannel(findChannel(value) ?? { id: value, name: value });
}

/**
 * What a select element means: `load(query)` resolves to groups of options or throws with a sentence,
 * `initial` are the options chosen from the start, `toValue` turns choices into Slack's value.
 */
export function sourceOf(element, ctx) {
  const multiple = element.type.startsWith("multi_");
  const kind = element.type.replace("multi_", "").replace("_select", "");
  const key = KEYS[kind][multiple ? 1 : 0];
  return {
    multiple,
    isRemote: kind === "external",
    minQuery: kind === "external" ? (element.min_query_length ?? 3) : 0,
    initial: initialOf(element, ctx, kind, multiple, key),
    toValue: (chosen) => ({ [key]: multiple ? chosen.map((o) => o.raw) : (chosen[0]?.raw ?? null) }),
    async load(query) {
      if (kind === "external") return loadRemote(element, ctx, query);
      if (kind !== "static") return [{ label: "", options: matching(listed(kind, element), query) }];
      return groupsOf(element).map((g) => ({ ...g, options: matching(g.options, query) }));
    },
  };
}

function initialOf(element, ctx, kind, multiple, key) {
  const stored = ctx.surface.get(ctx.blockId, element.action_id);
  if (stored)
    return [stored[key]]
      .flat()
      .filter(Boolean)
      .map((v) => known(kind, v));
  const noun = {
    static: "option",
    external: "option",
    users: "user",
    conversations: "conversation",
    channels: "channel",
  }[kind];
  const given = element[`initial_${noun}${multiple ? "s" : ""}`];
  const here = element.default_to_current_conversation ? ctx.surface.container.channel : null;
  return [given ?? here]
    .flat()
    .filter(Boolean)
    .map((v) => known(kind, v));
}

async function loadRemote(element, ctx, query) {
  const answer = await api.options({
    as: state.me.id,
    container: ctx.surface.container,
    block_id: ctx.blockId,
    action_id: element.action_id,
    value: query,
  });
  if (answer.ok === false) throw new Error(answer.error || "The app did not answer with options. Try again.");
  return groupsOf(answer);
}
