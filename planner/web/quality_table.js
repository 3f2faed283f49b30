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
  const linked = !own && item.id;
  const pick = () => tell("pick", item.id === data.chosen.id ? "" : item.id);
  const said = line.appendChild(linked ? press("q2", item.message, data.words.shown, pick) : node("div", "q2", item.message));
  if (own || !data.cure) {
    said.appendChild(node("em", "", " → "));
    said.appendChild(node("span", "fx", item.fix));
  }
  if (linked) {
    line.classList.add("hit");
    line.addEventListener("click", pick);
    said.setAttribute("aria-pressed", item.id === data.chosen.id);
    said.addEventListener("keydown", (event) => {
      const next = event.key === "ArrowDown" ? line.nextElementSibling : event.key === "ArrowUp" ? line.previousElementSibling : null;
      const target = next && next.querySelector("button.q2");
      if (target) { event.preventDefault(); target.focus(); }
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

/* What a keyboard stands on, to be found again after the table is drawn anew. */
function focused(root) {
  const active = root.getRootNode().activeElement;
  if (!active || !root.contains(active)) return "";
  if (active.dataset.rule) return ".gh[data-rule='" + active.dataset.rule + "']";
  const line = active.closest(".qb .qr");
  return line ? ".qb .qr[data-n='" + line.dataset.n + "'] button.q2" : "";
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".quality-table");
  const old = root.querySelector(".qb");
  const top = old ? old.scrollTop : 0;
  const tell = (name, value) => setTriggerValue(name, value);
  const held = focused(root);
  const body = node("div", "qb");
  body.tabIndex = -1;
  data.groups.forEach((item) => body.appendChild(group(item, data, tell)));
  if (!data.groups.length) body.appendChild(node("div", "nothing", data.empty));
  if (data.more) body.appendChild(press("more", data.more, "", () => tell("more", String(data.rows.length))));
  root.replaceChildren(...(data.chosen.id ? [chosen(data, tell)] : []), body);
  const head = data.open && body.querySelector(".gh.on");
  body.scrollTop = head && root.dataset.open !== data.open ? Math.max(0, head.offsetTop - 1) : top;
  const row = data.chosen.id && body.querySelector(".qr.on");
  if (row && (row.offsetTop < body.scrollTop + 34 || row.offsetTop + row.offsetHeight > body.scrollTop + body.clientHeight)) {
    body.scrollTop = row.offsetTop - 90;
  }
  root.dataset.open = data.open || "";
  const again = held && root.querySelector(held);
  if (again) again.focus({ preventScroll: true });
}
