/* The map of the planner: shapes once, then one character per compound whenever the colours change.
 *
 * PlannerMap.open(map, config)   adds panes, controls and shapes (from config.url, or from the data block with the id config.data).
 * PlannerMap.paint(map, paint)   recolours and switches layers; may be called before the shapes have arrived.
 * furniture.js adds controls, search, popup and legend; overlays.js the layers under and over the compounds.
 *
 * Data text arrives with numeric entities (planner.text.safe_text) and is shown by textContent only.
 */
(function (root) {
  "use strict";
  const API = {};
  const DIM = { fill: 0.14, line: 0.3 };
  const PANES = { ground: 200, water: 210, roads: 220, compounds: 400, buildings: 410, lines: 415, safety: 420,
    borders: 430, spots: 435, glyphs: 440, names: 450 };

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
    const state = { config: config, layers: [], keys: [], paint: null, chosen: null, viewKey: null, touched: false, roads: [], over: {} };
    map.planner = state;
    root.plannerMap = map;
    Object.keys(PANES).forEach((name) => {
      const pane = map.createPane(name);
      pane.style.zIndex = PANES[name];
      if (name !== "compounds") pane.style.pointerEvents = "none";
    });
    if (config.fill) document.body.classList.add("pm-fill");
    if (config.legend) document.body.classList.add("pm-keeps");
    hatch();
    API.furnish(map, config);
    state.group = compoundGroup(map, config).addTo(map);
    ["marks", "safety", "choice", "names"].forEach((name) => { state[name] = L.layerGroup().addTo(map); });
    state.box = config.box;
    sizing(map);
    map.on("zoomend moveend", () => { glyphs(map); names(map); API.overlays(map); });
    map.on("zoomend", () => dots(map));
    const block = config.data && JSON.parse(document.getElementById(config.data).textContent);
    if (block) state.inside = block;
    const shapes = block ? Promise.resolve(block.shapes) : load(config.url);
    state.ready = shapes.then((found) => draw(map, found));
    if (config.watch) watch(map, config.key);
    return state;
  }
  /* Colours that the page keeps in a node of its own (mapview): a change sends them alone and leaves this frame as it is. */
  function watch(map, key) {
    let seen = "";
    const look = () => {
      const holder = root.parent.document.querySelector(".pm-paint[data-key='" + key + "']");
      if (!holder || holder.dataset.rev === seen) return;
      const looks = root.parent.document.querySelector(".pm-looks[data-rev='" + holder.dataset.looks + "']");
      if (!looks) return; // other classes: they follow at once
      seen = holder.dataset.rev;
      paint(map, thick(Object.assign(JSON.parse(looks.textContent), JSON.parse(holder.textContent))));
    };
    const what = { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-rev", "data-looks"] };
    new MutationObserver(look).observe(root.parent.document.body, what);
    look();
  }
  /* The message of map_layers.thinned as paint takes it. */
  function thick(thin) {
    const usual = { edge: "#6B5B4B", width: 0.6, dash: "", white: false };
    const full = Object.assign({ safety: null, chosen: null, marks: "", leads: "" }, thin);
    full.looks = thin.looks.map((look) => Object.assign({}, usual, look));
    return full;
  }
  function load(url) {
    return fetch(url).then((answer) => {
      if (!answer.ok) throw new Error(url + ": HTTP " + answer.status);
      return answer.json();
    });
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
    group.bindTooltip((layer) => API.tip(map, layer.feature.properties), { sticky: true, className: "pm-tip" });
    group.on("tooltipopen", () => {
      const source = group.getTooltip()._source;
      if (map.planner.told === source && map.planner.card && map.planner.card.isOpen()) group.closeTooltip();
    });
    group.on("click", (event) => {
      if (!event.layer.feature) return; // a message to the page, not a click (furniture.js tell)
      if (config.data) L.DomEvent.stopPropagation(event); // in an exported page a click on the ground closes the card
      const properties = event.layer.feature.properties;
      if (config.popup) API.popup(map, properties, event.latlng);
      map.fire("planner:pick", { i: properties.i });
    });
    return group;
  }

  /* What the page says of every compound, a line each: sentence, state, programmes, main programme, cost; tabs between.
   * The page that holds the map keeps it, so that no recolouring sends it again. */
  function lines(state) {
    if (state.inside) return state.inside.lines;
    try {
      const holder = root.parent.document.querySelector(".pm-sentences[data-key='" + state.config.key + "']");
      if (!holder) return [];
      if (state.linesRev !== holder.dataset.rev) { // other rules, other sentences
        state.linesRev = holder.dataset.rev;
        state.lines = holder.textContent.split("\n").map((text) => text.split("\t"));
      }
      return state.lines;
    } catch (error) { return []; } // another origin: the name and the class are shown alone
  }
  const line = (state, i) => lines(state)[i] || [];

  /* ---------------------------------------------------------------- view */
  function fit(map, box) {
    if (!box) return;
    const pad = map.planner.config.pad || [8, 8, 8, 8];
    map.fitBounds(box, { paddingTopLeft: [pad[0], pad[1]], paddingBottomRight: [pad[2], pad[3]], animate: false,
      maxZoom: map.planner.config.maxZoom || 17 });
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
    state.group.addData(shapes.compounds);
    if (state.paint) apply(map);
    else API.overlays(map);
    names(map);
    glyphs(map);
    root.plannerReady = true;
    map.fire("planner:ready");
    return state;
  }

  /* ---------------------------------------------------------------- paint */
  const PACKED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
  /* Two compounds a character where every class is below 8 and no filter leaves one out (map_layers.packed). */
  function unpacked(codes) {
    if (codes.charAt(0) !== "=" && codes.charAt(0) !== "+") return codes;
    const pairs = Array.from(codes.slice(1), (sign) => { const n = PACKED.indexOf(sign); return String(n >> 3) + (n & 7); });
    return codes.charAt(0) === "+" ? pairs.join("").slice(0, -1) : pairs.join("");
  }
  function paint(map, wanted) {
    wanted.codes = unpacked(wanted.codes);
    map.planner.paint = wanted;
    if (map.planner.shapes) apply(map);
  }
  function apply(map) {
    const state = map.planner;
    state.layers.forEach((_, i) => restyle(map, i, false));
    overlay(map);
    choose(map);
    const on = JSON.stringify([state.paint.on || null, state.wanted || null]);
    if (state.namesFor !== on) { // names hang on the layers that are shown, not on colours
      state.namesFor = on;
      API.overlays(map);
      names(map);
    }
    glyphs(map);
    API.legend(map);
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
    const rest = key.slice(fill.length), layer = state.layers[i], old = state.keys[i] || "";
    state.keys[i] = key;
    if (!force && layer._path && old.endsWith(rest) && old.length - rest.length === layer.options.fillColor.length) {
      layer.options.fillColor = fill; // another fill and nothing else: one attribute instead of ten
      layer._path.setAttribute("fill", fill);
      return;
    }
    layer.setStyle({
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
    if (!state.shapes || !wanted || !(wanted.marks || wanted.letters)) return;
    if (!wanted.marks && !lines(state).length) { later(map); return; }
    const scale = metresPerPixel(map), view = map.getBounds().pad(0.05);
    state.shapes.spots.forEach((spot, i) => {
      const mask = parseInt(wanted.marks ? wanted.marks.charAt(i) : line(state, i)[2], 32);
      if (!spot || !mask || !shown(state, i) || !view.contains([spot[0], spot[1]])) return;
      const found = letters(state, wanted, i, mask, spot[2] / scale, spot[3] / scale);
      if (found) state.marks.addLayer(mark(spot, found));
    });
  }
  function later(map) { // the lines of the page may come after the colours
    if (map.planner.waiting > 40) return;
    map.planner.waiting = (map.planner.waiting || 0) + 1;
    setTimeout(() => glyphs(map), 250);
  }
  function letters(state, wanted, i, mask, width, height) {
    const words = state.config.words.glyphs;
    if (width < 13.2 || height < 12.4) return null;
    let text = words.filter((_, bit) => mask & (1 << bit));
    const lead = parseInt(wanted.marks ? wanted.leads.charAt(i) : line(state, i)[3], 32);
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
  const NAMES = { street: "streets", community: "communities", road: "roads", water: "water", green: "water" };
  /* Names in order of weight; one that would cover another already placed waits for a closer zoom. */
  function names(map) {
    const state = map.planner, placed = [];
    if (!state.shapes) return;
    const zoom = map.getZoom(), view = map.getBounds().pad(0.2);
    state.names.clearLayers();
    state.shapes.names.forEach((name) => {
      if (zoom < name.from || !API.isOn(map, NAMES[name.kind]) || !view.contains(name.at)) return;
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

  function refresh(map) { // other layers are wanted
    API.overlays(map);
    names(map);
  }

  Object.assign(API, { open: open, paint: paint, refresh: refresh, fit: fit, load: load, typed: typed, make: make, lines: lines, line: line,
    metresPerPixel: metresPerPixel });
  root.PlannerMap = API;
})(window);
