/* The table of compounds: every text by textContent; a row chooses, its name opens the compound, a heading sorts.
   Tab reaches one row, the arrow keys go through them; Enter opens, the space bar chooses. */
const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};
const NUMBERS = ["rank", "built", "households", "cost"];

function heading(data, tell) {
  const line = node("div", "rh");
  line.setAttribute("role", "row");
  data.words.heads.forEach((head) => {
    const cell = line.appendChild(node("span", "h-" + head.key + (NUMBERS.includes(head.key) ? " n" : "")));
    cell.setAttribute("role", "columnheader");
    if (!head.sorts) { cell.textContent = head.text; return; }
    const button = cell.appendChild(node("button", "", head.text));
    button.dataset.sort = head.key;
    button.title = data.words.sort;
    const up = data.sort === head.key, down = data.sort === "-" + head.key;
    if (up || down) { button.appendChild(node("i", "", up ? "▲" : "▼")); button.classList.add("on"); }
    cell.setAttribute("aria-sort", up ? "ascending" : down ? "descending" : "none");
    const first = NUMBERS.slice(0, 2).includes(head.key) || ["name", "street"].includes(head.key) ? head.key : "-" + head.key;
    const second = first === head.key ? "-" + head.key : head.key;
    button.addEventListener("click", () => tell("sort", data.sort === first ? second : data.sort === second ? "rank" : first));
  });
  return line;
}

function meter(className, value, unit) {
  const box = node("span", "m " + className);
  const track = box.appendChild(node("s"));
  track.appendChild(node("i")).style.width = (value === null ? 0 : Math.max(0, Math.min(100, value))) + "%";
  box.appendChild(node("em", "", value === null ? "—" : Math.round(value) + (unit || "")));
  return box;
}

function interval(item) {
  const box = node("span", "iv");
  const track = box.appendChild(node("s"));
  if (item.low !== null) {
    const band = track.appendChild(node("i"));
    band.style.left = item.low + "%";
    band.style.width = Math.max(0.5, item.high - item.low) + "%";
    track.appendChild(node("b")).style.left = item.score + "%";
  }
  box.appendChild(node("em", "", item.interval || "—"));
  return box;
}

function programmes(item, data) {
  const box = node("span", "g5");
  item.programmes.forEach((state, k) => {
    const mark = box.appendChild(node("i", state === "yes" ? "c" + k : state === "unknown" ? "h" : "", state === "no" ? "·" : data.glyphs[k].letter));
    mark.title = data.glyphs[k].name + data.words.colon + data.words["answer_" + state];
    if (state === "no") mark.setAttribute("aria-hidden", true);
  });
  return box;
}

function row(item, data, tell) {
  const line = node("div", "rr" + (item.id === data.chosen ? " on" : ""));
  line.dataset.id = item.id;
  line.setAttribute("role", "row");
  line.setAttribute("aria-selected", item.id === data.chosen);
  line.tabIndex = -1;
  const known = (text) => (text === item.unknown ? "unk" : "");
  line.appendChild(node("span", "n no", item.rank));
  const name = line.appendChild(node("span", "nm"));
  const link = name.appendChild(node("button", "", item.name));
  link.tabIndex = -1;
  link.title = data.words.open + data.words.colon + item.name + (item.alias ? "（" + item.alias + "）" : "");
  link.addEventListener("click", (event) => { event.stopPropagation(); tell("open", item.id); });
  if (item.sanwu) name.appendChild(node("small", "sw", item.sanwu));
  if (item.alias) name.appendChild(node("small", "", item.alias));
  line.appendChild(node("span", "cut", item.community)).title = item.community;
  line.appendChild(node("span", "n " + known(item.built), item.built));
  line.appendChild(node("span", "n " + known(item.households), item.households));
  line.appendChild(node("span", "cut " + known(item.property), item.property));
  const state = line.appendChild(node("span", "st", item.state.label));
  state.style.borderLeftColor = item.state.edge;
  line.appendChild(programmes(item, data));
  line.appendChild(interval(item));
  line.appendChild(meter("need", item.need));
  line.appendChild(meter("ready", item.readiness));
  line.appendChild(meter("full", item.completeness, "%"));
  const money = line.appendChild(node("span", "n mo"));
  money.appendChild(node("b", "", item.cost));
  if (item.range) money.appendChild(node("small", "", item.range));
  line.appendChild(node("span", "id cut", item.id)).title = item.id;
  line.addEventListener("click", () => tell("pick", item.id === data.chosen ? "" : item.id));
  line.addEventListener("keydown", (event) => {
    if (event.target !== line) return;
    if (event.key === "Enter") { event.preventDefault(); tell("open", item.id); }
    if (event.key === " ") { event.preventDefault(); tell("pick", item.id === data.chosen ? "" : item.id); }
    step(line, event);
  });
  for (const cell of line.children) cell.setAttribute("role", "gridcell");
  return line;
}

/* The arrow keys, Home and End move the focus; the row that has it is the one that Tab comes back to. */
function step(line, event) {
  const rows = Array.from(line.parentElement.querySelectorAll(".rr"));
  const at = rows.indexOf(line);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || !rows[to]) return;
  event.preventDefault();
  focusOn(rows, rows[to]);
}

function focusOn(rows, line) {
  rows.forEach((other) => { other.tabIndex = other === line ? 0 : -1; });
  line.focus();
}

/* What had the focus before the rows were drawn anew: a heading, a row by its id, or the place after the last row. */
function hadFocus(root) {
  const active = root.getRootNode().activeElement;
  if (!active || !root.contains(active)) return null;
  if (active.dataset.sort) return { sort: active.dataset.sort };
  if (active.classList.contains("more")) return { at: root.querySelectorAll(".rr").length };
  const line = active.closest(".rr");
  return line && { id: line.dataset.id };
}

function giveFocus(body, had) {
  const rows = Array.from(body.querySelectorAll(".rr"));
  if (had && had.sort) body.querySelector(`[data-sort="${had.sort}"]`).focus();
  else if (had) {
    const line = had.id === undefined ? rows[had.at] : rows.find((row) => row.dataset.id === had.id);
    if (line) focusOn(rows, line);
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".ranking-table");
  const old = root.querySelector(".rb");
  const top = old ? old.scrollTop : 0;
  const had = hadFocus(root);
  const tell = (name, value) => setTriggerValue(name, value);
  const body = node("div", "rb");
  const grid = body.appendChild(node("div"));
  grid.setAttribute("role", "grid");
  grid.setAttribute("aria-label", data.words.title);
  grid.appendChild(heading(data, tell));
  data.rows.forEach((item) => grid.appendChild(row(item, data, tell)));
  const first = grid.querySelector(".rr.on") || grid.querySelector(".rr");
  if (first) first.tabIndex = 0;
  if (!data.rows.length) body.appendChild(node("div", "none", data.words.none));
  if (data.more) {
    const more = body.appendChild(node("button", "more", data.more));
    more.addEventListener("click", () => tell("more", String(data.rows.length)));
  }
  const table = node("div", "rt");
  table.append(body);
  root.replaceChildren(table);
  body.scrollTop = root.dataset.view === data.view ? top : 0;
  const chosen = data.chosen && body.querySelector(".rr.on");
  if (chosen && root.dataset.chosen !== data.chosen) {
    const over = chosen.offsetTop - body.scrollTop;
    if (over < 34 || over > body.clientHeight - 40) body.scrollTop = chosen.offsetTop - 70;
  }
  root.dataset.view = data.view;
  root.dataset.chosen = data.chosen || "";
  giveFocus(body, had);
}
