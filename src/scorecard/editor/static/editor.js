// The bin editor's picture. Python holds the state: this file draws `view`, sends commands, and keeps nothing that matters.
// Text from data becomes text nodes only.

const SVG = "http://www.w3.org/2000/svg";
const CLICK = 4; // pixels a pointer may move and still have clicked
const SLOW = 600, SILENT = 20000; // milliseconds without an answer until it is said
const SHOWN_LEVELS = 150; // of one group; the filter finds the others
const LETTER = 7, SQUARE = 12; // pixels, of the small type: Latin at its widest, Chinese
const DOT = 13; // pixels between the dots of fine classes

const fill = (parent, children) => {
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) parent.append(child);
  return parent;
};
const dress = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
};
const html = (tag, attributes = {}, ...children) => fill(dress(document.createElement(tag), attributes), children);
const svg = (tag, attributes = {}, ...children) => fill(dress(document.createElementNS(SVG, tag), attributes), children);
const clear = (element, ...children) => { element.replaceChildren(); return fill(element, children); };
const wide = (text) => [...text].reduce((sum, each) => sum + (each > "\u2e7f" ? SQUARE : LETTER), 0);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function ticks(low, high, about) {
  const rough = (high - low) / about || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) found.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  return found;
}

class Formats {
  constructor(language) {
    const number = (options) => { const format = new Intl.NumberFormat(language, options); return (value) => value === null || value === undefined ? "–" : format.format(value); };
    this.count = number({ maximumFractionDigits: 0 });
    this.share = number({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.tick = number({ style: "percent", maximumFractionDigits: 1 });
    this.woe = number({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
    this.plain = number({ maximumFractionDigits: 2 });
    this.iv = number({ minimumFractionDigits: 3, maximumFractionDigits: 3 });
    this.change = number({ minimumFractionDigits: 3, maximumFractionDigits: 3, signDisplay: "exceptZero" });
    this.points = number({ minimumFractionDigits: 0, maximumFractionDigits: 0, signDisplay: "exceptZero" });
    this.mean = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.edge = number({ maximumSignificantDigits: 12 });
  }
}

// Fine classes with running sums: what a boundary anywhere would make of them, without asking Python.
class Fine {
  constructor({ edges, goods, bads }) {
    this.edges = edges;
    this.goods = Fine.running(goods);
    this.bads = Fine.running(bads);
  }
  static running(parts) {
    const sums = new Float64Array(parts.length + 1);
    parts.forEach((part, position) => { sums[position + 1] = sums[position] + part; });
    return sums;
  }
  upTo(position) { return this.goods[position] + this.bads[position]; }
  weight(from, to) { return this.upTo(to) - this.upTo(from); }
  rate(from, to) { const weight = this.weight(from, to); return weight ? (this.bads[to] - this.bads[from]) / weight : null; }
  within(from, to, gap) { const all = this.weight(from, to); return all ? this.weight(from, gap + 1) / all : 0.5; }
  // The gap (its number is that of the class before it) in [low, high] nearest to a share of the bin's accounts.
  gap(from, to, share, low, high) {
    const wanted = this.upTo(from) + share * this.weight(from, to);
    let left = low, right = high;
    while (left < right) {
      const middle = (left + right) >> 1;
      if (this.upTo(middle + 1) < wanted) left = middle + 1; else right = middle;
    }
    return left > low && wanted - this.upTo(left) < this.upTo(left + 1) - wanted ? left - 1 : left;
  }
}

class Editor {
  static count = 0;

  constructor(model, element) {
    this.model = model;
    this.id = `scorecard-editor-${(Editor.count += 1)}`; // one model may be shown twice
    this.texts = model.get("texts");
    this.format = new Formats(this.texts.language);
    this.picked = new Set(); // levels ticked, of the characteristic shown
    this.cursor = null; // where the keyboard would split
    this.filter = "";
    this.build(element);
    this.listen();
    this.remember();
    this.render();
  }

  t(key, values = {}) {
    return (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }

  // ---- skeleton ------------------------------------------------------------------------------------------------

  build(element) {
    const t = (key, values) => this.t(key, values);
    this.search = html("input", { type: "search", class: "sc-search", placeholder: t("search"), "aria-label": t("search"), "data-key": "search", oninput: () => this.drawList() });
    this.list = html("ul", { class: "sc-options", role: "listbox", tabindex: 0, "aria-label": t("characteristics"), "data-key": "list", onkeydown: (event) => this.listKeys(event) });
    this.listHelp = html("p", { class: "sc-quiet" });
    this.head = html("header", { class: "sc-head" });
    this.bar = html("div", { class: "sc-bar", role: "toolbar", "aria-label": t("title") });
    this.picture = svg("svg", { class: "sc-picture", role: "group" });
    this.legend = html("div", { class: "sc-legend", "aria-hidden": "true" });
    this.help = html("p", { class: "sc-quiet sc-help" });
    this.status = html("p", { class: "sc-status", role: "status", "aria-live": "polite" });
    this.warnings = html("section", { class: "sc-warnings", "aria-label": t("warnings") });
    this.groups = html("section", { class: "sc-groups", "aria-label": t("groups") });
    this.table = html("div", { class: "sc-table" });
    this.periods = html("section", { class: "sc-periods", "aria-label": t("periods") });
    this.figure = html("div", { class: "sc-figure" }, this.picture, this.legend);
    this.side = html("nav", { class: "sc-side", "aria-label": t("characteristics") }, this.search, this.list, this.listHelp);
    this.main = html("div", { class: "sc-main" }, this.head, this.bar, this.figure, html("div", { class: "sc-say" }, this.status, this.help), this.warnings, this.groups, this.table, this.periods);
    this.form = html("form", { class: "sc-form", role: "dialog", "aria-modal": "true", "aria-label": t("save_title"), hidden: true, novalidate: true, onsubmit: (event) => this.submit(event), onkeydown: (event) => this.formKeys(event) });
    this.body = html("div", { class: "sc-body" }, this.side, this.main);
    // JupyterLab leaves keys alone below this attribute: arrows, Enter and Delete mean the editor's own here.
    this.root = html("section", { class: "scorecard-editor", lang: this.texts.language, "aria-label": t("title"), "data-lm-suppress-shortcuts": "true", onkeydown: (event) => this.keys(event) }, this.body, this.form);
    element.append(this.root);
  }

  listen() {
    // One change of the model may bring a view and its fine classes: both are there when this is called.
    this.changed = () => {
      const { revision } = this.model.get("view");
      if (revision === this.view.revision && this.line === this.lined) return;
      if (revision !== this.view.revision) this.answered();
      this.remember();
      this.render();
    };
    this.model.on("change", this.changed);
    this.watcher = new ResizeObserver(() => {
      const width = Math.round(this.figure.clientWidth);
      if (width && width !== this.drawn && !this.drag) { this.drawPicture(); this.drawPeriods(); }
    });
    this.watcher.observe(this.figure);
  }

  stop() {
    this.model.off("change", this.changed);
    this.watcher.disconnect();
    this.answered();
  }

  remember() {
    const before = this.view?.chosen;
    this.view = this.model.get("view");
    this.lined = this.line;
    const fine = this.model.get("fine");
    this.fine = fine.name === this.view.chosen && fine.edges ? new Fine(fine) : null;
    if (before !== this.view.chosen) { this.picked.clear(); this.filter = ""; this.cursor = null; }
  }

  // ---- talking with Python -------------------------------------------------------------------------------------

  send(command, values = {}) {
    if (this.root.getAttribute("aria-busy") === "true") return;
    this.root.setAttribute("aria-busy", "true");
    this.slow = setTimeout(() => this.say(this.t("waiting"), "note"), SLOW);
    this.silent = setTimeout(() => { this.answered(); this.say(this.t("dead"), "error"); }, SILENT);
    this.model.send({ command, ...values });
  }

  answered() {
    clearTimeout(this.slow);
    clearTimeout(this.silent);
    this.root.removeAttribute("aria-busy");
  }

  say(text, kind = "note") {
    this.status.className = `sc-status sc-${kind}`;
    this.status.textContent = text ?? "";
    this.help.classList.toggle("sc-away", Boolean(text));
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  render() {
    const focused = this.root.contains(document.activeElement) ? document.activeElement.dataset?.key : null;
    this.drawList();
    this.drawHead();
    this.drawBar();
    this.drawPicture();
    this.drawWarnings();
    this.drawGroups();
    this.drawTable();
    this.drawPeriods();
    this.help.textContent = this.t(this.view.kind === "numeric" ? "help_numeric" : "help_levels");
    this.say(this.view.message?.text, this.view.message?.kind);
    if (!this.form.hidden && this.view.message?.kind === "error") this.refusal.textContent = this.view.message.text;
    if (!this.form.hidden && !this.view.pending.length) this.closeForm();
    if (focused && this.form.hidden) this.refocus(focused);
  }

  refocus(key) {
    const [part, number] = key.split(":");
    const others = part === "edge" ? [`edge:${number - 1}`, `bin:${number}`] : part === "bin" ? [`bin:${number - 1}`] : [];
    for (const each of [key, ...others]) {
      const found = [...this.root.querySelectorAll("[data-key]")].find((one) => one.dataset.key === each && !one.disabled);
      if (found) { if (found !== document.activeElement) found.focus({ preventScroll: true }); return; }
    }
    this.list.focus({ preventScroll: true });
  }

  name(bin) {
    if (bin.kind === "missing" || bin.kind === "unseen") return this.t(bin.kind);
    if (bin.kind === "category") return `${bin.position + 1} · ` + bin.levels.slice(0, 3).map((each) => each.level).join(", ") + (bin.levels.length > 3 ? " " + this.t("and_more", { count: bin.levels.length - 3 }) : "");
    if (bin.kind === "special") return bin.label;
    if (bin.lower === null && bin.upper === null) return this.t("all_values");
    if (bin.lower === null) return `< ${this.format.edge(bin.upper)}`;
    return bin.upper === null ? `≥ ${this.format.edge(bin.lower)}` : `${this.format.edge(bin.lower)} – < ${this.format.edge(bin.upper)}`;
  }

  get comma() { return this.texts.language === "zh" ? "，" : ", "; }
  get line() { return this.model.get("line"); }
  measure(bin) { return this.line === "woe" ? bin.woe : bin.rate; }
  measured(value) { return this.line === "woe" ? this.format.woe(value) : this.format.share(value); }
  woe(goods, bads) { return goods > 0 && bads > 0 ? Math.log(goods / this.view.goods / (bads / this.view.bads)) : null; }

  drawList() {
    const wanted = this.search.value.trim().toLowerCase();
    const shown = this.view.list.filter((each) => each.name.toLowerCase().includes(wanted));
    const most = Math.max(...this.view.list.map((each) => each.iv), 1e-9);
    this.shown = shown.map((each) => each.name);
    clear(this.list, shown.map((each, position) => this.option(each, position, most)));
    const place = this.shown.indexOf(this.view.chosen);
    if (place >= 0) this.list.setAttribute("aria-activedescendant", this.optionId(place)); else this.list.removeAttribute("aria-activedescendant");
    this.listHelp.textContent = shown.length ? this.t("list_help", { shown: shown.length, all: this.view.list.length }) : this.t("none_found");
    const option = this.list.children[place];
    if (option && (option.offsetTop < this.list.scrollTop || option.offsetTop + option.offsetHeight > this.list.scrollTop + this.list.clientHeight))
      this.list.scrollTop = option.offsetTop - this.list.clientHeight / 2;
  }

  optionId(position) { return `${this.id}-option-${position}`; }

  option(each, position, most) {
    const marks = [];
    if (each.edited) marks.push(["✎", "edited"]);
    else if (each.saved) marks.push(["✓", "saved_mark"]);
    if (each.forced === "in") marks.push(["＋", "forced_in"]);
    if (each.forced === "out") marks.push(["−", "forced_out"]);
    const chosen = each.name === this.view.chosen;
    const bar = html("span", { class: "sc-iv-bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", clamp(each.iv / most, 0, 1));
    return html("li", { role: "option", id: this.optionId(position), class: "sc-option", "aria-selected": String(chosen), title: each.name,
      "aria-label": [this.t("option", { name: each.name, iv: this.format.iv(each.iv) }), ...marks.map(([, key]) => this.t(key))].join(", "),
      onclick: () => { this.list.focus({ preventScroll: true }); if (!chosen) this.send("choose", { name: each.name }); } },
    bar, html("span", { class: "sc-name" }, each.name),
    marks.map(([sign, key]) => html("span", { class: "sc-mark", title: this.t(key) }, sign)),
    html("span", { class: "sc-number" }, this.format.iv(each.iv)));
  }

  listKeys(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || !this.shown.length) return;
    event.preventDefault();
    const place = this.shown.indexOf(this.view.chosen);
    const next = this.shown[clamp((place < 0 ? -1 : place) + step, 0, this.shown.length - 1)];
    if (next !== this.view.chosen) this.send("choose", { name: next });
  }

  drawHead() {
    const { view, format } = this, { iv, impact } = view;
    const figure = (label, value, more, notable) => html("div", { class: notable ? "sc-fact sc-notable" : "sc-fact" }, html("dt", {}, label), html("dd", {}, html("span", {}, value), more ? html("small", {}, more) : null));
    const change = (before, now) => Math.abs(now - before) < 5e-4 ? "" : ` ${now > before ? "▲" : "▼"} ${format.change(now - before)}`;
    const moved = impact.moved > 0 ? format.share(impact.moved) : this.t("unchanged");
    const given = this.t(impact.assumed ? "assumed" : "of_card", { coefficient: format.plain(impact.coefficient) });
    clear(this.head,
      html("h3", {}, view.chosen, view.description ? html("small", {}, view.description) : null),
      html("dl", { class: "sc-facts" },
        figure(this.t("iv"), format.iv(iv.now) + change(iv.before, iv.now), `${this.t(iv.now < iv.floor ? "below_floor" : "iv_floor", { floor: format.iv(iv.floor) })}${Math.abs(iv.fitted - iv.now) < 5e-4 ? "" : ` · ${this.t("iv_fitted", { fitted: format.iv(iv.fitted) })}`}`, iv.now < iv.floor),
        figure(this.t("iv_total"), format.iv(iv.total_now) + change(iv.total_before, iv.total_now)),
        figure(this.t("moved"), moved, impact.moved > 0 ? `${this.t("moved_by", { points: format.mean(impact.mean) })}${this.comma}${given}` : given)));
  }

  drawBar() {
    const { view } = this, t = (key, values) => this.t(key, values);
    const tool = (key, sign, label, title, disabled, more = {}) => html("button", { type: "button", "data-key": key, title, "aria-label": title, disabled, ...more }, sign ? html("span", { "aria-hidden": "true" }, sign) : null, label);
    const radio = (value) => html("button", { type: "button", "data-key": `line-${value}`, role: "radio", "aria-checked": String(this.line === value), tabindex: this.line === value ? 0 : -1,
      onclick: () => this.setLine(value), onkeydown: (event) => { if (event.key.startsWith("Arrow")) { event.preventDefault(); this.setLine(value === "woe" ? "rate" : "woe", true); } } }, t(value === "woe" ? "woe" : "bad_rate"));
    const typed = html("input", { type: "text", inputmode: "decimal", size: 8, "data-key": "split-at", "aria-label": t("split_at"), placeholder: t("split_at"), value: this.typed ?? null,
      oninput: () => { this.typed = typed.value; }, onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); this.splitTyped(typed); } } });
    clear(this.bar,
      html("div", { class: "sc-tools" },
        tool("undo", "↶", t("undo"), view.undo ? t("undo_what", { what: view.undo }) : t("undo"), !view.undo, { onclick: () => this.send("undo"), "aria-keyshortcuts": "Control+Z" }),
        tool("redo", "↷", t("redo"), view.redo ? t("redo_what", { what: view.redo }) : t("redo"), !view.redo, { onclick: () => this.send("redo"), "aria-keyshortcuts": "Control+Shift+Z" })),
      html("div", { class: "sc-tools sc-radio", role: "radiogroup", "aria-label": t("line") }, radio("woe"), radio("rate")),
      view.kind === "numeric" ? html("div", { class: "sc-tools" }, typed, html("button", { type: "button", "data-key": "split", onclick: () => this.splitTyped(typed) }, t("split"))) : null,
      view.kind === "numeric" ? html("label", { class: "sc-label", title: t("trend_now", { trend: t(`trend.${view.trend.now}`) }) }, t("trend"),
        html("select", { "data-key": "trend", onchange: (event) => this.send("trend", { trend: event.target.value }) }, view.trend.choices.map((each) => html("option", { value: each, selected: each === view.trend.asked }, t(`trend.${each}`))))) : null,
      html("div", { class: "sc-tools" },
        tool("include", "＋", t("force_in"), t("force_in"), false, { "aria-pressed": String(view.forced === "in"), onclick: () => view.forced !== "in" && this.send("include") }),
        tool("exclude", "−", t("force_out"), t("force_out"), false, { "aria-pressed": String(view.forced === "out"), onclick: () => view.forced !== "out" && this.send("exclude") })),
      tool("save", "", view.pending.length ? t("save_count", { count: view.pending.length }) : t("save"), t("save_title"), !view.pending.length, { class: "sc-primary", "aria-keyshortcuts": "Control+S", onclick: () => this.openForm() }));
  }

  setLine(value, focus) {
    this.model.set("line", value);
    this.model.save_changes();
    if (focus) this.refocus(`line-${value}`);
  }

  splitTyped(input) {
    const text = input.value.trim();
    if (!text) { input.focus(); return; }
    this.typed = null;
    this.send("split", { at: text });
  }

  // ---- the picture ---------------------------------------------------------------------------------------------

  layout() {
    const width = clamp(Math.round(this.figure.clientWidth) || 640, 260, 2400), narrow = width < 560;
    const plain = this.view.bins.filter((each) => each.plain), extra = this.view.bins.filter((each) => !each.plain && each.count > 0);
    const box = { left: narrow ? 38 : 50, right: width - (narrow ? 40 : 54), top: 26, bottom: (narrow ? 250 : 300) };
    const apart = extra.length && plain.length ? 0.35 : 0, slot = (box.right - box.left) / Math.max(plain.length + extra.length + apart, 1);
    const x = (bin) => bin.plain ? box.left + plain.indexOf(bin) * slot : box.left + (plain.length + apart + extra.indexOf(bin)) * slot;
    const numeric = this.view.kind === "numeric", widest = numeric ? Math.max(...plain.map((bin) => wide(this.format.edge(bin.lower))), 0) + 8 : 0;
    const rows = numeric ? clamp(Math.ceil(widest / slot), extra.length ? 2 : 1, 3) : 3;
    return { width, height: box.bottom + 12 + 13 * rows, narrow, plain, extra, box, slot, x, rows };
  }

  scales(place) {
    const shown = [...place.plain, ...place.extra], { top, bottom } = place.box;
    const most = Math.max(...shown.map((each) => each.share), 0.01) * 1.08;
    const values = shown.flatMap((each) => [this.measure(each), ...(this.range(each) ?? []).map((edge) => clamp(edge, this.measure(each) - this.reach(shown), this.measure(each) + this.reach(shown)))]).filter((each) => each !== null);
    let low = Math.min(0, ...values), high = Math.max(0, ...values);
    if (high - low < 1e-9) high = low + (this.line === "woe" ? 1 : 0.01);
    const pad = (high - low) * 0.08;
    low = this.line === "woe" || low < 0 ? low - pad : 0;
    high += pad;
    const flat = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    return { most, low, high, share: (value) => bottom - (value / most) * (bottom - top), value: flat };
  }

  // How far an interval may stretch the axis: half of what the lines themselves span.
  reach(shown) {
    const values = shown.map((each) => this.measure(each)).filter((each) => each !== null);
    return Math.max((Math.max(...values) - Math.min(...values)) / 2, this.line === "woe" ? 0.1 : 0.005);
  }

  range(bin) {
    if (!bin.interval) return null;
    if (this.line !== "woe") return bin.interval;
    const { goods, bads } = this.view;
    return [bin.interval[1], bin.interval[0]].map((rate) => Math.log((1 - rate) / rate) - Math.log(goods / bads));
  }

  drawPicture() {
    const place = this.layout(), scale = this.scales(place);
    this.place = place;
    this.drawn = Math.round(this.figure.clientWidth);
    dress(this.picture, { viewBox: `0 0 ${place.width} ${place.height}`, width: place.width, height: place.height, "aria-label": this.t("chart", { name: this.view.chosen, line: this.t(this.line === "woe" ? "woe" : "bad_rate") }) });
    this.ghost = svg("g", { class: "sc-ghost", "aria-hidden": "true" });
    clear(this.picture, this.patterns(), this.axes(place, scale), place.plain.concat(place.extra).map((bin) => this.column(bin, place, scale)),
      this.dots(place, scale), this.curve(place, scale), this.labels(place), this.stops(place), this.ghost);
    this.drawLegend(place);
    if (this.cursor) this.showCursor();
  }

  patterns() {
    const id = `${this.id}-hatch`;
    this.hatch = `url(#${id})`;
    return svg("defs", {}, svg("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 6, height: 6, class: "sc-hatch-paper" }), svg("rect", { width: 2.4, height: 6, class: "sc-hatch-ink" })));
  }

  axes(place, scale) {
    const { left, right, top, bottom } = place.box, parts = [];
    for (const value of ticks(0, scale.most, 4)) {
      parts.push(svg("line", { class: "sc-grid", x1: left, x2: right, y1: scale.share(value), y2: scale.share(value) }));
      parts.push(svg("text", { class: "sc-tick", x: left - 6, y: scale.share(value) + 4, "text-anchor": "end" }, this.format.tick(value)));
    }
    for (const value of ticks(scale.low, scale.high, 5))
      parts.push(svg("text", { class: "sc-tick sc-tick-line", x: right + 6, y: scale.value(value) + 4 }, this.line === "woe" ? this.format.plain(value) : this.format.tick(value)));
    if (this.line === "woe" && scale.low < 0) parts.push(svg("line", { class: "sc-zero", x1: left, x2: right, y1: scale.value(0), y2: scale.value(0) }));
    parts.push(svg("text", { class: "sc-axis", x: 2, y: top - 12 }, this.t("share")));
    parts.push(svg("text", { class: "sc-axis sc-tick-line", x: place.width - 2, y: top - 12, "text-anchor": "end" }, this.t(this.line === "woe" ? "woe" : "bad_rate")));
    return svg("g", { "aria-hidden": "true" }, parts);
  }

  column(bin, place, scale) {
    const x = place.x(bin), gap = Math.min(place.slot * 0.08, 6), top = scale.share(bin.share), words = this.binWords(bin);
    const bar = svg("rect", { class: bin.changed ? "sc-column sc-changed" : "sc-column", x: x + gap, y: top, width: Math.max(place.slot - 2 * gap, 1), height: Math.max(place.box.bottom - top, 0), rx: 2, fill: bin.plain ? null : this.hatch });
    const area = svg("rect", { class: "sc-area", x, y: place.box.top, width: place.slot, height: place.box.bottom - place.box.top });
    const can = this.splits(bin);
    return svg("g", { class: can ? "sc-bin sc-can-split" : "sc-bin", role: can ? "button" : "img", tabindex: can ? 0 : null, "data-key": `bin:${bin.position}`, "aria-label": can ? `${words} ${this.t("bin_keys", { at: this.format.edge(this.fine.edges[this.middle(bin)]) })}` : words,
      onpointermove: can ? (event) => this.hover(event, bin) : null, onpointerleave: can ? () => { this.hideGhost(); if (this.cursor) this.showCursor(); } : null,
      onclick: can ? (event) => this.splitHere(event, bin) : null, onkeydown: can ? (event) => this.binKeys(event, bin) : null,
      onfocus: can ? () => this.focusBin(bin) : null, onblur: can ? () => { this.cursor = null; this.hideGhost(); } : null },
    svg("title", {}, words), bar, area);
  }

  binWords(bin) { return this.t("bin", { bin: this.name(bin), share: this.format.share(bin.share), rate: this.format.share(bin.rate), woe: this.format.woe(bin.woe) }); }

  splits(bin) { return bin.kind === "interval" && this.fine !== null && bin.to - bin.from > 1; }

  // Small marks of the fine classes, so that one sees where a split would separate.
  dots(place, scale) {
    if (!this.fine) return null;
    const { top, bottom } = place.box, marks = [];
    for (const bin of place.plain) {
      const many = Math.min(Math.floor(place.slot / DOT), bin.to - bin.from);
      if (many < 2) continue;
      let from = bin.from;
      for (let part = 1; part <= many; part += 1) {
        const to = part === many ? bin.to : this.fine.gap(bin.from, bin.to, part / many, from, bin.to - 1) + 1;
        const goods = this.fine.goods[to] - this.fine.goods[from], bads = this.fine.bads[to] - this.fine.bads[from];
        const value = this.line === "woe" ? this.woe(goods, bads) : goods + bads ? bads / (goods + bads) : null;
        const y = value === null ? null : scale.value(value);
        if (y !== null && y >= top && y <= bottom) {
          const x = place.x(bin) + place.slot * (this.fine.within(bin.from, bin.to, from - 1) + this.fine.within(bin.from, bin.to, to - 1)) / 2;
          marks.push(svg("circle", { class: "sc-dot", cx: x, cy: y, r: 2 }));
        }
        from = to;
      }
    }
    return svg("g", { "aria-hidden": "true" }, marks);
  }

  curve(place, scale) {
    const point = (bin) => this.measure(bin) === null ? null : [place.x(bin) + place.slot / 2, scale.value(this.measure(bin))];
    const points = place.plain.filter((bin) => bin.count > 0).map(point).filter(Boolean), parts = [];
    for (const bin of [...place.plain, ...place.extra]) {
      const range = bin.count > 0 && this.measure(bin) !== null ? this.range(bin) : null;
      if (!range) continue;
      const [x, ends] = [place.x(bin) + place.slot / 2, range.map((each) => clamp(scale.value(each), place.box.top, place.box.bottom))];
      parts.push(svg("path", { class: "sc-whisker", d: `M${x} ${ends[0]}V${ends[1]}M${x - 4} ${ends[0]}h8M${x - 4} ${ends[1]}h8` }));
    }
    if (points.length > 1) parts.push(svg("polyline", { class: "sc-curve", points: points.map((each) => each.join(",")).join(" ") }));
    for (const [x, y] of points) parts.push(svg("circle", { class: "sc-point", cx: x, cy: y, r: 4.5 }));
    for (const bin of place.extra) {
      const found = point(bin);
      if (found) parts.push(svg("path", { class: "sc-point", d: `M${found[0]} ${found[1] - 6}l6 6l-6 6l-6 -6z` }));
    }
    return svg("g", { "aria-hidden": "true", class: "sc-over" }, parts);
  }

  labels(place) {
    const parts = [], y = place.box.bottom + 17;
    const under = (bin, lines = 1) => parts.push(svg("text", { class: "sc-tick", x: place.x(bin) + place.slot / 2, y, "text-anchor": "middle" }, svg("title", {}, this.name(bin)), this.wrapped(this.name(bin).replace(" · ", " "), place.slot - 4, lines, place.x(bin) + place.slot / 2)));
    if (this.view.kind === "numeric") {
      const texts = place.plain.slice(1).map((bin) => this.format.edge(bin.lower)), fits = Math.max(...texts.map(wide), 0) + 8 <= place.slot;
      place.plain.slice(1).forEach((bin, position) => parts.push(svg("text", { class: "sc-tick sc-edge", x: place.x(bin), y: y + (fits ? 0 : (position % place.rows) * 13), "text-anchor": "middle" }, texts[position])));
    } else place.plain.forEach((bin) => under(bin, place.rows));
    place.extra.forEach((bin) => under(bin, place.rows));
    parts.push(svg("line", { class: "sc-base", x1: place.box.left, x2: place.box.right, y1: place.box.bottom, y2: place.box.bottom }));
    return svg("g", { "aria-hidden": "true" }, parts);
  }

  // Words over a few short lines; the last one ends in an ellipsis where something is left.
  wrapped(text, width, lines, x) {
    const fits = (each) => wide(each) <= width, found = [];
    const cut = (each) => { let kept = each; while (kept.length > 1 && !fits(`${kept}…`)) kept = kept.slice(0, -1); return fits(each) ? each : `${kept}…`; };
    let rest = text.split(/\s+/);
    while (rest.length && found.length < lines) {
      let row = rest.shift();
      while (rest.length && fits(`${row} ${rest[0]}`)) row += ` ${rest.shift()}`;
      found.push(row);
    }
    if (rest.length) found[found.length - 1] += ` ${rest.join(" ")}`;
    return found.map((each, position) => svg("tspan", { x, dy: position ? 13 : 0 }, cut(each)));
  }

  // ---- boundaries ----------------------------------------------------------------------------------------------

  stops(place) {
    if (this.view.kind !== "numeric") return null;
    return place.plain.slice(1).map((bin, position) => this.boundary(place.plain[position], bin, position, place));
  }

  boundary(left, right, position, place) {
    const x = place.x(right), { top, bottom } = place.box, at = this.format.edge(right.lower);
    const words = this.t("boundary", { at, left: this.name(left), right: this.name(right) });
    const close = svg("g", { class: "sc-close", role: "button", tabindex: -1, "aria-label": this.t("remove", { at }), transform: `translate(${x} ${top - 2})`,
      onpointerdown: (event) => event.stopPropagation(), onclick: (event) => { event.stopPropagation(); this.send("merge", { at: right.lower }); } },
    svg("title", {}, this.t("remove", { at })), svg("circle", { r: 8 }), svg("path", { d: "M-3 -3L3 3M-3 3L3 -3" }));
    return svg("g", { class: "sc-stop", role: "slider", tabindex: 0, "data-key": `edge:${position}`, "data-at": right.lower, "aria-label": words, "aria-description": this.t("boundary_keys"), "aria-orientation": "horizontal",
      "aria-valuenow": right.lower, "aria-valuemin": this.fine?.edges[left.from] ?? right.lower, "aria-valuemax": this.fine?.edges[right.to - 2] ?? right.lower, "aria-valuetext": at,
      onpointerdown: (event) => this.grab(event, { left, right, position }), onkeydown: (event) => this.boundaryKeys(event, { left, right }) },
    svg("rect", { class: "sc-grip", x: x - 6, y: top - 6, width: 12, height: bottom - top + 12 }), svg("line", { class: "sc-rod", x1: x, x2: x, y1: top, y2: bottom + 4 }),
    svg("path", { class: "sc-thumb", d: `M${x} ${bottom - 1}l-5 7h10z` }), close);
  }

  grab(event, between) {
    if (event.button) return;
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    const start = event.clientX;
    this.drag = { ...between, gap: between.left.to - 1, moved: false };
    const move = (each) => { if (Math.abs(each.clientX - start) >= CLICK) this.drag.moved = true; if (this.drag.moved && this.fine) this.dragged(each); };
    const drop = (each) => {
      for (const [kind, heard] of heardOf) window.removeEventListener(kind, heard, true);
      const drag = this.drag;
      this.drag = null;
      this.hideGhost();
      this.root.classList.remove("sc-dragging");
      if (each.type !== "pointerup") return;
      if (!drag.moved) this.send("merge", { at: drag.right.lower });
      else if (drag.gap !== drag.left.to - 1) this.send("move", { from: drag.right.lower, to: this.fine.edges[drag.gap] });
    };
    const escape = (each) => { if (each.key === "Escape") { each.stopPropagation(); drop(each); } };
    const heardOf = [["pointermove", move], ["pointerup", drop], ["pointercancel", drop], ["keydown", escape]];
    for (const [kind, heard] of heardOf) window.addEventListener(kind, heard, true);
  }

  dragged(event) {
    const { left, right } = this.drag, x = this.across(event), middle = this.place.x(right);
    const [bin, low, high] = x < middle ? [left, left.from, left.to - 1] : [right, left.to - 1, right.to - 2];
    const share = clamp((x - this.place.x(bin)) / this.place.slot, 0, 1);
    this.drag.gap = this.fine.gap(bin.from, bin.to, share, low, Math.max(high, low));
    this.root.classList.add("sc-dragging");
    this.showGhost(this.gapAt(left, right, this.drag.gap), this.drag.gap, left.from, right.to);
  }

  gapAt(left, right, gap) {
    const bin = gap < left.to ? left : right;
    return this.place.x(bin) + this.place.slot * this.fine.within(bin.from, bin.to, gap);
  }

  across(event) {
    const box = this.picture.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * this.place.width;
  }

  boundaryKeys(event, { left, right }) {
    if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); this.send("merge", { at: right.lower }); return; }
    const wide = Math.max(1, Math.round((right.to - left.from) / 10));
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -wide, PageUp: wide }[event.key];
    if (step === undefined || !this.fine) return;
    event.preventDefault();
    const gap = clamp(left.to - 1 + step, left.from, right.to - 2);
    if (gap !== left.to - 1) this.send("move", { from: right.lower, to: this.fine.edges[gap], onward: true });
  }

  // ---- splitting -----------------------------------------------------------------------------------------------

  middle(bin) { return this.fine.gap(bin.from, bin.to, 0.5, bin.from, bin.to - 2); }

  hover(event, bin) {
    if (this.drag) return;
    this.hovered = this.gapUnder(event, bin);
    this.showGhost(this.place.x(bin) + this.place.slot * this.fine.within(bin.from, bin.to, this.hovered), this.hovered, bin.from, bin.to);
  }

  gapUnder(event, bin) { return this.fine.gap(bin.from, bin.to, clamp((this.across(event) - this.place.x(bin)) / this.place.slot, 0, 1), bin.from, bin.to - 2); }

  splitHere(event, bin) { this.send("split", { at: this.fine.edges[this.gapUnder(event, bin)] }); }

  focusBin(bin) {
    if (!this.root.querySelector(".sc-bin:focus-visible")) return;
    if (this.cursor?.position !== bin.position) this.cursor = { position: bin.position, gap: this.middle(bin) };
    this.showCursor();
  }

  binKeys(event, bin) {
    const wide = Math.max(1, Math.round((bin.to - bin.from) / 10));
    const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -wide, PageUp: wide }[event.key];
    const gap = this.cursor?.position === bin.position ? this.cursor.gap : this.middle(bin);
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.cursor = null; this.send("split", { at: this.fine.edges[gap] }); return; }
    if (step === undefined) return;
    event.preventDefault();
    this.cursor = { position: bin.position, gap: clamp(gap + step, bin.from, bin.to - 2) };
    this.showCursor();
    this.say(this.ghostWords(this.cursor.gap, bin.from, bin.to).join(" | "));
  }

