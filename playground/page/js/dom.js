// Building the document by hand. Everything that comes from a person or an app becomes a text node or
// an attribute here, never markup, so no message can put a script or a style into the page.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "hidden", "open", "selected"]);
let counter = 0;

/** An id no other element of this page has. */
export function uid(prefix = "n") {
  counter += 1;
  return `${prefix}-${counter}`;
}

function build(node, props, children) {
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "vars") for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
    else if (AS_PROPERTY.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** An HTML element with attributes, listeners (`onclick`), CSS variables (`vars`) and children. */
export function h(tag, props, ...children) {
  return build(document.createElement(tag), props, children);
}

/** An SVG element. */
export function s(tag, props, ...children) {
  return build(document.createElementNS(SVG, tag), props, children);
}

/** Text that only a screen reader meets. */
export function hiddenText(text) {
  return h("span", { class: "sr-only" }, text);
}

const ICONS = {
  menu: "M3 5h14M3 10h14M3 15h14",
  close: "M5 5l10 10M15 5L5 15",
  send: "M3 10l14-7-5 14-3-6z",
  plus: "M10 4v12M4 10h12",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  reply: "M17 10c0 3.3-3.1 6-7 6a8 8 0 0 1-2.7-.5L3 17l1.3-3.2A5.4 5.4 0 0 1 3 10c0-3.3 3.1-6 7-6s7 2.7 7 6z",
  chevron: "M6 8l4 4 4-4",
  next: "M8 5l5 5-5 5",
  back: "M12 5l-5 5 5 5",
  lock: "M6 9V7a4 4 0 0 1 8 0v2M5 9h10v8H5z",
  eye: "M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  smile: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M7.5 8.500h.01M12.5 8.500h.01M7 12c1.5 2 4.5 2 6 0",
  check: "M4 10.500l4 4 8-9",
  up: "M6.5 9.500V17H3V9.500zM6.5 9.500L10 3c1.5 0 2 1 2 2.500L11.5 8H16c1 0 1.5.8 1.3 1.700l-1.3 6c-.2.8-.8 1.3-1.6 1.300H6.5",
  down: "M6.5 10.500V3H3v7.500zM6.5 10.500L10 17c1.5 0 2-1 2-2.500L11.5 12H16c1 0 1.5-.8 1.3-1.700l-1.3-6c-.2-.8-.8-1.3-1.6-1.300H6.5",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 11h6.600L14 6",
  file: "M5 3h7l4 4v10H5zM12 3v4h4",
  info: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14M10 9v5M10 6.500h.01",
  warning: "M10 3l8 14H2zM10 8v4M10 14.500h.01",
  link: "M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2",
  home: "M3 10l7-6 7 6M5 9v8h10V9",
  bolt: "M11 2L4 11h5l-1 7 7-9h-5z",
};

/** A line icon that takes the colour of the text around it and says nothing to a screen reader. */
export function icon(name) {
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    s("path", { d: ICONS[name] ?? ICONS.info }),
  );
}

/** Empties a node and fills it anew. */
export function fill(node, ...children) {
  node.replaceChildren(
    ...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false),
  );
  return node;
}

/** Runs the last of a burst of calls, `ms` after it. */
export function debounce(fn, ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => fn(...args), ms);
  };
}
