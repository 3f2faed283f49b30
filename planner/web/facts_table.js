/* The facts of a compound: every text by textContent; a value that can be set is a button and tells Python its fields. */
const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

function value(row, data, send) {
  const shown = row.value || data.unknown;
  const kind = row.value ? "v" : "v uq";
  if (!row.fields) return node("span", kind, shown);
  const button = node("button", kind, shown);
  button.type = "button";
  button.title = data.change;
  button.dataset.fields = row.fields;
  button.setAttribute("aria-label", row.label + " " + shown + " " + data.change);
  button.addEventListener("click", () => send(row.fields));
  return button;
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const box = parentElement.querySelector(".facts-table");
  const table = node("table");
  const head = table.appendChild(node("thead")).appendChild(node("tr"));
  data.heads.forEach((word) => { head.appendChild(node("th", "", word)).scope = "col"; });
  const body = table.appendChild(node("tbody"));
  data.rows.forEach((row) => {
    const line = body.appendChild(node("tr"));
    line.appendChild(node("td", "k", row.label));
    line.appendChild(node("td")).appendChild(value(row, data, (fields) => setTriggerValue("edit", fields)));
    const source = line.appendChild(node("td", "s", row.source));
    source.title = row.source;
    line.appendChild(node("td", "s", row.date));
  });
  box.replaceChildren(table);
}
