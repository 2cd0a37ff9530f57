/** Runs before the rest of the page: main.tsx imports it first. */

// uPlot formats numbers in this language, which is "C" if the system has none
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en" });
}

let shown = false;

/** The page is shown; later errors appear where they happen. */
export function isShown(): void {
  shown = true;
}

/** Puts a sentence in place of a page that could not start. */
export function tellFailure(message: string): void {
  if (shown) return;
  const note = document.createElement("p");
  note.className = "note bad";
  note.role = "alert";
  note.textContent = `This page could not start in this browser (${message}). Reload it, or open it in a current Chrome, Edge, Safari or Firefox. Nothing of yours is lost.`;
  document.getElementById("app")?.replaceChildren(note);
}

addEventListener("error", ({ message }) => tellFailure(message));
