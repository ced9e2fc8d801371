// Puts the attention explorer into its page; the model's weights are in window.courseCopier.

import { LocalModel } from "./local_model.js";
import { TokenDesk } from "./token_desk.js";

const TOKENS = [..."glimpseglimpsegl"];

export function start(render, el) {
  const desk = new TokenDesk(window.courseCopier);
  const offer = { tokens: TOKENS, most: 48, letters: true };
  render({ model: new LocalModel(offer, (message) => desk.answer(message)), el });
}
