// The report, from top to bottom.
const states = {
  up: { text: "up", style: "ok" }, down: { text: "down", style: "bad" },
  missing: { text: "missing", style: "warn" }, never: { text: "never stored", style: "warn" },
};
const of_state = state => data.hosts.filter(host => host.state === state);
// Each host's highest last value, so that a host with several disks stands there once.
function ranking(metric) {
  const best = new Map();
  for (const curve of metric.curves) {
    const known = best.get(curve.host);
    if (!known || curve.last > known.last) best.set(curve.host, curve);
  }
  return [...best.values()].filter(curve => data.hosts[curve.host].state === "up").sort((a, b) => b.last - a.last);
}

function head() {
  page.textContent = "";
  const header = add(page, "header");
  add(header, "h1", {}, "Fleet report");
  add(header, "div", { class: "soft number" }, moment(data.since) + " – " + moment(data.until));
}

function tiles() {
  const box = add(page, "section", { class: "tiles", "aria-label": "Overview" });
  const up = of_state("up").length, down = of_state("down").length, gone = of_state("missing").length + of_state("never").length;
  const first = add(box, "div", { class: "card tile hosts-tile" });
  add(first, "div", { class: "what" }, "Hosts up");
  add(first, "div", { class: "value" }, `${up} of ${data.hosts.length}`);
  const share = add(first, "div", { class: "share" });
  for (const [number, style] of [[up, "back-ok"], [down, "back-bad"], [gone, "back-warn"]])
    if (number) add(share, "i", { class: style, style: `width:${100 * number / data.hosts.length}%` });
  const who = add(first, "div", { class: "who" });
  if (!down && !gone) add(who, "span", { class: "ok" }, "none down, none missing");
  if (down) add(who, "span", { class: "bad" }, `${down} down`);
  if (down && gone) add(who, "span", { class: "soft" }, ", ");
  if (gone) add(who, "span", { class: "warn" }, `${gone} missing`);
  for (const metric of data.metrics) {
    const best = ranking(metric), worst = best[0];
    if (!worst || !metric.worst) continue;
    const tile = add(box, "div", { class: "card tile" });
    add(tile, "div", { class: "what" }, metric.worst);
    add(tile, "div", { class: "value number" }, show(worst.last, metric.unit));
    const others = best.filter(curve => curve.last === worst.last).length - 1;
    add(tile, "div", { class: "who" }, name(worst) + (others ? ` and ${others} more` : ""));
  }
  // As even as can be: four and three, not six and one.
  const rows = Math.ceil(box.children.length / 7);
  box.style.setProperty("--columns", Math.ceil(box.children.length / rows));
}

function troubles() {
  const found = data.hosts.filter(host => host.state !== "up");
  if (!found.length) return;
  add(page, "h2", {}, "Down or missing");
  const table = add(add(page, "section", { class: "card" }), "table", { id: "troubles" });
  const heads = add(add(table, "thead"), "tr");
  for (const [text, width] of [["host", "34%"], ["state", ""]]) add(heads, "th", { scope: "col", style: width && `width:${width}` }, text);
  const body = add(table, "tbody");
  const order = ["down", "missing", "never"];
  found.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  for (const host of found.slice(0, 50)) {
    const row = add(body, "tr");
    add(row, "td", {}, host.name);
    const state = add(row, "td");
    add(state, "span", { class: states[host.state].style }, states[host.state].text);
    add(state, "span", {}, " ");
    add(state, "span", { class: "soft" }, host.state === "never" ? "in the inventory, but never stored"
      : host.state === "missing" ? host.last ? `last stored ${moment(host.last)}` : "not stored in this time"
      : `${host.why}${host.last_up ? `; last up ${moment(host.last_up)}` : "; never up"}`);
  }
  if (found.length > 50) add(table.parentNode, "p", { class: "note" }, `and ${found.length - 50} more, below`);
}

