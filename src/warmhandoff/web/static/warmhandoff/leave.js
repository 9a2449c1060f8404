// "Leave this page": hide at once, end the session, put a neutral page in this one's place.
// Pressing Shift three times does the same. Without script the button is a plain link.
const link = document.querySelector("a.js-leave");
const ending = document.querySelector("form.js-leave-session");
const spoken = document.querySelector(".js-leave-spoken");
const PATIENCE = 5000;
let presses = 0;
let forget;

function leave(event) {
  event?.preventDefault();
  document.documentElement.classList.add("left");
  document.title = "\u200b";
  if (ending) navigator.sendBeacon(ending.action, new FormData(ending));
  location.replace(link.href);
}

function count(event) {
  if (event.key !== "Shift") { if (!event.shiftKey) presses = 0; return; }
  if (event.repeat) return;
  presses += 1;
  clearTimeout(forget);
  forget = setTimeout(() => { presses = 0; if (spoken) spoken.textContent = ""; }, PATIENCE);
  if (presses >= 3) leave();
  else if (spoken) spoken.textContent = presses === 1 ? spoken.dataset.twoMore : spoken.dataset.oneMore;
}

if (link) {
  link.addEventListener("click", leave);
  document.addEventListener("keydown", count);
  // Coming back out of the browser's memory of the page must not show it again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.documentElement.classList.contains("left")) location.replace(link.href);
  });
}
