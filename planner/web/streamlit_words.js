/* Streamlit's own English in the language of the page. Only text nodes and attributes are written, never elements, so
   React keeps what it made; data of the district (own HTML, names of files, items of lists) are left alone. */
((given) => {
  const ATTRIBUTES = ["aria-label", "title", "placeholder", "alt"];
  const DATA = "[data-testid=stHtml],[data-testid=stMarkdown],[data-testid=stFileChipName],canvas,style,script,textarea";
  const IN_LISTS = /^(Select (all|\d+ matches)|Add: .*|No results|No options|You can only select .*)$/; // the rest of a list is data
  const LONGEST = 200;
  const state = window.plannerWords || (window.plannerWords = { said: new WeakMap(), watch: null });
  document.documentElement.lang = given.tongue;

  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = ([english, own]) => {
    const names = [];
    const source = english.split(/(\{\w+\})/).map((part) => {
      if (!/^\{\w+\}$/.test(part)) return literal(part);
      names.push(part);
      return "(.+?)";
    }).join("");
    return { shape: new RegExp("^" + source + "$"), fill: (found) => names.reduce((text, name, k) => text.replace(name, () => translate(found[k + 1]) ?? found[k + 1]), own) };
  };
  state.exact = new Map(given.words.filter(([english]) => !english.includes("{")));
  state.patterns = given.words.filter(([english]) => english.includes("{")).map(pattern);
  state.labels = given.labels;

  const translate = (text) => {
    const plain = text.length > LONGEST ? "" : text.trim();
    if (!/[A-Za-z]{2}/.test(plain)) return null;
    let own = state.exact.get(plain);
    for (let k = 0; own === undefined && k < state.patterns.length; k += 1) {
      const found = state.patterns[k].shape.exec(plain);
      if (found) own = state.patterns[k].fill(found);
    }
    return own === undefined ? null : text.replace(plain, () => own);
  };
  /* What stands at a place now: translated, put back to English, or left. `slot` is a text node's data or an attribute. */
  const settle = (node, slot, now, write) => {
    if (!now) return;
    let kept = state.said.get(node);
    const last = kept && kept[slot];
    const english = last && last.own === now ? last.english : now;
    const own = translate(english);
    if (own === null) {
      if (english !== now) write(english);
      return;
    }
    if (own === now) return;
    if (!kept) state.said.set(node, (kept = {}));
    kept[slot] = { english, own };
    write(own);
  };
  const ofData = (element, text) => !element || element.closest(DATA) !== null ||
    (!IN_LISTS.test(text) && element.closest("[role=option]") !== null);
  const sayText = (node) => {
    if (!node.data || node.data.length > LONGEST || ofData(node.parentElement, node.data)) return;
    settle(node, "#", node.data, (text) => { node.data = text; });
  };
  const sayElement = (element) => {
    for (const name of ATTRIBUTES) {
      if (element.hasAttribute(name)) settle(element, name, element.getAttribute(name), (text) => element.setAttribute(name, text));
    }
    for (const [selector, label] of state.labels) {
      if (element.matches(selector) && element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
    }
  };
  const say = (root) => {
    if (root.nodeType === Node.TEXT_NODE) return sayText(root);
    if (root.nodeType !== Node.ELEMENT_NODE) return undefined;
    sayElement(root);
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walk.nextNode()) (walk.currentNode.nodeType === Node.TEXT_NODE ? sayText : sayElement)(walk.currentNode);
    return undefined;
  };
  if (state.watch) state.watch.disconnect();
  state.watch = new MutationObserver((changes) => changes.forEach((change) => {
    if (change.type === "childList") change.addedNodes.forEach(say);
    else if (change.type === "characterData") sayText(change.target);
    else sayElement(change.target);
  }));
  say(document.body);
  state.watch.observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES,
  });
})(PLANNER_GIVEN);
