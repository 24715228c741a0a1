// A file input: each file goes to the server at once, the form then carries what the server called it.

import { api } from "../api.js";
import { h } from "../dom.js";
import { state } from "../store.js";
import { commit } from "../surface.js";

export function fileInput(element, ctx) {
  const files = [...(ctx.surface.get(ctx.blockId, element.action_id)?.files ?? [])];
  const most = element.max_files ?? 10;
  const list = h("ul", { class: "file-list" });
  const status = h("p", { class: "field-note", role: "status" });
  const input = h("input", {
    type: "file",
    class: "field",
    multiple: most > 1,
    accept: (element.filetypes ?? []).map((t) => `.${t}`).join(",") || null,
    "aria-labelledby": ctx.field?.labelId,
    "aria-label": ctx.field ? null : "Files",
    "aria-describedby": ctx.field?.describedBy,
    "data-control": true,
    "data-action": element.action_id,
  });
  const show = () => {
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, files: [...files] });
    list.replaceChildren(...files.map((f) => h("li", {}, f.title || f.name)));
  };
  input.addEventListener("change", async () => {
    for (const file of [...input.files].slice(0, most - files.length)) {
      status.textContent = `Uploading ${file.name}…`;
      const answer = await api.upload(state.me.id, file);
      if (answer.ok === false || !answer.file) {
        status.textContent = answer.error || `${file.name} could not be uploaded.`;
        return;
      }
      files.push(answer.file);
    }
    status.textContent = "";
    input.value = "";
    show();
    commit(ctx, element, { files: [...files] }, input);
  });
  show();
  return h("div", { class: "file-input" }, input, list, status);
}
