"use strict";
// What a page can do beyond being read: every page is whole without it. No "less than" and no ampersand in this file: a page is XML too.
(() => {
const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const made = (tag, words, more = {}) => Object.assign(document.createElement(tag), { textContent: words }, more);
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").replace(/\s/g, " ").toLowerCase();
const soon = (act) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(act, 150); }; };

// Dark or light: as the reader's machine has it, or as chosen here. A browser may keep nothing for a file.
const remembered = (value) => {
  try {
    if (value) localStorage.setItem("theme", value);
    return localStorage.getItem("theme");
  } catch {
    return value;
  }
};
const machine = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : machine.matches);
const chosen = remembered();
if (["dark", "light"].includes(chosen)) root.dataset.theme = chosen;

const themeButton = (button) => {
  const show = () => button.setAttribute("aria-pressed", String(dark()));
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remembered(root.dataset.theme);
    show();
  });
  machine.addEventListener("change", show);
  show();
};

// Search: hits are marked across bold words and links; with or without accents.
const BLOCKS = "h1, h2, h3, h4, p, li, caption, th, td, figcaption";
const lettersOf = (block) => {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  let text = "";
  const places = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest(BLOCKS) !== block || node.parentElement.closest(".anchor")) continue;
    let at = 0;
    for (const letter of node.data) {
      for (const folded of fold(letter)) {
        text += folded;
        places.push([node, at, at + letter.length]);
      }
      if (places.length) places[places.length - 1][2] = at + letter.length;
      at += letter.length;
    }
  }
  return { text, places };
};
const marked = (block, sought) => {
  const { text, places } = lettersOf(block);
  const hits = [];
  for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length)) {
    const pieces = [];
    for (const [node, start, end] of places.slice(at, at + sought.length)) {
      const last = pieces[pieces.length - 1];
      if (last ? last.node === node : false) last.end = end;
      else pieces.push({ node, start, end });
    }
    hits.push(pieces);
  }
  const wrapped = (piece) => {
    const range = document.createRange();
    range.setStart(piece.node, piece.start);
    range.setEnd(piece.node, piece.end);
    const mark = document.createElement("mark");
    range.surroundContents(mark);
    return mark;
  };
  return hits.reverse().map((pieces) => pieces.reverse().map(wrapped)).reverse();  // from behind: places before stay
};
const search = (box, none) => {
  const field = box.querySelector("input");
  const told = box.querySelector("output");
  let hits = [];
  let now = 0;
  const go = (step) => {
    if (!hits.length) return;
    hits[now].forEach((mark) => mark.classList.remove("now"));
    now = (now + step + hits.length) % hits.length;
    hits[now].forEach((mark) => mark.classList.add("now"));
    const folded = hits[now][0].closest("details");
    if (folded) folded.open = true;
    hits[now][0].scrollIntoView({ block: "center", inline: "nearest" });
    told.textContent = `${now + 1} / ${hits.length}`;
  };
  const look = () => {
    all("main mark").forEach((mark) => {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent.normalize();
    });
    const sought = fold(field.value.trim());
    const blocks = sought.length > 1 ? all(BLOCKS, document.querySelector("main")) : [];
    hits = blocks.filter((block) => !block.closest("[hidden]")).flatMap((block) => marked(block, sought));
    now = 0;
    told.textContent = blocks.length ? none : "";
    go(0);
  };
  field.addEventListener("input", soon(look));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") { field.value = ""; look(); }
  });
  box.querySelector(".previous").addEventListener("click", () => go(-1));
  box.querySelector(".next").addEventListener("click", () => go(1));
};

// Tables of more than a dozen rows: sorted by a click on a column's head, filtered by a word.
const collator = new Intl.Collator("vi", { numeric: true });
const shown = (cell) => {
  const copy = cell.cloneNode(true);
  all("sup", copy).forEach((note) => note.remove());
  return copy.textContent.trim();
};
const amount = (text) => {
  const found = /([+\-−]?)(\d[\d.,]*)(?:\/(\d[\d.,]*))?/.exec(text);
  if (!found) return null;
  const [point, comma] = root.lang === "vi" ? [/\./g, ","] : [/,/g, "."];
  const number = (digits) => Number(digits.replace(point, "").replace(comma, "."));
  const value = found[3] ? number(found[2]) / number(found[3]) : number(found[2]);
  return Number.isFinite(value) ? (/[-−]/.test(found[1]) ? -value : value) : null;
};
const sortable = (table, body, rows) => {
  const heads = all("thead th", table);
  heads.forEach((head, column) => {
    const button = made("button", "", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const order = { none: "ascending", ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")];
      heads.forEach((other) => other.setAttribute("aria-sort", other === head ? order : "none"));
      if (order === "none") return body.append(...rows);
      const sign = order === "ascending" ? 1 : -1;
      const numbers = head.classList.contains("number");
      const keyed = rows.map((row) => {
        const text = shown(row.cells[column]);
        return { row, key: numbers ? amount(text) : /[\p{L}\d]/u.test(text) ? text : null };
      });
      const told = keyed.filter((one) => one.key !== null);
      told.sort((a, b) => sign * (numbers ? a.key - b.key : collator.compare(a.key, b.key)));
      body.append(...told.map((one) => one.row), ...keyed.filter((one) => one.key === null).map((one) => one.row));
    });
  });
};
const filterable = (table, rows, words) => {
  const texts = rows.map((row) => fold(row.textContent));
  const field = made("input", "", { type: "search", autocomplete: "off" });
  const count = made("output", "");
  const label = made("label", `${words.filter} `);
  label.append(field);
  const box = made("div", "", { className: "table-filter" });
  box.append(label, count);
  (table.closest(".table") ?? table).before(box);
  field.setAttribute("aria-label", `${words.filter}: ${shown(table.caption)}`);
  field.addEventListener("input", soon(() => {
    const sought = fold(field.value.trim());
    rows.forEach((row, place) => { row.hidden = !texts[place].includes(sought); });
    count.textContent = sought ? `${rows.filter((row) => !row.hidden).length} / ${rows.length} ${words.rows}` : "";
  }));
};

