/* The problems by rule: every text by textContent; a rule opens, a row chooses its compound, a name opens its page. */
const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

function press(className, text, title, act) {
  const made = node("button", className, text);
  if (title) made.title = title;
  made.addEventListener("click", (event) => { event.stopPropagation(); act(); });
  return made;
}

function chip(severity, data) {
  return node("i", "sv sv-" + severity, data.words["severity_" + severity]);
}

function problem(item, data, tell, own) {
  const line = node("div", "qr" + (!own && item.id && item.id === data.chosen.id ? " on" : ""));
  line.dataset.id = item.id;
  line.dataset.n = item.n;
  const top = line.appendChild(node("div", "q1"));
  if (own) top.appendChild(chip(item.severity, data));
  if (own) top.appendChild(node("b", "ti", item.rule));
  else if (item.id) top.appendChild(press("nm", item.name, data.words.go, () => tell("go", item.id)));
  else top.appendChild(node("span", "nm no", data.words.none));
  const place = top.appendChild(node("span", "pl", item.file));
  place.title = item.title;
  top.appendChild(node("span", "co", item.column));
  const value = top.appendChild(node("span", "va", item.value));
  value.title = item.value;
  const said = line.appendChild(node("div", "q2", item.message));
  if (own || !data.cure) {
    said.appendChild(node("em", "", " → "));
    said.appendChild(node("span", "fx", item.fix));
  }
  if (!own && item.id) {
    line.tabIndex = 0;
    line.setAttribute("role", "button");
    line.setAttribute("aria-pressed", item.id === data.chosen.id);
    line.title = data.words.shown;
    const pick = () => tell("pick", item.id === data.chosen.id ? "" : item.id);
    line.addEventListener("click", pick);
    line.addEventListener("keydown", (event) => {
      if (event.target !== line) return;
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(); }
      const next = event.key === "ArrowDown" ? line.nextElementSibling : event.key === "ArrowUp" ? line.previousElementSibling : null;
      if (next && next.classList.contains("qr")) { event.preventDefault(); next.focus(); }
    });
  }
  return line;
}

function chosen(data, tell) {
  const box = node("div", "qc");
  const head = box.appendChild(node("div", "qh"));
  head.appendChild(node("b", "", data.chosen.name));
  head.appendChild(node("span", "", data.chosen.where));
  head.appendChild(node("em", "", data.chosen.said));
  head.appendChild(press("go", data.words.go, "", () => tell("go", data.chosen.id)));
  const close = head.appendChild(press("x", "×", data.words.close, () => tell("pick", "")));
  close.setAttribute("aria-label", data.words.close);
  data.chosen.rows.forEach((item) => box.appendChild(problem(item, data, tell, true)));
  return box;
}

function group(item, data, tell) {
  const box = node("div", "qg"), open = item.rule === data.open;
  const head = box.appendChild(press("gh" + (open ? " on" : ""), "", data.words.open, () => tell("rule", open ? "" : item.rule)));
  head.dataset.rule = item.rule;
  head.setAttribute("aria-expanded", open);
  head.appendChild(node("u", "", open ? "▾" : "▸"));
  head.appendChild(chip(item.severity, data));
  head.appendChild(node("b", "", item.title));
  head.appendChild(node("small", "", item.rule));
  head.appendChild(node("span", "n", item.count));
  head.appendChild(node("span", "w", item.whose));
  if (!open && !(data.roomy && item.fix)) return box;
  if (item.fix) {
    const cure = box.appendChild(node("div", "cure", data.words.fix + data.words.colon));
    cure.appendChild(node("b", "", item.fix));
  }
  if (open) data.rows.filter((row) => row.severity === item.severity).forEach((row) => box.appendChild(problem(row, { ...data, cure: item.fix }, tell, false)));
  return box;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".quality-table");
  const old = root.querySelector(".qb");
  const top = old ? old.scrollTop : 0;
  const tell = (name, value) => setTriggerValue(name, value);
  const body = node("div", "qb");
  body.tabIndex = -1;
  if (data.chosen.id) body.appendChild(chosen(data, tell));
  data.groups.forEach((item) => body.appendChild(group(item, data, tell)));
  if (!data.groups.length) body.appendChild(node("div", "nothing", data.empty));
  if (data.more) body.appendChild(press("more", data.more, "", () => tell("more", String(data.rows.length))));
  root.replaceChildren(body);
  const head = data.open && body.querySelector(".gh.on");
  if (root.dataset.chosen !== (data.chosen.id || "")) body.scrollTop = 0;
  else if (head && root.dataset.open !== data.open) body.scrollTop = Math.max(0, head.offsetTop - 4);
  else body.scrollTop = top;
  root.dataset.chosen = data.chosen.id || "";
  root.dataset.open = data.open || "";
}
