"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const byId = (id) => document.getElementById(id);

/* An element with text in it; names of articles are never read as HTML. */
function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function fill(select, options, chosen) {
  select.replaceChildren(
    ...options.map(([value, text]) => {
      const option = make("option", "", text);
      option.value = value;
      return option;
    })
  );
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

/* charts, in the colours of the page */
const specs = read("specs");
const dark = matchMedia("(prefers-color-scheme: dark)");

function style() {
  const of = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    axis: { labelColor: of("--soft"), titleColor: of("--soft"), gridColor: of("--line"), domainColor: of("--line"),
      tickColor: of("--line"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    axisQuantitative: { tickCount: 6 },
    axisY: { domain: false, labelLimit: innerWidth < 600 ? 130 : 240 },
    point: { opacity: 1 },
    legend: { labelColor: of("--ink"), titleColor: of("--soft"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", titleLimit: 400,
      columns: innerWidth < 600 ? 1 : null },
    header: { labelColor: of("--ink"), labelFontSize: 12 },
  };
}

/* Small multiples have no container to fill: as many beside each other as there is room for, and so wide. */
function fit(spec, width) {
  const room = width - spec.usermeta.labels;
  spec.columns = Math.max(1, Math.min(spec.columns, Math.floor(room / 190)));
  spec.spec.width = Math.max(100, Math.floor(room / spec.columns) - 30);
}

async function draw() {
  const config = style();
  for (const place of document.querySelectorAll(".chart")) {
    const spec = structuredClone(specs[place.dataset.figure]);
    if (spec.facet) fit(spec, place.clientWidth);
    else spec.autosize = { type: "fit-x", contains: "padding" };
    await vegaEmbed(place, spec, { renderer: "svg", actions: false, config, tooltip: { theme: dark.matches ? "dark" : "light" } });
  }
  document.body.dataset.drawn = "yes";
}
dark.addEventListener("change", draw);
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  draw();
});
draw();

/* customers */
const { weeks, articles, labels, customers } = read("browser");
const nameOf = (id) => (articles[id] ? articles[id][0] : id);
const kindOf = (id) => (articles[id] ? articles[id][1] : "");

function shownCustomers() {
  const segment = byId("segment").value;
  const words = byId("search").value.trim().toLowerCase();
  return customers.filter(
    (customer) => (!segment || customer.segments.includes(segment)) && customer.id.toLowerCase().includes(words)
  );
}

const short = (id) => (id.length > 20 ? `${id.slice(0, 16)}…` : id);

function listPeople(chosen) {
  const shown = shownCustomers();
  fill(byId("people"), shown.map((customer) => [customer.id, `${short(customer.id)}  ·  ${customer.segments.join("  ·  ")}`]), chosen);
  byId("found").textContent = `${shown.length} of ${customers.length}`;
  showCustomer();
}

function purchases(customer, week) {
  const before = customer.purchases.filter(([day]) => day < week);
  const days = [...new Set(before.map(([day]) => day))];
  const box = make("div", "", make("h3", "", `Customer ${customer.id}`));
  box.append(make("ul", "tags", ...customer.segments.map((segment) => make("li", "", segment))));
  if (!before.length) box.append(make("p", "soft", "No purchase to show before this week."));
  for (const day of days) {
    const items = before.filter((purchase) => purchase[0] === day);
    box.append(make("h4", "", day), make("ul", "plain", ...items.map(([, id, quantity]) =>
      make("li", "", nameOf(id), make("small", "", `${quantity > 1 ? `${quantity} × ` : ""}${id}`)))));
  }
  return box;
}

/* A signal, or two signals that have points together, by their labels; a rule, whose name is free text, as it is. */
const inWords = (signal) =>
  signal.startsWith("rule ") ? signal : signal.split(" & ").map((name) => labels[name] ?? name).join(" & ");
const reason = ([, , words, signal]) => words ?? signal ?? "Fills the list";

/* As many as the report names signals one by one; the row below them is the sum of the others, and gets no bar. */
const NAMED = 5;

function bars(points, widest) {
  const rows = points.flatMap(([signal, value], index) => {
    const bar = make("div", value < 0 ? "bar minus" : "bar");
    bar.style.width = index < NAMED ? `${(100 * Math.abs(value)) / widest}%` : "0";
    const label = make("dt", "", inWords(signal));
    label.title = signal;
    const drawn = make("dd", "", bar);
    drawn.setAttribute("aria-hidden", "true");
    return [label, drawn, make("dd", "number", (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3))];
  });
  return make("dl", "bars", ...rows);
}

function recommendations(customer, { week, past, until }) {
  const list = customer.lists[week] || [];
  const hits = list.filter((item) => item[4]).length;
  const heading = make("h3", "", `Recommended for the week of ${week}`);
  const box = make("div", "", heading);
  box.append(make("p", "soft", past ? `The week is past: ${hits} of ${list.length} were bought in it.`
    : until ? `The week has begun: ${hits} of ${list.length} were bought in it up to ${until}.` : "The week is yet to come."));
  const widest = Math.max(...list.flatMap((item) => item[5].slice(0, NAMED).map((part) => Math.abs(part[1]))), 1e-9);
  box.append(make("ol", "list", ...list.map((item, index) =>
    make("li", "",
      make("span", "rank", String(index + 1)),
      make("span", "", nameOf(item[0]), " ", make("small", "", item[0]), " ", item[4] ? make("span", "bought", "✓ bought") : null),
      make("span", "score", item[1].toFixed(3)),
      make("span", "why", item[6] ? make("span", "rule", `By the rule ${item[6]}: `) : null, make("span", "reason", reason(item)),
        item[3] ? make("span", "signal", ` ${item[3]}`) : null),
      bars(item[5], widest)))));
  return box;
}

function showCustomer() {
  const customer = customers.find((one) => one.id === byId("people").value);
  if (!customer) return byId("customer").replaceChildren(make("p", "", "Nobody is called that: the report holds a sample of the customers."));
  const week = weeks.find((one) => one.week === byId("week").value);
  byId("customer").replaceChildren(purchases(customer, week.week), recommendations(customer, week));
  history.replaceState(null, "", `#customer=${encodeURIComponent(customer.id)}`);
}

/* similar articles */
const alike = read("alike");
function showNeighbours() {
  const article = alike.find((one) => one.id === byId("article").value);
  if (!article) return byId("neighbours").replaceChildren(make("p", "", "No article is known to be similar to the bestsellers."));
  byId("neighbours").replaceChildren(...Object.entries(article.methods).map(([method, found]) =>
    make("div", "", make("h4", "", inWords(method), make("span", "signal", ` ${method}`)), make("ol", "plain", ...found.map(([id, name, similarity]) =>
      make("li", "", make("span", "", name, make("small", "", id)), make("span", "number", similarity.toFixed(3))))))));
}

const segments = [...new Set(customers.flatMap((customer) => customer.segments))].sort();
fill(byId("segment"), [["", "every segment"], ...segments.map((segment) => [segment, segment])], "");
// a week of which the purchases are known says most
const known = weeks.find((one) => one.past) || weeks[0];
fill(byId("week"), weeks.map(({ week, past }) => [week, past ? `${week} (past)` : week]), known.week);
fill(byId("article"), alike.map((article, index) => [article.id, `${index + 1}  ${article.name} (${article.id})`]), "");
const opened = location.hash;
const asked = decodeURIComponent((opened.match(/^#customer=(.+)/) || [])[1] || "");
const hitsOf = (customer) => (customer.lists[known.week] || []).filter((item) => item[4]).length;
const first = customers.reduce((best, one) => (hitsOf(one) > hitsOf(best) ? one : best), customers[0]);
listPeople(asked || (first && first.id));
if (!asked) history.replaceState(null, "", opened || location.pathname);
showNeighbours();
byId("segment").addEventListener("change", () => listPeople(byId("people").value));
byId("search").addEventListener("input", () => listPeople(byId("people").value));
byId("people").addEventListener("change", showCustomer);
byId("week").addEventListener("change", showCustomer);
byId("article").addEventListener("change", showNeighbours);
