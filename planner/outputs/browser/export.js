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
    view.buttons = page.layers.map((layer, k) => {
      const button = row.appendChild(make("button", "px-layer", layer.title));
      button.type = "button";
      button.addEventListener("click", () => show(view, k));
      return button;
    });
    row.appendChild(search(view));
  }

  function search(view) {
    const box = make("form", "px-search"), input = box.appendChild(make("input")), list = box.appendChild(make("datalist"));
    input.type = "search";
    input.setAttribute("list", (list.id = "px-names"));
    input.placeholder = typed(view.page.words.search);
    input.setAttribute("aria-label", input.placeholder);
    view.page.rows.forEach((row) => { list.appendChild(make("option")).value = typed(row.name); });
    const go = () => {
      const wanted = input.value.trim();
      if (!wanted) return;
      const names = view.page.rows.map((row) => typed(row.name));
      const at = names.indexOf(wanted) >= 0 ? names.indexOf(wanted) : names.findIndex((name) => name.includes(wanted));
      if (at >= 0) choose(view, at, true);
      input.setCustomValidity(at >= 0 ? "" : typed(view.page.words.missing));
      input.reportValidity();
    };
    input.addEventListener("input", () => input.setCustomValidity(""));
    input.addEventListener("change", go);
    box.addEventListener("submit", (event) => { event.preventDefault(); go(); });
    return box;
  }

  function show(view, k) {
    if (view.layer !== k) view.off = {};
    view.layer = k;
    view.buttons.forEach((button, at) => button.setAttribute("aria-pressed", at === k));
    repaint(view);
    legend(view);
  }

  function repaint(view) {
    const layer = view.page.layers[view.layer];
    const dimmed = Array.from(layer.codes, (code) => view.off[code] ? String.fromCharCode(code.charCodeAt(0) + 49) : code).join("");
    root.PlannerMap.paint(view.map, {
      codes: dimmed, looks: layer.looks, safety: view.page.safety, chosen: view.chosen,
      marks: layer.marks || "", leads: layer.leads || "", rev: layer.key + Object.keys(view.off).join(),
    });
  }

  function legend(view) {
    const layer = view.page.layers[view.layer];
    view.legend.replaceChildren(make("b", "", layer.title));
    layer.looks.forEach((look, k) => {
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
    if (layer.marks) view.legend.appendChild(make("p", "", view.page.words.glyphs));
    view.page.notes.forEach((note) => view.legend.appendChild(make("p", "", note)));
  }

  function choose(view, i, zoom) {
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
    const layer = view.map.planner.layers[i];
    if (zoom && layer) view.map.setView(layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter(), Math.max(16, view.map.getZoom()));
  }

  root.PlannerExport = { start: start };
})(window);
