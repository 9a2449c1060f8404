// Forms marked data-keep ask before what was typed is left behind.
// Nothing is ever written to the browser's own storage: it outlives the session, and others use the device.
const touched = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (form) touched.add(form);
});
document.addEventListener("submit", (event) => touched.delete(event.target));
// A draft the server has taken (htmx, from anywhere inside the form) is no longer at risk.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) touched.delete(event.target.closest("form[data-keep]"));
});
window.addEventListener("beforeunload", (event) => {
  // Whoever presses "Leave this page" must never be held back by a question.
  if (document.documentElement.classList.contains("left")) return;
  if ([...touched].some((form) => form.isConnected)) event.preventDefault();
});
