// Puts the GAN lab into its page.

import { LocalModel } from "./local_model.js";
import { OFFER, PlaneDesk } from "./plane_desk.js";

export function start(render, el) {
  const desk = new PlaneDesk();
  const model = new LocalModel(OFFER, (message) => desk.answer(message));
  render({ model, el });
}
