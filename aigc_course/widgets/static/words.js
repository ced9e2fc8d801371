// What is said instead of seen. Pure functions of the state.

const THIN = 1000; // above it, thousands are separated

// 12345 as 12,345.
export function count(n) {
  return n < THIN ? String(n) : n.toLocaleString("en-GB");
}

// A share of one in whole per cent.
export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// A reading with two decimals; a dash where there is none.
export function reading(value) {
  if (value === null || value === undefined) return "–";
  return Number.isFinite(value) ? value.toFixed(2) : "not finite";
}

// One sentence about the modes, "" where the data have none.
export function modesSentence({ covered, modes, quality }) {
  if (!modes) return "This data set has no separate modes to count.";
  if (covered === null || covered === undefined) return "";
  return (
    `The generator covers ${covered} of ${modes} modes; ` +
    `${percent(quality)} of its points are of high quality.`
  );
}

// The state of the lab, for a screen reader.
export function announcement(state) {
  const head = state.playing ? "Playing" : "Paused";
  const { rounds, readings } = state;
  const beliefs = state.probability
    ? `D gives real points ${reading(readings["D(x)"])} and generated ones ` +
      `${reading(readings["D(G(z))"])} on average.`
    : "";
  const sentences = [
    `${head} after ${count(rounds)} rounds.`,
    modesSentence(state),
    rounds ? beliefs : "",
  ];
  return sentences.filter(Boolean).join(" ");
}

// The state of the lab in figures, for the line beneath it. pictures: a second.
export function statusLine(state, pictures) {
  const { rounds, d_moves, g_moves, readings, playing, speed } = state;
  const pace = `${count(Math.round(speed))} rounds/s, ${pictures.toFixed(0)} pictures/s`;
  const steps = `${count(d_moves)} steps of D, ${count(g_moves)} of G`;
  const beliefs = ["D(x)", "D(G(z))"].map((k) => `${k} ${reading(readings[k])}`);
  const parts = [
    `${playing ? "Playing" : "Paused"}: ${count(rounds)} rounds (${steps})`,
    playing && speed ? pace : "",
    state.probability && rounds ? beliefs.join(", ") : "",
    modesSentence(state),
  ];
  return parts.filter(Boolean).join(" · ");
}

// Lets a text through at once when nothing was said for `gap` ms; else holds it back
// and says only the newest when the gap is over. urgent: the reader has just pressed
// something. later(f, ms): call f after so many ms.
export class Herald {
  constructor(say, { gap = 6000, now, later } = {}) {
    this.say = say;
    this.gap = gap;
    this.now = now ?? (() => performance.now());
    this.later = later ?? ((f, ms) => setTimeout(f, ms));
    this.last = -Infinity;
    this.text = ""; // what was said last
    this.newest = ""; // and what there is to say
    this.held = false;
  }

  tell(text, { urgent = false } = {}) {
    this.newest = text;
    if (text === this.text) return false;
    const wait = this.last + this.gap - this.now();
    if (!urgent && wait > 0) return this.hold(wait);
    this.text = text;
    this.last = this.now();
    this.say(text);
    return true;
  }

  hold(wait) {
    if (!this.held) this.later(() => this.release(), wait);
    this.held = true;
    return false;
  }

  release() {
    this.held = false;
    this.tell(this.newest);
  }
}
