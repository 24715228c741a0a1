// Pictures, videos, files, and the small rows for calls and account connections.

import { h, icon } from "../dom.js";
import { link, textObject, words } from "../mrkdwn.js";

function fileUrl(slackFile) {
  if (!slackFile) return "";
  return slackFile.id ? `/_page/file/${encodeURIComponent(slackFile.id)}` : (slackFile.url ?? "");
}

/** A picture that, where it cannot be loaded, leaves its description in place. */
export function picture(url, alt, className) {
  const img = h("img", { class: className, src: url, alt: alt ?? "", loading: "lazy" });
  img.addEventListener("error", () => {
    img.replaceWith(h("span", { class: "missing-image" }, icon("eye"), alt || "Image could not be loaded"));
  });
  return img;
}

export function image(block) {
  const title = block.title && h("figcaption", { class: "media-title" }, textObject(block.title));
  return h(
    "figure",
    { class: "media" },
    title,
    picture(block.image_url ?? fileUrl(block.slack_file), block.alt_text, "bk-image"),
  );
}

export function video(block) {
  const title = words(block.title) || "Video";
  return h(
    "figure",
    { class: "media" },
    h("figcaption", { class: "media-title" }, block.title_url ? link(block.title_url, title) : title),
    block.author_name && h("p", { class: "field-note" }, block.author_name),
    block.description && h("p", {}, textObject(block.description)),
    h(
      "a",
      {
        class: "video-thumb",
        href: /^https?:/i.test(block.video_url ?? "") ? block.video_url : "about:blank",
        target: "_blank",
        rel: "noopener noreferrer",
        "aria-label": `Play ${title}`,
      },
      picture(block.thumbnail_url, block.alt_text, "bk-image"),
      h("span", { class: "play" }, icon("send")),
    ),
  );
}

export function file(block) {
  return h(
    "div",
    { class: "file-row" },
    icon("file"),
    h("span", {}, `Remote file ${block.external_id ?? ""}`),
  );
}

export function call(block) {
  const v1 = block.call?.v1 ?? {};
  return h(
    "div",
    { class: "file-row" },
    icon("bolt"),
    h("span", {}, v1.name || "Call"),
    v1.join_url && link(v1.join_url, "Join"),
  );
}

export function authProvider(block) {
  const name = words(block.name) || "Account";
  const connected = block.is_connected === true;
  return h(
    "div",
    { class: "file-row" },
    block.icon_url ? picture(block.icon_url, "", "context-image") : icon("link"),
    h(
      "span",
      {},
      h("strong", {}, name),
      " ",
      block.description ? textObject(block.description) : connected ? "Connected" : "Not connected",
    ),
    !connected && block.auth_url && link(block.auth_url, `Connect ${name}`),
  );
}

/** The files of a message, as rows that open, pictures as pictures. */
export function fileRows(files) {
  return (files ?? []).map((f) => {
    const url = f.id ? `/_page/file/${encodeURIComponent(f.id)}` : f.url_private;
    const name = f.title || f.name || "File";
    const size = Number(f.size) > 0 ? `${Math.max(1, Math.round(f.size / 1024))} kB` : "";
    if (String(f.mimetype ?? "").startsWith("image/")) {
      return h(
        "figure",
        { class: "media" },
        h("figcaption", { class: "media-title" }, name),
        h("a", { href: url, target: "_blank", rel: "noopener" }, picture(url, f.alt_txt || name, "bk-image")),
      );
    }
    return h(
      "a",
      { class: "file-row", href: url, target: "_blank", rel: "noopener" },
      icon("file"),
      h(
        "span",
        {},
        h("strong", {}, name),
        h("span", { class: "field-note" }, [f.pretty_type || f.filetype, size].filter(Boolean).join(" · ")),
      ),
    );
  });
}
