/* What benchmarks/map.py asks of a page with a map of st_folium in it: is it drawn, in which colours, when did they change. */
window.bench = (() => {
  "use strict";
  const own = (w) => Boolean(w.plannerMap);
  const inside = () => [...document.querySelectorAll("iframe[title*=st_folium]")].map((frame) => frame.contentWindow);
  const layersOf = (w) => own(w)
    ? w.plannerMap.planner.layers.filter(Boolean)
    : Object.values(w.map._layers).filter((layer) => layer.feature && layer.setStyle && layer.options.fillColor);
  const idOf = (layer) => (layer.feature.properties.id ?? layer.feature.id);

  /* The window of the map whose n compounds are all there, with its layers by id; null until then. */
  function drawn(n) {
    for (const w of inside()) {
      if (!w || !w.map || (own(w) && !(w.plannerReady && w.plannerRev))) continue;
      if (w.benchLayers && w.benchLayers.size >= n) return w;
      const layers = layersOf(w);
      if (layers.length < n) continue;
      w.benchLayers = new Map(layers.map((layer) => [idOf(layer), layer]));
      return w;
    }
    return null;
  }
  const frames = (count) => new Promise((done) => {
    const next = (left) => (left ? requestAnimationFrame(() => next(left - 1)) : done(performance.now()));
    next(count);
  });

  async function until(holds, seconds) {
    const end = performance.now() + 1000 * seconds;
    while (!holds()) if ((await frames(1)) > end) throw new Error("it never came true: " + holds);
    return frames(2);
  }

  /* Resolves two frames after the map first stood with n compounds in it. */
  const first = (n) => until(() => drawn(n), 120);

  /* Start the clock at the next `kind` event; `done` resolves with the milliseconds until every compound of `wanted`
     (id -> colour) has its colour and two frames have passed. */
  function watch(kind, wanted, n) {
    let start = null;
    window.addEventListener(kind, () => { start = start ?? performance.now(); }, { capture: true, once: true });
    const ids = Object.keys(wanted);
    const changed = () => {
      const w = start !== null && drawn(n);
      return w && ids.every((id) => w.benchLayers.get(id).options.fillColor === wanted[id]);
    };
    window.benchDone = until(changed, 120).then((end) => end - start);
  }

  function colours(n) {
    return Object.fromEntries([...drawn(n).benchLayers].map(([id, layer]) => [id, layer.options.fillColor]));
  }
  function view(n) {
    const map = drawn(n).map, centre = map.getCenter();
    return [map.getZoom(), centre.lat, centre.lng];
  }
  /* Look closer at a place a little off the middle, as somebody does who reads a map. */
  function move(n) {
    const map = drawn(n).map, centre = map.getCenter(), box = map.getBounds();
    map.setView([centre.lat + 0.1 * (box.getNorth() - box.getSouth()), centre.lng], map.getZoom() + 0.5, { animate: false });
  }
  return { first, watch, colours, view, move };
})();
