/* What stands round the compounds on the map: buttons, metric scale, search, tooltip, popup, and the legend of the full
 * screen. Every text of the data is shown by textContent. */
(function (root) {
  "use strict";
  const API = root.PlannerMap, make = API.make, typed = API.typed;
  const HITS = 8;
  const ICONS = {
    "pm-home": '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/></svg>',
    "pm-full": '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9.5 6.5 14 2M14 2h-4M14 2v4M6.5 9.5 2 14M2 14h4M2 14v-4"/></svg>',
  };

  function furnish(map, config) {
    const words = config.words;
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
    map.attributionControl.setPrefix(false);
    if (words.source) map.attributionControl.addAttribution(words.source); // entities stay: Leaflet sets innerHTML
    if (map.zoomControl) map.zoomControl.remove();
    L.control.zoom({ zoomInTitle: typed(words.zoomIn), zoomOutTitle: typed(words.zoomOut) }).addTo(map);
    map.getContainer().setAttribute("aria-label", typed(words.map));
    map.getContainer().setAttribute("role", "region");
    bar(map, words);
    if (words.search) search(map, words);
    if (!config.data) legendBox(map);
  }
  function bar(map, words) {
    const control = L.control({ position: "topleft" });
    control.onAdd = () => {
      const node = L.DomUtil.create("div", "leaflet-bar pm-bar");
      button(node, "pm-home", words.whole, () => API.fit(map, map.planner.box));
      if (document.fullscreenEnabled) button(node, "pm-full", words.full, () => full(map));
      L.DomEvent.disableClickPropagation(node);
      return node;
    };
    control.addTo(map);
  }
  function full(map) {
    if (document.fullscreenElement) { document.exitFullscreen(); return; }
    const state = map.planner, seen = map.getBounds(), back = [map.getCenter(), map.getZoom()];
    (state.config.data ? document.body : map.getContainer()).requestFullscreen();
    document.addEventListener("fullscreenchange", () => larger(map, () => map.fitBounds(seen, { animate: false })), { once: true });
    state.back = () => map.setView(back[0], back[1], { animate: false });
  }
  /* What was seen stays in view on the larger screen, and is seen again afterwards. */
  function larger(map, show) {
    setTimeout(() => { map.invalidateSize({ pan: false }); show(); }, 300);
    document.addEventListener("fullscreenchange", () => setTimeout(() => {
      map.invalidateSize({ pan: false });
      map.planner.back();
    }, 300), { once: true });
  }
  function button(parent, className, title, action) {
    const node = parent.appendChild(make("a", className));
    node.href = "#";
    node.title = typed(title);
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", typed(title));
    node.innerHTML = ICONS[className];
    L.DomEvent.on(node, "click", (event) => { L.DomEvent.stop(event); action(); });
  }

  /* ---------------------------------------------------------------- search by name, former name or id */
  function search(map, words) {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const form = make("form", "pm-search"), input = form.appendChild(make("input")), list = form.appendChild(make("ul"));
      const box = { map: map, words: words, input: input, list: list, hits: [], at: -1 };
      form.setAttribute("role", "search");
      input.type = "search";
      input.autocomplete = "off";
      input.placeholder = typed(words.search);
      list.id = "pm-hits";
      list.hidden = true;
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", input.placeholder);
      const said = { "aria-label": input.placeholder, role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" };
      Object.keys(said).forEach((name) => input.setAttribute(name, said[name]));
      input.addEventListener("input", () => { input.setCustomValidity(""); box.at = -1; offer(box); });
      input.addEventListener("keydown", (event) => steer(box, event));
      input.addEventListener("blur", () => setTimeout(() => close(box), 150));
      form.addEventListener("submit", (event) => { event.preventDefault(); take(box, Math.max(0, box.at)); });
      L.DomEvent.disableClickPropagation(form);
      L.DomEvent.disableScrollPropagation(form);
      return form;
    };
    control.addTo(map);
  }
  function entries(map) {
    const shapes = map.planner.shapes;
    if (!shapes) return [];
    return shapes.compounds.features.map((feature) => feature.properties).concat(shapes.undrawn || []);
  }
  function found(map, text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const rank = (entry) => {
      const names = [entry.name, entry.id, entry.also || ""].map((name) => typed(name).toLowerCase());
      if (names.indexOf(wanted) >= 0) return 0;
      return names.some((name) => name.indexOf(wanted) === 0) ? 1 : names.some((name) => name.indexOf(wanted) > 0) ? 2 : 3;
    };
    return entries(map).map((entry) => [rank(entry), entry]).filter((pair) => pair[0] < 3)
      .sort((a, b) => a[0] - b[0] || a[1].i - b[1].i).map((pair) => pair[1]);
  }
  function offer(box) {
    box.hits = found(box.map, box.input.value).slice(0, HITS);
    box.list.replaceChildren();
    box.hits.forEach((entry, k) => {
      const row = box.list.appendChild(make("li", k === box.at ? "on" : ""));
      row.id = "pm-hit-" + k;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", k === box.at);
      row.appendChild(make("b", "", entry.name));
      row.appendChild(make("span", "", [entry.also, entry.id].filter(Boolean).join(" ")));
      if (!box.map.planner.layers[entry.i]) row.appendChild(make("i", "", box.words.nowhere));
      row.addEventListener("mousedown", (event) => { event.preventDefault(); take(box, k); });
    });
    box.list.hidden = !box.hits.length;
    box.input.setAttribute("aria-expanded", String(!box.list.hidden));
    if (box.at >= 0) box.input.setAttribute("aria-activedescendant", "pm-hit-" + box.at);
    else box.input.removeAttribute("aria-activedescendant");
  }
  function steer(box, event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { close(box); event.stopPropagation(); }
    if (event.key === "Enter") { event.preventDefault(); take(box, Math.max(0, box.at)); }
    if (!step) return;
    event.preventDefault();
    if (box.list.hidden) offer(box);
    box.at = box.hits.length ? (box.at + step + box.hits.length) % box.hits.length : -1;
    offer(box);
  }
  function close(box) {
    box.list.hidden = true;
    box.input.setAttribute("aria-expanded", "false");
  }
  function take(box, k) {
    const text = box.input.value.trim();
    if (!text) return;
    const entry = (box.list.hidden ? found(box.map, text) : box.hits)[k];
    box.input.setCustomValidity(entry ? "" : typed(box.words.missing));
    if (!entry) { box.input.reportValidity(); return; }
    box.input.value = typed(entry.name);
    close(box);
    go(box.map, entry);
  }
  /* Finding a compound is the same as clicking on it. */
  function go(map, entry) {
    const layer = map.planner.layers[entry.i], place = layer ? placeOf(layer) : null;
    map.planner.touched = true;
    if (place) {
      map.setView(place, Math.max(15.5, map.getZoom()), { animate: false });
      if (map.planner.config.popup) popup(map, entry, place);
    }
    map.fire("planner:pick", { i: entry.i });
    tell(map, entry, false);
  }
  const placeOf = (layer) => layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter();

  /* Tell the page which compound is meant, and whether its own page is wanted. The component passes on what was clicked
   * (the last active drawing), so this is a click without a shape. */
  function tell(map, entry, open) {
    const properties = { i: entry.i, id: entry.id, name: entry.name, open: Boolean(open) };
    const drawing = { type: "Feature", properties: properties, geometry: null };
    map.planner.group.fire("click", { latlng: null, layer: { toGeoJSON: () => drawing } });
  }

  /* ---------------------------------------------------------------- tooltip and popup */
  function classOf(map, i) {
    const paint = map.planner.paint, code = paint ? paint.codes.charCodeAt(i) : NaN;
    return isNaN(code) ? "" : paint.looks[code >= 97 ? code - 97 : code - 48].label;
  }
  function tip(map, properties) {
    const box = make("div"), head = box.appendChild(make("div", "pm-tip-head"));
    head.appendChild(make("b", "", properties.name));
    head.appendChild(make("span", "", classOf(map, properties.i)));
    const sentence = API.line(map.planner, properties.i)[0];
    if (sentence) box.appendChild(make("div", "", sentence));
    return box;
  }
  function popup(map, entry, place) {
    const words = map.planner.config.words, state = map.planner;
    state.group.closeTooltip();
    state.told = state.layers[entry.i];
    state.card = L.popup({ className: "pm-pop", maxWidth: 290, minWidth: 230, autoPanPadding: [6, 6] });
    state.card.setLatLng(place).setContent(card(map, entry)).openOn(map);
    const cross = state.card.getElement().querySelector(".leaflet-popup-close-button");
    if (cross) { cross.setAttribute("aria-label", typed(words.close)); cross.title = typed(words.close); }
  }
  function card(map, entry) {
    const config = map.planner.config, words = config.words, said = API.line(map.planner, entry.i);
    const box = make("div", "pm-card"), head = box.appendChild(make("div", "pm-card-head"));
    head.appendChild(make("b", "", entry.name));
    head.appendChild(make("span", "", entry.id));
    const state = words.states && words.states[said[1]], held = programmes(words, said[2]);
    const facts = box.appendChild(make("div", "pm-card-state"));
    facts.appendChild(make("b", "", state || classOf(map, entry.i)));
    if (held) facts.appendChild(make("span", "", held));
    if (said[0]) box.appendChild(make("p", "", said[0]));
    if (said[4]) box.appendChild(make("div", "pm-card-cost", said[4]));
    if (words.open) {
      const link = box.appendChild(make("button", "pm-open", words.open));
      link.type = "button";
      link.addEventListener("click", () => tell(map, entry, true));
    }
    L.DomEvent.disableClickPropagation(box);
    return box;
  }
  function programmes(words, mark) {
    const mask = parseInt(mark, 32);
    return mask && words.programmes ? words.programmes.filter((_, bit) => mask & (1 << bit)).join(words.comma) : "";
  }

  /* ---------------------------------------------------------------- the legend of the full screen */
  function legendBox(map) {
    const control = L.control({ position: "bottomright" });
    control.onAdd = () => (map.planner.legend = make("div", "pm-legend"));
    control.addTo(map);
  }
  function legend(map) {
    const box = map.planner.legend, paint = map.planner.paint;
    if (!box || !paint.counts) return;
    box.replaceChildren(make("b", "", paint.title));
    paint.looks.forEach((look, k) => { if (paint.counts[k]) box.appendChild(patchRow(look, paint.counts[k])); });
    if (!paint.safety) return; // a map that draws no safety outline says nothing of it
    const safe = paint.safety.filter((i) => paint.codes.charCodeAt(i) < 97).length;
    box.appendChild(patchRow({ fill: "safety", edge: "", label: map.planner.config.words.safety }, safe));
  }
  function patchRow(look, count) {
    const row = make("div", "pm-class"), patch = row.appendChild(make("i", { hatch: "hv", safety: "sf" }[look.fill] || ""));
    if (look.fill.charAt(0) === "#") patch.style.background = look.fill;
    if (look.edge) patch.style.borderColor = look.edge;
    row.appendChild(make("span", "", look.label));
    row.appendChild(make("u", "", count));
    return row;
  }

  Object.assign(API, { furnish: furnish, tip: tip, popup: popup, legend: legend, tell: tell });
})(window);
