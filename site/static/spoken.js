// Each formula is read out as the words that the build wrote beside it: MathJax's picture
// becomes an image with these words as its name. Tells window.courseMathReady when done.

(function () {
  "use strict";

  function name() {
    for (const source of document.querySelectorAll(".math[data-spoken]")) {
      const picture = source.querySelector("mjx-container");
      if (!picture) continue;
      picture.setAttribute("role", "img");
      picture.setAttribute("aria-label", source.dataset.spoken);
      picture.removeAttribute("tabindex");
      for (const part of picture.children) part.setAttribute("aria-hidden", "true");
    }
    window.courseMathReady = true;
  }

  // tables, code and long formulas scroll on a small screen, with the keys too
  // (a formula in a table is narrower than its own box, so that the picture scrolls)
  const BOXES =
    "div.math, mjx-container, .pst-scrollable-table-container, .bd-article :is(table, pre)";

  function scrollers() {
    for (const box of document.querySelectorAll(BOXES)) {
      const scrolls =
        box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    window.addEventListener("resize", scrollers);
    const started = window.MathJax?.startup?.promise;
    if (!started) {
      window.courseMathReady = !document.querySelector(".math");
      scrollers();
      return;
    }
    started.then(() => {
      name();
      scrollers();
    });
  });
})();