// What is wider than the page moves within its own region, also by keyboard.
const regions = () => {
  const fit = () => all(".table, main figure").forEach((box) => {
    const wide = box.scrollWidth > box.clientWidth;
    const table = box.querySelector("caption");
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    if (!table) return;
    const named = { role: "region", "aria-label": shown(table) };
    Object.entries(named).forEach(([name, value]) => (wide ? box.setAttribute(name, value) : box.removeAttribute(name)));
  });
  addEventListener("resize", soon(fit));
  fit();
};

// The contents show where the reader is; on a phone they are folded until wanted.
const contents = (nav) => {
  const links = all("a", nav);
  const places = links.map((link) => document.getElementById(link.hash.slice(1)));
  const details = nav.querySelector("details");
  const narrow = matchMedia("(max-width: 70rem)");
  const fold = () => { details.open = !narrow.matches; };
  let current;
  const follow = () => {
    const line = scrollY + innerHeight + 2 > root.scrollHeight ? innerHeight : 140;
    const passed = places.filter((place) => line > place.getBoundingClientRect().top).length;
    const link = links[Math.max(passed - 1, 0)];
    if (link === current) return;
    if (current) current.removeAttribute("aria-current");
    link.setAttribute("aria-current", "location");
    current = link;
    const side = nav.closest(".side");
    if (!narrow.matches) side.scrollTop = link.offsetTop - side.clientHeight / 2;
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  }, { passive: true });
  details.addEventListener("click", (event) => {
    if (narrow.matches) if (event.target.closest("a")) details.open = false;
  });
  narrow.addEventListener("change", fold);
  fold();
  follow();
};
const anchors = (words) => all("section[id] > :is(h2, h3, h4)").forEach((heading) => {
  const link = made("a", "#", { className: "anchor", href: `#${heading.parentElement.id}` });
  link.setAttribute("aria-label", `${words.anchor}: ${heading.textContent}`);
  heading.append(link);
});

// The list of all reports: words and choices narrow it, groups open by themselves.
const list = (box) => {
  const field = box.querySelector("input");
  const choices = all("select", box);
  const told = box.querySelector("output");
  const groups = all(".province").map((group) => ({ group, open: group.open }));
  const entries = all("main li").map((item) => {
    const group = item.closest(".province");
    const { source, period, notebook } = item.dataset;
    return { item, group, text: fold(`${item.textContent} ${group.dataset.name}`), province: group.dataset.province, source, period, notebook, lang: item.lang };
  });
  choices.forEach((choice) => {
    const names = new Map(entries.map((entry) => [entry[choice.name], entry[choice.name]]));
    const spoken = choice.dataset.words ? JSON.parse(choice.dataset.words) : {};
    const options = [...names.keys()].map((name) => made("option", spoken[name] ?? name, { value: name }));
    options.sort((a, b) => collator.compare(a.textContent, b.textContent));
    choice.append(...options);
  });
  const narrow = () => {
    const sought = fold(field.value.trim()).split(" ").filter(Boolean);
    const active = sought.length > 0 || choices.some((choice) => choice.value);
    const left = new Set();
    let count = 0;
    entries.forEach((entry) => {
      const fits = choices.every((choice) => !choice.value || entry[choice.name] === choice.value) ? sought.every((word) => entry.text.includes(word)) : false;
      entry.item.hidden = !fits;
      if (fits) { left.add(entry.group); count += 1; }
    });
    groups.forEach(({ group, open }) => {
      group.hidden = !left.has(group);
      group.open = active ? 6 > left.size || open : open;
    });
    all("main .period").forEach((part) => { part.hidden = !part.querySelector("li:not([hidden])"); });
    told.textContent = active ? `${count} / ${entries.length}` : "";
  };
  field.addEventListener("input", soon(narrow));
  choices.forEach((choice) => choice.addEventListener("change", narrow));
};

document.addEventListener("DOMContentLoaded", () => {
  const tools = document.querySelector(".tools");
  if (!tools) return;
  tools.hidden = false;
  themeButton(tools.querySelector(".theme"));
  if (tools.classList.contains("list")) return list(tools);
  anchors(tools.dataset);
  search(tools.querySelector(".search"), tools.dataset.none);
  all("main table").forEach((table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length > 12) { sortable(table, body, rows); filterable(table, rows, tools.dataset); }
  });
  const nav = document.querySelector(".contents");
  if (nav) contents(nav);
  regions();
});
})();
