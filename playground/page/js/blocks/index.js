// Block Kit blocks by type, each behind its own error boundary: a block that cannot be drawn says so in
// its place and leaves the rest of the message alone.

import { h } from "../dom.js";
import { blockIdOf } from "../surface.js";
import { alertBlock, card, carousel, container } from "./cards.js";
import { dataVisualization } from "./chart.js";
import { actions, contextActions, input } from "./interactive.js";
import { authProvider, call, file, image, video } from "./media.js";
import { richText } from "./rich_text.js";
import { dataTable, table } from "./tables.js";
import { plan, taskCard } from "./tasks.js";
import { context, divider, header, markdownBlock, section } from "./text.js";

const MAKERS = {
  section,
  header,
  divider,
  context,
  markdown: markdownBlock,
  actions,
  input,
  context_actions: contextActions,
  image,
  video,
  file,
  call,
  auth_provider: authProvider,
  rich_text: richText,
  table,
  data_table: dataTable,
  data_visualization: dataVisualization,
  card,
  carousel,
  container,
  alert: alertBlock,
  task_card: taskCard,
  plan,
};

/** The types of block this page draws. */
export const BLOCK_TYPES = Object.keys(MAKERS);

function drawn(block, ctx) {
  const type = block?.type;
  if (!Object.hasOwn(MAKERS, type ?? ""))
    return h("div", { class: "unsupported" }, `unsupported block: ${type ?? "no type"}`);
  try {
    return MAKERS[type](block, ctx);
  } catch (error) {
    console.error(`block ${type} could not be drawn`, error);
    return h(
      "div",
      { class: "unsupported broken" },
      `This ${type} block could not be drawn: ${error.message}`,
    );
  }
}

/** One block in its frame; `ctx` is {surface}. Blocks inside blocks are drawn by `ctx.nested`. */
export function renderBlock(block, { surface }, index) {
  const blockId = blockIdOf(block, index);
  const ctx = { surface, blockId, nested: (inner, i) => renderBlock(inner, { surface }, `${index}-${i}`) };
  return h(
    "div",
    { class: `block block-${String(block?.type ?? "none").replace(/[^a-z_]/g, "")}`, "data-block": blockId },
    drawn(block, ctx),
  );
}

/** All blocks of a surface in order. */
export function renderBlocks(blocks, ctx) {
  if (!Array.isArray(blocks))
    return [h("div", { class: "unsupported broken" }, "The blocks of this message are not a list.")];
  return blocks.map((block, i) => renderBlock(block, ctx, i));
}
