"use strict";
// What the report's parts are made of: elements, texts and charts. Everything that comes from the page's JSON becomes
// text, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("page");
const LINES = 6;  // more curves than these are a band, with the highest of them as lines
const WORST = 4;
const HEIGHT = () => (window.innerWidth <= 560 ? 180 : 210);

// Elements -------------------------------------------------------------------------------------------------------------
function add(parent, tag, attributes, text) {
  const made = parent.namespaceURI === "http://www.w3.org/2000/svg" || tag === "svg"
    ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent.appendChild(made);
  return made;
}

// Text -----------------------------------------------------------------------------------------------------------------
function show(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "bytes") {
    let step = 0;
    while (Math.abs(value) >= 1023.95 && step < 5) value /= 1024, ++step;
    return value.toFixed(step ? 1 : 0) + " " + ["B", "KiB", "MiB", "GiB", "TiB", "PiB"][step];
  }
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 || Number.isInteger(value) && unit === "" ? 0 : 1;
  return value.toFixed(digits) + (unit ? " " + unit : "");
}
const pad = number => String(number).padStart(2, "0");
const clock = at => { const d = new Date(at); return pad(d.getHours()) + ":" + pad(d.getMinutes()); };
const date = at => { const d = new Date(at); return d.getFullYear() + "-" + pad(d.getMonth() + 1) + "-" + pad(d.getDate()); };
const moment = at => date(at) + " " + clock(at);
const name = curve => data.hosts[curve.host].name + (curve.label ? " " + curve.label : "");
const count = (number, word) => number + " " + word + (number === 1 ? "" : "s");
function duration(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 120 ? seconds + " s" : seconds < 7200 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h";
}

// Curves ---------------------------------------------------------------------------------------------------------------
const parts = data.parts;
const middle = index => data.since + (index + 0.5) * (data.until - data.since) / parts;

// How far apart a curve's values usually are: over a hole no longer than that the line goes on.
function reach(points) {
  const gaps = [];
  let before = -1;
  points.forEach((value, index) => {
    if (value === null) return;
    if (before >= 0) gaps.push(index - before);
    before = index;
  });
  gaps.sort((a, b) => a - b);
  return gaps.length ? Math.ceil(gaps[gaps.length >> 1] * 1.5) : 1;
}
// Each part's value, or the one before it if that is near.
function filled(curve) {
  let at = -1;
  return curve.points.map((value, index) => {
    if (value !== null) at = index;
    return at >= 0 && index - at < curve.reach ? curve.points[at] : null;
  });
}
for (const metric of data.metrics)
  for (const curve of metric.curves) curve.reach = reach(curve.points);

// `x` and `y` place an index and a value.
function path(curve, x, y) {
  let text = "", before = -1;
  curve.points.forEach((value, index) => {
    if (value === null) return;
    const joined = before >= 0 && index - before <= curve.reach;
    text += (joined ? "L" : "M") + x(index).toFixed(1) + " " + y(value).toFixed(1);
    before = index;
  });
  return text;
}
// Values with no other near, which are no line: as dots, lines of no length with round ends.
function dots(curve, x, y) {
  let text = "";
  const places = curve.points.map((value, index) => value === null ? -1 : index).filter(index => index >= 0);
  places.forEach((index, at) => {
    const near = other => other !== undefined && Math.abs(other - index) <= curve.reach;
    if (!near(places[at - 1]) && !near(places[at + 1]))
      text += "M" + x(index).toFixed(1) + " " + y(curve.points[index]).toFixed(1) + "h0.01";
  });
  return text;
}
// A curve and its dots, in this place.
function trace(svg, curve, attributes, x, y) {
  add(svg, "path", { ...attributes, d: path(curve, x, y) });
  const alone = dots(curve, x, y);
  if (alone) add(svg, "path", { ...attributes, class: attributes.class + " dots", d: alone });
}
const one_round = metric => metric.curves.every(curve => curve.points.filter(value => value !== null).length <= 1);

