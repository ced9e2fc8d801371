// Puts the loss explorer into its page. Its curves come from the page's own losses.

import { GAMES } from "./games.js";
import { LocalModel } from "./local_model.js";

const LOGITS = Array.from({ length: 121 }, (_, i) => -6 + i / 10);
const CONFIDENCE = 0.1;

// Loss and slope at every logit; the other point's logit is held at 0.
export function curves(view) {
  return Object.fromEntries(
    Object.entries(GAMES).map(([name, game]) => {
      const found = LOGITS.map((logit) => at(game, view, logit));
      return [name, { loss: found.map(([loss]) => loss), slope: found.map((pair) => pair[1]) }];
    }),
  );
}

function at(game, view, logit) {
  const [own, other, slope, unused] = [[logit], [0], [0], [0]];
  if (view === "generator") return [game.generator(own, slope, other, unused), slope[0]];
  if (view === "real") return [game.discriminator(own, other, slope, unused), slope[0]];
  return [game.discriminator(other, own, unused, slope), slope[0]];
}

export function start(render, el) {
  const views = Object.fromEntries(
    ["generator", "real", "fake"].map((view) => [view, curves(view)]),
  );
  const offer = { logits: LOGITS, views, confidence: CONFIDENCE };
  render({ model: new LocalModel(offer, () => [{ kind: "nothing" }, {}]), el });
}
