// The jump box. Ctrl-K (or Cmd-K) puts the cursor in it from anywhere; answers come while typing.
// What is typed may be a client's name, so it travels in the body of a POST and never in an address.
// Without script the same form posts to the same address and gets a page of answers.
const form = document.querySelector("form.jump[data-src]");
const PAUSE = 180;
let asked = 0;
let timer;
let chosen = -1;

const options = (list) => [...list.querySelectorAll('[role="option"]')];

function option(link, index) {
  const item = document.createElement("div");
  item.id = `jump-option-${index}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.url = link.url;
  item.append(link.label);
  if (link.hint) {
    const hint = document.createElement("small");
    hint.textContent = link.hint;
    item.append(hint);
  }
  return item;
}

function start(box) {
  const input = box.querySelector('input[name="q"]');
  const list = document.createElement("div");
  const spoken = document.createElement("p");
  list.id = "jump-answers";
  list.className = "jump-answers";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.answers ?? "Answers");
  list.hidden = true;
  spoken.className = "hear";
  spoken.setAttribute("role", "status");
  box.append(list, spoken);
  box.querySelector("kbd")?.removeAttribute("hidden");
  for (const [name, value] of [["role", "combobox"], ["aria-expanded", "false"], ["aria-controls", list.id], ["aria-autocomplete", "list"]]) {
    input.setAttribute(name, value);
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const all = options(list);
    if (!all.length) return;
    chosen = (index + all.length) % all.length;
    all.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function show(links) {
    list.replaceChildren(...links.map(option));
    list.hidden = !links.length;
    input.setAttribute("aria-expanded", String(Boolean(links.length)));
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
    spoken.textContent = links.length ? `${links.length} answers` : "No answers";
    if (links.length) choose(0);
  }

  async function ask() {
    const turn = ++asked;
    if (input.value.trim().length < 2) { close(); return; }
    const token = box.querySelector('input[name="csrfmiddlewaretoken"]')?.value ?? "";
    try {
      const answer = await fetch(box.dataset.src, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": token },
        body: new URLSearchParams({ q: input.value }),
      });
      if (turn === asked && answer.ok) show((await answer.json()).links);
    } catch {
      if (turn === asked) close();  // the form itself still works, by Enter
    }
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) return;
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.assign(options(list)[chosen].dataset.url);
    }
  });
  list.addEventListener("mousedown", (event) => {
    const item = event.target.closest('[role="option"]');
    if (item) { event.preventDefault(); location.assign(item.dataset.url); }
  });
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) close(); });

  let before = null;
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (document.activeElement === input) { before?.focus(); return; }
    before = document.activeElement;
    const menu = box.closest("[popover]");
    if (menu && input.checkVisibility && !input.checkVisibility()) menu.showPopover();
    input.focus();
    input.select();
  });
}

if (form) start(form);
