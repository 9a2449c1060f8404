// When a request made in the background fails, say so where messages stand, instead of doing nothing.
const place = document.querySelector(".js-trouble");

function say(text) {
  if (!place) return;
  const line = document.createElement("p");
  line.className = "note warn";
  line.textContent = text;
  place.replaceChildren(line);
}

document.addEventListener("htmx:sendError", () => say(place?.dataset.unreachable ?? ""));
document.addEventListener("htmx:responseError", (event) => {
  say((event.detail.xhr.status === 403 ? place?.dataset.signedOut : place?.dataset.refused) ?? "");
});
document.addEventListener("htmx:beforeRequest", () => place?.replaceChildren());
