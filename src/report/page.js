"use strict";
// What the page lists: shown, sorted, searched, opened. Text becomes text and never markup: nothing here parses HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const BATCH = 50;

  // ---- elements

  const add = (parent, child) => {
    if (child !== null && child !== undefined && child !== "") parent.append(child);
    return parent;
  };
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
    return children.flat().reduce(add, element);
  };
  const draw = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // ---- numbers and times, as the rest of the page writes them

  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const count = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
  const day = (at) => {
    const date = new Date(at * 1000);
    return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  };
  const when = (at) => (at % 86400 === 0 ? day(at) : `${day(at)}, ${new Date(at * 1000).toISOString().slice(11, 16)}`);
  const time = (at, short) => make("time", { datetime: new Date(at * 1000).toISOString() }, short ? day(at) : when(at));
  const span = (seconds) => {
    const units = [[172800, 86400, "day"], [3600, 3600, "hour"], [60, 60, "minute"], [0, 1, "second"]];
    const [, unit, name] = units.find(([least]) => seconds >= least);
    return plural(Math.round(seconds / unit), name, `${name}s`);
  };
  // Rounded down: what is not the same is never written as 1.
  const similarity = (number) => (Math.floor(number * 1000 + 1e-9) / 1000).toFixed(3);

  const text = (words) => make("span", { dir: "auto", lang: "" }, words);
  const outlet = (name) => (name ? make("bdi", {}, name) : null);
  const named = (number) => data.names[number];

  // ---- differences

  const words = (version) => [
    version.removed ? `${plural(version.removed, "word", "words")} out` : null,
    version.added ? `${plural(version.added, "word", "words")} in` : null,
  ].filter(Boolean).join(", ") || "the same words, written otherwise";

  const difference = (version) => {
    const marks = { "-1": "del", 0: "span", 1: "ins" };
    const said = { "-1": "taken out: ", 1: "put in: " };
    // The blank after a word is not part of the mark.
    const parts = version.parts.flatMap(([kind, part]) =>
      [make(marks[kind], {}, said[kind] ? make("span", { class: "hidden" }, said[kind]) : null, part.trimEnd()), part.endsWith(" ") ? " " : null]);
    return make("div", { class: "difference", dir: "auto", lang: "" }, parts,
      version.more ? make("p", { class: "muted" }, `and ${plural(version.more, "change", "changes")} more`) : null);
  };

  // What opens is made when it opens.
  const opening = (attributes, title, content) => {
    const details = make("details", attributes, make("summary", {}, title));
    details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(content()); });
    return details;
  };

  // ---- an item's time

  const bars = (days) => {
    const most = Math.max(3, ...days.documents);
    const svg = draw("svg", { viewBox: `0 0 ${days.documents.length} 100`, preserveAspectRatio: "none", role: "img" });
    const total = days.documents.reduce((sum, n) => sum + n, 0);
    const peak = days.documents.indexOf(Math.max(...days.documents));
    const unit = plural(days.days, "day", "days");
    svg.setAttribute("aria-label", `${plural(total, "document", "documents")} over time, one bar for ${unit}; the most, ` +
      `${count(days.documents[peak])}, from ${day((days.start + peak * days.days) * 86400)}`);
    days.documents.forEach((n, at) => {
      if (n) svg.append(draw("rect", { class: "blue", x: at + 0.08, width: 0.84, y: 100 - (100 * n) / most, height: (100 * n) / most }));
    });
    const at = (place) => day((days.start + place * days.days) * 86400);
    return make("figure", {}, svg, make("figcaption", {}, make("span", {}, at(0)),
      make("span", {}, `1 bar = ${unit}, most ${count(days.documents[peak])}`), make("span", {}, at(days.documents.length - 1))));
  };

  // Where all is of one day, each text by its minute.
  const dots = (times) => {
    const [first, last] = [times[0].at, times[times.length - 1].at];
    const svg = draw("svg", { role: "img", "aria-label": `${plural(times.length, "document", "documents")} from ${when(first)} to ${when(last)}` });
    times.forEach(({ at, copy }, rank) => svg.append(draw("circle", {
      class: copy ? "red" : "blue", r: 5, cx: `${1 + (98 * (at - first)) / (last - first)}%`, cy: `${20 + (rank % 3) * 28}%`,
    })));
    return make("figure", {}, svg, make("figcaption", {}, make("span", {}, when(first)), make("span", {}, "a dot a document, copies in red"),
      make("span", {}, when(last))));
  };

  const chart = (detail) => {
    if (detail.days && detail.days.documents.length > 1) return bars(detail.days);
    const times = detail.headlines.flatMap((headline) => [{ at: headline.published, copy: false },
      ...(headline.copies || []).map((copy) => ({ at: copy.published, copy: true }))]).filter(({ at }) => at !== undefined);
    times.sort((a, b) => a.at - b.at);
    return times.length > 1 && times[0].at < times[times.length - 1].at ? dots(times) : null;
  };

  // ---- what an item opens to

  const differs = (one) => {
    if (one.difference !== undefined) return opening({}, `What differs: ${words(one)}`, () => difference(data.differences[one.difference]));
    return one.added || one.removed ? make("span", { class: "muted" }, `${words(one)}; which, is in versions.jsonl`) : null;
  };

  const copy = (headline) => (one) => {
    const after = headline.published !== undefined && one.published !== undefined ? one.published - headline.published : null;
    const said = one.similarity === 1 ? "the same words" : one.similarity === undefined ? "" : `${similarity(one.similarity)} similar`;
    const lag = after === null ? (one.published === undefined ? "undated" : when(one.published))
      : after === 0 ? "at the same time" : `${span(Math.abs(after))} ${after > 0 ? "later" : "earlier"}`;
    const ownTitle = one.title && one.title !== headline.title ? make("span", { class: "own", dir: "auto", lang: "" }, one.title) : null;
    return make("li", {}, make("span", { class: "by" }, outlet(named(one.outlet)) || make("code", {}, one.id), make("span", {}, lag), make("span", {}, said)),
      ownTitle, differs(one));
  };

  const headline = (one) => {
    const all = (one.copies || []).length + (one.more_copies || 0);
    const known = (one.copies || []).map(copy(one));
    const list = make("ul", { class: "copies", "aria-label": `Near-duplicates of ${one.title || one.id}` }, known,
      one.more_copies ? make("li", {}, `and ${count(one.more_copies)} more`) : null);
    return make("li", {},
      make("span", { class: "title" }, one.title ? text(one.title) : make("code", {}, one.id)),
      make("span", { class: "by" }, outlet(named(one.outlet)), one.published === undefined ? null : time(one.published),
        one.is_earlier ? make("span", {}, "came on an earlier night") : null,
        all ? make("span", {}, plural(all, one.is_earlier ? "copy tonight" : "copy", one.is_earlier ? "copies tonight" : "copies")) : null),
      all > 4 ? opening({}, `The ${count(all)} copies`, () => list) : all ? list : null);
  };

  const opened = (place) => {
    const row = data.rows[place];
    const detail = data.details[place];
    const rest = (row.all_outlets || 0) - (row.outlets || []).length;
    const outlets = (row.outlets || []).map(named).join(", ") + (rest > 0 ? ` and ${count(rest)} more` : "");
    const facts = [outlets ? make("p", { class: "facts" }, "Outlets: ", make("bdi", {}, outlets)) : null];
    if (!detail) {
      const why = row.size > 1 ? "This page has no room for its headlines: they are in the tables beside it." : "One document.";
      return [make("p", { class: "note" }, why), ...facts];
    }
    facts.push(make("p", { class: "facts" }, "Called ", make("code", {}, detail.id), " in the tables"));
    return [chart(detail), make("ol", { class: "headlines" }, detail.headlines.map(headline)),
      detail.more ? make("p", { class: "muted" }, `and ${plural(detail.more, "headline", "headlines")} more, in articles.jsonl and kept.jsonl`) : null,
      ...facts];
  };

  // ---- the list

  const list = document.getElementById("list");
  if (list) {
    const body = list.tBodies[0];
    const [query, filter, found, again] = ["query", "filter", "found", "again"].map((id) => document.getElementById(id));
    const night = list.dataset.night || null;
    const fold = (words) => words.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
    let haystacks = null;
    const haystack = (row, place) => {
      const headlines = data.details[place] ? data.details[place].headlines : [];
      const copies = headlines.flatMap((one) => (one.copies || []).flatMap((copy) => [copy.title, named(copy.outlet), copy.id]));
      const told = headlines.flatMap((one) => [one.title, named(one.outlet), one.id]);
      return fold([row.title, ...(row.keywords || []), ...(row.outlets || []).map(named), ...told, ...copies].filter(Boolean).join("\n"));
    };
    const keys = {
      title: (row) => row.title, size: (row) => row.size, groups: (row) => row.groups ?? row.size,
      outlets: (row) => row.all_outlets, first: (row) => row.first, last: (row) => row.last ?? row.first,
    };
    const filters = {
      all: () => true, several: (row) => row.size > 1, copies: (row) => row.groups !== undefined,
      new: (row) => row.first_seen === night, on: (row) => row.first_seen !== night,
    };
    const collator = new Intl.Collator();
    let order = { key: "size", down: true };
    let places = [];
    let shown = 0;

    const compare = (a, b) => {
      const [one, other] = [keys[order.key](data.rows[a]), keys[order.key](data.rows[b])];
      // What has no time stands last, whichever way.
      if (one === undefined || other === undefined) return (one === undefined) - (other === undefined) || a - b;
      const by = typeof one === "string" ? collator.compare(one, other) : one - other;
      return (order.down ? -by : by) || a - b;
    };

    const cell = (value, name, before) => make("td", { role: "cell", class: "number", "data-name": name, "data-before": before }, value);
    const badge = (row) => {
      if (!night || !row.first_seen) return null;
      if (row.first_seen === night) return make("span", { class: "badge" }, "new");
      const earlier = row.earlier ? `, ${plural(row.earlier, "document", "documents")} before` : "";
      return make("span", { class: "badge on" }, `since ${row.first_seen}${earlier}`);
    };
    const rowOf = (place) => {
      const row = data.rows[place];
      const button = make("button", { type: "button", class: "title", "aria-expanded": "false", "aria-controls": `item-${place}` }, text(row.title));
      const said = (row.keywords || []).map(text);
      const last = row.last ?? row.first;
      const line = make("tr", { role: "row" },
        make("th", { role: "rowheader", scope: "row" }, button, make("span", { class: "words" }, badge(row), said)),
        cell(count(row.size), row.size === 1 ? "document" : "documents"),
        cell(count(row.groups ?? row.size), (row.groups ?? row.size) === 1 ? "text" : "texts"),
        cell(count(row.all_outlets), row.all_outlets === 1 ? "outlet" : "outlets"),
        cell(row.first === undefined ? null : time(row.first, true)),
        cell(last === undefined || last === row.first ? null : time(last, true), null, "to"));
      button.addEventListener("click", () => toggle(button, line, place));
      return line;
    };
    const toggle = (button, line, place) => {
      const open = button.getAttribute("aria-expanded") !== "true";
      button.setAttribute("aria-expanded", String(open));
      line.classList.toggle("opened", open);
      if (open) line.after(make("tr", { role: "row", class: "detail", id: `item-${place}` }, make("td", { role: "cell", colspan: 6 }, opened(place))));
      else line.nextElementSibling.remove();
    };
    const grow = () => {
      body.append(...places.slice(shown, shown + BATCH).map(rowOf));
      shown = Math.min(places.length, shown + BATCH);
      again.hidden = shown === places.length;
      const less = places.length - shown;
      again.textContent = `Show ${count(Math.min(BATCH, less))} more of ${count(less)}`;
    };
    const show = () => {
      const wanted = fold(query.value).split(/\s+/).filter(Boolean);
      if (wanted.length && !haystacks) haystacks = data.rows.map(haystack);
      const fits = filters[filter.value] || filters.all;
      places = data.rows.map((_, place) => place)
        .filter((place) => fits(data.rows[place]) && wanted.every((word) => haystacks[place].includes(word)));
      places.sort(compare);
      body.replaceChildren();
      shown = 0;
      grow();
      found.textContent = `${count(places.length)} of ${plural(data.rows.length, list.dataset.one, list.dataset.many)}`;
    };
    for (const header of list.tHead.querySelectorAll("th")) {
      header.querySelector("button").addEventListener("click", () => {
        const { key } = header.dataset;
        order = { key, down: order.key === key ? !order.down : key !== "title" };
        for (const other of list.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
        header.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        show();
      });
    }
    let waiting = 0;
    query.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 120); });
    filter.addEventListener("change", show);
    again.addEventListener("click", () => {
      const from = shown;
      grow();
      const next = body.querySelectorAll("button.title")[from];
      if (next) next.focus();
    });
    document.getElementById("tools").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("listing").hidden = false;
    show();
  }

  // ---- pages that changed

  const changed = document.getElementById("changed");
  if (changed) {
    const version = (one) => make("li", {},
      make("span", { class: "title" }, one.title ? text(one.title) : make("code", {}, one.id)),
      make("span", { class: "by" }, one.published === undefined ? make("span", {}, "undated") : time(one.published), outlet(one.source),
        make("span", {}, one.is_first ? "the first that was read" : words(one))),
      one.is_first || !one.parts.length ? null : difference(one));
    for (const page of data.pages) {
      const [first, last] = [page.versions[0], page.versions[page.versions.length - 1]];
      const times = first.published !== undefined && last.published > first.published ? `, over ${span(last.published - first.published)}` : "";
      const title = make("span", {}, text(first.title || page.url), make("span", { class: "by" },
        make("span", {}, plural(page.versions.length, "version", "versions") + times), make("bdi", {}, page.url)));
      changed.append(opening({ class: "changed" }, title, () => make("ol", { class: "versions" }, page.versions.map(version))));
    }
  }
})();
