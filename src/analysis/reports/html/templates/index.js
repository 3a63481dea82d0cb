"use strict";
(() => {
  const language = document.documentElement.lang;
  const one = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

  function signed(change) {
    const text = one.format(Math.abs(change));
    return text === one.format(0) ? text : (change > 0 ? "+" : "−") + text;
  }

  function difference(newer, older, words) {
    if (!newer || !older || newer[0] === null || older[0] === null) return words.missing;
    if (newer[3] && older[3]) return words.share.replace("#", signed(100 * (newer[0] - older[0])));
    if (older[0] <= 0 || newer[0] < 0) return words.missing;
    return signed(100 * (newer[0] / older[0] - 1)) + "%";
  }

  function recounted(newer, older) {
    return newer && older && newer[4] && older[4] && newer[4] !== older[4];
  }

  function compare(section) {
    const words = JSON.parse(section.querySelector("script").textContent);
    const form = section.querySelector("form");
    const rows = section.querySelectorAll("tr.series");
    const show = () => {
      const chosen = ["newer", "older"].map((name) => form.elements[name].selectedOptions[0]);
      ["newer", "older"].forEach((name, n) => {
        section.querySelector("thead ." + name).textContent = chosen[n].textContent;
      });
      const keys = chosen.map((option) => option.dataset.period);
      rows.forEach((row, number) => {
        const cells = chosen.map((option) => words.rows[number][Number(option.value)]);
        ["newer", "older"].forEach((name, n) => {
          const cell = row.querySelector("td." + name);
          cell.querySelector(".value").textContent = cells[n] ? cells[n][1] : words.missing;
          cell.querySelector(".interval").textContent = cells[n] ? cells[n][2] : "";
        });
        row.querySelector(".change .value").textContent = difference(cells[0], cells[1], words);
        row.querySelector(".change .interval").textContent = recounted(cells[0], cells[1]) ? words.recounted : "";
        row.querySelectorAll("circle").forEach((dot) => {
          dot.classList.toggle("chosen", keys.includes(dot.dataset.period));
        });
      });
    };
    form.addEventListener("change", show);
    form.hidden = false;
    show();
  }

  function filter(form) {
    const rows = [...document.querySelectorAll("table.all tbody tr")];
    const output = form.querySelector("output");
    const show = () => {
      const wanted = ["report", "period", "state"].map((name) => [name, form.elements[name].value]);
      let shown = 0;
      for (const row of rows) {
        row.hidden = wanted.some(([name, value]) => value && row.dataset[name] !== value);
        if (!row.hidden) shown += 1;
      }
      output.textContent = output.dataset.text.replace("#", shown.toLocaleString(language));
    };
    form.addEventListener("change", show);
    form.hidden = false;
    show();
  }

  function tellAge(place) {
    const days = Math.floor((Date.now() - Date.parse(place.dataset.day)) / 86400000);
    if (days < 0) return;
    const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    place.textContent = place.dataset.text.replace("#", words.format(-days, "day"));
  }

  document.querySelectorAll("section.compare").forEach(compare);
  const filters = document.getElementById("filters");
  if (filters) filter(filters);
  const age = document.getElementById("age");
  if (age) tellAge(age);
})();
