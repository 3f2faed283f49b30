/* The map of the planner: shapes once, then one character per compound whenever the colours change.
 *
 * PlannerMap.open(map, config)   adds panes, controls and shapes (from config.url, or from the data block with the id config.data).
 * PlannerMap.paint(map, paint)   recolours; may be called before the shapes have arrived.
 *
 * Data text arrives with numeric entities (planner.text.safe_text) and is shown by textContent only.
 */
(function (root) {
  "use strict";
  const DIM = { fill: 0.14, line: 0.3 };
  const BUILDINGS_FROM = 16;
  const PANES = { ground: 200, compounds: 400, buildings: 410, safety: 420, borders: 430, glyphs: 440, names: 450 };
  const WIDTHS = { "快速路": 4.5, "主干路": 3.4, "次干路": 2, "支路": 1 };

  /* ---------------------------------------------------------------- text */
  function typed(text) {
    return String(text).replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  }
  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = typed(text);
    return node;
  }

  /* ---------------------------------------------------------------- open */
  function open(map, config) {
    const state = { config: config, layers: [], keys: [], paint: null, chosen: null, viewKey: null, touched: false, roads: [] };
    map.planner = state;
    root.plannerMap = map;
    Object.keys(PANES).forEach((name) => {
      const pane = map.createPane(name);
      pane.style.zIndex = PANES[name];
      if (name !== "compounds") pane.style.pointerEvents = "none";
    });
    if (config.fill) document.body.classList.add("pm-fill");
    hatch();
    controls(map, config);
    state.group = compoundGroup(map, config).addTo(map);
    state.marks = L.layerGroup().addTo(map);
    state.safety = L.layerGroup().addTo(map);
    state.choice = L.layerGroup().addTo(map);
    state.names = L.layerGroup().addTo(map);
    state.buildings = L.layerGroup().addTo(map);
    state.cells = {};
    state.box = config.box;
    sizing(map);
    map.on("zoomend moveend", () => { glyphs(map); names(map); buildings(map); });
    map.on("zoomend", () => { dots(map); widths(map); });
    const block = config.data && JSON.parse(document.getElementById(config.data).textContent);
    if (block) { config.sentences = block.sentences; state.inside = block.cells; }
    const shapes = block ? Promise.resolve(block.shapes) : fetch(config.url).then((answer) => {
      if (!answer.ok) throw new Error("shapes: HTTP " + answer.status);
      return answer.json();
    });
    state.ready = shapes.then((found) => draw(map, found));
    return state;
  }

  function hatch() {
    if (document.getElementById("hv")) return;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", 0);
    svg.setAttribute("height", 0);
    svg.setAttribute("aria-hidden", "true");
    svg.style.position = "absolute";
    svg.innerHTML = '<defs><pattern id="hv" width="5" height="5" patternUnits="userSpaceOnUse" ' +
      'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>' +
      '<line x1="0" y1="0" x2="0" y2="5" stroke="#8E9AA6" stroke-width="1.5"/></pattern></defs>';
    document.body.appendChild(svg);
  }

  function compoundGroup(map, config) {
    const group = L.geoJSON(null, {
      pane: "compounds",
      style: { pane: "compounds", color: "#6B5B4B", weight: 0.6, fillColor: "#EFECE5", fillOpacity: 0.6 },
      smoothFactor: 0.3,
      pointToLayer: (_, place) => L.circleMarker(place, { pane: "compounds", radius: dotSize(map) }),
      onEachFeature: (feature, layer) => {
        map.planner.layers[feature.properties.i] = layer;
        layer.on("mouseover", () => layer.setStyle({ color: "#1D5C8F", weight: 2.4 }));
        layer.on("mouseout", () => restyle(map, feature.properties.i, true));
      },
    });
    group.bindTooltip((layer) => tip(map, layer.feature.properties), { sticky: true, className: "pm-tip" });
    group.on("click", (event) => {
      if (config.data) L.DomEvent.stopPropagation(event); // in an exported page a click on the ground closes the card
      map.fire("planner:pick", { i: event.layer.feature.properties.i });
    });
    return group;
  }

  function tip(map, properties) {
    const box = make("div");
    const paint = map.planner.paint;
    const head = box.appendChild(make("div", "pm-tip-head"));
    head.appendChild(make("b", "", properties.name));
    if (paint) {
      const code = paint.codes.charCodeAt(properties.i);
      head.appendChild(make("span", "", paint.looks[code >= 97 ? code - 97 : code - 48].label));
    }
    const sentence = sentences(map.planner)[properties.i];
    if (sentence) box.appendChild(make("div", "", sentence));
    return box;
  }

  function sentences(state) {
    if (state.sentences) return state.sentences;
    const config = state.config;
    if (config.sentences) return (state.sentences = config.sentences);
    try { // the page that holds the map keeps the sentences, so that no recolouring sends them again
      const holder = root.parent.document.querySelector(".pm-sentences[data-key='" + config.key + "']");
      if (holder) return (state.sentences = holder.textContent.split("\n"));
    } catch (error) { /* another origin: the name and the class are shown alone */ }
    return [];
  }

  /* ---------------------------------------------------------------- controls */
  function controls(map, config) {
    const words = config.words;
    L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
    map.attributionControl.setPrefix(false);
    if (words.source) map.attributionControl.addAttribution(words.source); // entities stay: Leaflet sets innerHTML
    if (map.zoomControl) map.zoomControl.remove();
    L.control.zoom({ zoomInTitle: typed(words.zoomIn), zoomOutTitle: typed(words.zoomOut) }).addTo(map);
    const bar = L.control({ position: "topleft" });
    bar.onAdd = () => {
      const node = L.DomUtil.create("div", "leaflet-bar pm-bar");
      button(node, "pm-home", words.whole, () => fit(map, map.planner.box));
      if (document.fullscreenEnabled) {
        button(node, "pm-full", words.full, () => {
          if (document.fullscreenElement) document.exitFullscreen();
          else map.getContainer().requestFullscreen();
        });
      }
      L.DomEvent.disableClickPropagation(node);
      return node;
    };
    bar.addTo(map);
    if (words.search) search(map, words);
  }
  /* Find a compound by its name; finding it is the same as clicking on it. */
  function search(map, words) {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const form = make("form", "pm-search"), input = form.appendChild(make("input")), list = form.appendChild(make("datalist"));
      input.type = "search";
      input.placeholder = typed(words.search);
      input.setAttribute("aria-label", input.placeholder);
      input.setAttribute("list", (list.id = "pm-search-names"));
      map.on("planner:ready", () => map.planner.shapes.compounds.features.forEach((feature) => {
        list.appendChild(make("option")).value = typed(feature.properties.name);
      }));
      const go = () => find(map, input, typed(words.missing));
      input.addEventListener("input", () => input.setCustomValidity(""));
      input.addEventListener("change", go);
      form.addEventListener("submit", (event) => { event.preventDefault(); go(); });
      L.DomEvent.disableClickPropagation(form);
      L.DomEvent.disableScrollPropagation(form);
      return form;
    };
    control.addTo(map);
  }
  function find(map, input, missing) {
    const wanted = input.value.trim(), layers = map.planner.layers.filter(Boolean);
    if (!wanted) return;
    const named = layers.map((layer) => typed(layer.feature.properties.name));
    const at = named.indexOf(wanted) >= 0 ? named.indexOf(wanted) : named.findIndex((name) => name.includes(wanted));
    input.setCustomValidity(at >= 0 ? "" : missing);
    input.reportValidity();
    if (at < 0 || map.planner.found === layers[at]) return;
    map.planner.found = layers[at];
    map.planner.touched = true;
    const place = layers[at].getLatLng ? layers[at].getLatLng() : layers[at].getBounds().getCenter();
    map.setView(place, Math.max(15.5, map.getZoom()), { animate: false });
    layers[at].fire("click", { latlng: place }, true);
  }
  function button(parent, className, title, action) {
    const node = parent.appendChild(make("a", className));
    node.href = "#";
    node.title = typed(title);
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", typed(title));
    node.innerHTML = className === "pm-home"
      ? '<svg viewBox="0 0 16 16"><path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"/></svg>'
      : '<svg viewBox="0 0 16 16"><path d="M9.5 6.5 14 2M14 2h-4M14 2v4M6.5 9.5 2 14M2 14h4M2 14v-4"/></svg>';
    L.DomEvent.on(node, "click", (event) => { L.DomEvent.stop(event); action(); });
  }

  /* ---------------------------------------------------------------- view */
  function fit(map, box) {
    if (!box) return;
    const pad = map.planner.config.pad || [8, 8, 8, 8];
    map.fitBounds(box, { paddingTopLeft: [pad[0], pad[1]], paddingBottomRight: [pad[2], pad[3]], animate: false, maxZoom: 17 });
  }
  function sizing(map) {
    const node = map.getContainer();
    const touched = () => { map.planner.touched = true; };
    ["wheel", "pointerdown", "keydown"].forEach((kind) => node.addEventListener(kind, touched, { passive: true }));
    const settle = () => {
      map.invalidateSize({ pan: false });
      if (!map.planner.touched && node.clientHeight > 0) fit(map, map.planner.box);
    };
    if (root.ResizeObserver) new ResizeObserver(settle).observe(node);
    else root.addEventListener("resize", settle);
    settle();
  }

  /* ---------------------------------------------------------------- shapes */
  function draw(map, shapes) {
    const state = map.planner;
    state.shapes = shapes;
    ground(map, shapes.base);
    widths(map);
    state.group.addData(shapes.compounds);
    borders(map, shapes.base);
    if (state.paint) apply(map);
    names(map);
    glyphs(map);
    buildings(map);
    root.plannerReady = true;
    map.fire("planner:ready");
    return state;
  }
  function flat(map, shape, pane, style) {
    if (!shape) return null;
    const look = Object.assign({ pane: pane }, style);
    return L.geoJSON(shape, { pane: pane, interactive: false, smoothFactor: 0.4, style: look }).addTo(map);
  }
  function ground(map, base) {
    const area = (fill, edge, width) => ({ fillColor: fill, fillOpacity: 1, color: edge || fill, weight: width || 0, stroke: Boolean(edge) });
    flat(map, base.ground, "ground", area("#FBFAF6", "#9AA5B0", 1.2));
    flat(map, base.green, "ground", area("#E1EBD8"));
    flat(map, base.water, "ground", area("#CCE0EC", "#A5C5DA", 0.6));
    const roads = (base.roads || []).map((road) => ({ shape: road.shape, width: WIDTHS[road.kind] || 1.4 }));
    roads.filter((road) => road.width > 2).forEach((road) => way(map, road, "#D9D3C6", 1.4));
    roads.forEach((road) => way(map, road, road.width > 1.5 ? "#FFFFFF" : "#EBE7DF", 0));
  }
  function way(map, road, color, more) {
    const layer = flat(map, road.shape, "ground", { color: color, weight: road.width + more, opacity: 1 });
    if (layer) map.planner.roads.push({ layer: layer, width: road.width, more: more });
  }
  function widths(map) { // roads grow with the zoom, as they do on paper
    const factor = Math.min(8, Math.max(1, Math.pow(2, map.getZoom() - 13.5)));
    map.planner.roads.forEach((road) => road.layer.setStyle({ weight: road.width * factor + road.more }));
  }
  function borders(map, base) {
    flat(map, base.communities, "borders", { fill: false, color: "#8C7AA0", weight: 1, dashArray: "5 4", opacity: 0.75 });
    flat(map, base.streets, "borders", { fill: false, color: "#6F5C86", weight: 1.8, dashArray: "9 4 2 4", opacity: 0.85 });
  }

  /* ---------------------------------------------------------------- paint */
  function paint(map, wanted) {
    map.planner.paint = wanted;
    if (map.planner.shapes) apply(map);
  }
  function apply(map) {
    const state = map.planner;
    state.layers.forEach((_, i) => restyle(map, i, false));
    overlay(map);
    choose(map);
    glyphs(map);
    if (state.paint.view && state.paint.view.key !== state.viewKey) {
      if (state.viewKey !== null || state.paint.view.narrow) fit(map, state.paint.view.box);
      state.box = state.paint.view.box;
      state.viewKey = state.paint.view.key;
    }
    root.plannerRev = state.paint.rev;
  }
  function restyle(map, i, force) {
    const state = map.planner, code = state.paint ? state.paint.codes.charCodeAt(i) : NaN;
    if (isNaN(code) || !state.layers[i]) return;
    const dim = code >= 97, look = state.paint.looks[dim ? code - 97 : code - 48];
    const fill = look.fill === "hatch" ? (map.options.preferCanvas ? "#FFFFFF" : "url(#hv)") : look.fill;
    const key = [fill, look.edge, look.width, look.dash, dim].join();
    if (!force && state.keys[i] === key) return;
    state.keys[i] = key;
    state.layers[i].setStyle({
      fillColor: fill, color: look.edge, weight: look.width, dashArray: look.dash || null,
      fillOpacity: dim ? DIM.fill : 1, opacity: dim ? DIM.line : 1,
    });
  }
  const shown = (state, i) => state.paint.codes.charCodeAt(i) < 97;

  function outline(state, i, color, width) {
    const layer = state.layers[i];
    if (!layer) return null;
    const look = { pane: "safety", interactive: false, fill: false, color: color, weight: width, opacity: 1 };
    if (layer.getLatLng) return L.circleMarker(layer.getLatLng(), Object.assign({ radius: layer.getRadius() + 1 }, look));
    return L.geoJSON(layer.feature, { style: look, pane: "safety", interactive: false, smoothFactor: 0.3 });
  }
  function ring(group, state, i, halo, color, width) {
    [[ "#FFFFFF", halo ], [ color, width ]].forEach((pair) => {
      const part = outline(state, i, pair[0], pair[1]);
      if (part) group.addLayer(part);
    });
  }
  function overlay(map) {
    const state = map.planner, wanted = (state.paint.safety || []).filter((i) => shown(state, i));
    const part = Math.min(1, Math.max(0.4, 12 / metresPerPixel(map))), key = part + ":" + wanted.join();
    if (state.safetyKey === key) return;
    state.safetyKey = key;
    state.safety.clearLayers(); // thinner where compounds are small on the screen
    wanted.forEach((i) => ring(state.safety, state, i, 6 * part, "#C1121F", 3.2 * part));
  }
  function choose(map) {
    const state = map.planner, i = state.paint.chosen;
    if (state.chosen === i) return;
    state.chosen = i;
    state.choice.clearLayers();
    const layer = i === null || i === undefined ? null : state.layers[i];
    if (!layer) return;
    ring(state.choice, state, i, 7, "#1D5C8F", 3.5);
    const place = layer.getLatLng ? layer.getLatLng() : layer.getBounds().getCenter();
    if (!map.getBounds().pad(-0.04).contains(place)) map.panTo(place, { animate: false });
  }

  /* ---------------------------------------------------------------- dots, letters, names */
  function dotSize(map) {
    const zoom = map.getZoom();
    return zoom < 12 ? 3 : zoom < 14 ? 4.5 : zoom < 16 ? 6.5 : 9;
  }
  function dots(map) {
    const size = dotSize(map);
    map.planner.layers.forEach((layer) => { if (layer.setRadius) layer.setRadius(size); });
    if (map.planner.paint && map.planner.shapes) overlay(map);
  }
  function metresPerPixel(map) {
    return 40075016.686 * Math.cos(map.getCenter().lat * Math.PI / 180) / 256 / Math.pow(2, map.getZoom());
  }
  /* Letters of the programmes where they fit: all of them, else the first one, else none. */
  function glyphs(map) {
    const state = map.planner, wanted = state.paint;
    state.marks.clearLayers();
    if (!state.shapes || !wanted || !wanted.marks) return;
    const scale = metresPerPixel(map), view = map.getBounds().pad(0.05);
    state.shapes.spots.forEach((spot, i) => {
      const mask = parseInt(wanted.marks.charAt(i), 32);
      if (!spot || !mask || !shown(state, i) || !view.contains([spot[0], spot[1]])) return;
      const found = letters(state, wanted, i, mask, spot[2] / scale, spot[3] / scale);
      if (found) state.marks.addLayer(mark(spot, found));
    });
  }
  function letters(state, wanted, i, mask, width, height) {
    const words = state.config.words.glyphs;
    if (width < 13.2 || height < 12.4) return null;
    let text = words.filter((_, bit) => mask & (1 << bit));
    const lead = parseInt(wanted.leads.charAt(i), 32);
    if (Math.floor(width / 12) * Math.floor(height / 12) < text.length) text = [lead < words.length ? words[lead] : text[0]];
    const columns = Math.min(Math.max(1, Math.floor(width / 12)), text.length, text.length === 4 ? 2 : 3);
    const code = wanted.codes.charCodeAt(i);
    const box = make("div", "pm-glyph" + (wanted.looks[code - 48].white ? " pm-white" : ""));
    box.style.width = 12 * columns + "px";
    text.forEach((letter) => box.appendChild(make("b", "", letter)));
    return box;
  }
  function mark(spot, node) {
    const icon = L.divIcon({ className: "pm-spot", iconSize: [0, 0], html: node });
    return L.marker([spot[0], spot[1]], { pane: "glyphs", interactive: false, keyboard: false, icon: icon });
  }
  /* Names in order of weight; one that would cover another already placed waits for a closer zoom. */
  function names(map) {
    const state = map.planner, placed = [];
    if (!state.shapes) return;
    const zoom = map.getZoom(), view = map.getBounds().pad(0.2);
    state.names.clearLayers();
    state.shapes.names.forEach((name) => {
      if (zoom < name.from || !view.contains(name.at)) return;
      const room = roomOf(name, map.latLngToContainerPoint(name.at));
      if (placed.some((other) => overlap(room, other))) return;
      placed.push(room);
      const node = make("div", "pm-name pm-" + name.kind, name.text);
      turn(node, name.turn);
      const icon = L.divIcon({ className: "pm-spot", iconSize: [0, 0], html: node });
      state.names.addLayer(L.marker(name.at, { pane: "names", interactive: false, keyboard: false, icon: icon }));
    });
  }
  function roomOf(name, at) {
    const steep = Math.abs(name.turn) > 60, wide = typed(name.text).length * 14 + 8, tall = 20;
    const half = steep ? [tall / 2, wide / 2] : [wide / 2, tall / 2];
    return [at.x - half[0], at.y - half[1], at.x + half[0], at.y + half[1]];
  }
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  /* Along its road; where the road runs up and down, the letters stand one under the other. */
  function turn(node, degrees) {
    if (!degrees) return;
    const steep = Math.abs(degrees) > 60;
    if (steep) node.style.writingMode = "vertical-rl";
    const rest = steep ? degrees - Math.sign(degrees) * 90 : degrees;
    node.style.transform = "translate(-50%,-50%) rotate(" + rest + "deg)";
  }

  /* ---------------------------------------------------------------- buildings from zoom 16, cut to the view */
  function buildings(map) {
    const state = map.planner, source = state.shapes && state.shapes.buildings;
    if (!source) return;
    if (map.getZoom() < BUILDINGS_FROM) { state.buildings.remove(); return; }
    state.buildings.addTo(map);
    const size = source.cell, view = map.getBounds();
    for (let x = Math.floor(view.getWest() / size); x <= Math.floor(view.getEast() / size); x++) {
      for (let y = Math.floor(view.getSouth() / size); y <= Math.floor(view.getNorth() / size); y++) {
        cell(map, source, x + "_" + y);
      }
    }
  }
  function cell(map, source, name) {
    const state = map.planner;
    if (state.cells[name] || source.names.indexOf(name) < 0) return;
    state.cells[name] = true;
    const found = state.inside ? Promise.resolve(state.inside[name])
      : fetch(state.config.url.replace(/\.json$/, "_" + name + ".json")).then((answer) => answer.json());
    found.then((shape) => state.buildings.addLayer(L.geoJSON(shape, {
      pane: "buildings", interactive: false, smoothFactor: 0.3,
      style: { pane: "buildings", color: "#6B5B4B", weight: 0.6, fillColor: "#FFFFFF", fillOpacity: 0.35 },
    })), () => { delete state.cells[name]; });
  }

  root.PlannerMap = { open: open, paint: paint, fit: fit, typed: typed, make: make };
})(window);
