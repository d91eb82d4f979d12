// What HTML and htmx cannot do; every page works without it. Listeners are delegated and set once.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}")["X-CSRFToken"] || "";
  const make = (tag, attributes, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };

  const press = (label, act) => {
    const button = make("button", {type: "button", textContent: label});
    button.addEventListener("click", act);
    return button;
  };

  // Toasts: {text, action: {url, label, target}} in the HX-Trigger header; the action is a POST, mostly "Undo", or an act of
  // this script.
  const toast = ({text, action}, className = "toast") => {
    const region = find("#toasts");
    if (!region || !text) return;
    const box = make("div", {className}, make("p", {textContent: text}));
    if (action?.act) box.append(press(action.label, () => { action.act(); box.remove(); }));
    else if (action) {
      const form = make("form", {method: "post", action: action.url, repeats: action},
        make("input", {type: "hidden", name: "csrf_token", value: csrf()}),
        make("button", {type: "submit", textContent: action.label}));
      if (action.target) {
        form.setAttribute("hx-post", action.url);
        form.setAttribute("hx-target", action.target);
        form.setAttribute("hx-swap", "outerHTML");
      }
      form.addEventListener("submit", () => setTimeout(() => box.remove()));
      box.append(form);
    }
    const close = press("×", () => box.remove());
    close.setAttribute("aria-label", region.dataset.close);
    box.append(close);
    region.append(box);
    while (region.children.length > 3) region.firstChild.remove();
    if (window.htmx) htmx.process(box);
    // Gone after a while, but not while in use, and not while something is to be decided.
    const leave = () => box.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : box.remove();
    if (!action?.stays) setTimeout(leave, action ? 12000 : 7000);
  };
  // The next answer takes the place of the last.
  document.addEventListener("toast", (event) => {
    find(".answer", find("#toasts"))?.remove();
    toast(event.detail, "toast answer");
  });

  // A change without an answer, or with one of a machine that fails, may have been made: nobody can say. The same form sent
  // again counts once, by its key or by the id of its mark, so that is offered. A row of a roster does it by itself as well;
  // the answer shows the row as it is.
  const words = () => find("#toasts")?.dataset || {};
  const unsure = (form, button, status) => {
    const row = rowOf(form), label = words().again, text = words().unsure;
    if (!row) {
      const act = () => button?.isConnected ? button.click() : location.reload();
      return toast({text, action: {...(form.repeats || {act}), label, stays: true}});
    }
    const mark = wishes.get(row.id) || button?.dataset.mark;
    const resend = () => find(".htmx-request", row) || send(row, mark);
    wishes.delete(row.id);
    find(".unsure", row)?.remove();
    row.append(make("p", {className: "error unsure", role: "alert"}, text + " ", press(label, resend)));
    row.tries = (row.tries || 0) + 1;
    if (status !== 500) row.waits = setTimeout(resend, 1000 * Math.min(30, 2 ** row.tries));
  };
  const failed = ({sourceElement, request}, status) => {
    const note = find("[data-unread]", sourceElement);
    if (note) note.hidden = false;
    else if (status && status < 500) toast({text: words()["error-" + status] || words()["error-400"]});
    else if (request.method === "POST" && sourceElement.matches("form")) unsure(sourceElement, request.submitter, status);
    else toast({text: words().unread});
  };
  document.addEventListener("htmx:response:error", ({detail: {ctx}}) => {
    // 409 and 422 bring their own words; 401 leads elsewhere.
    if (ctx.response.status === 401 && ctx.sourceElement.matches("form")) keep("sent", ctx.sourceElement);
    if (![401, 409, 422].includes(ctx.response.status)) failed(ctx, ctx.response.status);
  });
  document.addEventListener("htmx:error", ({detail: {ctx}}) => { if (ctx && ctx.text === undefined) failed(ctx, 0); });
  window.addEventListener("beforeunload", (event) => { if (find(".unsure")) event.preventDefault(); });

  // The last tap on a row wins: what is tapped while the row waits is sent after its answer, on what that shows.
  const wishes = new Map();
  const rowOf = (element) => element.closest("[data-roster] > *");
  const send = (row, mark) => find(mark ? `[data-mark=${mark}]` : ".row-detail [type=submit]", row)?.click();
  document.addEventListener("submit", (event) => {
    const row = rowOf(event.target), mark = event.submitter?.dataset.mark;
    if (!row) return;
    clearTimeout(row.waits);
    if (!mark || !find(".htmx-request", row)) return;
    event.preventDefault();
    event.stopPropagation();
    all("[data-mark]", row).forEach((button) => button.classList.toggle("wished", button === event.submitter));
    wishes.set(row.id, mark);
  }, true);
  document.addEventListener("htmx:finally:request", ({detail: {ctx}}) => {
    const row = document.getElementById(ctx.target?.id), mark = wishes.get(row?.id);
    wishes.delete(row?.id);
    // A refusal has words of its own: what was tapped after it waits for a new decision.
    if (mark && ctx.response?.status < 400) setTimeout(() => send(row, mark));
  });

  // What was typed outlives a lost session and another language, in a form with data-keep also reload, Back and a cut line:
  // in this tab only, and sealed by a key that only pages of the same person bring. No passwords, codes and files.
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const sealer = (async () => {
    const key = document.body.dataset.seal;
    return key && crypto.subtle?.importKey("raw", Uint8Array.from(key.match(/../g), (pair) => parseInt(pair, 16)), "AES-GCM", false, ["encrypt", "decrypt"]);
  })();
  const pathOf = (form) => new URL(form.getAttribute("action"), location.href).pathname;
  const initial = (control) => control.options ? (find("[selected]", control) || control.options[0])?.value : control.defaultValue;
  const keyed = (form) => {
    const seen = {};
    return [...form.elements]
      .filter((one) => one.name && !/hidden|password|file|submit|button/.test(one.type) && !one.matches(".code"))
      .map((one) => {
        const isTick = /checkbox|radio/.test(one.type);
        seen[one.name] = (seen[one.name] || 0) + 1;
        return [one, `${one.name} ${isTick ? one.value : seen[one.name]}`, isTick];
      });
  };
  // Only what was changed: the rest may have been changed by others since. An answer with errors was changed before.
  const typed = (form) => {
    const isAll = find(".error-summary");
    const changed = keyed(form).filter(([one, , isTick]) => isAll || (isTick ? one.checked !== one.defaultChecked : one.value !== initial(one)));
    return Object.fromEntries(changed.map(([one, key, isTick]) => [key, isTick ? one.checked : one.value]));
  };
  const keep = async (place, form) => {
    const values = typed(form), key = await sealer;
    if (!key) return;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify({path: pathOf(form), values}));
    const sealed = await crypto.subtle.encrypt({name: "AES-GCM", iv}, key, text);
    sessionStorage[place] = btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)));
  };
  const fill = async (place, forms) => {
    try {
      const kept = bytes(sessionStorage[place]);
      const text = await crypto.subtle.decrypt({name: "AES-GCM", iv: kept.slice(0, 12)}, await sealer, kept.slice(12));
      const {path, values} = JSON.parse(new TextDecoder().decode(text));
      const found = keyed(forms.find((form) => pathOf(form) === path)).filter(([, key]) => key in values);
      found.forEach(([one, key, isTick]) => {
        if (isTick) one.checked = values[key]; else one.value = values[key];
        one.dispatchEvent(new Event("input", {bubbles: true}));
      });
      return found.length;
    } catch { return 0; }  // Nothing was kept, or by somebody else.
  };
  const recall = async () => {
    all("[data-forget]").forEach((one) => sessionStorage.removeItem("kept " + one.dataset.forget));
    all("form[data-keep]").forEach((form) => find(".error-summary") ? keep("kept " + pathOf(form), form) : fill("kept " + pathOf(form), [form]));
    if (find("[data-stay]")) { if (sessionStorage.sent) sessionStorage.away = 1; return; }
    if (sessionStorage.away && await fill("sent", all("main form[method=post]"))) toast({text: words().restored});
    sessionStorage.removeItem("sent");
    sessionStorage.removeItem("away");
  };
  document.addEventListener("input", ({target}) => {
    const form = target.closest("form[data-keep]");
    if (form) keep("kept " + pathOf(form), form);
  });
  document.addEventListener("submit", ({target}) => {
    if (target.matches(".languages")) {
      const form = all("main form[method=post]:not([data-keep])").find((one) => Object.keys(typed(one)).length);
      if (form) { sessionStorage.away = 1; keep("sent", form); }
    } else if (target.method === "post" && !target.hasAttribute("hx-post") && !find("[data-stay]")) keep("sent", target);
  });

  // A plain form is sent once to each address, until a download or the Back button.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    const address = event.submitter?.getAttribute("formaction") || form.action;
    if (form.dataset.sending === address) return event.preventDefault();
    form.dataset.sending = address;
    setTimeout(() => form.removeAttribute("data-sending"), 5000);
  });
  window.addEventListener("pageshow", () => all("[data-sending]").forEach((form) => form.removeAttribute("data-sending")));

  // /verify#TOKEN, /my#TOKEN: the token goes into a POST body, out of address and history.
  const sendFragment = () => {
    const form = find("form[data-fragment-form]");
    const token = decodeURIComponent(location.hash.slice(1));
    if (!form || !/^[\w.~-]{8,}$/.test(token)) return;
    find("[data-fragment-input]", form).value = token;
    history.replaceState(null, "", location.pathname + location.search);
    form.requestSubmit();
  };
  window.addEventListener("hashchange", sendFragment);

  // A dropped file goes into the form that takes one.
  document.addEventListener("dragover", (event) => { if (find("form[data-drop]")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const form = find("form[data-drop]");
    if (!form || !event.dataTransfer.files.length) return;
    event.preventDefault();
    find("[type=file]", form).files = event.dataTransfer.files;
    form.requestSubmit();
  });

  // Roster: arrows move, P L E A or 1 2 3 4 mark, Space marks or undoes; by place of the key, so Cyrillic works too.
  const marks = {KeyP: "present", KeyL: "late", KeyE: "excused", KeyA: "absent", Digit1: "present", Digit2: "late", Digit3: "excused", Digit4: "absent"};
  const buttonsOf = (row) => all("[data-mark]:not(:disabled)", row);
  const settle = (row, button) => all("[data-mark]", row).forEach((other) => { other.tabIndex = other === button ? 0 : -1; });
  const settleRoster = () => all("[data-roster] > *").forEach((row) =>
    settle(row, find("[aria-pressed=true]", row) || find("[data-mark]", row)));
  const focus = (row, mark) => {
    const button = row && (find(`[data-mark=${mark}]:not(:disabled)`, row) || buttonsOf(row)[0]);
    if (!button) return;
    settle(row, button);
    button.focus();
  };
  const roster = (event, row) => {
    const here = document.activeElement.closest("[data-mark]");
    const mark = here?.dataset.mark || "present";
    const beside = buttonsOf(row);
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "ArrowDown") focus(row.nextElementSibling, mark);
    else if (event.key === "ArrowUp") focus(row.previousElementSibling, mark);
    else if (event.key === "Home") focus(row.parentElement.firstElementChild, mark);
    else if (event.key === "End") focus(row.parentElement.lastElementChild, mark);
    else if (step) focus(row, beside[Math.max(0, Math.min(beside.length - 1, beside.indexOf(here) + step))]?.dataset.mark);
    else if (marks[event.code]) { focus(row, marks[event.code]); find(`[data-mark=${marks[event.code]}]`, row)?.click(); }
    else if (event.key === " " && here?.getAttribute("aria-pressed") === "true") find("[data-mark=cleared]", row)?.click();
    else return false;
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const row = event.target.closest?.("[data-roster] > *");
    if (row && !event.target.matches("input, select, textarea") && roster(event, row)) event.preventDefault();
    if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; find("summary", menu).focus(); });
  });

  // A replaced row keeps the focus.
  let held = null;
  document.addEventListener("htmx:before:swap", () => {
    const button = document.activeElement?.closest("[data-roster] [data-mark]");
    held = button && {row: button.closest("[data-roster] > *").id, mark: button.dataset.mark};
  });
  document.addEventListener("htmx:after:swap", () => {
    settleRoster();
    if (held) focus(document.getElementById(held.row), held.mark);
    held = null;
    refresh();
  });

  // How much of a text fits on paper, and what stands in for an empty language.
  const measure = (control) => {
    const {letters, lettersWords} = control.dataset;
    if (!control.nextElementSibling) control.after(make("span", {className: "hint"}));
    control.nextElementSibling.textContent = lettersWords.replace("{written}", control.value.length).replace("{fits}", letters);
  };
  const standIn = (group) => {
    const texts = ["ru", "ky", "en"].map((code) => find(`[lang=${code}]`, group));
    const shown = texts.find((text) => text.value)?.value || "";
    texts.forEach((text) => { text.placeholder = shown; });
  };
  document.addEventListener("input", ({target}) => {
    if (target.dataset.letters) measure(target);
    const group = target.closest("[data-texts]");
    if (group) standIn(group);
  });

  // Bulk bars count what is ticked.
  const count = (bar) => {
    const form = bar.closest("form");
    const boxes = [...form.elements].filter((box) => box.name === bar.dataset.bulk);
    const ticked = boxes.filter((box) => box.checked).length;
    find("[data-bulk-count]", bar).textContent = ticked;
    all(".actions button", bar).forEach((button) => { button.disabled = !ticked && !find("[data-bulk-all]:checked", bar); });
    all(`[data-check-all="${bar.dataset.bulk}"]`).forEach((box) => {
      box.checked = ticked > 0 && ticked === boxes.length;
      box.indeterminate = ticked > 0 && ticked < boxes.length;
    });
  };
  document.addEventListener("change", (event) => {
    const name = event.target.dataset.checkAll;
    const {form} = event.target;
    if (name) [...form.elements].filter((box) => box.name === name).forEach((box) => { box.checked = event.target.checked; });
    const bar = form && find("[data-bulk]", form);
    if (bar) count(bar);
  });

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      toast({text: copy.dataset.copied});
    }
    const share = event.target.closest("[data-share]");
    if (share) navigator.share({text: share.dataset.share}).catch(() => {});
    if (event.target.closest("[data-print]")) window.print();
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  const refresh = () => {
    recall();
    all("[data-letters]").forEach(measure);
    all("[data-bulk]").forEach(count);
    all("[data-copy], [data-check-all], [data-print]" + (navigator.share ? ",[data-share]" : "")).forEach((element) => { element.hidden = false; });
    all(".tabs [aria-current], .bar nav [aria-current]").forEach((link) => { const strip = link.closest("nav"); strip.scrollLeft = link.offsetLeft - strip.offsetLeft - 40; });
    find("[data-focus]")?.focus();
  };
  settleRoster();
  refresh();
  sendFragment();
})();