  showCursor() {
    const bin = this.place.plain.find((each) => each.position === this.cursor.position);
    if (!bin || !this.splits(bin) || this.cursor.gap < bin.from || this.cursor.gap > bin.to - 2) { this.cursor = null; return; }
    this.showGhost(this.place.x(bin) + this.place.slot * this.fine.within(bin.from, bin.to, this.cursor.gap), this.cursor.gap, bin.from, bin.to);
  }

  ghostWords(gap, from, to) {
    const side = (one, other) => this.t("ghost_side", { share: this.format.share(this.fine.weight(one, other) / this.view.weight), rate: this.format.share(this.fine.rate(one, other)) });
    return [side(from, gap + 1), this.format.edge(this.fine.edges[gap]), side(gap + 1, to)];
  }

  showGhost(x, gap, from, to) {
    const { top, bottom } = this.place.box, [left, at, right] = this.ghostWords(gap, from, to);
    const width = 18 + Math.max(wide(`${left}  |  ${right}`), 1.15 * wide(this.t("ghost", { at }))), start = clamp(x - width / 2, 2, this.place.width - width - 2), middle = start + width / 2;
    clear(this.ghost, svg("line", { x1: x, x2: x, y1: top, y2: bottom }), svg("rect", { x: start, y: top + 10, width, height: 38, rx: 4 }),
      svg("text", { x: middle, y: top + 26, "text-anchor": "middle", class: "sc-ghost-at" }, this.t("ghost", { at })), svg("text", { x: middle, y: top + 41, "text-anchor": "middle" }, `${left}  |  ${right}`));
  }

