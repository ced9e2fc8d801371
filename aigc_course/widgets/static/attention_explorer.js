// Tokens that can be typed and moved; a head's weights as a table, and one query's row.

import {
  drawWeights,
  queryAt,
  queryRow,
  queryWords,
  reordered,
  shade,
  split,
  stepped,
} from "./attention_view.js";
import { canvas, chord, guarded, liveRegion, make, pointed, select } from "./controls.js";
import { unpack } from "./frames.js";
import { Herald } from "./words.js";

const TABLE = 360;
const DARK = 0.54; // above it a token is written in white, below in black: 4.5 to 1
const TOLD =
  "Type tokens and press Enter. Choose a token with the pointer or the arrow keys; drag " +
  "it, or press Shift with an arrow key, to move it.";

class AttentionExplorer {
  constructor(model, el) {
    Object.assign(this, { model, offer: model.get("offer"), id: 0, seen: null });
    this.tokens = this.offer.tokens;
    this.chosen = { layer: 0, head: 0, query: this.tokens.length - 1 };
    this.build(el);
    this.listen = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.listen);
    this.read(this.tokens);
  }

  build(el) {
    const onkeydown = (event) => {
      if (event.key === "Enter") this.read(split(event.target.value, this.offer.letters));
    };
    const id = "aigc-tokens-typed";
    this.typed = make("input", { id, type: "text", class: "aigc-typed", onkeydown });
    this.typed.value = this.tokens.join(" ");
    this.fields = make("span", { class: "aigc-row" });
    const typing = make("span", { class: "aigc-field" });
    typing.append(make("label", { for: id }, "tokens"), this.typed);
    this.chips = make("div", { class: "aigc-tokens", role: "group" });
    this.chips.setAttribute("aria-label", `Tokens. ${TOLD}`);
    this.table = canvas(TABLE, TABLE, "Weights of the head");
    this.status = make("p", { class: "aigc-status" }, TOLD);
    this.live = liveRegion();
    this.herald = new Herald((text) => (this.live.textContent = text), { gap: 800 });
    const attributes = { role: "group", "aria-label": "Attention explorer" };
    const root = make("div", { class: "aigc-lab", ...attributes });
    root.append(make("div", { class: "aigc-row" }, typing, this.fields), this.chips);
    root.append(make("div", { class: "aigc-stage" }, this.table.element), this.status);
    root.append(make("p", { class: "aigc-help" }, TOLD), this.live);
    this.unguard = guarded(root);
    this.table.element.addEventListener("pointermove", (event) => this.point(event));
    root.addEventListener("keydown", (event) => this.key(event));
    el.append(root);
  }

  // Asks the kernel for the weights of these tokens.
  read(tokens) {
    this.id += 1;
    this.model.send({ kind: "read", id: this.id, tokens });
  }

  receive(message, buffers) {
    if (message.kind === "refused") return this.say(message.text);
    if (message.id !== this.id) return; // something newer was asked for
    const { tokens, layers, heads, next } = message;
    const { weights } = unpack(message, buffers);
    const fresh = !this.seen || this.seen.layers !== layers || this.seen.heads !== heads;
    this.seen = { weights, layers, heads, next, n: tokens.length };
    this.tokens = tokens;
    this.typed.value = tokens.join(" ");
    this.chosen.query = Math.min(this.chosen.query, tokens.length - 1);
    if (fresh) this.offerHeads(layers, heads);
    this.fillChips();
    this.draw();
  }

  offerHeads(layers, heads) {
    const numbered = (n) => Array.from({ length: n }, (_, i) => [String(i), `${i + 1}`]);
    this.chosen.layer = layers - 1;
    this.chosen.head = 0;
    const choose = (what) => (value) => {
      this.chosen[what] = Number(value);
      this.draw();
    };
    this.fields.replaceChildren(
      select("layer", numbered(layers), String(this.chosen.layer), choose("layer")),
      select("head", numbered(heads), "0", choose("head")),
    );
  }

  fillChips() {
    const focused = this.chips.contains(document.activeElement);
    this.chips.replaceChildren(
      ...this.tokens.map((token, i) => {
        const chip = make("button", { type: "button", class: "aigc-token" }, token);
        chip.addEventListener("pointerdown", (event) => this.grab(event, i));
        chip.addEventListener("pointerup", () => this.drop(i));
        return chip;
      }),
    );
    if (focused) this.chips.children[this.chosen.query].focus();
  }

  grab(event, i) {
    event.target.releasePointerCapture?.(event.pointerId); // so that others get the drop
    this.held = i;
    this.choose(i);
  }

  drop(i) {
    if (this.held !== undefined && this.held !== i) this.move(this.held, i);
    this.held = undefined;
  }

  move(from, to) {
    this.chosen.query = to;
    this.read(reordered(this.tokens, from, to));
  }

  choose(query) {
    this.chosen.query = query;
    this.draw();
  }

  draw() {
    if (!this.seen) return;
    const { chosen, seen, tokens } = this;
    const row = queryRow(seen.weights, seen, chosen);
    drawWeights(this.table.ctx, tokens, seen.weights, seen, chosen, TABLE);
    [...this.chips.children].forEach((chip, i) => {
      chip.style.background = shade(row[i]);
      chip.style.color = row[i] > DARK ? "#fff" : "#000";
      chip.tabIndex = i === chosen.query ? 0 : -1;
      chip.setAttribute("aria-pressed", String(i === chosen.query));
    });
    const words = queryWords(tokens, row, seen.next[chosen.query], chosen);
    this.table.element.setAttribute("aria-label", `Weights of the head. ${words}`);
    this.say(words);
  }

  say(text) {
    this.status.textContent = text;
    this.herald.tell(text);
  }

  point(event) {
    if (!this.seen) return;
    const [, y] = pointed(event, this.table.element);
    this.choose(queryAt(y, this.seen.n, TABLE));
  }

  key(event) {
    if (chord(event)) return;
    event.stopPropagation();
    if (!this.seen || !this.chips.contains(event.target)) return;
    const { query } = this.chosen;
    const to = stepped(event.key, query, this.seen.n);
    if (to === null) return;
    event.preventDefault();
    if (event.shiftKey && to !== query) return this.move(query, to);
    this.choose(to);
    this.chips.children[to].focus();
  }

  remove() {
    this.unguard();
    this.model.off("msg:custom", this.listen);
  }
}

function render({ model, el }) {
  const explorer = new AttentionExplorer(model, el);
  return () => explorer.remove();
}

export default { render };
