// The link page: the secret part of a link stands behind the #, so that no server log and no referrer ever holds it.
// Here it is put in the form and taken out of the address bar. Without script the person types the code instead.
const field = document.querySelector('form input[name="token"]');
const token = decodeURIComponent(location.hash.slice(1).replace(/^(token|t)=/, ""));

if (field && token) {
  history.replaceState(null, "", location.pathname + location.search);
  field.value = token;
  for (const part of document.querySelectorAll("[data-without-token]")) part.hidden = true;
  for (const part of document.querySelectorAll("[data-with-token]")) part.hidden = false;
}
