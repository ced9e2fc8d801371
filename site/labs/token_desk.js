// Answers the attention explorer in the page, as aigc_course/widgets/tokens.py does.

import { Copier } from "./copier.js";

const MOST = 48;
const NEXT = 3;

export class TokenDesk {
  constructor(document) {
    this.model = new Copier(document);
    this.ids = new Map(document.words.map((word, i) => [word, i]));
  }

  answer({ id, tokens }) {
    const refusal = this.refusal(tokens);
    if (refusal) return [{ kind: "refused", text: refusal }, {}];
    const { weights, shares } = this.model.read(tokens.map((word) => this.ids.get(word)));
    const { layers, heads } = this.model.shape;
    const next = shares.map((row) => this.likeliest(row));
    return [{ kind: "weights", id, tokens, layers, heads, next }, { weights }];
  }

  // Why these tokens cannot be read; "" where they can.
  refusal(tokens) {
    if (!tokens.length || tokens.length > MOST) {
      return `Type 1 to ${MOST} tokens, not ${tokens.length}.`;
    }
    const strange = tokens.find((word) => !this.ids.has(word));
    return strange === undefined
      ? ""
      : `The model does not know the token '${strange}'; it knows the letters a to z.`;
  }

  likeliest(shares) {
    return shares
      .map((share, i) => [this.model.words[i], Math.round(1e4 * share) / 1e4])
      .sort((a, b) => b[1] - a[1])
      .slice(0, NEXT);
  }
}
