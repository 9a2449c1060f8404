// Buttons marked data-copy="#id" copy that element's text. They come hidden and are shown here, since without
// script they could do nothing. Where the browser refuses (plain HTTP), the text is selected for copying by hand.
function select(source) {
  if (typeof source.select === "function") { source.select(); return; }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const text = (source.value ?? source.textContent).trim();
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  let said = button.dataset.copied ?? "Copied";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    select(source);
    said = button.dataset.selected ?? "Selected: now press Ctrl+C";
  }
  button.textContent = said;
  setTimeout(() => { button.textContent = label; }, 3000);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => copy(button));
}
