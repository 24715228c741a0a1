// A menu of deeds, as overflow buttons and message toolbars open it.

import { h } from "../dom.js";
import { openPopup } from "./popup.js";

function keys(popup, close) {
  let typed = "";
  let typedAt = 0;
  return (e) => {
    const items = [...popup.querySelectorAll("[role=menuitem]")];
    const at = items.indexOf(document.activeElement);
    const go = (n) => items[(n + items.length) % items.length]?.focus();
    if (e.key === "ArrowDown") go(at + 1);
    else if (e.key === "ArrowUp") go(at - 1);
    else if (e.key === "Home") go(0);
    else if (e.key === "End") go(items.length - 1);
    else if (e.key === "Tab") return close(true);
    else if (e.key.length === 1 && e.key !== " ") {
      typed = e.timeStamp - typedAt > 700 ? e.key : typed + e.key;
      typedAt = e.timeStamp;
      items.find((i) => i.textContent.trim().toLowerCase().startsWith(typed.toLowerCase()))?.focus();
    } else return undefined;
    e.preventDefault();
    return undefined;
  };
}

/**
 * Opens a menu beside `anchor`. Items are {label, description, href, danger, onselect}; a separator is
 * {heading}. The focus goes to the first item and comes back to the anchor.
 */
export function openMenu(anchor, items, label) {
  if (anchor.getAttribute("aria-expanded") === "true") return;
  const list = h("div", { role: "menu", "aria-label": label, class: "menu" });
  const handle = openPopup(anchor, list, { onclose: () => anchor.setAttribute("aria-expanded", "false") });
  for (const item of items) list.append(entry(item, handle.close));
  handle.place();
  anchor.setAttribute("aria-expanded", "true");
  list.addEventListener("keydown", keys(list, handle.close));
  list.querySelector("[role=menuitem]")?.focus();
}

function entry(item, close) {
  if (item.heading) return h("div", { class: "menu-heading", role: "presentation" }, item.heading);
  const body = [
    h("span", { class: "menu-label" }, item.label),
    item.description && h("span", { class: "menu-note" }, item.description),
  ];
  const choose = () => {
    close(true);
    item.onselect?.();
  };
  const props = {
    role: "menuitem",
    tabindex: "-1",
    class: `menu-item${item.danger ? " danger" : ""}`,
    onclick: choose,
  };
  if (item.href)
    return h("a", { ...props, href: item.href, target: "_blank", rel: "noopener noreferrer" }, body);
  return h("button", { ...props, type: "button" }, body);
}