  hideGhost() { clear(this.ghost); }

  drawLegend(place) {
    const item = (kind, label) => html("span", { class: "sc-key" }, html("i", { class: `sc-swatch sc-swatch-${kind}` }), label);
    clear(this.legend, item("bar", this.t("share")), place.extra.length ? item("hatch", this.t("special_bars")) : null, item("line", this.t(this.line === "woe" ? "woe" : "bad_rate")), item("whisker", this.t("interval")), this.fine ? item("dot", this.t("fine")) : null);
  }

  // ---- warnings, groups, table ---------------------------------------------------------------------------------

  drawWarnings() {
    const found = this.view.warnings;
    clear(this.warnings, found.length
      ? html("ul", {}, found.map((each) => html("li", {}, html("span", { class: "sc-sign", "aria-hidden": "true" }, "⚠"), each)))
      : html("p", { class: "sc-fine" }, html("span", { class: "sc-sign", "aria-hidden": "true" }, "✓"), this.t("no_warnings")));
  }

  drawGroups() {
    this.groups.hidden = this.view.kind !== "categorical";
    if (this.groups.hidden) { clear(this.groups); return; }
    const groups = this.view.bins.filter((each) => each.plain), many = groups.reduce((sum, each) => sum + each.levels.length, 0);
    const filter = html("input", { type: "search", "aria-label": this.t("filter"), placeholder: this.t("filter"), value: this.filter, "data-key": "filter", oninput: () => { this.filter = filter.value; this.drawCards(groups); } });
    const target = html("select", { "aria-label": this.t("move_to"), "data-key": "target" }, groups.map((each, position) => html("option", { value: position }, this.t("group", { number: position + 1 }))), html("option", { value: "new" }, this.t("new_group")));
    this.counted = html("span", { class: "sc-quiet", "aria-live": "polite" });
    this.mover = html("button", { type: "button", "data-key": "move-levels", onclick: () => this.regroup([...this.picked], target.value === "new" ? null : groups[target.value]) }, this.t("move"));
    this.cards = html("div", { class: "sc-cards" });
    clear(this.groups, html("div", { class: "sc-bar" }, html("h4", {}, this.t("groups")), many > 12 ? filter : null, html("span", { class: "sc-grow" }), this.counted, html("label", { class: "sc-label" }, this.t("move_to"), target), this.mover), this.cards);
    this.drawCards(groups);
  }

