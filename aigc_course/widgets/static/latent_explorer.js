// A plane of latents; the picture beside it is decoded where the cross is.

import { canvas, chord, guarded, liveRegion, make, pointed, select } from "./controls.js";
import { unpack } from "./frames.js";
import {
  Seeker,
  drawLatents,
  inkPixels,
  mapPixels,
  placeWords,
  sheetPainter,
} from "./latent_view.js";
import { ARROWS, moved } from "./pad.js";
import { Herald } from "./words.js";

const PLANE = 408;
const PICTURE = 280;
const PIXELS = 28;
const SHOWS = {
  both: { map: true, codes: true },
  map: { map: true, codes: false },
  codes: { map: false, codes: true },
};
const HELP = "Move the pointer over the plane, or use the arrow keys; Home goes to 0.";

// Where a key leads to from a place; null when it is no key of the plane.
export function keyed(key, place, bounds) {
  if (key === "Home") return [0, 0];
  return ARROWS[key] ? moved(place, ARROWS[key], bounds) : null;
}

class LatentExplorer {
  constructor(model, el) {
    Object.assign(this, { model, offer: model.get("offer"), place: [0, 0] });
    const { reach } = this.offer;
    this.bounds = [-reach, reach, -reach, reach];
    this.shows = this.offer.labels.length ? SHOWS.both : SHOWS.map;
    this.map = null; // pixels of the decoded map, once it has come
    this.paint = sheetPainter();
    this.seeker = new Seeker((z, id) => model.send({ kind: "look", id, z }));
    this.build(el);
    this.listen = (message, buffers) => this.receive(message, buffers);
    model.on("msg:custom", this.listen);
    model.send({ kind: "hello" });
    this.draw();
    this.seeker.want(this.place);
  }

  build(el) {
    this.plane = canvas(PLANE, PLANE, `The latent plane. ${HELP}`);
    this.plane.element.setAttribute("tabindex", "0");
    this.plane.element.setAttribute("role", "application");
    this.picture = canvas(PICTURE, PICTURE, "The decoded picture");
    this.status = make("p", { class: "aigc-status" }, HELP);
    this.live = liveRegion();
    this.herald = new Herald((text) => (this.live.textContent = text), { gap: 800 });
    const attributes = { role: "group", "aria-label": "Latent explorer" };
    const root = make("div", { class: "aigc-lab", ...attributes });
    const stage = make("div", { class: "aigc-stage" }, this.plane.element);
    stage.append(this.picture.element);
    root.append(...this.controls(), stage, this.status, this.live);
    this.unguard = guarded(root);
    this.plane.element.addEventListener("pointermove", (event) => this.point(event));
    this.plane.element.addEventListener("pointerdown", (event) => this.point(event));
    root.addEventListener("keydown", (event) => this.key(event));
    el.append(root);
  }

  controls() {
    if (!this.offer.labels.length) return [];
    const choices = [
      ["both", "map and codes"],
      ["map", "the map alone"],
      ["codes", "the codes alone"],
    ];
    const field = select("show", choices, "both", (name) => {
      this.shows = SHOWS[name];
      this.draw();
    });
    return [make("div", { class: "aigc-row" }, field)];
  }

  receive(message, buffers) {
    if (message.kind === "refused") return this.say(message.text);
    const arrays = unpack(message, buffers);
    if (message.kind === "map") {
      const { rows, cols } = message;
      this.map = { pixels: mapPixels(arrays.sheet), rows, cols };
      return this.draw();
    }
    if (!this.seeker.answered(message.id)) return;
    const pixels = inkPixels(arrays.ink);
    this.paint(this.picture.ctx, pixels, PIXELS, PIXELS, PICTURE, false);
    const words = placeWords(message, this.offer.axes);
    this.picture.element.setAttribute("aria-label", `The decoded picture. ${words}`);
    this.say(words);
  }

  say(text) {
    this.status.textContent = text;
    this.herald.tell(text);
  }

  draw() {
    const { bounds, place: cursor, shows } = this;
    const scene = { bounds, cursor, shows, ...this.offer };
    this.at = drawLatents(this.plane.ctx, scene, PLANE, (ctx, size) => {
      if (!this.map) return;
      this.paint(ctx, this.map.pixels, this.map.rows, this.map.cols, size, true);
    });
  }

  go(place) {
    this.place = place;
    this.draw();
    this.seeker.want(place);
  }

  point(event) {
    this.go(this.at.back(...pointed(event, this.plane.element)));
  }

  key(event) {
    if (chord(event)) return;
    event.stopPropagation();
    if (event.target !== this.plane.element) return;
    const place = keyed(event.key, this.place, this.bounds);
    if (!place) return;
    event.preventDefault();
    this.go(place);
  }

  remove() {
    this.unguard();
    this.model.off("msg:custom", this.listen);
  }
}

function render({ model, el }) {
  const explorer = new LatentExplorer(model, el);
  return () => explorer.remove();
}

export default { render };