// Probes that could not tell in a host's last round; hosts with the same trouble share a row.
function failures() {
  const found = new Map();
  for (const host of data.hosts.filter(host => host.errors.length)) {
    const why = host.errors.join(", ");
    found.set(why, [...(found.get(why) || []), host.name]);
  }
  if (!found.size) return;
  add(page, "h2", {}, "Could not be found out");
  const table = add(add(page, "section", { class: "card" }), "table", { id: "failures" });
  const heads = add(add(table, "thead"), "tr");
  for (const [text, width] of [["hosts", "34%"], ["probe and why", ""]]) add(heads, "th", { scope: "col", style: width && `width:${width}` }, text);
  const body = add(table, "tbody");
  for (const [why, names] of [...found].slice(0, 50)) {
    const row = add(body, "tr"), shown = names.length > 6 ? 4 : names.length;
    const rest = names.length > shown ? ` and ${names.length - shown} more` : "";
    add(row, "td", { title: names.join(" ") }, names.slice(0, shown).join(", ") + rest);
    add(row, "td", { class: "soft" }, why);
  }
  if (found.size > 50) add(table.parentNode, "p", { class: "note" }, `and ${found.size - 50} other troubles`);
}

function charts() {
  add(page, "h2", {}, "Over time");
  const box = add(page, "section", { class: "charts" });
  if (!data.metrics.length) add(box, "p", { class: "soft" }, "No values were stored in this time.");
  const cards = data.metrics.map(metric => {
    const card = add(box, "div", { class: "card chart" });
    const top = add(card, "div", { class: "top" });
    add(top, "h3", {}, metric.title);
    add(top, "span", { class: "soft" }, `${metric.name}, ${count(new Set(metric.curves.map(curve => curve.host)).size, "host")}` +
      (one_round(metric) ? "; one round so far" : ""));
    return card;
  });
  const all = () => cards.forEach((card, place) => draw(card, data.metrics[place]));
  all();
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;  // a phone's address bar
    width = window.innerWidth;
    all();
  });
}

function rankings() {
  const shown = data.metrics.filter(metric => metric.worst && ranking(metric).length > 1);
  if (!shown.length) return;
  add(page, "h2", {}, "Hottest, busiest, fullest");
  const box = add(page, "section", { class: "tables" });
  for (const metric of shown) {
    const card = add(box, "div", { class: "card" });
    add(card, "h3", {}, metric.worst);
    const table = add(card, "table", { class: "ranking" });
    const heads = add(add(table, "thead"), "tr");
    for (const [text, width, style] of [["host", "36%", ""], ["", "", ""], ["last", "72px", "right"], ["highest", "72px", "right"]])
      add(heads, "th", { scope: "col", class: style, style: width && `width:${width}` }, text);
    const body = add(table, "tbody");
    const every = ranking(metric), best = top_of(every, 10);
    const full = metric.unit === "%" ? 100 : Math.max(...best.map(curve => curve.max), 1e-9);
    for (const curve of best) {
      const row = add(body, "tr");
      add(row, "td", {}, name(curve));
      add(add(add(row, "td"), "div", { class: "meter" }), "i", { style: `width:${Math.max(0, Math.min(100, 100 * curve.last / full))}%` });
      add(row, "td", { class: "right number" }, show(curve.last, metric.unit));
      add(row, "td", { class: "right number soft" }, show(curve.max, metric.unit));
    }
    const rest = every.length - best.length, last = best[best.length - 1].last;
    const tied = every.slice(best.length).filter(curve => curve.last === last).length;
    if (tied) add(card, "p", { class: "note" }, `and ${tied} more at ${show(last, metric.unit)}` + (rest > tied ? "" : ": all the others"));
  }
}
// The first ones; of a tie that goes on after them no more than three, as which ones is chance.
function top_of(curves, most) {
  const best = curves.slice(0, most);
  if (curves.length <= most || curves[most].last !== best[most - 1].last) return best;
  const first = best.findIndex(curve => curve.last === best[most - 1].last);
  return best.slice(0, Math.min(most, first + 3));
}

// Cards take a screen for each ten hosts. Of more than this there are a square each and a metric's colour, and a table.
const MANY = 50;
const hosts = () => (data.hosts.length > MANY ? host_map() : host_cards());

