// Runs before the page is drawn: scripts are on, and the colours of the device where none is chosen.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.theme !== "auto") return;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function follow() {
    if (dark.matches) root.setAttribute("data-bs-theme", "dark");
    else root.removeAttribute("data-bs-theme");
    document.dispatchEvent(new CustomEvent("themechange"));
  }
  dark.addEventListener("change", follow);
  follow();
})();
