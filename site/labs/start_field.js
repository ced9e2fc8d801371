// Puts the field lab into its page.

import { FieldDesk, OFFER } from "./field_desk.js";
import { LocalModel } from "./local_model.js";

export function start(render, el) {
  const desk = new FieldDesk();
  render({ model: new LocalModel(OFFER, (message) => desk.answer(message)), el });
}