function host_map() {
  const bar = add(page, "div", { class: "find" });
  add(bar, "h2", {}, "Every host");
  const input = add(bar, "input", { type: "search", placeholder: "Find a host or a state", "aria-label": "Find a host or a state" });
  // Of each metric a host's highest last value.
  const values = data.metrics.map(metric => {
    const best = new Map();
    for (const curve of metric.curves) if (!best.has(curve.host) || curve.last > best.get(curve.host)) best.set(curve.host, curve.last);
    return best;
  });
  const shown = data.metrics.map((metric, which) => which).filter(which => values[which].size);
  const box = add(page, "section", { class: "card maps" });
  for (const which of shown) {
    const metric = data.metrics[which], axis = values_axis(metric);
    add(box, "h3", {}, metric.title);
    const map = add(box, "div", { class: "map" });
    data.hosts.forEach((host, place) => {
      const value = values[which].get(place);
      if (value === undefined && host.state === "up") return;  // it has none
      const share = value === undefined ? 0 : (value - axis.least) / (axis.greatest - axis.least);
      add(map, "i", { title: `${host.name}: ${value === undefined ? states[host.state].text : show(value, metric.unit)}`,
        class: host.state === "up" ? "" : "none back-" + states[host.state].style,
        style: host.state !== "up" ? "" : `opacity:${(0.12 + 0.88 * share).toFixed(2)}` });
    });
  }
  const card = add(page, "section", { class: "card" }), table = add(card, "table", { id: "every" });
  const heads = add(add(table, "thead"), "tr");
  add(heads, "th", { scope: "col", style: "width:34%" }, "host");
  for (const which of shown) add(heads, "th", { scope: "col", class: "right" }, data.metrics[which].short);
  const body = add(table, "tbody"), more = add(card, "p", { class: "note" });
  const fill = () => {
    const wanted = input.value.trim().toLowerCase();
    const found = data.hosts.map((host, place) => place).filter(place => is_found(data.hosts[place], wanted));
    body.textContent = "";
    for (const place of found.slice(0, MANY)) {
      const host = data.hosts[place], row = add(body, "tr"), first = add(row, "td");
      add(first, "span", { class: "dot back-" + states[host.state].style });
      add(first, "span", {}, " " + host.name + (host.state === "up" ? "" : " " + states[host.state].text));
      for (const which of shown) add(row, "td", { class: "right number" }, show(values[which].get(place), data.metrics[which].unit));
    }
    more.textContent = found.length > MANY ? `and ${found.length - MANY} more: type a part of a name, a group or a state` : "";
  };
  input.addEventListener("input", fill);
  fill();
}
const is_found = (host, wanted) => host.name.toLowerCase().includes(wanted) || states[host.state].text.includes(wanted) ||
  host.groups.some(group => group.toLowerCase().includes(wanted));

function host_cards() {
  const bar = add(page, "div", { class: "find" });
  add(bar, "h2", {}, "Every host");
  const input = data.hosts.length > 6 ? add(bar, "input", { type: "search", placeholder: "Find a host or a state", "aria-label": "Find a host or a state" }) : null;
  const box = add(page, "section", { class: "hosts" });
  const axes = data.metrics.map(values_axis);
  const of_host = data.metrics.map(metric => {
    const curves = new Map();
    for (const curve of metric.curves) curves.set(curve.host, (curves.get(curve.host) || []).concat(curve));
    return curves;
  });
  const cards = data.hosts.map((host, place) => {
    const card = add(box, "div", { class: "card host" });
    const line = add(card, "div", { class: "name" });
    add(line, "span", { class: "dot back-" + states[host.state].style });
    add(line, "span", {}, host.name);
    const about = host.state === "up" ? (host.up_pct < 100 ? `up ${host.up_pct.toFixed(1)} % of the time` : "") : states[host.state].text;
    if (about) add(line, "span", { class: "note" }, about);
    data.metrics.forEach((metric, which) => {
      for (const curve of of_host[which].get(place) || []) {
        const row = add(card, "div", { class: "small" });
        add(row, "span", { class: "soft", title: metric.name + (curve.label ? ` [${curve.label}]` : "") }, curve.label || metric.short);
        const svg = add(row, "svg", { class: "spark", viewBox: "0 0 100 22", preserveAspectRatio: "none" });
        const axis = axes[which];
        // A faint track: a line along its edge touches no other row.
        add(svg, "rect", { class: "track", x: 0, y: 1, width: 100, height: 20, rx: 2 });
        trace(svg, curve, { class: "curve" }, index => 2 + 96 * (index + 0.5) / parts,
          value => 18 - 14 * (value - axis.least) / (axis.greatest - axis.least));
        add(row, "span", { class: "right number" + (host.state === "up" ? "" : " soft") }, show(curve.last, metric.unit));
      }
    });
    return card;
  });
  if (input) input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    cards.forEach((card, place) => {
      card.hidden = !is_found(data.hosts[place], wanted);
    });
  });
}

head();
tiles();
troubles();
failures();
charts();
rankings();
hosts();
add(page, "footer", {}, `Made ${moment(data.made)} by ${data.program} from stored values; times are this browser's. Curves are means of ${duration((data.until - data.since) / parts)} each.`);
