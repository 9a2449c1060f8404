// Buttons marked data-confirm="Really …?" ask once in their own place: the first press turns the button into the
// question, a second one within six seconds means yes. Escape, leaving the button or waiting takes it back.
const WAIT = 6000;
const asking = new WeakMap();

const spoken = document.createElement("p");
spoken.className = "hear";
spoken.setAttribute("role", "status");
document.body.append(spoken);

function ask(button) {
  const before = [...button.childNodes];
  asking.set(button, { before, timer: setTimeout(() => takeBack(button), WAIT) });
  button.replaceChildren(button.dataset.confirm);
  button.classList.add("asks");
  spoken.textContent = `${button.dataset.confirm} ${button.dataset.confirmHint ?? "Press again to go on."}`;
}

function takeBack(button) {
  const state = asking.get(button);
  if (!state) return;
  clearTimeout(state.timer);
  asking.delete(button);
  button.replaceChildren(...state.before);
  button.classList.remove("asks");
  spoken.textContent = "";
}

// In the capturing phase, so that htmx and the form see the press only once it is meant.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-confirm]");
  if (!button) return;
  if (asking.has(button)) { takeBack(button); return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(button);
}, true);
document.addEventListener("focusout", (event) => takeBack(event.target));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") takeBack(event.target); });
