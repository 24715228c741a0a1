// Slack's own markup ("mrkdwn") as document nodes. Text comes in as apps send it: `&`, `<`, `>` written as
// entities, control sequences in angle brackets. Nothing is ever parsed as HTML.

import { slackDate } from "./dates.js";
import { h } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { findChannel, findUser, nameOf, state } from "./store.js";

const SAFE_LINK = /^(https?:|mailto:|tel:)/i;

/** Text with Slack's three entities turned back into characters. */
export function unescape(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** Text as Slack's client sends it: the three characters that would start markup are written as entities. */
export function escape(text) {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** A link, or the bare words when the address is not one a browser may follow (`javascript:` and the like). */
export function link(url, ...label) {
  if (!SAFE_LINK.test(url.trim())) return h("span", {}, label.length ? label : url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label.length ? label : url);
}

export function mention(id) {
  const user = findUser(id);
  const name = nameOf(user) || id;
  return h("span", { class: `mention${state.me?.id === id ? " mention-me" : ""}` }, `@${name}`);
}

export function channelLink(id, label) {
  const channel = findChannel(id);
  const name = channel?.name || label || id;
  if (!channel) return h("span", { class: "mention" }, `#${name}`);
  return h("a", { class: "mention", href: `#/${state.me.id}/${id}` }, `#${name}`);
}

export function emoji(name) {
  const char = findEmoji(name);
  if (!char) return `:${name}:`;
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` },
    char,
  );
}

function broadcast(name) {
  return h("span", { class: "mention mention-all" }, `@${name}`);
}

function angle(body) {
  const cut = body.indexOf("|");
  const target = cut < 0 ? body : body.slice(0, cut);
  const label = cut < 0 ? "" : unescape(body.slice(cut + 1));
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) {
    const [, ts, pattern, url] = target.split("^");
    const text = slackDate(ts, unescape(pattern ?? "")) ?? label;
    return h("time", { title: label }, url ? link(unescape(url), text) : text);
  }
  if (target.startsWith("!subteam^")) return broadcast(label.replace(/^@/, "") || target.slice(9));
  if (target.startsWith("!")) return broadcast(label.replace(/^@/, "") || target.slice(1));
  return label ? link(unescape(target), ...inline(escape(label))) : link(unescape(target));
}

// Order matters: what stands first wins, so nothing inside code or a link is read again.
const TOKEN =
  /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):|(https?:\/\/[^\s<>|*`]+[^\s<>|*`.,;:!?)\]'"_~])/g;
const STYLES = [
  ["*", "strong"],
  ["_", "em"],
  ["~", "s"],
];

function styled(text) {
  for (const [mark, tag] of STYLES) {
    const m = mark === "*" ? "\\*" : mark;
    const found = new RegExp(
      `(^|[^\\p{L}\\p{N}${m}])${m}(?=[^\\s${m}])([^\\n]*?[^\\s${m}]|[^\\s${m}])${m}(?![\\p{L}\\p{N}${m}])`,
      "u",
    ).exec(text);
    if (!found) continue;
    const start = found.index + found[1].length;
    const end = found.index + found[0].length;
    return [...styled(text.slice(0, start)), h(tag, {}, styled(found[2])), ...styled(text.slice(end))];
  }
  return text ? [text] : [];
}

/** The nodes of one line or phrase. Tokens are cut out first, then the styles run over what is between. */
export function inline(text) {
  const parts = [];
  const masked = text.replace(TOKEN, (...m) => {
    const [whole, code, angled, name, url] = m;
    if (name !== undefined && !findEmoji(name)) return whole;
    if (code !== undefined) parts.push(h("code", {}, unescape(code)));
    else if (angled !== undefined) parts.push(angle(angled));
    else if (name !== undefined) parts.push(emoji(name));
    else parts.push(link(unescape(url)));
    return `\uE000${parts.length - 1}\uE001`;
  });
  return unmask(styled(masked), parts);
}

function unmask(nodes, parts) {
  return nodes.flatMap((node) => {
    if (typeof node === "string") return restore(node, parts);
    const restored = unmask(
      [...node.childNodes].map((c) => (c.nodeType === 3 ? c.data : c)),
      parts,
    );
    node.replaceChildren(...restored);
    return [node];
  });
}

function restore(text, parts) {
  return text.split(/(\uE000\d+\uE001)/).flatMap((piece) => {
    const mark = /^\uE000(\d+)\uE001$/.exec(piece);
    if (mark) return [parts[Number(mark[1])]];
    return piece ? [unescape(piece)] : [];
  });
}

const QUOTE = /^(?:&gt;|>) ?/;
const ITEM = /^(\s*)([•◦▪‣–-]|\d{1,3}[.)])\s+(.*)$/;

function lineNodes(lines) {
  const out = [];
  lines.forEach((line, i) => {
    const item = ITEM.exec(line);
    if (item) {
      const depth = Math.min(Math.floor(item[1].length / 2), 5);
      const body = [h("span", { class: "li-mark" }, item[2]), h("span", {}, inline(item[3]))];
      out.push(h("span", { class: "li-line", vars: { "--depth": String(depth) } }, body));
      return;
    }
    out.push(...inline(line));
    const next = lines[i + 1];
    if (next !== undefined && !ITEM.test(next)) out.push(h("br"));
    else if (next !== undefined && line.trim() === "") out.push(h("br"));
  });
  return out;
}

function paragraphs(text) {
  const out = [];
  let plain = [];
  let quoted = [];
  const flush = () => {
    if (quoted.length) out.push(h("blockquote", {}, lineNodes(quoted)));
    if (plain.length) out.push(...lineNodes(plain));
    quoted = [];
    plain = [];
  };
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i += 1) {
    const rest = /^(?:&gt;&gt;&gt;|>>>) ?/.exec(lines[i]);
    if (rest) {
      flush();
      quoted = [lines[i].slice(rest[0].length), ...lines.slice(i + 1)];
      break;
    }
    const isQuote = QUOTE.test(lines[i]);
    if (isQuote ? plain.length : quoted.length) flush();
    (isQuote ? quoted : plain).push(isQuote ? lines[i].replace(QUOTE, "") : lines[i]);
  }
  flush();
  return out;
}

/** A whole mrkdwn text as nodes: preformatted pieces, quotes, list lines and phrases. */
export function mrkdwn(text) {
  const pieces = String(text ?? "")
    .replace(/[\uE000\uE001]/g, "")
    .split(/```\n?([\s\S]*?)\n?```\n?/);
  return pieces.flatMap((piece, i) => {
    if (i % 2) return [h("pre", { tabindex: "0", "aria-label": "Code" }, preformatted(piece))];
    const beforeCode = i < pieces.length - 1;
    return piece === "" ? [] : paragraphs(beforeCode ? piece.replace(/\n$/, "") : piece);
  });
}

// Inside ``` only links keep their meaning.
function preformatted(text) {
  return text
    .split(/(<https?:[^<>]+>)/)
    .map((piece) => (/^<http/.test(piece) ? angle(piece.slice(1, -1)) : unescape(piece)));
}

/** The nodes of a Block Kit text object of either type. */
export function textObject(object) {
  if (object === null || object === undefined) return [];
  if (typeof object === "string") return plain(object);
  if (object.type === "mrkdwn") return mrkdwn(object.text);
  return plain(object.text ?? "", object.emoji !== false);
}

/** Plain text: line breaks and emoji names count, nothing else does. */
export function plain(text, withNames = true) {
  return String(text)
    .split("\n")
    .flatMap((line, i) => {
      const nodes = line
        .split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/)
        .filter(Boolean)
        .map((piece) => {
          const name = /^:(.+):$/.exec(piece);
          return withNames && name ? emoji(name[1]) : unescape(piece);
        });
      return i ? [h("br"), ...nodes] : nodes;
    });
}

/** A text object's words alone, for labels and announcements. */
export function words(object) {
  const text = typeof object === "string" ? object : (object?.text ?? "");
  return h("span", {}, object?.type === "mrkdwn" ? mrkdwn(text) : plain(text)).textContent;
}
