// A 2-D context that draws nothing and remembers everything.

export function recorder() {
  const calls = [];
  const state = { calls };
  return new Proxy(state, {
    get(target, name) {
      if (name in target) return target[name];
      return (...values) => calls.push([name, ...values]);
    },
    set(target, name, value) {
      calls.push([`${name}=`, value]);
      target[name] = value;
      return true;
    },
  });
}

// How often a method was called.
export function times(ctx, name) {
  return ctx.calls.filter(([called]) => called === name).length;
}

// Every number that was handed to a method.
export function numbers(ctx, ...names) {
  return ctx.calls
    .filter(([called]) => names.includes(called))
    .flatMap(([, ...values]) => values);
}
