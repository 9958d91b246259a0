// Small comforts of every page; each page works without them.
(function () {
  "use strict";

  // menus close when the reader turns elsewhere
  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    var nav = document.getElementById("nav-open");
    if (nav) nav.checked = false;
  });

  // a menu with a search is opened to search
  document.addEventListener("toggle", function (event) {
    if (!event.target.open || !event.target.matches("details.menu")) return;
    var input = event.target.querySelector("input[type=search]");
    if (input) input.focus();
  }, true);

  // forms that are sent by choosing, and acts that ask again
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });
  document.addEventListener("submit", function (event) {
    var question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // sign-ins of the demonstration
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-username]");
    if (!button) return;
    var login = document.getElementById("id_login");
    var password = document.getElementById("id_password");
    if (!login || !password) return;
    login.value = button.dataset.username;
    password.value = button.dataset.password;
    login.form.querySelector("button:not([type=button])").focus();
  });

  // the menu marks the part of the site that a page below belongs to
  function markMenu() {
    var links = Array.from(document.querySelectorAll(".nav-list a"));
    if (links.some(function (one) { return one.hasAttribute("aria-current"); })) return;
    var path = window.location.pathname;
    var best = null;
    links.forEach(function (one) {
      var start = one.getAttribute("href").split("?")[0];
      if (start !== "/" && path.startsWith(start) && (!best || start.length > best.length)) best = start;
    });
    links.forEach(function (one) {
      if (best && one.getAttribute("href").split("?")[0] === best) one.setAttribute("aria-current", "true");
    });
  }

  // search of everything: Ctrl+K, arrows, Enter
  var palette = document.getElementById("palette");
  function openPalette() {
    palette.showModal();
    var input = palette.querySelector("input");
    input.focus();
    input.select();
  }
  function choose(list, step) {
    var links = Array.from(list.querySelectorAll("a"));
    if (!links.length) return null;
    var now = links.findIndex(function (one) { return one.classList.contains("is-chosen"); });
    var next = links[(now + step + links.length) % links.length];
    if (now === -1) next = step > 0 ? links[0] : links[links.length - 1];
    links.forEach(function (one) { one.classList.toggle("is-chosen", one === next); });
    next.scrollIntoView({ block: "nearest" });
    return next;
  }
  if (palette) {
    document.addEventListener("keydown", function (event) {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openPalette();
      }
    });
    document.addEventListener("click", function (event) {
      if (event.target.closest("[data-palette]")) {
        event.preventDefault();
        openPalette();
      }
      if (event.target === palette) palette.close();
    });
    palette.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(palette, event.key === "ArrowDown" ? 1 : -1);
      }
      if (event.key === "Enter") {
        var chosen = palette.querySelector("a.is-chosen");
        if (chosen) {
          event.preventDefault();
          chosen.click();
        }
      }
    });
  }

  // an answer that carries an error is shown, and one lost on the way is said
  document.addEventListener("htmx:sendError", function (event) {
    event.detail.elt.setAttribute("data-offline", "");
  });

  markMenu();
})();
