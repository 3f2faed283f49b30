/* The annual plan: every text by textContent; a project's name is a button that chooses its compound. */
const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

function cell(row, className, text, small) {
  const made = row.appendChild(node("td", className, text));
  if (small) made.appendChild(node("small", "", small));
  return made;
}

function project(item, data, tell) {
  const row = node("tr", "p" + (item.id === data.chosen ? " on" : "") + (item.issued ? " is" : ""));
  row.dataset.id = item.id;
  cell(row, "y", item.year);
  const name = row.appendChild(node("td", "nm"));
  const chip = name.appendChild(node("i", "g g-" + item.programme, data.words.glyphs[item.programme] || ""));
  chip.setAttribute("aria-hidden", "true");
  const press = name.appendChild(node("button", "", item.project));
  press.setAttribute("aria-pressed", item.id === data.chosen);
  if (item.note) name.appendChild(node("small", "", item.note));
  cell(row, "ct", item.content, item.reason);
  cell(row, "n", item.households);
  cell(row, "n", item.buildings);
  cell(row, "n", item.area);
  cell(row, "n b", item.cost, item.residents);
  cell(row, "so", item.source);
  cell(row, "da", item.dates, item.group);
  cell(row, "bo", item.body, item.responsible);
  row.addEventListener("click", () => tell("pick", item.id === data.chosen ? "" : item.id));
  return row;
}

function sum(label, cells, className, data) {
  const row = node("tr", className);
  const head = row.appendChild(node("th", "", label));
  head.colSpan = 2;
  head.scope = "rowgroup";
  cell(row, "", data.words.count.replace("{projects}", cells.projects).replace("{compounds}", cells.compounds));
  for (const key of ["households", "buildings", "area", "cost"]) cell(row, "n", cells[key]);
  row.appendChild(node("td")).colSpan = 3;
  return row;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".plan-table");
  const old = root.querySelector(".pb");
  const same = root.dataset.view === data.view;
  const top = old && same ? old.scrollTop : 0;
  const tell = (name, value) => setTriggerValue(name, value);
  const body = node("div", "pb");
  body.tabIndex = 0;
  body.setAttribute("role", "region");
  body.setAttribute("aria-label", data.words.title);
  if (!data.groups.length) body.appendChild(node("div", "nothing", data.words.none));
  else {
    const table = body.appendChild(node("table"));
    const head = table.appendChild(node("thead")).appendChild(node("tr"));
    data.heads.forEach((item) => { const th = head.appendChild(node("th", item.right ? "n" : "", item.words)); th.scope = "col"; });
    const lines = table.appendChild(node("tbody"));
    lines.appendChild(sum(data.words.total, data.total, "tot", data));
    data.groups.forEach((group) => {
      lines.appendChild(sum(group.street, group.sum, "sub", data));
      group.rows.forEach((item) => lines.appendChild(project(item, data, tell)));
    });
  }
  if (data.more) {
    const more = body.appendChild(node("button", "more", data.more));
    more.addEventListener("click", () => tell("more", "1"));
  }
  const active = root.getRootNode().activeElement;
  const held = active && root.contains(active) && active.closest("tr.p") ? active.closest("tr.p").dataset.id : "";
  root.replaceChildren(body);
  body.scrollTop = top;
  root.dataset.view = data.view;
  const again = held && [...body.querySelectorAll("tr.p")].find((row) => row.dataset.id === held);
  if (again) again.querySelector("button").focus({ preventScroll: true });
  const row = data.chosen && body.querySelector("tr.on");
  if (row && root.dataset.chosen !== data.chosen && (row.offsetTop < body.scrollTop + 40 || row.offsetTop > body.scrollTop + body.clientHeight - 60)) {
    body.scrollTop = row.offsetTop - 90;
  }
  root.dataset.chosen = data.chosen;
}
