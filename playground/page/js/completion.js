// What the composer offers while someone types: commands after "/", people after "@", channels after "#",
// emoji after ":".

import { suggestEmoji } from "./emoji.js";
import { nameOf, state } from "./store.js";

const LIMIT = 8;

function allCommands() {
  return state.apps.flatMap((app) => (app.commands ?? []).map((c) => ({ ...c, app: app.name })));
}

function commands(text) {
  return allCommands()
    .filter((c) => c.command.startsWith(text))
    .sort((a, b) => a.command.localeCompare(b.command))
    .slice(0, LIMIT)
    .map((c) => ({
      insert: `${c.command} `,
      label: c.command,
      hint: c.usage_hint ?? "",
      note: c.description ?? "",
      from: c.app,
    }));
}

// An app gets what is typed after a command as it stands, so a person is written by their handle there.
function people(prefix, inCommand) {
  const q = prefix.toLowerCase();
  const special = ["here", "channel", "everyone"]
    .filter((n) => q && n.startsWith(q))
    .map((n) => ({ insert: `@${n} `, label: `@${n}`, note: "Notify people in this channel" }));
  const found = Object.values(state.users).filter(
    (u) => !u.deleted && (nameOf(u).toLowerCase().includes(q) || u.name?.toLowerCase().includes(q)),
  );
  found.sort(
    (a, b) =>
      Number(nameOf(b).toLowerCase().startsWith(q)) - Number(nameOf(a).toLowerCase().startsWith(q)) ||
      nameOf(a).localeCompare(nameOf(b)),
  );
  const rows = found.map((u) => ({
    insert: `@${inCommand ? u.name : nameOf(u)} `,
    label: nameOf(u),
    note: u.title ?? "",
  }));
  return [...rows, ...special].slice(0, LIMIT);
}

function channels(prefix) {
  const q = prefix.toLowerCase();
  return state.channels
    .filter((c) => !c.is_im && !c.is_mpim && c.name.toLowerCase().includes(q))
    .slice(0, LIMIT)
    .map((c) => ({
      insert: `#${c.name} `,
      label: `#${c.name}`,
      note: c.topic ?? "",
    }));
}

function emoji(prefix) {
  return suggestEmoji(prefix).map(([name, char]) => ({
    insert: `${char} `,
    label: `${char} :${name}:`,
    note: "",
  }));
}

/** What fits the text before the caret: {from, rows}; null when nothing is being completed. */
export function complete(text, caret) {
  const head = text.slice(0, caret);
  if (/^\/\S*$/.test(head)) return { from: 0, rows: commands(head) };
  const found = /(^|[\s(])([@#:])([\p{L}\p{N}._+-]*)$/u.exec(head);
  if (!found) return null;
  const [, , mark, prefix] = found;
  if (mark === ":" && prefix.length < 2) return null;
  const rows = { "@": people, "#": channels, ":": emoji }[mark](prefix, head.startsWith("/"));
  return { from: caret - prefix.length - 1, rows };
}
