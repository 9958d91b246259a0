// Long choices can be searched by typing; the library is fetched only where there is one.
(function () {
  "use strict";
  var source = document.querySelector("script[data-tom-select]");
  var LONG = 15;
  var loading = null;

  function library() {
    if (window.TomSelect) return Promise.resolve();
    if (!loading) {
      loading = new Promise(function (resolve, reject) {
        var style = document.createElement("link");
        style.rel = "stylesheet";
        style.href = source.dataset.tomSelectStyle;
        // before our own sheet, which adapts it to both colour schemes
        document.head.insertBefore(style, document.querySelector("link[data-own]"));
        var script = document.createElement("script");
        script.src = source.dataset.tomSelect;
        script.onload = resolve;
        script.onerror = reject;
        document.head.appendChild(script);
      });
    }
    return loading;
  }

  function start() {
    var long = Array.from(document.querySelectorAll("select.form-select:not(.tomselected)")).filter(
      function (one) { return one.options.length > LONG || one.hasAttribute("data-search"); }
    );
    if (!long.length) return;
    library().then(
      function () {
        long.forEach(function (one) {
          if (one.classList.contains("tomselected")) return;
          var empty = one.querySelector("option[value='']");
          new window.TomSelect(one, {
            maxOptions: 500,
            allowEmptyOption: Boolean(empty),
            placeholder: empty ? empty.textContent : "",
            controlClass: "ts-control",
            refreshThrottle: 100,
          });
          // the box that took its place carries the label now
          one.setAttribute("aria-hidden", "true");
        });
      },
      function () {}
    );
  }

  document.addEventListener("htmx:afterSwap", start);
  start();
})();
