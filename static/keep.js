/* Keeps what is typed into form[data-keep] on this device when it does not reach the server: no network at the place.
   It is offered when the form is opened again, sent as a draft when the network is back, and forgotten once the server has
   it, when the person logs out, and after a day. The words stand in the page; nothing is put into the form by itself. */
(function () {
  "use strict";
  if (window.keptForms) return; // some pages name this script beside the frame
  window.keptForms = true;
  const DAY = 24 * 60 * 60 * 1000;
  const NOT_KEPT = ["csrfmiddlewaretoken", "form_id"];
  const form = document.querySelector("form[data-keep]");
  const done = document.querySelectorAll("[data-kept-done]");
  const who = (document.querySelector(".bar-person") || {}).textContent || "";

  function store(mode, act) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("kept-forms", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("forms");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction("forms", mode);
        const request = act(transaction.objectStore("forms"));
        transaction.oncomplete = () => { database.close(); resolve(request && request.result); };
        transaction.onerror = () => { database.close(); reject(transaction.error); };
      };
    });
  }
  const forget = (key) => store("readwrite", (forms) => forms.delete(key));
  const quietly = (promise) => promise.catch(() => null); // private windows have no store; the server's drafts remain

  done.forEach((told) => quietly(forget(told.dataset.keptDone)));
  // Logging out waits until the device has forgotten; a device that does not answer holds nobody back.
  document.querySelectorAll("form[action='/logout/']").forEach((logout) => logout.addEventListener("submit", (event) => {
    event.preventDefault();
    const patience = new Promise((resolve) => { setTimeout(resolve, 1500); });
    Promise.race([quietly(store("readwrite", (forms) => forms.clear())), patience]).then(() => logout.submit());
  }));
  // On any page: what is older than a day goes, and what somebody else left on this device.
  quietly(store("readwrite", (forms) => {
    const walk = forms.openCursor();
    walk.onsuccess = () => {
      const at = walk.result;
      if (!at) return;
      if (Date.now() - at.value.at > DAY || (who && at.value.who !== who)) at.delete();
      at.continue();
    };
  }));
  if (!form || !window.indexedDB) return;

  const key = form.dataset.keep;
  const values = () => Array.from(new FormData(form).entries()).filter(([name]) => !NOT_KEPT.includes(name));
  const keep = () => quietly(store("readwrite", (forms) => forms.put({ at: Date.now(), who, values: values() }, key)));
  let unsent = false;
  let timer = 0;
  window.keepUnsent = () => (unsent ? keep() : Promise.resolve());

  form.addEventListener("input", () => {
    unsent = true;
    clearTimeout(timer);
    timer = setTimeout(() => { if (unsent) keep(); }, 600);
  });
  form.addEventListener("submit", keep); // an answer that never comes loses nothing
  document.addEventListener("htmx:afterRequest", (event) => {
    // A sign-in that has run out answers with the sign-in page: nothing has reached the server.
    const expired = event.detail.xhr && new URL(event.detail.xhr.responseURL || location.href).pathname === "/login/";
    if (expired && unsent) keep();
    if (!event.detail.elt.matches || !event.detail.elt.matches("[data-kept-state]")) return;
    if (!event.detail.successful || expired) { keep(); return; }
    unsent = false;
    clearTimeout(timer);
    // A draft holds words alone: photographs stay on the device until the form itself has arrived.
    if (values().some(([, value]) => value instanceof File && value.size)) keep();
    else quietly(forget(key));
  });
  window.addEventListener("online", () => {
    if (unsent) form.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A form with rows and versions is put together by the server, from the draft that what was kept becomes.
  async function viaDraft(kept) {
    const body = new URLSearchParams(kept);
    ["csrfmiddlewaretoken", "form_id"].forEach((name) => body.set(name, form.elements[name].value));
    const answer = await quietly(fetch(form.dataset.draft, { method: "POST", body, credentials: "same-origin" }));
    if (!answer || !answer.ok || answer.redirected || !(await answer.text()).trim()) return false;
    await quietly(forget(key));
    unsent = false;
    location.assign("?restore=1");
    return true;
  }

  // What was chosen as files, as far as the form has a box for it; whether there was any.
  function fillFiles(kept) {
    const held = {}; // photographs, by the name of their field
    kept.forEach(([name, value]) => {
      if (!(value instanceof File) || !value.size) return;
      held[name] = held[name] || new DataTransfer();
      held[name].items.add(value);
      Array.from(form.elements).forEach((field) => { if (field.name === name && field.type === "file") field.files = held[name].files; });
    });
    return Object.keys(held).length > 0;
  }

  function fill(kept) {
    form.querySelectorAll("input[type=radio], input[type=checkbox]").forEach((box) => { box.checked = false; });
    kept.forEach(([name, value]) => {
      const fields = Array.from(form.elements).filter((field) => field.name === name);
      fields.forEach((field) => {
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
        else if (!["file", "submit", "hidden"].includes(field.type)) field.value = value;
      });
    });
    fillFiles(kept);
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const offer = document.querySelector("[data-kept-offer]");
  quietly(store("readonly", (forms) => forms.get(key))).then((kept) => {
    if (!kept) return;
    if (kept.who !== who || Date.now() - kept.at > DAY) { quietly(forget(key)); return; }
    if ("keptAnswered" in form.dataset) { // the page shows what was sent, but for the files, which no server can put back
      if (fillFiles(kept.values)) document.querySelectorAll("[data-kept-files]").forEach((told) => told.remove());
      else quietly(forget(key));
      return;
    }
    if (!offer) return;
    offer.querySelector("[data-kept-at]").textContent = new Date(kept.at).toLocaleString(document.documentElement.lang);
    offer.hidden = false;
    offer.querySelector("[data-kept-restore]").addEventListener("click", async () => {
      offer.hidden = true;
      if (!form.dataset.draft) fill(kept.values);
      else if (!(await viaDraft(kept.values))) offer.hidden = false;
    });
    offer.querySelector("[data-kept-discard]").addEventListener("click", () => { offer.hidden = true; quietly(forget(key)); });
  });
})();
