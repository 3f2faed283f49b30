/* What stands round the map in an exported page: title, layers, legend with counts, search, and a card per compound.
 * Everything comes from the data block of the page; nothing is fetched. */
(function (root) {
  "use strict";
  const make = root.PlannerMap.make, typed = root.PlannerMap.typed;

  function start(map, page) {
    const view = { map: map, page: page, layer: 0, chosen: null, off: {} };
    top(view);
    view.side = document.body.appendChild(make("aside", "px-side"));
    view.legend = view.side.appendChild(make("div", "px-legend"));
    view.card = document.body.appendChild(make("section", "px-card"));
    view.card.setAttribute("aria-live", "polite");
    map.on("planner:pick", (event) => choose(view, event.i));
    map.on("click", () => choose(view, null));
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(view, null); });
    show(view, 0);
    room(view);
    root.addEventListener("resize", () => room(view));
  }

  /* the title and the legend must cover neither the controls nor the district */
  function room(view) {
    const bar = document.querySelector(".px-top").offsetHeight, narrow = root.innerWidth < 800;
    document.documentElement.style.setProperty("--px-top", bar + "px");
    view.map.planner.config.pad = [14, bar + 10, narrow ? 14 : view.legend.offsetWidth + 24, 26];
    if (!view.map.planner.touched) root.PlannerMap.fit(view.map, view.map.planner.box);
  }

  function top(view) {
    const page = view.page, bar = document.body.appendChild(make("header", "px-top"));
    const title = bar.appendChild(make("div", "px-title"));
    title.appendChild(make("b", "", page.title));
    page.marks.forEach((mark) => title.appendChild(make("span", "px-mark", mark)));
    page.facts.forEach((fact) => title.appendChild(make("span", "", fact)));
    bar.appendChild(make("p", "px-sentence", page.sentence));
    const row = bar.appendChild(make("div", "px-row"));
    view.buttons = page.quick.map((k) => {
      const button = row.appendChild(make("button", "px-layer", page.layers[k].title));
      button.type = "button";
      button.addEventListener("click", () => show(view, k));
      return { node: button, k: k };
    });
    row.appendChild(themes(view));
    row.appendChild(layers(view));
  }

  /* All themes by their kind. */
  function themes(view) {
    const page = view.page, box = make("label", "px-all", page.words.themes), list = box.appendChild(make("select", "px-themes"));
    const groups = {};
    page.layers.forEach((layer, k) => {
      const group = groups[layer.group] || (groups[layer.group] = list.appendChild(make("optgroup")));
      group.label = typed(layer.group);
      const option = group.appendChild(make("option", "", layer.name));
      option.value = k;
    });
    list.addEventListener("change", () => show(view, Number(list.value)));
    view.list = list;
    return box;
  }

  /* The layers under and over the compounds. */
  function layers(view) {
    const page = view.page, box = make("fieldset", "px-over");
    box.appendChild(make("legend", "", page.words.layers));
    view.map.planner.wanted = page.on.slice();
    page.overlays.forEach((entry) => {
      const label = box.appendChild(make("label")), tick = label.appendChild(make("input"));
      tick.type = "checkbox";
      tick.checked = page.on.indexOf(entry[0]) >= 0;
      label.appendChild(make("i", "px-mark-" + entry[0]));
      label.appendChild(make("span", "", entry[1]));
      tick.addEventListener("change", () => {
        const wanted = view.map.planner.wanted.filter((name) => name !== entry[0]);
        view.map.planner.wanted = tick.checked ? wanted.concat(entry[0]) : wanted;
        root.PlannerMap.refresh(view.map);
      });
    });
    return box;
  }

  function show(view, k) {
    if (view.layer !== k) view.off = {};
    view.layer = k;
    view.buttons.forEach((button) => button.node.setAttribute("aria-pressed", button.k === k));
    view.list.value = k;
    repaint(view);
    legend(view);
  }

  function repaint(view) {
    const layer = view.page.layers[view.layer];
    const dimmed = Array.from(layer.codes, (code) => view.off[code] ? String.fromCharCode(code.charCodeAt(0) + 49) : code).join("");
    root.PlannerMap.paint(view.map, {
      codes: dimmed, looks: layer.looks, safety: view.page.safety, chosen: view.chosen,
      letters: layer.letters, rev: layer.key + Object.keys(view.off).join(),
    });
  }

  function legend(view) {
    const layer = view.page.layers[view.layer];
    view.legend.replaceChildren(make("b", "", layer.title), make("u", "", view.page.words.count));
    layer.looks.forEach((look, k) => {
      if (!layer.counts[k] && layer.key !== "action") return;
      const code = String.fromCharCode(48 + k), row = view.legend.appendChild(make("button", "px-class"));
      row.type = "button";
      row.setAttribute("aria-pressed", !view.off[code]);
      const patch = row.appendChild(make("i", look.fill === "hatch" ? "hv" : ""));
      if (look.fill !== "hatch") patch.style.background = look.fill;
      patch.style.borderColor = look.edge;
      row.appendChild(make("span", "", look.label));
      row.appendChild(make("u", "", layer.counts[k]));
      row.addEventListener("click", () => {
        if (view.off[code]) delete view.off[code]; else view.off[code] = true;
        repaint(view);
        legend(view);
      });
    });
    const safe = view.legend.appendChild(make("div", "px-class"));
    safe.appendChild(make("i", "sf"));
    safe.appendChild(make("span", "", view.page.words.safety));
    safe.appendChild(make("u", "", view.page.safety.length));
    if (layer.letters) view.legend.appendChild(make("p", "", view.page.words.glyphs));
    view.page.notes.forEach((note) => view.legend.appendChild(make("p", "", note)));
  }

  function choose(view, i) {
    view.chosen = i;
    repaint(view);
    const row = i === null ? null : view.page.rows[i];
    view.card.style.display = row ? "block" : "none";
    view.card.replaceChildren();
    if (!row) return;
    const head = view.card.appendChild(make("div", "px-head"));
    head.appendChild(make("b", "", row.name));
    head.appendChild(make("span", "", row.place));
    const close = head.appendChild(make("button", "", "×"));
    close.type = "button";
    close.title = typed(view.page.words.close);
    close.addEventListener("click", () => choose(view, null));
    row.lines.forEach((line) => {
      const node = view.card.appendChild(make("p", line.kind || ""));
      if (line.label) node.appendChild(make("span", "px-label", line.label));
      node.appendChild(document.createTextNode(typed(line.text)));
    });
  }

  root.PlannerExport = { start: start };
})(window);