// The curves by how high they ever were; of those that were all at the top, by how high they mostly were.
function highest(metric) {
  const mean = curve => {
    const values = curve.points.filter(value => value !== null);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return metric.curves.map(curve => ({ curve, mean: mean(curve) }))
    .sort((a, b) => b.curve.max - a.curve.max || b.mean - a.mean).map(each => each.curve);
}

// At each index the values of all curves, sorted; with the place of the highest one.
function spread(metric) {
  const every = metric.curves.map(filled);
  const result = [];
  for (let index = 0; index < parts; ++index) {
    const values = [];
    let highest = -1;
    every.forEach((points, place) => {
      if (points[index] === null) return;
      values.push(points[index]);
      if (highest < 0 || points[index] > every[highest][index]) highest = place;
    });
    if (!values.length) { result.push(null); continue; }
    values.sort((a, b) => a - b);
    const at = share => values[Math.round(share * (values.length - 1))];
    result.push({ low: values[0], inner_low: at(0.1), middle: at(0.5), inner_high: at(0.9), high: at(1), highest });
  }
  return result;
}

// Areas between two of a spread's values, one for each stretch without a hole.
function area(spread, low, high, x, y) {
  let text = "";
  for (let begin = 0; begin < spread.length;) {
    if (!spread[begin]) { ++begin; continue; }
    let end = begin;
    while (end < spread.length && spread[end]) ++end;
    const upper = [], lower = [];
    for (let index = begin; index < end; ++index) {
      upper.push(x(index).toFixed(1) + " " + y(spread[index][high]).toFixed(1));
      lower.unshift(x(index).toFixed(1) + " " + y(spread[index][low]).toFixed(1));
    }
    text += "M" + upper.concat(lower).join("L") + "Z";
    begin = end;
  }
  return text;
}

// Axes -----------------------------------------------------------------------------------------------------------------
function values_axis(metric) {
  let least = Infinity, greatest = -Infinity;
  for (const curve of metric.curves)
    for (const value of curve.points)
      if (value !== null) least = Math.min(least, value), greatest = Math.max(greatest, value);
  if (metric.unit === "%") return { least: 0, greatest: 100, ticks: [0, 25, 50, 75, 100] };
  if (least === greatest) {
    const room = Math.max(1, Math.abs(least) / 10);
    least -= room;
    greatest += room;
  }
  const rough = (greatest - least) / 4, power = Math.pow(metric.unit === "bytes" ? 1024 : 10,
    Math.floor(Math.log(rough) / Math.log(metric.unit === "bytes" ? 1024 : 10)));
  const step = power * [1, 2, 2.5, 5, 10, 20, 50, 100, 200, 500, 1024].find(each => each * power >= rough);
  const axis = { least: Math.floor(least / step) * step, greatest: Math.ceil(greatest / step) * step, ticks: [],
    digits: Math.min(3, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) + (step / power === 2.5 ? 1 : 0) };
  for (let tick = axis.least; tick <= axis.greatest + step / 2; tick += step) axis.ticks.push(tick);
  return axis;
}
function tick_text(tick, axis, unit) {
  if (unit === "bytes" || axis.digits === undefined) return show(tick, unit).replace(/\.0(?= |$)/, "");
  return tick.toFixed(axis.digits) + (unit ? " " + unit : "");
}
function times_axis(width) {
  const minute = 60000, hour = 60 * minute, day = 24 * hour;
  const most = Math.max(2, Math.floor(width / 60)), length = data.until - data.since;
  const steps = [minute / 6, minute / 2, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour,
    6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day, 90 * day, 365 * day];
  const step = steps.find(each => length / each <= most) || steps[steps.length - 1];
  const offset = new Date(data.since).getTimezoneOffset() * minute;
  const ticks = [];
  for (let at = Math.ceil((data.since - offset) / step) * step + offset; at <= data.until; at += step)
    ticks.push({ at, text: step >= day ? date(at).slice(5) : step < minute ? clock(at) + ":" + pad(new Date(at).getSeconds())
      : clock(at) === "00:00" ? date(at).slice(5) : clock(at) });
  return ticks;
}

// A chart --------------------------------------------------------------------------------------------------------------
function draw(card, metric) {
  const old = card.querySelector("svg");
  if (old) for (const each of card.querySelectorAll("svg, .legend, .tip")) each.remove();
  const width = Math.max(200, card.clientWidth - 2 * parseFloat(getComputedStyle(card).paddingLeft)), height = HEIGHT();
  const left = 50, right = 8, top = 8, bottom = 22;
  const axis = values_axis(metric);
  const x_of = at => left + (at - data.since) / (data.until - data.since) * (width - left - right);
  const x = index => x_of(middle(index));
  const y = value => top + (1 - (value - axis.least) / (axis.greatest - axis.least)) * (height - top - bottom);
  const svg = add(card, "svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `${metric.title}: ${count(metric.curves.length, "curve")}` });
  for (const tick of axis.ticks) {
    add(svg, "line", { class: "grid", x1: left, x2: width - right, y1: y(tick), y2: y(tick) });
    add(svg, "text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, tick_text(tick, axis, metric.unit));
  }
  for (const tick of times_axis(width - left - right)) {
    const at = x_of(tick.at);
    if (at < left + 12 || at > width - right - 12) continue;
    add(svg, "text", { x: at, y: height - 5, "text-anchor": "middle" }, tick.text);
  }
  const many = metric.curves.length > LINES;
  const between = many ? spread(metric) : [];
  const lines = many ? highest(metric).slice(0, WORST) : metric.curves;
  if (many) {
    add(svg, "path", { class: "band", d: area(between, "low", "high", x, y) });
    add(svg, "path", { class: "inner", d: area(between, "inner_low", "inner_high", x, y) });
    const medians = { points: between.map(each => each && each.middle), reach: 1 };
    trace(svg, medians, { class: "curve middle" }, x, y);
  }
  lines.forEach((curve, place) =>
    trace(svg, curve, { class: "curve", stroke: `var(--c${place})`, "stroke-opacity": many ? 0.85 : 1 }, x, y));

  const legend = add(card, "ul", { class: "legend" });
  const entry = (style, text, kind) => {
    const item = add(legend, "li");
    add(item, "span", { class: "swatch " + (kind || ""), style });
    add(item, "span", {}, text);
  };
  lines.forEach((curve, place) => entry(`background:var(--c${place})`, many ? `${name(curve)} (up to ${show(curve.max, metric.unit)})` : name(curve)));
  if (many) {
    // Of many that are equally high, which ones are lines is chance.
    const top = lines[lines.length - 1].max, tied = metric.curves.filter(curve => curve.max === top).length -
      lines.filter(curve => curve.max === top).length;
    if (tied) add(add(legend, "li"), "span", { class: "soft" }, `and ${tied} more up to ${show(top, metric.unit)}`);
    entry("background:var(--soft)", "median");
    entry("background:var(--band-inner);box-shadow:inset 0 0 0 9px var(--band)", "middle 80 %", "area");
    entry("background:var(--band)", `all ${metric.curves.length}`, "area");
  }
  hover(card, svg, metric, { left, right, top, bottom, width, height, x, lines, between });
}

function hover(card, svg, metric, plot) {
  const cursor = add(svg, "line", { class: "cursor", y1: plot.top, y2: plot.height - plot.bottom });
  const tip = add(card, "div", { class: "tip" });
  const values = plot.lines.map(filled);
  const row = (text, value, colour) => {
    const line = add(tip, "div");
    add(line, "span", colour ? { style: `color:${colour}` } : {}, text);
    add(line, "span", { class: "number" }, show(value, metric.unit));
  };
  const move = event => {
    const box = svg.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * plot.width;
    const share = (at - plot.left) / (plot.width - plot.left - plot.right);
    const index = Math.min(parts - 1, Math.max(0, Math.floor(share * parts)));
    tip.textContent = "";
    add(tip, "b", {}, moment(middle(index)));
    const all = plot.between[index];
    if (all) {
      row("highest: " + name(metric.curves[all.highest]), all.high);
      row("median", all.middle);
      row("lowest", all.low);
    }
    plot.lines.forEach((curve, place) => {
      if (values[place][index] !== null) row(name(curve), values[place][index], `var(--c${place})`);
    });
    cursor.setAttribute("x1", plot.x(index));
    cursor.setAttribute("x2", plot.x(index));
    cursor.style.visibility = tip.style.visibility = "visible";
    const inside = event.clientX - card.getBoundingClientRect().left;
    tip.style.top = "46px";
    tip.style.left = Math.max(6, inside > card.clientWidth / 2 ? inside - tip.offsetWidth - 14 : Math.min(inside + 14, card.clientWidth - tip.offsetWidth - 6)) + "px";
  };
  svg.addEventListener("pointermove", move);
  svg.addEventListener("pointerdown", move);
  svg.addEventListener("pointerleave", () => { cursor.style.visibility = tip.style.visibility = "hidden"; });
}
