// Who works when: the page asks for one short piece of work at a time and asks again
// when it has drawn the answer. Nothing runs unless somebody looks.

const SILENT = 3000; // ms without an answer after which the kernel counts as busy

// send(id): ask for work. later(f): call f when the next picture may be drawn.
// now(): milliseconds. silent(flag): the kernel stopped or began to answer.
export class Ticker {
  constructor({ send, later, now, silent = () => {} }) {
    Object.assign(this, { send, later, now, silent });
    this.playing = false;
    this.waiting = null; // id of the tick that is under way
    this.asked = 0; // when it was sent
    this.next = 0;
    this.drawn = []; // when the last answers came
    this.quiet = false;
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.drawn = [];
    if (this.waiting === null) this.tick();
  }

  pause() {
    this.playing = false;
  }

  tick() {
    this.waiting = this.next++;
    this.asked = this.now();
    this.send(this.waiting);
  }

  // The answer to tick `id` is there; answers to others are none of our business.
  answered(id) {
    if (id !== this.waiting) return;
    this.drawn = [...this.drawn.slice(-20), this.now()];
    this.hush(false);
    this.later(() => {
      if (this.waiting !== id) return;
      this.waiting = null;
      if (this.playing) this.tick();
    });
  }

  // To be called now and then: notices a kernel that does not answer.
  check() {
    const late = this.waiting !== null && this.now() - this.asked > SILENT;
    this.hush(late);
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

  // Pictures a second over the last answers; 0 before there are two.
  rate() {
    const span = this.drawn.at(-1) - this.drawn[0];
    return span > 0 ? (1000 * (this.drawn.length - 1)) / span : 0;
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
