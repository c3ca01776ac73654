/* Grids of entry forms: keys that move in them, rows that come and go, rows that save themselves, blocks pasted from a
   spreadsheet. Everything here is a shorter way for what the form does without it. */
(function () {
  "use strict";
  const { FIELDS, texts, say, part, visible, composing, focusOn, press, prepare, markField } = window.pageKit;
  const changed = (field) => ["input", "change"].forEach((kind) => field.dispatchEvent(new Event(kind, { bubbles: true })));

  /* --- Keys in table[data-grid] --- */
  function sameColumn(field, step) {
    const cell = field.closest("td");
    const row = cell && cell.parentElement;
    let other = row && (step > 0 ? row.nextElementSibling : row.previousElementSibling);
    while (other && !visible(other)) other = step > 0 ? other.nextElementSibling : other.previousElementSibling;
    return other && other.cells[cell.cellIndex] && other.cells[cell.cellIndex].querySelector(FIELDS);
  }

  function copyAbove(field) {
    const above = sameColumn(field, -1);
    if (!above) return;
    if (field.type === "checkbox") field.checked = above.checked; else field.value = above.value;
    changed(field);
  }

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    const form = field.closest && field.closest("form[data-entry]");
    if (!form || composing(event)) return;
    const control = event.ctrlKey || event.metaKey;
    const cell = field.closest("[data-grid] td");
    if (event.altKey && event.key.toLowerCase() === "n") {
      event.preventDefault();
      if (!press(field.closest("[data-rows]"), "[data-add-row]")) press(form, "[data-add-row]");
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp") && cell) {
      event.preventDefault();
      const target = sameColumn(field, event.key === "ArrowDown" ? 1 : -1);
      if (target) focusOn(target);
    } else if (event.altKey && event.key === "Delete" && cell) {
      event.preventDefault();
      press(field.closest("tr"), "[data-remove-row]");
    } else if (control && event.key.toLowerCase() === "d" && cell) {
      event.preventDefault();
      copyAbove(field);
    }
  });

  /* --- Rows of a formset: [data-rows="prefix"] with a <template> that holds the empty row --- */
  function renumber(area) {
    let n = 0;
    area.querySelectorAll("tbody tr:not(.is-removed) [data-row-no]").forEach((cell) => { n += 1; cell.textContent = n; });
  }

  function addRow(button) {
    const area = button.closest("[data-rows]");
    const template = area && area.querySelector("template");
    if (!template) return false;
    const total = area.querySelector(`[name="${area.dataset.rows}-TOTAL_FORMS"]`);
    const holder = document.createElement("tbody");
    holder.innerHTML = template.innerHTML.replace(/__prefix__/g, total.value);
    const row = holder.querySelector("tr");
    total.value = Number(total.value) + 1;
    area.querySelector("tbody").appendChild(row);
    renumber(area);
    prepare(row);
    if (window.htmx) htmx.process(row);
    const first = row.querySelector(FIELDS);
    if (first) focusOn(first);
    return true;
  }

  let undoBar = null;
  function offerUndo(message, undo) {
    if (undoBar) undoBar.remove();
    undoBar = part("div", "", "undo");
    undoBar.append(part("span", message), part("button", texts.undo, "btn btn-plain btn-small"));
    undoBar.lastChild.type = "button";
    undoBar.lastChild.addEventListener("click", () => { undoBar.remove(); undo(); say(texts.restored); });
    document.body.appendChild(undoBar);
    say(message);
  }

  function removeRow(button) {
    const row = button.closest("tr");
    const mark = row.querySelector("input[name$='-DELETE']");
    const area = row.closest("[data-rows]");
    if (!mark) return;
    const name = row.querySelector("[data-row-name]");
    const number = row.querySelector("[data-row-no]");
    const label = (name && name.value) || texts.row.replace("%s", number ? number.textContent : "");
    const near = row.nextElementSibling || row.previousElementSibling;
    mark.checked = true;
    row.classList.add("is-removed");
    renumber(area);
    changed(mark);
    const target = near && visible(near) ? near.querySelector(FIELDS) : area.querySelector("[data-add-row]");
    if (target) target.focus();
    offerUndo(texts.removed.replace("%s", label), () => {
      mark.checked = false;
      row.classList.remove("is-removed");
      changed(mark);
      renumber(area);
      focusOn(row.querySelector(FIELDS));
    });
  }

  document.addEventListener("click", (event) => {
    const adds = event.target.closest("[data-add-row]");
    const removes = event.target.closest("[data-remove-row]");
    if (adds && addRow(adds)) event.preventDefault();
    if (removes) { event.preventDefault(); removeRow(removes); }
  });

  /* --- Rows that save themselves when the focus leaves them: tr[data-row] in form[data-words] --- */
  const table = document.querySelector("form[data-entry] table[data-quick]");
  if (!table) return;
  const form = table.closest("form");
  const stateOf = (row) => row.querySelector("[data-state]");

  function unsaved(row) {
    row.dataset.changed = "";
    const state = stateOf(row);
    state.textContent = form.dataset.unsaved;
    state.className = "tag tone-warn";
  }
  table.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row && event.target.matches("[data-cell]")) unsaved(row);
  });
  table.addEventListener("focusout", (event) => {
    const row = event.target.closest("tr[data-row]");
    // What was pasted is looked at first and saved by the button.
    if (!row || row.contains(event.relatedTarget) || !("changed" in row.dataset) || "pasted" in row.dataset) return;
    htmx.trigger(row, "leave-row");
  });
  table.addEventListener("change", (event) => {
    if (event.target.matches("[data-choose]")) htmx.trigger(event.target.closest("tr[data-row]"), "leave-row");
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const row = event.detail.elt;
    if (!row.matches("tr[data-row]")) return;
    // Of the whole form only this row goes.
    const own = `p${row.dataset.row}-`;
    Array.from(event.detail.formData.keys()).forEach((name) => { if (!name.startsWith(own) && name !== "number") event.detail.formData.delete(name); });
    event.detail.formData.set("row", row.dataset.row);
    delete row.dataset.changed;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const row = event.detail.elt;
    if (!row.matches || !row.matches("tr[data-row]")) return;
    if (!event.detail.successful && event.detail.xhr.status !== 422) { unsaved(row); return; }
    const now = document.getElementById(row.id);
    if (now && "changed" in now.dataset) unsaved(now); // typed on while the answer was on its way
    else if (now && stateOf(now)) say(stateOf(now).textContent.trim());
  });

  /* --- A block pasted from Excel or WPS: the server reads and checks it, this puts it into the cells --- */
  const report = document.getElementById("pasted");
  const rows = () => Array.from(table.querySelectorAll("tr[data-row]"));

  function put(field, value) {
    if (field.tagName === "SELECT" && !Array.from(field.options).some((option) => option.value === value)) {
      field.add(new Option(value, value)); // what cannot be understood stays to be seen
    }
    field.value = value;
  }
  function apply(cells) {
    const before = [];
    cells.forEach((cell) => {
      const field = document.getElementById(cell.id);
      if (!field) return;
      const row = field.closest("tr");
      before.push({ id: cell.id, value: field.value, error: document.getElementById(cell.id + "_error").textContent });
      put(field, cell.value);
      const place = document.getElementById(cell.id + "_error");
      place.textContent = cell.error;
      markField(place);
      unsaved(row);
      row.dataset.pasted = "";
    });
    form.dispatchEvent(new Event("input", { bubbles: true })); // the draft takes it in
    return before;
  }
  function nothingPasted() { rows().forEach((row) => { delete row.dataset.pasted; }); }

  table.addEventListener("paste", async (event) => {
    const field = event.target.closest("[data-cell]");
    const text = event.clipboardData && event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
    if (!field || !text || (!/[\t\r\n]/.test(text) && field.tagName !== "SELECT")) return;
    event.preventDefault();
    const shown = rows();
    const from = shown.indexOf(field.closest("tr"));
    const body = new URLSearchParams({ text, column: field.dataset.cell });
    body.append("first", shown[from].querySelector(".row-no").textContent.trim());
    shown.slice(from).forEach((row) => body.append("person", row.dataset.row));
    const headers = { "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value };
    const answer = await fetch(form.dataset.paste, { method: "POST", body, headers, credentials: "same-origin" }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) { say(answer ? texts.failed : texts.offline); report.textContent = answer ? texts.failed : texts.offline; return; }
    const told = await answer.json();
    const before = apply(told.cells);
    report.innerHTML = told.report;
    say(report.textContent.trim().replace(/\s+/g, " "));
    const undo = report.querySelector("[data-undo-paste]");
    if (undo) undo.addEventListener("click", () => {
      apply(before);
      nothingPasted();
      report.textContent = form.dataset.undone;
      say(form.dataset.undone);
      focusOn(field);
    });
  });
})();