  drawCards(groups) {
    clear(this.cards, groups.map((each, position) => this.card(each, position)), this.fresh());
    this.drawPicked();
  }

  drawPicked() {
    this.counted.textContent = this.picked.size ? this.t("chosen_levels", { count: this.picked.size }) : "";
    this.mover.disabled = !this.picked.size;
  }

  card(group, position) {
    const wanted = this.filter.trim().toLowerCase(), found = group.levels.filter((each) => each.level.toLowerCase().includes(wanted)), shown = found.slice(0, SHOWN_LEVELS);
    const all = html("input", { type: "checkbox", "aria-label": this.t("group_all", { number: position + 1 }), "data-key": `all:${position}`, onchange: () => { for (const each of found) this.picked[all.checked ? "add" : "delete"](each.level); this.drawGroups(); this.refocus(`all:${position}`); } });
    all.checked = found.length > 0 && found.every((each) => this.picked.has(each.level));
    all.indeterminate = !all.checked && found.some((each) => this.picked.has(each.level));
    const head = html("div", { class: "sc-card-head", onpointerdown: (event) => this.lift(event, group.levels.map((each) => each.level)) }, html("label", {}, all, html("strong", {}, this.t("group", { number: position + 1 }))),
      html("span", { class: "sc-quiet" }, `${this.format.share(group.share)} · ${this.measured(this.measure(group))}`));
    return html("div", { class: "sc-card", role: "group", "aria-label": this.t("group", { number: position + 1 }), "data-group": position }, head, html("div", { class: "sc-levels" }, shown.map((each) => this.level(each)),
      found.length > shown.length ? html("span", { class: "sc-quiet" }, this.t("more_levels", { count: found.length - shown.length })) : null));
  }

