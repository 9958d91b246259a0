// Review of a document: keys in cards, and a card and its words find each other. Works without it.
(function () {
  "use strict";

  function cards() {
    return Array.from(document.querySelectorAll("[data-item]"));
  }

  function waiting() {
    return cards().find(function (card) { return card.classList.contains("is-read"); });
  }

  function show(card) {
    document.querySelectorAll(".mark.is-here").forEach(function (mark) { mark.classList.remove("is-here"); });
    if (!card) return;
    var own = document.querySelectorAll('.mark[href="#' + card.id + '"]');
    own.forEach(function (mark) { mark.classList.add("is-here"); });
    var pane = document.querySelector(".review-source .source-text");
    var start = document.getElementById(card.id.replace("item-", "at-"));
    if (pane && start && pane.scrollHeight > pane.clientHeight) {
      pane.scrollTop += start.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    }
  }

  document.addEventListener("focusin", function (event) {
    var card = event.target.closest("[data-item]");
    if (card) show(card);
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select")) return;
    if (!document.querySelector("[data-review]")) return;
    var key = event.key.toLowerCase();
    var card = event.target.closest("[data-item]");
    if (key === "j" || key === "k") {
      var all = cards();
      var next = all[(card ? all.indexOf(card) : key === "j" ? -1 : all.length) + (key === "j" ? 1 : -1)];
      if (next) {
        event.preventDefault();
        next.focus();
        next.scrollIntoView({ block: "nearest" });
      }
      return;
    }
    var control = card && card.querySelector('[data-key="' + key + '"]');
    if (control) {
      event.preventDefault();
      control.click();
    }
  });

  // after a decision the next card that waits takes the focus
  var decided = -1;
  document.addEventListener("htmx:beforeRequest", function (event) {
    var card = event.target.closest("[data-item]");
    decided = card ? cards().indexOf(card) : -1;
  });
  document.addEventListener("htmx:afterSettle", function () {
    if (decided < 0) return;
    var all = cards();
    var next = all.slice(decided).find(function (card) { return card.classList.contains("is-read"); }) || waiting();
    decided = -1;
    if (next) next.focus();
  });
})();
