/* Charts: every [data-chart] draws the JSON block that data-source names. SVG, patterns for grey print, no inline styles.
   {categories, series: [{name, data, dashed, tone}], unit, decimals, target: {name, value}, links: [url]} */
(function () {
  "use strict";
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const colors = [1, 2, 3, 4, 5, 6].map((n) => token("--chart-" + n));
  const tone = (name) => token("--" + name);
  // White strokes over the colour: quiet on the screen, distinct in grey print.
  const stroke = "rgba(255, 255, 255, .5)";
  const decals = [
    { symbol: "none" },
    { symbol: "rect", rotation: -Math.PI / 4, dashArrayX: [1, 0], dashArrayY: [1.5, 5], color: stroke },
    { symbol: "circle", symbolSize: .6, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0], color: stroke },
    { symbol: "rect", rotation: Math.PI / 4, dashArrayX: [1, 0], dashArrayY: [1.5, 4], color: stroke },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [1.5, 4], color: stroke },
    { symbol: "rect", rotation: Math.PI / 2, dashArrayX: [1, 0], dashArrayY: [1.5, 4], color: stroke },
  ];
  const text = { color: token("--ink-soft"), fontFamily: token("--font"), fontSize: 12 };

  function option(kind, data, narrow) {
    const number = new Intl.NumberFormat("en-US", { minimumFractionDigits: data.decimals || 0, maximumFractionDigits: data.decimals === undefined ? 2 : data.decimals });
    const show = (value) => (value === null || value === undefined ? "—" : number.format(value) + (data.unit || ""));
    const lying = kind === "bar" || kind === "stack" || kind === "difference"; // categories run down the page
    const names = {
      type: "category", data: data.categories, inverse: lying, axisTick: { show: false },
      axisLine: { lineStyle: { color: token("--control") } }, axisLabel: Object.assign({ hideOverlap: !lying, width: narrow ? 80 : 130, overflow: "truncate" }, text),
    };
    if (kind === "difference") Object.assign(names, { axisLabel: Object.assign({}, names.axisLabel, { interval: 0 }), axisLine: { onZero: false, show: false } });
    const values = {
      type: "value", boundaryGap: kind === "difference" ? ["12%", "12%"] : undefined, scale: kind === "line", splitNumber: 4, splitLine: { lineStyle: { color: token("--line") } },
      axisLabel: Object.assign({ formatter: (value) => value.toLocaleString("en-US") }, text),
    };
    const series = data.series.map((one, i) => {
      const base = { name: one.name, data: one.data, itemStyle: { color: one.tone ? tone(one.tone) : colors[i % colors.length] } };
      if (kind === "line") {
        return Object.assign(base, { type: "line", symbolSize: 7, lineStyle: { width: 2.5, type: one.dashed ? "dashed" : "solid" }, connectNulls: false });
      }
      Object.assign(base, { type: "bar", barMaxWidth: lying ? 16 : 34, stack: kind === "stack" ? "all" : undefined });
      if (kind === "stack") Object.assign(base.itemStyle, { borderColor: "#fff", borderWidth: 1 });
      if (kind === "difference") {
        base.data = one.data.map((value) => ({ value, itemStyle: { color: value < 0 ? token("--chart-6") : token("--chart-1") }, label: { position: value < 0 ? "left" : "right" } }));
      }
      if (kind !== "stack" && data.series.length === 1) {
        base.label = Object.assign({ show: true, position: lying ? "right" : "top", formatter: (p) => (kind === "difference" && p.value > 0 ? "+" : "") + show(p.value) }, text);
      }
      return base;
    });
    if (data.target && series.length) {
      series[0].markLine = {
        silent: true, symbol: "none", lineStyle: { color: token("--seal"), type: "dashed", width: 1.5 },
        label: { formatter: data.target.name + " " + show(data.target.value), position: "end", color: token("--seal"), fontFamily: text.fontFamily },
        data: [lying ? { xAxis: data.target.value } : { yAxis: data.target.value }],
      };
      // The axis takes its range from the series alone; null leaves it so. Bars start at zero anyway.
      values.min = (extent) => (kind === "line" && data.target.value < extent.min ? Math.floor(data.target.value) : null);
      values.max = (extent) => (data.target.value > extent.max ? Math.ceil(data.target.value) : null);
    }
    if (kind === "stack" && data.unit === "%") values.max = 100;
    return {
      animation: false, color: colors, // a moving picture would be printed half drawn textStyle: text,
      aria: { enabled: true, label: { enabled: false }, decal: { show: data.series.length > 1 && kind !== "line", decals } },
      grid: { left: 14, right: lying ? 64 : data.target ? 78 : 18, top: data.series.length > 1 ? 40 : 26, bottom: 10, containLabel: true },
      legend: data.series.length > 1 ? { top: 6, left: 12, itemWidth: 16, itemHeight: 10, textStyle: text } : undefined,
      tooltip: { trigger: kind === "line" || kind === "stack" ? "axis" : "item", renderMode: "richText", valueFormatter: show, confine: true,
        axisPointer: { type: kind === "line" ? "line" : "shadow" }, textStyle: { fontFamily: text.fontFamily, fontSize: 12, color: token("--ink") } },
      xAxis: lying ? values : names, yAxis: lying ? names : values, series,
    };
  }

  function draw(place) {
    const data = JSON.parse(document.getElementById(place.dataset.source).textContent);
    const chart = echarts.init(place, null, { renderer: "svg" });
    // ECharts leaves out viewBox; without it print cuts the picture off.
    chart.on("finished", () => {
      const svg = place.querySelector("svg");
      if (svg) svg.setAttribute("viewBox", "0 0 " + chart.getWidth() + " " + chart.getHeight());
    });
    chart.setOption(option(place.dataset.chart, data, place.clientWidth < 480));
    // A drawn part is a short cut for the same link in the table below; it does nothing that the table cannot.
    if (data.links) chart.on("click", (event) => { if (data.links[event.dataIndex]) window.location.assign(data.links[event.dataIndex]); });
    // On paper the view box scales the picture; drawing it anew would come too late.
    window.addEventListener("resize", () => { if (!window.matchMedia("print").matches) chart.resize(); });
  }

  const drawAll = (part) => part.querySelectorAll("[data-chart]:empty").forEach(draw);
  const start = () => drawAll(document);
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