  level(each) {
    const tick = html("input", { type: "checkbox", "data-key": `level:${each.level}`, "aria-label": this.t("level", { level: each.level, share: this.format.share(each.share), rate: this.format.share(each.rate) }),
      onchange: () => { this.picked[tick.checked ? "add" : "delete"](each.level); this.drawPicked(); } });
    tick.checked = this.picked.has(each.level);
    return html("label", { class: "sc-level", title: this.t("level", { level: each.level, share: this.format.share(each.share), rate: this.format.share(each.rate) }), onpointerdown: (event) => this.lift(event, this.picked.has(each.level) ? [...this.picked] : [each.level]) },
      tick, html("span", { class: "sc-name" }, each.level), html("span", { class: "sc-number" }, this.format.share(each.rate)));
  }

  fresh() { return html("div", { class: "sc-card sc-new", "data-group": "new" }, this.t("drop_new")); }

  // Levels follow the pointer, finger or mouse, and go where they are let go; a press that does not move stays a click.
  lift(event, levels) {
    if (event.button || event.target.matches("input")) return;
    const start = [event.clientX, event.clientY], tag = html("div", { class: "sc-lifted", "aria-hidden": "true" }, levels.length > 1 ? this.t("chosen_levels", { count: levels.length }) : levels[0]);
    let over = null, lifted = false;
    const move = (each) => {
      if (!lifted && Math.hypot(each.clientX - start[0], each.clientY - start[1]) < CLICK) return;
      if (!lifted) { lifted = true; this.root.append(tag); this.root.classList.add("sc-lifting"); }
      each.preventDefault();
      const box = this.root.getBoundingClientRect();
      tag.style.transform = `translate(${each.clientX - box.left + 10}px, ${each.clientY - box.top + 8}px)`;
      over?.classList.remove("sc-over-card");
      over = document.elementFromPoint(each.clientX, each.clientY)?.closest(".sc-card");
      if (over && !this.root.contains(over)) over = null;
      over?.classList.add("sc-over-card");
    };
    const drop = (each) => {
      for (const [kind, heard] of heardOf) window.removeEventListener(kind, heard, true);
      tag.remove();
      over?.classList.remove("sc-over-card");
      this.root.classList.remove("sc-lifting");
      if (!lifted) return;
      const still = (click) => { click.preventDefault(); click.stopPropagation(); }; // it was no click on the box
      window.addEventListener("click", still, { capture: true, once: true });
      setTimeout(() => window.removeEventListener("click", still, true), 0);
      if (each.type === "pointerup" && over) this.regroup(levels, this.view.bins.find((bin) => bin.plain && String(bin.position) === over.dataset.group) ?? null);
    };
    const escape = (each) => { if (each.key === "Escape") { each.stopPropagation(); drop(each); } };
    const heardOf = [["pointermove", move], ["pointerup", drop], ["pointercancel", drop], ["keydown", escape]];
    for (const [kind, heard] of heardOf) window.addEventListener(kind, heard, true);
  }

