// Who works when. The page asks for one short piece of work at a time; when the answer
// comes it asks for the next and draws this one meanwhile. It never asks for more than
// one picture ahead, so nothing piles up and nothing runs unless somebody looks.

const SILENT = 3000; // ms without an answer after which the kernel counts as busy

// send(id): ask for work. draw(): draw the newest answer. later(f): call f when the
// next picture may be drawn. now(): milliseconds. silent(flag): the kernel stopped or
// began to answer.
export class Ticker {
  constructor({ send, draw, later, now, silent = () => {} }) {
    Object.assign(this, { send, draw, later, now, silent });
    this.playing = false;
    this.waiting = null; // id of the tick that is under way
    this.asked = 0; // when it was sent
    this.undrawn = false; // an answer is there, its picture not yet
    this.next = 0;
    this.times = []; // when the last pictures were drawn
    this.quiet = false;
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.times = [];
    this.ask();
  }

  pause() {
    this.playing = false;
  }

  // Paused, and no answer is to come.
  get resting() {
    return !this.playing && this.waiting === null;
  }

  ask() {
    if (!this.playing || this.waiting !== null) return;
    this.waiting = this.next++;
    this.asked = this.now();
    this.send(this.waiting);
  }

  // The answer to tick `id` is there; answers to others are none of our business.
  answered(id) {
    if (id === null || id !== this.waiting) return;
    this.waiting = null;
    this.hush(false);
    if (this.undrawn) return; // one ahead is enough: the next is asked for when drawn
    this.undrawn = true;
    this.later(() => this.paint());
    this.ask();
  }

  paint() {
    this.undrawn = false;
    this.draw();
    this.times = [...this.times.slice(-20), this.now()];
    this.ask();
  }

  // To be called now and then: notices a kernel that does not answer.
  check() {
    this.hush(this.waiting !== null && this.now() - this.asked > SILENT);
  }

  // Forget a tick that will never be answered, after a restart for instance.
  forget() {
    this.waiting = null;
    this.playing = false;
    this.hush(false);
  }

  hush(quiet) {
    if (quiet === this.quiet) return;
    this.quiet = quiet;
    this.silent(quiet);
  }

  // Pictures a second over the last ones; 0 before there are two.
  rate() {
    const span = this.times.at(-1) - this.times[0];
    return span > 0 ? (1000 * (this.times.length - 1)) / span : 0;
  }
}

// A function that is true at most once in `ms` milliseconds; always for 0.
export function every(ms, now) {
  let last = -Infinity;
  return () => {
    if (now() - last < ms) return false;
    last = now();
    return true;
  };
}
