// The parts of a panel: real buttons, selects and sliders, each with its label, so that
// keyboard and screen reader need nothing special.

let serial = 0;

// An element with attributes and children; text becomes a text node.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function button(text, action, { shortcut, ...attributes } = {}) {
  const title = shortcut ? `${text} (key ${shortcut.toUpperCase()})` : text;
  return make("button", { type: "button", title, ...attributes, onclick: action }, text);
}

// choices: [[value, text], ...]. change(value) is called with the chosen value.
export function select(label, choices, chosen, change) {
  const id = `aigc-${serial++}`;
  const options = choices.map(([value, text]) =>
    make("option", value === chosen ? { value, selected: "" } : { value }, text),
  );
  const onchange = (event) => change(event.target.value);
  const field = make("select", { id, onchange }, ...options);
  return labelled(id, label, field);
}

// A slider with its value written beside it; text(value) writes it.
export function slider(label, { min, max, step, value }, text, change) {
  const id = `aigc-${serial++}`;
  const output = make("output", { for: id }, text(value));
  const oninput = (event) => {
    const now = Number(event.target.value);
    output.textContent = text(now);
    event.target.setAttribute("aria-valuetext", text(now));
    change(now);
  };
  const field = make("input", { id, type: "range", min, max, step, value, oninput });
  field.setAttribute("aria-valuetext", text(value));
  return labelled(id, label, field, output);
}

export function checkbox(label, checked, change) {
  const id = `aigc-${serial++}`;
  const onchange = (event) => change(event.target.checked);
  const field = make("input", { id, type: "checkbox", onchange });
  field.checked = checked;
  const wrapped = make("span", { class: "aigc-check" });
  wrapped.append(field, make("label", { for: id }, label));
  return wrapped;
}

function labelled(id, label, ...fields) {
  const wrapped = make("span", { class: "aigc-field" });
  wrapped.append(make("label", { for: id }, label), ...fields);
  return wrapped;
}

// A canvas of width x height CSS pixels that is sharp on dense screens too.
export function canvas(width, height, description) {
  const ratio = globalThis.devicePixelRatio || 1;
  const element = make("canvas", {
    role: "img",
    "aria-label": description,
    width: Math.round(width * ratio),
    height: Math.round(height * ratio),
    style: `width:${width}px;max-width:100%;aspect-ratio:${width}/${height}`,
  });
  const ctx = element.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { element, ctx };
}

// Where a pointer is, in the pixels that a canvas was made with: a narrow window shows it
// smaller.
export function pointed({ offsetX, offsetY }, { width, clientWidth }) {
  const ratio = globalThis.devicePixelRatio || 1;
  const scale = clientWidth ? width / ratio / clientWidth : 1;
  return [offsetX * scale, offsetY * scale];
}

// Whether the reader asked for less motion.
export function reducedMotion() {
  return globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}

// The line that a screen reader speaks, unseen on the screen.
export function liveRegion() {
  const attributes = { role: "status", "aria-live": "polite", class: "aigc-unseen" };
  return make("div", attributes);
}

// Whether a key is pressed together with Control, Command or Alt.
export function chord({ ctrlKey, metaKey, altKey }) {
  return Boolean(ctrlKey || metaKey || altKey);
}

// JupyterLab's one-letter commands must not act on the notebook from inside `root`;
// those with Control or Command, such as saving, should. JupyterLab asks the element
// that has the focus, so that is where the attribute goes. Gives a function that ends it.
export function guarded(root) {
  const guard = (event) => {
    if (!root.contains(event.target)) return;
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !chord(event));
  };
  window.addEventListener("keydown", guard, true); // before JupyterLab's own listener
  return () => window.removeEventListener("keydown", guard, true);
}
