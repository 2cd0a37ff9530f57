/** What must be done before anything else of the page runs: main.tsx imports it first. */

// uPlot wants number formats of this language, which is "C" where the system has none
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en" });
}

let shown = false;

/** The page is there; what fails from now on is told where it happens. */
export function isShown(): void {
  shown = true;
}

addEventListener("error", ({ message }) => {
  if (shown) return;
  const note = document.createElement("p");
  note.className = "note bad";
  note.role = "alert";
  note.textContent = `This page could not be started in this browser (${message}). Load it again, or open it in a current Chrome, Edge, Safari or Firefox. Nothing of yours is lost.`;
  document.getElementById("app")?.replaceChildren(note);
});
