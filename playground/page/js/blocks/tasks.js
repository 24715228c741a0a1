// task_card and plan: what an app is doing, step by step.

import { h, icon } from "../dom.js";
import { link, textObject } from "../mrkdwn.js";
import { richText } from "./rich_text.js";

const STATUS = {
  pending: ["To do", "info"],
  in_progress: ["In progress", "bolt"],
  complete: ["Done", "check"],
  error: ["Failed", "warning"],
};

export function taskCard(block) {
  const [word, glyph] = STATUS[block.status] ?? STATUS.pending;
  const sources = block.sources ?? [];
  const more = [
    block.details && richText(block.details),
    block.output && h("div", { class: "task-output" }, richText(block.output)),
    sources.length > 0 &&
      h(
        "p",
        { class: "task-sources" },
        sources.map((src) => link(src.url, src.text || src.url)),
      ),
  ].filter(Boolean);
  const head = [
    h(
      "span",
      { class: `task-status task-${block.status}` },
      icon(glyph),
      h("span", { class: "sr-only" }, `${word}: `),
    ),
    h("span", { class: "task-title" }, textObject(block.title)),
  ];
  if (!more.length) return h("div", { class: "task" }, h("div", { class: "task-head" }, head));
  return h(
    "details",
    { class: "task", open: block.status === "in_progress" || block.status === "error" },
    h("summary", { class: "task-head" }, head),
    h("div", { class: "task-body" }, more),
  );
}

export function plan(block) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((t) => t.status === "complete").length;
  return h(
    "section",
    { class: "plan" },
    h(
      "div",
      { class: "plan-head" },
      h("strong", {}, textObject(block.title)),
      tasks.length > 0 && h("span", { class: "field-note" }, `${done} of ${tasks.length} done`),
    ),
    h(
      "ol",
      { class: "plan-tasks" },
      tasks.map((t) => h("li", {}, taskCard(t))),
    ),
  );
}
