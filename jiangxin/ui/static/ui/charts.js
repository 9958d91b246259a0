// Draws every chart of a page from the option beside it; the library is fetched only where one is.
(function () {
  "use strict";
  var source = document.querySelector("script[data-echarts]");
  var loading = null;
  var drawn = [];
  var root = document.documentElement;

  function library() {
    if (window.echarts) return Promise.resolve();
    if (!loading) {
      loading = new Promise(function (resolve, reject) {
        var script = document.createElement("script");
        script.src = source.dataset.echarts;
        script.onload = resolve;
        script.onerror = reject;
        document.head.appendChild(script);
      });
    }
    return loading;
  }

  function colour(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  function size() {
    return Number(colour("--chart-text")) || 12;
  }

  function number(value) {
    if (value === null || value === undefined || value === "-") return "—";
    if (typeof value !== "number") return String(value);
    return value.toLocaleString(root.lang, { maximumFractionDigits: 2 });
  }
  function percent(value) {
    if (typeof value !== "number") return number(value);
    return (value * 100).toLocaleString(root.lang, { maximumFractionDigits: 1 }) + "%";
  }
  var functions = {
    "@number": number,
    "@percent": percent,
    "@label-number": function (item) { return number(valueOf(item)); },
    "@label-percent": function (item) { return percent(valueOf(item)); },
  };
  function valueOf(item) {
    var value = item.value;
    return Array.isArray(value) ? value[value.length - 1] : value;
  }

  // words of the option that stand for colours of the page or for functions
  function filled(part) {
    if (Array.isArray(part)) return part.map(filled);
    if (part && typeof part === "object") {
      var copy = {};
      Object.keys(part).forEach(function (key) { copy[key] = filled(part[key]); });
      return copy;
    }
    if (typeof part !== "string") return part;
    if (functions[part]) return functions[part];
    var variable = /^var\((--[\w-]+)\)$/.exec(part);
    return variable ? colour(variable[1]) : part;
  }

  function axis(given) {
    var look = {
      axisLine: { lineStyle: { color: colour("--line-strong") } },
      axisTick: { show: false },
      axisLabel: { color: colour("--muted"), hideOverlap: true, fontSize: size() },
      nameTextStyle: { color: colour("--muted") },
      splitLine: { lineStyle: { color: colour("--line") } },
    };
    function one(own) {
      var merged = Object.assign({}, look, own);
      Object.keys(look).forEach(function (key) {
        merged[key] = Object.assign({}, look[key], own[key]);
        if (key === "splitLine" && own.type === "category" && !own.splitLine) merged.splitLine = { show: false };
      });
      return merged;
    }
    return Array.isArray(given) ? given.map(one) : one(given);
  }

  function dressed(option) {
    var made = filled(option);
    var text = { color: colour("--muted"), fontFamily: getComputedStyle(document.body).fontFamily };
    made.textStyle = Object.assign(text, made.textStyle);
    made.color = made.color || [1, 2, 3, 4, 5, 6].map(function (n) { return colour("--chart-" + n); });
    made.backgroundColor = "transparent";
    made.animationDuration = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350;
    made.aria = { enabled: false };
    if (made.tooltip !== false) {
      made.tooltip = Object.assign(
        {
          renderMode: "richText",
          confine: true,
          backgroundColor: colour("--surface"),
          borderColor: colour("--line-strong"),
          textStyle: { color: colour("--ink"), fontSize: 13 },
        },
        made.tooltip,
        { renderMode: "richText" }
      );
    } else delete made.tooltip;
    if (made.legend) {
      [].concat(made.legend).forEach(function (legend) {
        legend.textStyle = Object.assign({ color: colour("--muted"), fontSize: size() }, legend.textStyle);
        legend.type = legend.type || "scroll";
      });
    }
    if (made.xAxis) made.xAxis = axis(made.xAxis);
    if (made.yAxis) made.yAxis = axis(made.yAxis);
    return made;
  }

  function draw(figure) {
    var canvas = figure.querySelector(".chart-canvas");
    var option = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    var chart = window.echarts.init(canvas);
    chart.setOption(dressed(option));
    chart.on("click", function (event) {
      var url = event.data && event.data.url;
      if (url) window.location.assign(url);
    });
    new ResizeObserver(function () { chart.resize(); }).observe(canvas);
    drawn.push({ chart: chart, option: option, canvas: canvas });
    figure.dataset.drawn = "";
  }

  function start(scope) {
    var figures = Array.from(scope.querySelectorAll("figure[data-chart]:not([data-drawn])"));
    if (!figures.length) return;
    figures.forEach(function (figure) {
      var table = figure.querySelector(".chart-data");
      table.open = false;
      table.classList.add("is-ready");
    });
    library().then(
      function () { figures.forEach(draw); },
      function () {
        figures.forEach(function (figure) { figure.querySelector(".chart-data").open = true; });
      }
    );
  }

  function redraw() {
    drawn = drawn.filter(function (one) { return document.contains(one.canvas); });
    drawn.forEach(function (one) { one.chart.setOption(dressed(one.option), true); });
  }

  document.addEventListener("themechange", redraw);
  document.addEventListener("htmx:afterSwap", function () { start(document); });
  window.addEventListener("beforeprint", function () {
    drawn.forEach(function (one) { one.chart.resize(); });
  });
  start(document);
})();
