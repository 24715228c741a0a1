// Block elements by type. Each maker takes (element, ctx) and returns a node; ctx is {surface, blockId,
// field}, where field is null outside an input block and {labelId, describedBy, dispatch, optional} in one.

import { h } from "../dom.js";
import { state } from "../store.js";
import { button, feedbackButtons, iconButton } from "./buttons.js";
import { checkboxes, radioButtons } from "./choices.js";
import { datePicker, dateTimePicker, timePicker } from "./dates.js";
import { fileInput } from "./files.js";
import { overflow } from "./overflow.js";
import { select } from "./select.js";
import { numberInput, plainTextInput, richTextInput, typedInput } from "./text_inputs.js";

const MAKERS = {
  button,
  workflow_button: button,
  icon_button: iconButton,
  feedback_buttons: feedbackButtons,
  overflow,
  checkboxes,
  radio_buttons: radioButtons,
  datepicker: datePicker,
  timepicker: timePicker,
  datetimepicker: dateTimePicker,
  plain_text_input: plainTextInput,
  rich_text_input: richTextInput,
  email_text_input: typedInput("email"),
  url_text_input: typedInput("url"),
  number_input: numberInput,
  file_input: fileInput,
};
for (const source of ["static", "external", "users", "conversations", "channels"]) {
  MAKERS[`${source}_select`] = select;
  MAKERS[`multi_${source}_select`] = select;
}

export function isElement(type) {
  return Object.hasOwn(MAKERS, type);
}

/** The node of an element; null when it is meant for other eyes. */
export function renderElement(element, ctx) {
  const only = element?.visible_to_user_ids;
  if (Array.isArray(only) && only.length && !only.includes(state.me?.id)) return null;
  if (element?.type === "image") {
    return h("img", {
      class: "bk-thumb",
      src: element.image_url,
      alt: element.alt_text ?? "",
      loading: "lazy",
    });
  }
  if (!isElement(element?.type)) {
    return h("span", { class: "unsupported" }, `unsupported element: ${element?.type ?? "no type"}`);
  }
  return MAKERS[element.type](element, ctx);
}
