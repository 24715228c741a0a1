// The first screen: who are you?

import { avatar } from "./avatar.js";
import { fill, h } from "./dom.js";
import { nameOf, state } from "./store.js";

function person(user, place) {
  const role = user.is_guest || user.is_restricted ? "Guest" : "";
  return h(
    "li",
    {},
    h(
      "a",
      { class: "person", href: `#/${user.id}${place}` },
      avatar(user, "avatar-big"),
      h(
        "span",
        { class: "person-text" },
        h("span", { class: "person-name" }, nameOf(user)),
        h(
          "span",
          { class: "person-title" },
          [user.title, role].filter(Boolean).join(" · ") || `@${user.name}`,
        ),
      ),
    ),
  );
}

/** `place` is where in the workspace the choice leads, such as "/C1", or nothing. */
export function drawPeople(root, place = "") {
  const people = state.people.filter((u) => !u.is_bot && !u.deleted);
  fill(
    root,
    h(
      "div",
      { class: "people" },
      h("p", { class: "people-team" }, state.team?.name ?? "Local workspace"),
      h("h1", { class: "people-title", tabindex: "-1" }, "Who are you?"),
      h(
        "p",
        { class: "people-lead" },
        "Choose a person to look through their eyes. Open a second tab to be two people at once.",
      ),
      people.length
        ? h(
            "ul",
            { class: "people-list" },
            people.map((u) => person(u, place)),
          )
        : h(
            "p",
            { class: "empty-note" },
            "Nobody is in this workspace yet. Load one with POST /_control/workspace, then reload.",
          ),
    ),
  );
}