  regroup(levels, group) {
    const homes = new Set(group ? group.levels.map((each) => each.level) : []), moved = levels.filter((each) => !homes.has(each));
    if (!moved.length) return;
    this.picked.clear();
    this.send("group", { levels: moved, with: group ? group.levels[0].level : null });
  }

  drawTable() {
    const t = (key, values) => this.t(key, values), { format } = this;
    const right = ["count", "share", "bads", "rate", "woe", "points"];
    const row = (bin) => html("tr", { class: bin.changed ? "sc-row-changed" : null },
      html("th", { scope: "row", title: bin.levels ? bin.levels.map((each) => each.level).join(", ") : null }, this.name(bin), bin.changed ? html("span", { class: "sc-mark", role: "img", "aria-label": t("changed"), title: t("changed") }, " ✎") : null),
      html("td", {}, format.count(bin.count)), html("td", {}, format.share(bin.share)), html("td", {}, format.count(bin.bads)), html("td", {}, format.share(bin.rate)), html("td", {}, format.woe(bin.woe)), html("td", {}, format.points(bin.points)),
      html("td", { class: "sc-treat" }, bin.policies ? this.treatments(bin) : bin.treatment.startsWith("empirical,") ? html("span", { class: "sc-quiet" }, bin.treatment) : null));
    clear(this.table, html("table", {}, html("caption", {}, t("table")), html("thead", {}, html("tr", {}, html("th", { scope: "col" }, t("column.bin")), right.map((each) => html("th", { scope: "col", class: "sc-right" }, t(`column.${each}`))), html("th", { scope: "col" }, t("column.treatment")))),
      html("tbody", {}, this.view.bins.map(row))));
  }

