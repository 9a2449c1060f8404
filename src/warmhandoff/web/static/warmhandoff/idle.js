// Two minutes before rest ends the session, say so, and offer a sign of life. The server decides; this only tells.
const place = document.querySelector(".js-idle");
const WARN = 2 * 60_000;

if (place) {
  const form = place.querySelector("form");
  const limit = Number(place.dataset.minutes) * 60_000 - 60_000; // the server notes a sign of life once a minute
  let last = Date.now();

  const look = () => {
    const rest = limit - (Date.now() - last);
    place.hidden = rest > WARN;
    if (rest > 0 || form.hidden) return;
    form.hidden = true;
    place.querySelector("p").textContent = place.dataset.ended;
  };
  const alive = () => {
    if (form.hidden) return;
    last = Date.now();
    look();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" })
      .then((answer) => { if (answer.status === 204) alive(); else last = 0; look(); })
      .catch(() => form.submit());
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) alive(); });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5_000);
}
