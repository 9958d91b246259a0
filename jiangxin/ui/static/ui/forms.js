// Comforts of dynamic forms: rows, pasting from a spreadsheet, search of links. Each form works without.
(function () {
  "use strict";

  // --- rows of tables ---------------------------------------------------------------------------

  function boxes(row) {
    return Array.from(row.querySelectorAll("input:not([type=hidden]), select, textarea"));
  }

  function addRow(table, after) {
    var code = table.dataset.rows;
    var key = table.dataset.next;
    table.dataset.next = Number(key) + 1;
    var source = table.closest(".dyn-table").querySelector("template[data-new-row='" + code + "']");
    var body = table.tBodies[0];
    var row = source.content.firstElementChild.cloneNode(true);
    [row].concat(Array.from(row.querySelectorAll("*"))).forEach(function (one) {
      Array.from(one.attributes).forEach(function (attribute) {
        if (attribute.value.indexOf("__n__") >= 0) attribute.value = attribute.value.split("__n__").join(key);
      });
    });
    body.insertBefore(row, after ? after.nextElementSibling : null);
    number(table);
    if (window.htmx) window.htmx.process(row);
    return row;
  }

  function number(table) {
    table.querySelectorAll("tbody [data-number]").forEach(function (one, place) {
      one.textContent = place + 1;
      one.closest("tr").querySelectorAll("[data-words]").forEach(function (said) {
        said.textContent = said.dataset.words.replace("#", place + 1);
      });
    });
  }

  function changed(element) {
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function copyValues(from, to) {
    var old = boxes(from);
    boxes(to).forEach(function (box, place) {
      if (box.type === "file") return;
      if (box.type === "checkbox" || box.type === "radio") box.checked = old[place].checked;
      else box.value = old[place].value;
    });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button[name^='row_']");
    if (!button) return;
    var table = button.closest(".dyn-table").querySelector("table[data-rows]");
    if (!table) return;
    event.preventDefault();
    var act = button.name.split(":")[0];
    var row = button.closest("tr");
    if (act === "row_remove") {
      var next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      number(table);
      var add = button.closest(".dyn-table") || table.closest(".dyn-table");
      (next && boxes(next)[0] || add.querySelector("button[name^='row_add']") || table).focus();
    } else {
      var made = addRow(table, row);
      if (act === "row_copy") copyValues(row, made);
      boxes(made)[0].focus();
    }
    changed(table);
  });

  // --- cells copied in a spreadsheet ------------------------------------------------------------

  function fill(box, text) {
    text = text.trim();
    if (box.tagName !== "SELECT") {
      box.value = text;
      return;
    }
    var found = Array.from(box.options).find(function (one) {
      return one.value === text || one.textContent.trim() === text;
    });
    // the server may know the word in another language; if not, it says so
    if (!found && text) found = box.appendChild(new Option(text, text));
    if (found) box.value = found.value;
  }

  document.addEventListener("paste", function (event) {
    var cell = event.target.closest && event.target.closest("table[data-rows] td");
    var text = cell && event.clipboardData && event.clipboardData.getData("text/plain");
    if (!text || !/[\t\n]/.test(text.replace(/\s+$/, ""))) return;
    event.preventDefault();
    var table = cell.closest("table");
    var row = cell.closest("tr");
    var first = cell.cellIndex;
    text.replace(/[\r\n]+$/, "").split(/\r?\n/).forEach(function (line, place) {
      if (place) row = row.nextElementSibling || addRow(table, row);
      line.split("\t").forEach(function (part, step) {
        var target = row.cells[first + step];
        var box = target && boxes(target)[0];
        if (box && ["checkbox", "radio", "file"].indexOf(box.type) < 0) fill(box, part);
      });
    });
    changed(table);
  });

  // --- links: a box with a list of what the server found ----------------------------------------

  function list(box) {
    return box && box.dataset && box.dataset.link ? document.getElementById(box.dataset.link) : null;
  }

  function show(box, open) {
    var found = list(box);
    found.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
    if (!open) box.removeAttribute("aria-activedescendant");
  }

  function mark(box, step) {
    var options = Array.from(list(box).querySelectorAll("[role=option]"));
    if (!options.length) return;
    var now = options.findIndex(function (one) { return one.getAttribute("aria-selected") === "true"; });
    var next = now < 0 ? (step > 0 ? 0 : options.length - 1) : (now + step + options.length) % options.length;
    options.forEach(function (one, place) { one.setAttribute("aria-selected", String(place === next)); });
    box.setAttribute("aria-activedescendant", options[next].id);
    options[next].scrollIntoView({ block: "nearest" });
  }

  function take(box, option) {
    box.value = option.dataset.value;
    show(box, false);
    changed(box);
  }

  document.addEventListener("htmx:afterSwap", function (event) {
    var found = event.target;
    if (!found.classList || !found.classList.contains("dyn-found")) return;
    var box = found.parentElement.querySelector("[data-link]");
    show(box, document.activeElement === box && box.value.trim() !== "");
  });
  document.addEventListener("keydown", function (event) {
    var box = event.target;
    if (!list(box)) return;
    var open = !list(box).hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!list(box).children.length) return;
      event.preventDefault();
      if (!open) show(box, true);
      mark(box, event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && open) {
      var chosen = list(box).querySelector("[aria-selected=true]");
      event.preventDefault();
      if (chosen) take(box, chosen);
      else show(box, false);
    } else if (event.key === "Escape" && open) {
      event.stopPropagation();
      show(box, false);
    }
  });
  document.addEventListener("mousedown", function (event) {
    var option = event.target.closest(".dyn-found [role=option]");
    if (!option) return;
    event.preventDefault();
    take(option.closest(".dyn-link").querySelector("[data-link]"), option);
  });
  document.addEventListener("focusout", function (event) {
    if (list(event.target)) show(event.target, false);
  });

  // --- what an autosave found -------------------------------------------------------------------

  function words(state, name) {
    return (state.dataset[name] || "").split(" ");
  }

  document.addEventListener("htmx:oobAfterSwap", function (event) {
    var state = event.target;
    if (!state.id || !/-state$/.test(state.id) || state.dataset.hidden === undefined) return;
    var form = document.querySelector("[data-dynamic='" + state.id.replace(/-state$/, "") + "']");
    if (!form) return;
    var hidden = words(state, "hidden");
    var required = words(state, "required");
    var invalid = words(state, "invalid");
    form.querySelectorAll("[data-field]").forEach(function (field) {
      var code = field.dataset.field;
      field.hidden = hidden.indexOf(code) >= 0;
      var need = field.querySelector("[data-need]");
      if (need) need.hidden = required.indexOf(code) < 0;
      var box = field.querySelector("#" + form.dataset.dynamic + "-" + code);
      if (!box || !box.matches("input, select, textarea")) return;
      box.classList.toggle("is-invalid", invalid.indexOf(box.id) >= 0);
      if (invalid.indexOf(box.id) >= 0) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
    });
  });
  document.addEventListener("htmx:sendError", function (event) {
    var status = event.target.closest && event.target.closest("[data-dynamic]");
    status = status && document.getElementById(status.dataset.dynamic + "-status");
    if (status) status.dataset.offline = "";
  });
})();