  treatments(bin) {
    const label = (policy) => {
      if (!policy.join) return this.t(`treat.${policy.value}`);
      const joined = this.view.bins[policy.join.position];
      return this.t("treat.join", { bin: this.name(joined) });
    };
    return html("select", { "data-key": `treat:${bin.key}`, "aria-label": this.t("treatment_of", { bin: this.name(bin) }), onchange: (event) => this.send("treat", { bin: bin.key, as: event.target.value }) },
      bin.policies.map((each) => html("option", { value: each.value, selected: each.chosen }, label(each))));
  }

  // ---- small multiples -----------------------------------------------------------------------------------------

  drawPeriods() {
    const { periods } = this.view;
    this.periods.hidden = !periods.length;
    if (this.periods.hidden) { clear(this.periods); return; }
    const plain = this.view.bins.filter((each) => each.plain), of = (each) => each.bins.map((bin) => (this.line === "woe" ? bin.woe : bin.rate));
    const values = [...periods.flatMap(of), ...plain.map((bin) => this.measure(bin))].filter((each) => each !== null);
    const reach = this.reach(plain) * 3, middle = plain.map((bin) => this.measure(bin)).filter((each) => each !== null);
    const low = Math.max(Math.min(...values), Math.min(...middle) - reach), high = Math.min(Math.max(...values), Math.max(...middle) + reach);
    const most = Math.max(...periods.flatMap((each) => each.bins.map((bin) => bin.share)), 0.01);
    clear(this.periods, html("h4", {}, this.t("periods")), html("div", { class: "sc-multiples" }, periods.map((each) => this.period(each, plain, of(each), { low, high, most }))),
      html("div", { class: "sc-legend", "aria-hidden": "true" }, html("span", { class: "sc-key" }, html("i", { class: "sc-swatch sc-swatch-whole" }), this.t("all_time"))));
  }

