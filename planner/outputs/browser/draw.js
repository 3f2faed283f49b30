/* Drawing one boundary or one point on the map of a compound, without any plugin: click to set corners, drag to move
 * them, a small dot between two corners makes a new one, a double click (or Delete) takes one away, arrow keys nudge.
 *
 * PlannerMap.sketch(map, config)  config.kind: "boundary" or "point"; config.start: a GeoJSON geometry or null;
 *                                 config.words: what the buttons say.
 * Every change puts the shape into window.drawnItems and fires draw:edited, which streamlit-folium sends to the page. */
(function (root) {
  "use strict";
  const API = root.PlannerMap;
  const LOOK = { color: "#B3401E", weight: 3, fillColor: "#F2B8A0", fillOpacity: 0.25, pane: "sketch", interactive: false };
  const NUDGE = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const MOST_MIDDLES = 240; // corners above which no dots are shown between them

  function sketch(map, config) {
    const view = { map: map, config: config, rings: [], open: null, point: null, past: [], marks: L.layerGroup().addTo(map) };
    view.drawn = L.featureGroup().addTo(map);
    root.plannerSketch = view;
    map.getPane("compounds").style.pointerEvents = "none";
    map.createPane("sketch").style.zIndex = 445;
    map.createPane("handles").style.zIndex = 650;
    map.doubleClickZoom.disable();
    begin(view, config.start);
    buttons(view);
    map.on("click", (event) => clicked(view, event.latlng));
    map.on("dblclick", () => close(view));
    show(view, false);
  }

  function begin(view, start) {
    if (!start) { if (view.config.kind === "boundary") view.open = []; return; }
    const place = (pair) => L.latLng(pair[1], pair[0]);
    if (start.type === "Point") view.point = place(start.coordinates);
    const parts = start.type === "Polygon" ? [start.coordinates] : start.type === "MultiPolygon" ? start.coordinates : [];
    view.rings = parts.map((rings) => rings.map((ring) => ring.slice(0, -1).map(place)));
    if (view.config.kind === "boundary" && !view.rings.length) view.open = [];
  }

  function clicked(view, place) {
    if (view.config.kind === "point") { remember(view); view.point = place; show(view, true); return; }
    if (view.open === null) return;
    remember(view);
    view.open.push(place);
    show(view, false);
  }

  function close(view) {
    if (view.open === null || view.open.length < 3) return;
    const ring = view.open.filter((place, k, all) => k === 0 || !place.equals(all[k - 1]));
    if (ring.length < 3) return;
    remember(view);
    view.rings = [[ring]];
    view.open = null;
    show(view, true);
  }

  /* ------------------------------------------------------------- the way back */
  const copy = (rings) => rings.map((part) => part.map((ring) => ring.slice()));
  function remember(view) {
    view.past.push({ rings: copy(view.rings), open: view.open && view.open.slice(), point: view.point });
    if (view.past.length > 200) view.past.shift();
  }
  function back(view) {
    const before = view.past.pop();
    if (!before) return;
    Object.assign(view, before);
    show(view, true);
  }
  function anew(view) {
    remember(view);
    Object.assign(view, { rings: [], point: null, open: view.config.kind === "boundary" ? [] : null });
    show(view, true);
  }

  function buttons(view) {
    const Bar = L.Control.extend({
      options: { position: "topleft" },
      onAdd: () => {
        const box = API.make("div", "leaflet-bar pm-draw");
        [["back", back], ["anew", anew]].forEach(([key, act]) => {
          const button = box.appendChild(API.make("button", "", view.config.words[key]));
          button.type = "button";
          button.addEventListener("click", () => act(view));
        });
        L.DomEvent.disableClickPropagation(box);
        return box;
      },
    });
    view.map.addControl(new Bar());
    view.told = view.map.getContainer().appendChild(API.make("div", "pm-drawtip"));
    view.told.setAttribute("role", "status");
  }

  /* ------------------------------------------------------------- what is seen */
  function show(view, tell) {
    view.marks.clearLayers();
    view.drawn.clearLayers();
    const words = view.config.words;
    if (view.config.kind === "point") {
      if (view.point) handle(view, view.point, "pm-pin", (place) => { view.point = place; });
      if (view.point) L.circleMarker(view.point, Object.assign({}, LOOK, { radius: 7 })).addTo(view.drawn);
      view.told.textContent = API.typed(view.point ? words.movePoint : words.setPoint);
    } else if (view.open !== null) {
      view.open.forEach((place, k) => corner(view, view.open, k, k === 0));
      L.polyline(view.open, Object.assign({}, LOOK, { fill: false, dashArray: "6 4" })).addTo(view.marks);
      view.told.textContent = API.typed(view.open.length < 3 ? words.setCorners : words.closeRing);
    } else {
      L.polygon(view.rings, LOOK).addTo(view.drawn);
      const many = view.rings.reduce((n, part) => n + part.reduce((m, ring) => m + ring.length, 0), 0);
      view.rings.forEach((part) => part.forEach((ring) => ring.forEach((_, k) => {
        corner(view, ring, k, false);
        if (many <= MOST_MIDDLES) middle(view, ring, k);
      })));
      view.told.textContent = API.typed(words.moveCorners);
    }
    if (tell) changed(view);
  }

  function changed(view) {
    const shape = view.drawn.getLayers()[0];
    root.drawnItems = view.drawn; // the name that streamlit-folium reads, which it fills itself at the start
    view.map.fire(shape ? "draw:edited" : "draw:deleted", { layer: shape || L.polygon([]) });
  }

  function corner(view, ring, k, closes) {
    const mark = handle(view, ring[k], closes ? "pm-corner first" : "pm-corner", (place) => { ring[k] = place; });
    if (closes) mark.on("click", (event) => { L.DomEvent.stop(event); close(view); });
    const drop = (event) => {
      L.DomEvent.stop(event);
      if (view.open !== null || ring.length < 4) return;
      remember(view);
      ring.splice(k, 1);
      show(view, true);
    };
    mark.on("dblclick contextmenu", drop);
    mark.on("keydown", (event) => { if (event.originalEvent.key === "Delete") drop(event.originalEvent); });
  }

  function middle(view, ring, k) {
    const next = ring[(k + 1) % ring.length];
    const between = L.latLng((ring[k].lat + next.lat) / 2, (ring[k].lng + next.lng) / 2);
    const mark = L.marker(between, { icon: dot("pm-middle", 10), draggable: true, keyboard: false, pane: "handles" });
    const insert = () => { remember(view); ring.splice(k + 1, 0, mark.getLatLng()); show(view, true); };
    mark.on("click", (event) => { L.DomEvent.stop(event); insert(); });
    mark.on("dragend", insert);
    mark.addTo(view.marks);
  }

  function handle(view, place, kind, put) {
    const mark = L.marker(place, { icon: dot(kind, 14), draggable: true, autoPan: true, pane: "handles" });
    mark.on("dragstart", () => remember(view));
    mark.on("drag", () => { put(mark.getLatLng()); redraw(view); });
    mark.on("dragend", () => { put(mark.getLatLng()); show(view, view.open === null); });
    mark.on("keydown", (event) => {
      const step = NUDGE[event.originalEvent.key];
      if (!step) return;
      L.DomEvent.stop(event.originalEvent);
      remember(view);
      const at = view.map.latLngToContainerPoint(mark.getLatLng()).add(step);
      const moved = view.map.containerPointToLatLng(at);
      put(moved);
      mark.setLatLng(moved);
      redraw(view);
      clearTimeout(view.wait);
      view.wait = setTimeout(() => changed(view), 400);
    });
    return mark.addTo(view.marks);
  }

  function redraw(view) {
    view.drawn.eachLayer((layer) => {
      if (layer.setLatLngs) layer.setLatLngs(view.rings);
      else layer.setLatLng(view.point);
    });
  }

  function dot(kind, size) {
    return L.divIcon({ className: kind, iconSize: [size, size] });
  }

  API.sketch = sketch;
})(window);
