// Stands where a kernel would: a lab's page sends messages to it and is told answers.

export class LocalModel {
  // answer(message) -> [header, {name: numbers}]. offer: what the page reads at once.
  constructor(offer, answer) {
    Object.assign(this, { offer, answer, listeners: [], waiting: [] });
    // browsers hold timers back that follow each other for 4 ms, and messages never
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.reply(this.waiting.shift());
  }

  get(name) {
    return name === "offer" ? this.offer : undefined;
  }

  on(event, listener) {
    if (event === "msg:custom") this.listeners.push(listener);
  }

  off(event, listener) {
    this.listeners = this.listeners.filter((known) => known !== listener);
  }

  // The answer comes later, as from a kernel, so that a picture can be drawn between.
  send(message) {
    this.waiting.push(message);
    this.channel.port2.postMessage(null);
  }

  reply(message) {
    const [header, arrays] = this.answer(message);
    const named = Object.entries(arrays);
    const told = { ...header, arrays: named.map(([name]) => [name, "f"]) };
    const buffers = named.map(([, numbers]) => new DataView(Float32Array.from(numbers).buffer));
    for (const listener of this.listeners) listener(told, buffers);
  }
}
