// Line charts on a 2-D context: curves over rounds, losses over the logit.

import { COLOURS, range, ticks, viewport } from "./geometry.js";

const LEFT = 44;
const BOTTOM = 30;
const RIGHT = 10;
const TOP = 8;
const FONT = "12px system-ui, sans-serif";

// chart: {series: [{name, x, y, colour, dash, width}], xRange, yRange, xlabel, ylabel,
// marks: [x], bars: {x, y, colour}}. Ranges are found where they are not given.
export function drawChart(ctx, chart, width, height) {
  ctx.clearRect(0, 0, width, height);
  ctx.fillStyle = "#ffffff";
  ctx.fillRect(0, 0, width, height);
  const xs = chart.xRange ?? range(chart.series.map((s) => s.x), 0);
  const ys = chart.yRange ?? range(chart.series.map((s) => s.y));
  const inner = viewport([...xs, ...ys], width - LEFT - RIGHT, height - TOP - BOTTOM);
  const at = { x: (x) => LEFT + inner.x(x), y: (y) => TOP + inner.y(y) };
  drawAxes(ctx, at, xs, ys, width, height);
  drawLabels(ctx, chart, width, height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM);
  ctx.clip();
  if (chart.bars) drawBars(ctx, chart.bars, at);
  for (const mark of chart.marks ?? []) drawMark(ctx, at, mark, ys);
  for (const line of chart.series) drawLine(ctx, line, at);
  for (const dot of chart.dots ?? []) drawDot(ctx, dot, at);
  ctx.restore();
  return at;
}

// A curve; a value that is no number interrupts it.
export function drawLine(ctx, { x, y, colour, dash, width }, at) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width ?? 2;
  ctx.setLineDash(dash ?? []);
  ctx.beginPath();
  let open = false;
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(y[i])) {
      open = false;
      continue;
    }
    ctx[open ? "lineTo" : "moveTo"](at.x(x[i]), at.y(y[i]));
    open = true;
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawAxes(ctx, at, [left, right], [bottom, top], width, height) {
  ctx.font = FONT;
  ctx.fillStyle = "#333333";
  ctx.strokeStyle = "#dddddd";
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (const x of ticks(left, right, 5)) {
    ctx.moveTo(at.x(x), TOP);
    ctx.lineTo(at.x(x), height - BOTTOM);
    ctx.fillText(short(x), at.x(x), height - BOTTOM + 3);
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const y of ticks(bottom, top, 4)) {
    ctx.moveTo(LEFT, at.y(y));
    ctx.lineTo(width - RIGHT, at.y(y));
    ctx.fillText(short(y), LEFT - 4, at.y(y));
  }
  ctx.stroke();
}

function drawLabels(ctx, { xlabel, ylabel }, width, height) {
  ctx.fillStyle = "#333333";
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  if (xlabel) ctx.fillText(xlabel, (LEFT + width - RIGHT) / 2, height);
  if (!ylabel) return;
  ctx.save();
  ctx.translate(11, (TOP + height - BOTTOM) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textBaseline = "middle";
  ctx.fillText(ylabel, 0, 0);
  ctx.restore();
}

function drawBars(ctx, { edges, heights, colour }, at) {
  ctx.fillStyle = colour;
  for (let i = 0; i < heights.length; i++) {
    const [left, right] = [at.x(edges[i]), at.x(edges[i + 1])];
    const top = at.y(heights[i]);
    ctx.fillRect(left, top, right - left, at.y(0) - top);
  }
}

function drawMark(ctx, at, x, [bottom, top]) {
  ctx.strokeStyle = COLOURS.grey;
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(at.x(x), at.y(bottom));
  ctx.lineTo(at.x(x), at.y(top));
  ctx.stroke();
}

function drawDot(ctx, { x, y, colour }, at) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(at.x(x), at.y(y), 4, 0, 2 * Math.PI);
  ctx.fill();
}

// A number for an axis: 1500 as 1.5k, at most three figures.
export function short(value) {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (Math.abs(value) >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3))).replace("-", "\u2212");
}
