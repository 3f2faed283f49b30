/* The layers under and over the compounds: ground, water and green, roads, borders; buildings from zoom 16, cut to the
 * view; heat lines and entrances, fetched when they are switched on for the first time. */
(function (root) {
  "use strict";
  const API = root.PlannerMap;
  const AT_FIRST = ["streets", "communities", "roads", "water", "buildings"];
  const BUILDINGS_FROM = 16, SPOTS_FROM = 14.5;
  const WIDTHS = { "快速路": 4.5, "主干路": 3.4, "次干路": 2, "支路": 1 };
  const HEAT = "#B3401E";

  function isOn(map, name) {
    const paint = map.planner.paint, wanted = map.planner.wanted || (paint && paint.on) || AT_FIRST;
    return wanted.indexOf(name) >= 0;
  }

  /* Bring the layers in line with what is wanted; called after every change of colours, layers or view. */
  function overlays(map) {
    const state = map.planner;
    if (!state.shapes) return;
    if (!state.grounded) { ground(map, state.shapes.base); state.grounded = true; }
    Object.keys(DRAW).forEach((name) => {
      const on = isOn(map, name);
      if (!on) { if (state.over[name]) state.over[name].remove(); return; }
      if (!state.over[name]) { state.over[name] = L.layerGroup(); state.over[name].addTo(map); DRAW[name](map, state.over[name]); }
      else if (!map.hasLayer(state.over[name])) state.over[name].addTo(map);
    });
    widths(map);
    buildings(map);
    if (isOn(map, "heat") || isOn(map, "entrances")) demanded(map);
  }

  function flat(group, shape, pane, style) {
    if (!shape) return null;
    const look = Object.assign({ pane: pane }, style);
    return L.geoJSON(shape, { pane: pane, interactive: false, smoothFactor: 0.4, style: look }).addTo(group);
  }
  const area = (fill, edge, width) => ({ fillColor: fill, fillOpacity: 1, color: edge || fill, weight: width || 0, stroke: Boolean(edge) });
  function ground(map, base) {
    flat(map, base.ground, "ground", area("#FBFAF6", "#9AA5B0", 1.2));
  }
  function water(map, group) {
    const base = map.planner.shapes.base;
    flat(group, base.green, "water", area("#E1EBD8"));
    flat(group, base.water, "water", area("#CCE0EC", "#A5C5DA", 0.6));
  }
  function roads(map, group) {
    const found = (map.planner.shapes.base.roads || []).map((road) => ({ shape: road.shape, width: WIDTHS[road.kind] || 1.4 }));
    found.filter((road) => road.width > 2).forEach((road) => way(map, group, road, "#D9D3C6", 1.4));
    found.forEach((road) => way(map, group, road, road.width > 1.5 ? "#FFFFFF" : "#EBE7DF", 0));
  }
  function way(map, group, road, color, more) {
    const layer = flat(group, road.shape, "roads", { color: color, weight: road.width + more, opacity: 1 });
    if (layer) map.planner.roads.push({ layer: layer, width: road.width, more: more });
  }
  function widths(map) { // roads grow with the zoom, as they do on paper
    const state = map.planner, factor = Math.min(8, Math.max(1, Math.pow(2, map.getZoom() - 13.5)));
    if (state.factor === factor && state.widened === state.roads.length) return;
    state.factor = factor;
    state.widened = state.roads.length;
    state.roads.forEach((road) => road.layer.setStyle({ weight: road.width * factor + road.more }));
  }
  function communities(map, group) {
    flat(group, map.planner.shapes.base.communities, "borders", { fill: false, color: "#8C7AA0", weight: 1, dashArray: "5 4", opacity: 0.75 });
  }
  function streets(map, group) {
    flat(group, map.planner.shapes.base.streets, "borders", { fill: false, color: "#6F5C86", weight: 1.8, dashArray: "9 4 2 4", opacity: 0.85 });
  }

  /* ---------------------------------------------------------------- buildings from zoom 16, cut to the view */
  function buildings(map) {
    const state = map.planner, source = state.shapes.buildings;
    if (!source) return;
    state.cells = state.cells || {};
    state.houses = state.houses || L.layerGroup();
    if (!isOn(map, "buildings") || map.getZoom() < BUILDINGS_FROM) { state.houses.remove(); return; }
    state.houses.addTo(map);
    const size = source.cell, view = map.getBounds();
    for (let x = Math.floor(view.getWest() / size); x <= Math.floor(view.getEast() / size); x++) {
      for (let y = Math.floor(view.getSouth() / size); y <= Math.floor(view.getNorth() / size); y++) {
        cell(map, source, x + "_" + y);
      }
    }
  }
  function part(map, name, inside) {
    return inside ? Promise.resolve(inside) : API.load(map.planner.config.url.replace(/\.json$/, "_" + name + ".json"));
  }
  function cell(map, source, name) {
    const state = map.planner;
    if (state.cells[name] || source.names.indexOf(name) < 0) return;
    state.cells[name] = true;
    part(map, name, state.inside && state.inside.cells[name]).then((shape) => state.houses.addLayer(L.geoJSON(shape, {
      pane: "buildings", interactive: false, smoothFactor: 0.3,
      style: { pane: "buildings", color: "#6B5B4B", weight: 0.6, fillColor: "#FFFFFF", fillOpacity: 0.35 },
    })), () => { delete state.cells[name]; });
  }

  /* ---------------------------------------------------------------- heat lines and entrances, on demand */
  function demanded(map) {
    const state = map.planner;
    if (state.demand) { if (state.demanded) demandedDraw(map); return; }
    state.demand = part(map, "over", state.inside && state.inside.over).then((found) => {
      state.demanded = found;
      demandedDraw(map);
    }, () => { state.demand = null; });
  }
  function demandedDraw(map) {
    const state = map.planner, near = map.getZoom() >= SPOTS_FROM, view = map.getBounds().pad(0.05);
    if (isOn(map, "heat") && !state.heated) { state.heated = true; heat(state.over.heat, state.demanded.heat); }
    if (isOn(map, "heat")) heatWidths(map);
    ["heat", "entrances"].forEach((name) => {
      const key = name + "Spots";
      state[key] = state[key] || L.layerGroup();
      state[key].clearLayers();
      if (!isOn(map, name) || !near) { state[key].remove(); return; }
      state[key].addTo(map);
      (name === "heat" ? state.demanded.stations : state.demanded.entrances).forEach((spot) => {
        if (view.contains([spot[0], spot[1]])) (name === "heat" ? station : entrance)(state[key], spot);
      });
    });
    root.plannerOver = ["heat", "entrances"].filter((name) => isOn(map, name)).join();
  }
  function heat(group, shape) {
    flat(group, shape, "lines", { fill: false, color: "#FFFFFF", weight: 1 });
    flat(group, shape, "lines", { fill: false, color: HEAT, weight: 1, opacity: 0.95 });
  }
  function heatWidths(map) { // thin over the whole district, on a white ground near by
    const zoom = map.getZoom(), width = zoom < 14 ? 0.8 : zoom < 15.5 ? 1.5 : 2.2, parts = map.planner.over.heat.getLayers();
    parts.forEach((part, k) => part.setStyle({ weight: k ? width : width + 2, opacity: k ? 0.95 : zoom < 15 ? 0 : 0.85 }));
  }
  function station(group, spot) {
    const node = API.make("div", "pm-station");
    if (spot[2]) node.appendChild(API.make("span", "", spot[2]));
    const icon = L.divIcon({ className: "pm-spot", iconSize: [0, 0], html: node });
    group.addLayer(L.marker([spot[0], spot[1]], { pane: "spots", interactive: false, keyboard: false, icon: icon }));
  }
  function entrance(group, spot) {
    group.addLayer(L.circleMarker([spot[0], spot[1]], { pane: "spots", interactive: false, radius: 4.5, color: "#1B2733", weight: 1.2,
      fillColor: spot[2] ? "#E69F00" : "#009E73", fillOpacity: 1, opacity: 1 }));
  }

  const DRAW = { water: water, roads: roads, communities: communities, streets: streets, heat: () => {} };
  Object.assign(API, { overlays: overlays, isOn: isOn });
})(window);
