/* Behaviour of every page. Pages work without it; it adds keys, focus, dialogs, polling and the division search. Grids
   of entry forms have entry.js beside it.
   Hooks are data attributes, so that templates say what they want and no inline script is needed. */
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.replace("no-js", "js");
  const textsBlock = document.getElementById("script-texts");
  const texts = textsBlock ? JSON.parse(textsBlock.textContent) : {};
  const say = (message) => { document.getElementById("live").textContent = message; };
  const part = (tag, text, className) => Object.assign(document.createElement(tag), { textContent: text, className: className || "" });
  const visible = (element) => element.offsetParent !== null;
  const composing = (event) => event.isComposing || event.keyCode === 229; // Enter then picks an input-method candidate

  /* --- Fields and keys of entry forms: form[data-entry] --- */
  const FIELDS = "input:not([type=hidden]):not([type=submit]):not([readonly]):not([tabindex='-1']), select, textarea";
  const fieldsOf = (form) => Array.from(form.querySelectorAll(FIELDS)).filter((f) => !f.disabled && visible(f));

  function focusOn(field) {
    field.focus();
    if (field.select && field.type !== "checkbox" && field.type !== "radio") field.select();
  }

  function nextField(form, field) {
    const fields = fieldsOf(form);
    let index = fields.indexOf(field) + 1;
    // A group of radio buttons is one stop.
    while (fields[index] && field.type === "radio" && fields[index].name === field.name) index += 1;
    const save = form.querySelector("[data-save]");
    if (fields[index]) focusOn(fields[index]); else if (save) save.focus();
  }

  function press(area, selector) {
    const button = area && area.querySelector(selector);
    if (button && !button.disabled) button.click();
    return Boolean(button);
  }

  document.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    if (event.key === "F1") {
      event.preventDefault();
      openDialog(document.getElementById("keys"));
      return;
    }
    const find = document.querySelector("[data-find]");
    if (event.key === "/" && find && visible(find) && !event.ctrlKey && !event.altKey && !event.metaKey
        && !event.target.closest("input, select, textarea, [contenteditable], dialog")) {
      event.preventDefault();
      find.select();
      find.focus();
      return;
    }
    const form = event.target.closest && event.target.closest("form[data-entry]");
    const page = document.querySelector("form[data-entry]");
    const control = event.ctrlKey || event.metaKey;
    if (control && !event.altKey && event.key.toLowerCase() === "s" && page) {
      event.preventDefault();
      press(form || page, "[data-save]");
      return;
    }
    if (!form) return;
    const field = event.target;
    const inField = field.matches(FIELDS);
    if (control && event.key === "Enter") {
      event.preventDefault();
      if (!press(form, "[data-save-next]")) press(form, "[data-save]");
    } else if (event.key === "Enter" && inField && !control && !event.altKey && field.type !== "file"
               && !(field.tagName === "TEXTAREA" && !event.shiftKey) && field.getAttribute("aria-expanded") !== "true") {
      event.preventDefault();
      nextField(form, field);
    }
  });

  /* --- Dialogs: <a data-confirm> shows the confirm page in a dialog; [data-open-dialog], [data-close-dialog] --- */
  function openDialog(dialog) {
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
  }

  async function confirmInDialog(link) {
    const dialog = document.getElementById("confirm-dialog");
    const answer = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const form = page.getElementById("confirm");
    if (!answer.ok || !form || !dialog || !dialog.showModal) {
      window.location.assign(link.href);
      return;
    }
    dialog.querySelector(".dialog-body").replaceChildren(document.importNode(form, true));
    prepare(dialog);
    openDialog(dialog);
    dialog.querySelector("[data-close-dialog]").focus(); // the harmless button
  }

  /* --- Clicks --- */
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let hit;
    if ((hit = on("[data-open-dialog]"))) openDialog(document.getElementById(hit.dataset.openDialog));
    else if ((hit = on("dialog [data-close-dialog]"))) { event.preventDefault(); hit.closest("dialog").close(); }
    else if ((hit = on("a[data-confirm]")) && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); confirmInDialog(hit); }
    else if (on("[data-print]")) printWhole();
    else if ((hit = on("[data-copy]"))) navigator.clipboard.writeText(hit.dataset.copy).then(() => say(texts.copied));
    else if ((hit = on("[data-error-summary] a[href^='#']"))) {
      const field = document.getElementById(hit.getAttribute("href").slice(1));
      if (field) { event.preventDefault(); field.scrollIntoView({ block: "center" }); field.focus(); }
    }
  });

  /* --- Selecting rows --- */
  document.addEventListener("change", (event) => {
    const field = event.target;
    const table = field.closest("table");
    if (table && (field.matches("[data-select-all]") || field.name === "selected")) {
      const boxes = Array.from(table.querySelectorAll("input[name=selected]"));
      if (field.matches("[data-select-all]")) boxes.forEach((box) => { box.checked = field.checked; });
      const chosen = boxes.filter((box) => box.checked).length;
      const all = table.querySelector("[data-select-all]");
      all.checked = chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
      const scope = field.closest("form") || document;
      scope.querySelectorAll("[data-selected-count]").forEach((place) => { place.textContent = texts.selected.replace("%s", chosen); });
      scope.querySelectorAll("[data-needs-selection]").forEach((button) => { button.disabled = chosen === 0; });
    }
    if (field.matches("[data-date]")) field.value = plainDate(field.value);
  });

  // 20180503, 2018.5.3, 2018/5/3 and 2018年5月3日 are shown back as 2018-05-03; anything else is left for the server to judge.
  function plainDate(text) {
    const clean = text.trim().replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xFEE0));
    const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(clean) || /^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?$/.exec(clean);
    return parts ? [parts[1], parts[2].padStart(2, "0"), parts[3].padStart(2, "0")].join("-") : text;
  }

  /* --- Forms: no empty parameters in addresses; unsaved input warns on leaving --- */
  document.addEventListener("formdata", (event) => {
    if (!event.target.matches("form[data-filter]")) return;
    Array.from(event.formData.entries()).forEach(([name, value]) => { if (value === "") event.formData.delete(name); });
  });
  let unsaved = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-entry]")) unsaved = true; });
  document.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => {
    if (!unsaved) return;
    event.preventDefault();
    event.returnValue = "";
  });

  /* --- Search for a division, input[data-divisions], or for something else at the address that input[data-lookup] names:
     GET ADDRESS?q= -> {results: [{code, name, path}]} --- */
  const pickedBy = (input) => input.id && document.querySelector(`output.picked[for="${CSS.escape(input.id)}"]`);
  // The name beside a key is that of the key no more.
  document.addEventListener("input", (event) => {
    const picked = pickedBy(event.target);
    if (picked) picked.textContent = "";
  });

  function combobox(input) {
    const list = part("ul", "", "combo-list");
    list.id = (input.id || input.name) + "_list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", (input.labels && input.labels[0] && input.labels[0].textContent.trim()) || input.name);
    list.hidden = true;
    const holder = part("div", "", "combo");
    input.replaceWith(holder);
    holder.append(input, list);
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" };
    Object.entries(attributes).forEach(([name, value]) => input.setAttribute(name, value));
    const picked = pickedBy(input);
    const lookup = input.dataset.lookup;
    let timer = 0;
    let asked = "";
    let active = -1;

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function mark(index) {
      const options = list.querySelectorAll("[role=option]");
      if (!options.length) return;
      active = (index + options.length) % options.length;
      options.forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }
    function choose(option) {
      input.value = option.dataset.code;
      if (picked) picked.textContent = option.dataset.path;
      close();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    function show(results) {
      list.replaceChildren(...results.map((result, i) => {
        const option = part("li", result.name);
        option.id = list.id + "_" + i;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.code = result.code;
        option.dataset.path = result.path || result.name;
        option.append(part("small", [result.code, result.path].filter(Boolean).join("  "), "muted"));
        return option;
      }));
      if (!results.length) {
        const note = part("li", texts.noResult, "combo-note");
        note.setAttribute("role", "option");
        note.setAttribute("aria-disabled", "true");
        list.append(note);
      }
      say(results.length ? texts.results.replace("%s", results.length) : texts.noResult);
      active = -1;
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      list.scrollIntoView({ block: "nearest" });
    }
    async function search() {
      const query = input.value.trim();
      if (!query && !lookup) { close(); return; } // of what there are few, all are offered
      asked = query;
      const answer = await fetch((lookup || input.dataset.divisions || "/divisions/search") + "?q=" + encodeURIComponent(query), { credentials: "same-origin" });
      // A slow answer to an older question must not replace a newer one.
      if (answer.ok && asked === query && document.activeElement === input) show((await answer.json()).results);
    }
    function later() { clearTimeout(timer); timer = setTimeout(search, 180); }
    input.addEventListener("input", (event) => { if (!event.isComposing) later(); });
    input.addEventListener("compositionend", later);
    input.addEventListener("blur", () => setTimeout(close, 120));
    input.addEventListener("keydown", (event) => {
      if (composing(event) || event.altKey || event.ctrlKey) return;
      const open = !list.hidden;
      const options = list.querySelectorAll("[role=option]:not([aria-disabled])");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (open) mark(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1)); else search();
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        event.stopPropagation();
        close();
      } else if (event.key === "Enter" && open) {
        // The listener of the page then moves on, so one Enter takes the choice and goes to the next field. With nothing
        // to choose it only closes the list: it must not submit the form.
        event.preventDefault();
        if (options.length) choose(options[Math.max(active, 0)]); else close();
      }
    });
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]:not([aria-disabled])");
      if (option) choose(option);
    });
  }

  /* --- Progress: [data-poll] asks for itself again, every second, after 30 s every three --- */
  const since = new Map();
  const spoken = new Map();
  function poll(row) {
    const began = since.get(row.id) || Date.now();
    since.set(row.id, began);
    const quarter = Math.floor(Number(row.dataset.percent || 0) / 25) * 25;
    if (quarter > (spoken.get(row.id) || 0)) { spoken.set(row.id, quarter); say(texts.progress.replace("%s", quarter)); }
    setTimeout(async () => {
      if (!row.isConnected) return;
      await htmx.ajax("GET", row.dataset.poll, { target: row, swap: "outerHTML", select: "#" + row.id }).catch(() => null);
      if (row.isConnected) { poll(row); return; } // no answer came: the network is away; keep asking
      const now = document.getElementById(row.id);
      if (now && !now.dataset.poll) say(now.firstElementChild.textContent.trim());
    }, Date.now() - began > 30000 ? 3000 : 1000);
  }

  /* --- htmx --- */
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
  });
  // What is said below a field is also told by the field itself.
  function markField(place) {
    const field = place && place.matches && place.matches(".field-error") && document.getElementById(place.id.replace(/_error$/, ""));
    if (!field) return "";
    const wrong = place.textContent.trim();
    if (!wrong) { field.removeAttribute("aria-invalid"); return ""; }
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", place.id);
    return wrong;
  }
  document.addEventListener("htmx:afterSwap", (event) => {
    const wrong = markField(event.detail.target);
    if (wrong) say(wrong);
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => markField(document.getElementById(event.detail.target.id)));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const expired = new URL(event.detail.xhr.responseURL).pathname === "/login/"; // its page belongs in the whole window
    event.detail.shouldSwap = event.detail.shouldSwap && !expired;
    if (!expired) return;
    // A page that is left at once would cut short what the device is keeping (keep.js); one that does not answer waits for nobody.
    const patience = new Promise((resolve) => { setTimeout(resolve, 1500); });
    const kept = window.keepUnsent ? window.keepUnsent() : Promise.resolve();
    Promise.race([kept, patience]).then(() => window.location.assign(window.location.pathname + window.location.search));
  });
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  document.addEventListener("htmx:sendError", () => say(texts.offline));
  document.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status === 403 ? texts.denied : texts.failed));
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = event.target.querySelector && event.target.querySelector(".upload progress");
    if (!bar || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = 100 * event.detail.loaded / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // The server has a draft of it, so leaving the page loses nothing.
    if (event.target.matches && event.target.matches("[data-kept-state]") && event.detail.successful) unsaved = false;
    const bar = event.target.querySelector && event.target.querySelector(".upload progress");
    if (bar) bar.hidden = true;
  });

  /* --- Start, also for parts that arrive later --- */
  const ready = new WeakSet();
  function prepare(area) {
    const each = (selector, act) => [area, ...area.querySelectorAll(selector)].forEach((element) => {
      if (!element.matches || !element.matches(selector) || ready.has(element)) return;
      ready.add(element);
      act(element);
    });
    each("input[data-divisions], input[data-lookup]", combobox);
    each("[data-poll]", poll);
    // A table too broad for the page scrolls in its own area; others keep their head under the top bar.
    each(".table-scroll", (holder) => holder.classList.toggle("wide", holder.scrollWidth > holder.clientWidth + 1 || holder.matches(".wide")));
    each("[data-error-summary]", (summary) => summary.focus());
  }

  window.pageKit = { FIELDS, texts, say, part, visible, composing, focusOn, press, prepare, markField };

  const start = () => {
    prepare(document.body);
    // Never start an entry form without a focus: typed text would go nowhere.
    const form = document.querySelector("form[data-entry], form.login");
    if (form && (document.activeElement === document.body || !document.activeElement)) {
      const first = fieldsOf(form)[0];
      if (first) first.focus({ preventScroll: true });
    }
  };
  /* A page prints once all its pictures are there: paper shows no picture that comes later. */
  function printWhole() {
    const pictures = Array.from(document.images).filter((picture) => !picture.complete);
    Promise.all(pictures.map((picture) => picture.decode().catch(() => null))).then(() => window.print());
  }
  const opened = [];
  window.addEventListener("beforeprint", () => document.querySelectorAll("details[data-print-open]:not([open])").forEach((d) => { d.open = true; opened.push(d); }));
  window.addEventListener("afterprint", () => opened.splice(0).forEach((d) => { d.open = false; }));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
