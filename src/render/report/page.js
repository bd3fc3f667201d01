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
    const worst = ranking(metric)[0];
    if (!worst || !metric.worst) continue;
    const tile = add(box, "div", { class: "card tile" });
    add(tile, "div", { class: "what" }, metric.worst);
    add(tile, "div", { class: "value number" }, show(worst.last, metric.unit));
    add(tile, "div", { class: "who" }, name(worst));
  }
}

function troubles() {
  const found = data.hosts.filter(host => host.state !== "up");
  if (!found.length) return;
  add(page, "h2", {}, "Down or missing");
  const table = add(add(page, "section", { class: "card" }), "table", { id: "troubles" });
  const heads = add(add(table, "thead"), "tr");
  for (const [text, width] of [["host", "34%"], ["state", "24%"], ["why", ""]]) add(heads, "th", { scope: "col", style: width && `width:${width}` }, text);
  const body = add(table, "tbody");
  const order = ["down", "missing", "never"];
  found.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  for (const host of found.slice(0, 50)) {
    const row = add(body, "tr");
    add(row, "td", {}, host.name);
    add(row, "td", { class: states[host.state].style }, states[host.state].text);
    add(row, "td", { class: "soft" }, host.state === "never" ? "in the inventory, but never stored"
      : host.state === "missing" ? host.last ? `last stored ${moment(host.last)}` : "not stored in this time"
      : `${host.why}${host.last_up ? `; last up ${moment(host.last_up)}` : "; never up"}`);
  }
  if (found.length > 50) add(table.parentNode, "p", { class: "note" }, `and ${found.length - 50} more, below`);
}

function charts() {
  add(page, "h2", {}, "Over time");
  const box = add(page, "section", { class: "charts" });
  if (!data.metrics.length) add(box, "p", { class: "soft" }, "No values were stored in this time.");
  const cards = data.metrics.map(metric => {
    const card = add(box, "div", { class: "card chart" });
    const top = add(card, "div", { class: "top" });
    add(top, "h3", {}, metric.title);
    add(top, "span", { class: "soft" }, `${metric.name}, ${count(new Set(metric.curves.map(curve => curve.host)).size, "host")}`);
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
    const best = ranking(metric).slice(0, 10);
    const full = metric.unit === "%" ? 100 : Math.max(...best.map(curve => curve.max), 1e-9);
    for (const curve of best) {
      const row = add(body, "tr");
      add(row, "td", {}, name(curve));
      add(add(add(row, "td"), "div", { class: "meter" }), "i", { style: `width:${Math.max(0, Math.min(100, 100 * curve.last / full))}%` });
      add(row, "td", { class: "right number" }, show(curve.last, metric.unit));
      add(row, "td", { class: "right number soft" }, show(curve.max, metric.unit));
    }
  }
}

function hosts() {
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
        add(svg, "path", { class: "curve", d: path(curve, index => 1 + 98 * (index + 0.5) / parts,
          value => 20 - 18 * (value - axis.least) / (axis.greatest - axis.least)) });
        add(row, "span", { class: "right number" + (host.state === "up" ? "" : " soft") }, show(curve.last, metric.unit));
      }
    });
    return card;
  });
  if (input) input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    cards.forEach((card, place) => {
      const host = data.hosts[place];
      card.hidden = !(host.name.toLowerCase().includes(wanted) || states[host.state].text.includes(wanted) ||
        host.groups.some(group => group.toLowerCase().includes(wanted)));
    });
  });
}

head();
tiles();
troubles();
charts();
rankings();
hosts();
add(page, "footer", {}, `Made ${moment(data.made)} by ${data.program} from stored values; times are this browser's. Curves are means of ${duration((data.until - data.since) / parts)} each.`);
