// htmx notes the address last seen in the browser's session store. Nothing of ours belongs in there, so it is taken out.
const forget = () => { try { sessionStorage.removeItem("htmx-current-path-for-history"); } catch { /* no store, nothing to forget */ } };

for (const moment of ["load", "pagehide"]) window.addEventListener(moment, forget);
for (const moment of ["htmx:load", "htmx:pushedIntoHistory", "htmx:replacedInHistory"]) document.addEventListener(moment, forget);
