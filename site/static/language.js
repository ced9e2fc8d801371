// The language switch leads to the cell that is being read: cells have the same ids in
// every language.

(function () {
  "use strict";

  // The id of the last cell that begins at or above `line`. places: [[id, top], ...].
  function cellAt(places, line) {
    let found = "";
    for (const [id, top] of places) if (top <= line) found = id;
    return found;
  }

  if (typeof module !== "undefined") module.exports = { cellAt };
  if (typeof document === "undefined") return;

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.course-language");
    if (!link) return;
    const places = [...document.querySelectorAll(".cell-place[id]")].map((place) => [
      place.id,
      place.getBoundingClientRect().top,
    ]);
    const cell = cellAt(places, window.innerHeight / 3);
    link.href = link.getAttribute("href").split("#")[0] + (cell ? `#${cell}` : "");
  });
})();
