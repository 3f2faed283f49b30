/* The list of compounds: rows from plain data, every text by textContent; a click or Enter opens a row and tells Python.
   Tab reaches one row, the arrow keys go through them. */
const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};
const bar = (value, color) => {
  const track = node("s");
  const fill = track.appendChild(node("i"));
  fill.style.width = (value === null ? 0 : Math.max(0, Math.min(100, value))) + "%";
  fill.style.background = color;
  return track;
};

const width = (text) => Array.from(text).reduce((sum, c) => sum + (c.codePointAt(0) > 0x2000 ? 1 : 0.56), 0);

function head(words) {
  const line = node("div", "lh");
  [["no", "n"], ["name", ""], ["households", "n"], ["programmes", ""], ["money", "n"], ["bars", "bars"], ["completeness", "n"]]
    .forEach(([key, kind]) => {
      const cell = line.appendChild(node("span", kind));
      if (key !== "bars") { cell.textContent = words[key]; return; }
      cell.appendChild(node("span", "need", words.need));
      cell.appendChild(document.createTextNode(words.slash));
      cell.appendChild(node("span", "ready", words.readiness));
    });
  return line;
}

function row(item, data) {
  const box = node("div", "li" + (item.id === data.chosen ? " on" : ""));
  box.dataset.id = item.id;
  box.setAttribute("role", "listitem");
  const face = box.appendChild(node("div", "lb"));
  face.tabIndex = -1;
  face.setAttribute("role", "button");
  face.setAttribute("aria-expanded", item.id === data.chosen);
  const line = face.appendChild(node("div", "lr"));
  line.appendChild(node("span", "no n", item.no));
  const name = line.appendChild(node("span", "nm"));
  name.appendChild(node("b", "", item.name));
  if (item.community) name.appendChild(node("small", "", item.community));
  if (item.kind) name.appendChild(node("small", "kd", item.kind));
  name.title = item.title;
  line.appendChild(node("span", "n" + (item.households === data.words.unknown ? " unk" : ""), item.households));
  const glyphs = line.appendChild(node("span", "g5"));
  item.programmes.forEach((state, k) => {
    const mark = glyphs.appendChild(node("i", state === "yes" ? "c" + k : state === "unknown" ? "h" : "", state === "no" ? "·" : data.glyphs[k].letter));
    mark.title = data.glyphs[k].name + data.words.colon + data.words["answer_" + state];
    if (state === "no") mark.setAttribute("aria-hidden", true);
  });
  const money = line.appendChild(node("span", "n mo"));
  money.title = item.money_title;
  money.appendChild(node("b", "", item.money));
  if (item.range) money.appendChild(node("small", "", item.range));
  const bars = line.appendChild(node("span", "b2"));
  bars.title = item.bars;
  bars.setAttribute("role", "img");
  bars.setAttribute("aria-label", item.bars);
  bars.appendChild(bar(item.need, "#B9632F"));
  bars.appendChild(bar(item.readiness, "#1D5C8F"));
  line.appendChild(node("span", "n", item.completeness));
  const sentence = face.appendChild(node("div", "t"));
  if (item.safety && item.sentence.includes(item.safety)) {
    const at = item.sentence.indexOf(item.safety);
    sentence.appendChild(document.createTextNode(item.sentence.slice(0, at)));
    sentence.appendChild(node("b", "", item.safety));
    sentence.appendChild(document.createTextNode(item.sentence.slice(at + item.safety.length)));
  } else sentence.textContent = item.sentence;
  sentence.title = item.sentence;
  if (width(item.sentence) > 57.2) sentence.className = "t tight"; // closer punctuation rather than a cut end
  return box;
}

function detail(found) {
  const box = node("div", "dt");
  found.parts.forEach((part) => {
    const line = box.appendChild(node("div", "dp" + (part.kind ? " " + part.kind : "")));
    line.appendChild(node("span", "dk", part.label));
    line.appendChild(node("span", "dv", part.text));
  });
  if (!found.items.length) return box;
  const table = box.appendChild(node("table"));
  const top = table.createTHead().insertRow();
  found.columns.forEach((text, k) => top.appendChild(node("th", k && k < 3 ? "n" : "", text)));
  const body = table.createTBody();
  found.items.forEach((cells) => {
    const line = body.insertRow();
    if (cells.blocked) line.className = "off";
    cells.cells.forEach((text, k) => line.appendChild(node("td", k && k < 3 ? "n" : "", text)));
  });
  if (found.foot) box.appendChild(node("div", "df", found.foot));
  return box;
}

/* The arrow keys, Home and End move the focus; the row that has it is the one that Tab comes back to. */
function step(list, box, event) {
  const rows = Array.from(list.querySelectorAll(".li"));
  const at = rows.indexOf(box);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || !rows[to]) return;
  event.preventDefault();
  focusOn(list, rows[to].querySelector(".lb"));
}

function focusOn(list, face) {
  list.querySelectorAll(".lb").forEach((other) => { other.tabIndex = other === face ? 0 : -1; });
  face.focus();
}

/* What had the focus before the rows were drawn anew: a row by its id, or the place after the last row. */
function hadFocus(root) {
  const active = root.getRootNode().activeElement;
  if (!active || !root.contains(active)) return null;
  if (active.classList.contains("more")) return { at: root.querySelectorAll(".li").length };
  const box = active.closest(".li");
  return box ? { id: box.dataset.id, open: active.classList.contains("open") } : null;
}

function giveFocus(list, had) {
  if (!had) return;
  const rows = Array.from(list.querySelectorAll(".li"));
  const box = had.id === undefined ? rows[had.at] : rows.find((found) => found.dataset.id === had.id);
  if (box) focusOn(list, (had.open && box.querySelector(".open")) || box.querySelector(".lb"));
}

function fill(root, data, tell) {
  const list = node("div", "lst");
  list.setAttribute("tabindex", "-1");
  list.setAttribute("role", "list");
  data.rows.forEach((item) => {
    const box = row(item, data);
    if (item.id === data.chosen && data.detail) {
      const more = box.appendChild(detail(data.detail));
      const open = node("button", "open", data.words.open + " ▸");
      open.addEventListener("click", () => tell("open", item.id));
      more.prepend(open);
    }
    const pick = () => tell("pick", item.id === data.chosen ? "" : item.id);
    box.addEventListener("click", (event) => { if (!event.target.closest(".dt")) pick(); });
    box.querySelector(".lb").addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(); }
      else step(list, box, event);
    });
    list.appendChild(box);
  });
  const first = list.querySelector(".li.on .lb") || list.querySelector(".lb");
  if (first) first.tabIndex = 0;
  if (!data.rows.length) { list.removeAttribute("role"); list.appendChild(node("div", "none", data.words.none)); }
  if (data.more) {
    const more = list.appendChild(node("button", "more", data.words.more));
    more.addEventListener("click", () => tell("more", data.rows.length));
  }
  root.replaceChildren(head(data.words), list);
  return list;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".rank-list");
  const old = root.querySelector(".lst");
  const top = old ? old.scrollTop : 0;
  const had = hadFocus(root);
  const list = fill(root, data, (name, value) => setTriggerValue(name, value));
  list.scrollTop = root.dataset.tab === data.tab ? top : 0;
  const chosen = data.chosen && list.querySelector(".li.on");
  if (chosen && root.dataset.chosen !== data.chosen) list.scrollTop = chosen.offsetTop;
  giveFocus(list, had);
  root.dataset.tab = data.tab;
  root.dataset.chosen = data.chosen || "";
}