  period(each, plain, values, { low, high, most }) {
    const width = 168, height = 92, slot = width / Math.max(plain.length, 1), span = high - low || 1;
    const y = (value) => clamp(height - 8 - ((value - low) / span) * (height - 16), 3, height - 3), x = (position) => (position + 0.5) * slot;
    const path = (found) => { let pen = "M"; return found.map((value, position) => { if (value === null) { pen = "M"; return ""; } const step = `${pen}${x(position)} ${y(value)}`; pen = "L"; return step; }).join(""); };
    const words = this.t("period_chart", { period: each.name, accounts: this.format.count(each.accounts), line: this.t(this.line === "woe" ? "woe" : "bad_rate"), values: values.map((value) => this.measured(value)).join(", ") });
    const turned = each.inversions.filter(([a, b]) => values[a] !== null && values[b] !== null);
    return html("figure", { class: turned.length ? "sc-multiple sc-inverted" : "sc-multiple" },
      html("figcaption", {}, html("strong", {}, each.name), html("span", { class: "sc-quiet" }, this.format.count(each.accounts)), turned.length ? html("span", { class: "sc-badge", title: turned.map(([a, b]) => this.t("inversion", { first: this.name(plain[a]), second: this.name(plain[b]) })).join("; ") }, `⇅ ${this.t("inversions", { count: turned.length })}`) : null),
      svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": turned.length ? `${words}; ${this.t("inversions", { count: turned.length })}` : words, preserveAspectRatio: "none" },
        each.bins.map((bin, position) => svg("rect", { class: "sc-column", x: position * slot + 1, width: Math.max(slot - 2, 1), y: height - (bin.share / most) * (height - 4), height: (bin.share / most) * (height - 4) })),
        svg("path", { class: "sc-whole", d: path(plain.map((bin) => this.measure(bin))) }), svg("path", { class: "sc-curve", d: path(values) }),
        values.map((value, position) => value === null ? null : svg("circle", { class: "sc-point", cx: x(position), cy: y(value), r: 2.6 })),
        turned.map(([a, b]) => svg("path", { class: "sc-turned", d: `M${x(a)} ${y(values[a])}L${x(b)} ${y(values[b])}` }))));
  }

  // ---- saving --------------------------------------------------------------------------------------------------

  openForm() {
    if (!this.view.pending.length) { this.say(this.t("nothing")); return; }
    const t = (key, values) => this.t(key, values), id = `${this.id}-form`;
    const field = (name, input, hint) => html("div", { class: "sc-field" }, html("label", { for: `${id}-${name}` }, t(name)), dress(input, { id: `${id}-${name}`, name, "aria-required": "true", "aria-describedby": `${id}-${name}-fault` }), html("p", { class: "sc-fault", id: `${id}-${name}-fault`, role: "alert" }), hint);
    this.reason = html("textarea", { rows: 3, placeholder: t("reason_hint") });
    this.author = html("input", { type: "text", autocomplete: "name", value: this.view.author });
    this.own = this.view.pending.map((each) => html("input", { type: "text", placeholder: t("reason_same"), "aria-label": t("reason_own", { what: each }) }));
    clear(this.form, html("div", { class: "sc-sheet" }, html("h3", {}, t("save_title")), field("reason", this.reason), field("author", this.author),
      html("ol", { class: "sc-pending", "aria-label": t("pending") }, this.view.pending.map((each, position) => html("li", {}, html("span", {}, each), this.own[position]))),
      this.refusal = html("p", { class: "sc-fault", role: "alert" }),
      html("div", { class: "sc-bar" }, html("span", { class: "sc-quiet sc-path" }, this.view.path), html("span", { class: "sc-grow" }), html("button", { type: "button", onclick: () => this.closeForm() }, t("cancel")), html("button", { type: "submit", class: "sc-primary" }, t("write")))));
    this.form.hidden = false;
    this.body.inert = true;
    this.reason.focus();
  }

  closeForm() {
    this.form.hidden = true;
    this.body.inert = false;
    this.refocus("save");
  }

  formKeys(event) {
    if (event.key === "Escape") { event.stopPropagation(); this.closeForm(); return; }
    if (event.key !== "Tab") return;
    const stops = [...this.form.querySelectorAll("textarea, input, button")], last = stops[stops.length - 1];
    if (event.shiftKey && document.activeElement === stops[0]) { event.preventDefault(); last.focus(); }
    if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); stops[0].focus(); }
  }

  submit(event) {
    event.preventDefault();
    const own = this.own.map((each) => each.value.trim()), common = this.reason.value.trim();
    const faults = [[this.reason, !common && own.some((each) => !each), "reason_needed"], [this.author, !this.author.value.trim(), "author_needed"]];
    for (const [input, wrong, key] of faults) {
      input.setAttribute("aria-invalid", String(wrong));
      this.form.querySelector(`[id="${input.id}-fault"]`).textContent = wrong ? this.t(key) : "";
    }
    const first = faults.find(([, wrong]) => wrong);
    if (first) { first[0].focus(); return; }
    this.send("save", { reasons: own.map((each) => each || common), author: this.author.value.trim() });
  }

  // ---- keys of the whole editor --------------------------------------------------------------------------------

  keys(event) {
    const held = event.ctrlKey || event.metaKey, key = event.key.toLowerCase(), typing = event.target.matches("input[type=text], input[type=search], textarea") && event.target.value;
    if (!held || !this.form.hidden) return;
    if (key === "s") { event.preventDefault(); this.openForm(); return; }
    if (typing || (key !== "z" && key !== "y")) return; // a text field undoes its own letters
    event.preventDefault();
    const redo = key === "y" || event.shiftKey;
    if (redo ? this.view.redo : this.view.undo) this.send(redo ? "redo" : "undo");
  }
}

export default {
  render({ model, el }) {
    const editor = new Editor(model, el);
    return () => editor.stop();
  },
};
