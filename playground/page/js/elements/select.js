// Every select of Block Kit: one accessible list with search, single or multiple, local or asked of the app.

import { debounce, h, icon, uid } from "../dom.js";
import { words } from "../mrkdwn.js";
import { openPopup } from "../overlays/popup.js";
import { commit } from "../surface.js";
import { sourceOf } from "./select_sources.js";

const TYPING_MS = 250;

export function select(element, ctx) {
  const source = sourceOf(element, ctx);
  let chosen = source.initial;
  ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...source.toValue(chosen) });

  const placeholder = words(element.placeholder) || (source.multiple ? "Select options" : "Select an option");
  const valueId = uid("value");
  const nameId = uid("name");
  const value = h("span", { class: "select-value", id: valueId });
  const node = h(
    "button",
    {
      type: "button",
      class: `select${source.multiple ? " select-multi" : ""}`,
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-labelledby": `${ctx.field?.labelId ?? nameId} ${valueId}`,
      "aria-describedby": ctx.field?.describedBy,
      "data-control": true,
      "data-action": element.action_id,
      "data-autofocus": element.focus_on_load === true,
      onclick: () => open(),
      onkeydown: (e) => {
        if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
        e.preventDefault();
        open();
      },
    },
    h("span", { id: nameId, class: "sr-only" }, placeholder),
    value,
    icon("chevron"),
  );

  function show() {
    value.classList.toggle("is-empty", !chosen.length);
    if (!chosen.length) value.replaceChildren(placeholder);
    else if (source.multiple)
      value.replaceChildren(...chosen.map((o) => h("span", { class: "chip" }, o.label)));
    else value.replaceChildren(chosen[0].label);
  }

  async function settle(next) {
    const before = chosen;
    chosen = next;
    show();
    if (await commit(ctx, element, source.toValue(chosen), node)) return;
    chosen = before;
    ctx.surface.set(ctx.blockId, element.action_id, { type: element.type, ...source.toValue(chosen) });
    show();
  }

  function open() {
    if (node.getAttribute("aria-expanded") === "true") return;
    openList({
      node,
      source,
      placeholder,
      chosen: [...chosen],
      limit: element.max_selected_items,
      canClear: !source.multiple && ctx.field?.optional === true && chosen.length > 0,
      onpick: settle,
    });
  }
  show();
  return node;
}

// The list of one opening of a select. With several choices they are told when the list closes, as a whole.
function openList({ node, source, placeholder, chosen, limit, canClear, onpick }) {
  const listId = uid("list");
  const before = chosen.map((o) => o.key).join("\n");
  let current = chosen;
  let options = [];
  let active = -1;
  const list = h("div", {
    role: "listbox",
    id: listId,
    class: "listbox",
    "aria-label": placeholder,
    "aria-multiselectable": source.multiple && "true",
    // The focus stays where one types.
    onmousedown: (e) => e.preventDefault(),
  });
  const note = h("p", { class: "list-note", role: "status" });
  const search = h("input", {
    type: "text",
    class: "field list-search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": `Search: ${placeholder}`,
    "aria-expanded": "true",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    placeholder: "Type to search",
  });
  const { close, place } = openPopup(node, [search, list, note], {
    wide: true,
    className: "select-popup",
    onclose() {
      node.setAttribute("aria-expanded", "false");
      if (source.multiple && current.map((o) => o.key).join("\n") !== before) onpick(current);
    },
  });
  node.setAttribute("aria-expanded", "true");

  const isOn = (o) => current.some((c) => c.key === o.key);
  function mark() {
    [...list.querySelectorAll("[role=option]")].forEach((n, i) => {
      n.classList.toggle("is-active", i === active);
      n.setAttribute("aria-selected", String(isOn(options[i])));
    });
    const at = list.querySelectorAll("[role=option]")[active];
    at?.scrollIntoView({ block: "nearest" });
    if (at) search.setAttribute("aria-activedescendant", at.id);
    else search.removeAttribute("aria-activedescendant");
  }

  function pick(option) {
    if (!option) return;
    if (!source.multiple) {
      close(true);
      onpick(option.clears ? [] : [option]);
      return;
    }
    if (isOn(option)) current = current.filter((c) => c.key !== option.key);
    else if (!limit || current.length < limit) current = [...current, option];
    else note.textContent = `You can choose up to ${limit}.`;
    mark();
  }

  function draw(groups) {
    options = [];
    const nodes = groups
      .filter((g) => g.options.length)
      .map((g) => {
        const headId = uid("group");
        const items = g.options.map((o) => {
          options.push(o);
          return h(
            "div",
            {
              role: "option",
              id: uid("opt"),
              class: "option",
              "data-value": o.key,
              onclick: () => pick(o),
            },
            h("span", { class: "option-check" }, icon("check")),
            h("span", { class: "option-label" }, o.label),
            o.note && h("span", { class: "option-note" }, o.note),
          );
        });
        if (!g.label) return items;
        return h(
          "div",
          { role: "group", "aria-labelledby": headId },
          h("div", { class: "menu-heading", id: headId }, g.label),
          items,
        );
      });
    list.replaceChildren(...nodes.flat());
    active = Math.max(0, options.findIndex(isOn));
    note.textContent = options.length ? "" : "No results";
    mark();
    place();
  }

  let asked = 0;
  async function load() {
    const query = search.value;
    if (query.length < source.minQuery) {
      list.replaceChildren();
      options = [];
      note.textContent =
        source.minQuery === 1 ? "Type to search" : `Type at least ${source.minQuery} characters`;
      return;
    }
    asked += 1;
    const mine = asked;
    if (source.isRemote) note.textContent = "Searching…";
    try {
      const groups = await source.load(query);
      // An answer to an older question must not cover a newer one's.
      if (mine !== asked) return;
      draw(
        canClear && !query
          ? [
              { label: "", options: [{ key: "", label: "Clear selection", note: "", clears: true }] },
              ...groups,
            ]
          : groups,
      );
    } catch (error) {
      if (mine !== asked) return;
      list.replaceChildren();
      options = [];
      note.textContent = error.message;
    }
  }

  search.addEventListener("input", source.isRemote ? debounce(load, TYPING_MS) : load);
  search.addEventListener("keydown", (e) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && options.length) active = (active + step + options.length) % options.length;
    else if (e.key === "Home" && !search.value) active = 0;
    else if (e.key === "End" && !search.value) active = options.length - 1;
    else if (e.key === "Enter") pick(options[active]);
    else if (e.key === "Tab") close(true);
    else return;
    if (e.key !== "Tab") e.preventDefault();
    mark();
  });
  search.focus();
  load();
}
