// The site's search: a ranking of sections (Robertson & Zaragoza 2009, BM25F) over an
// index that is a script, so that it works from file:// as well. No request is made.

(function () {
  "use strict";

  const TITLE = 4; // a word in a heading counts as so many in the text
  const PAGE = 2; // and one in the page's title
  const K = 1.2;
  const B = 0.6;
  const SHOWN = 20; // pages
  const MORE = 3; // further sections of a page
  const CJK = /[\u3400-\u9fff]/;
  const COMMON = new Set(
    ("a an and are as at be by can do does for from has have how i in is it its of on or " +
      "that the their this to was what when where which who why will with you your").split(" "),
  );

  // Words of a text: lower case, without plural and common endings; Chinese in pairs.
  function words(text) {
    const found = [];
    const plain = text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
    for (const part of plain.match(/[a-z0-9]+(?:[._][a-z0-9]+)*|[\u3400-\u9fff]+/g) ?? []) {
      if (CJK.test(part)) found.push(...pairs(part));
      else found.push(...parts(part));
    }
    return found;
  }

  function pairs(text) {
    if (text.length === 1) return [text];
    return Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2));
  }

  // gan.losses counts as itself and as its two parts.
  function parts(text) {
    const pieces = /[._]/.test(text) ? [text, ...text.split(/[._]/)] : [text];
    return pieces.filter((piece) => piece && !COMMON.has(piece)).map(stem);
  }

  function stem(word) {
    if (word.length < 4 || /\d/.test(word)) return word;
    return word
      .replace(/(?:ies)$/, "y")
      .replace(/(?:sses)$/, "ss")
      .replace(/([^s])s$/, "$1")
      .replace(/(?:isation|ization)$/, "is")
      .replace(/(?:ised|ized|ising|izing|ises|izes|ise|ize)$/, "is")
      .replace(/(?:ations|ation|ating|ated|ate)$/, "at")
      .replace(/(?:ing|ed|er|or|e|ly|al)$/, (end, at) => (at > 2 ? "" : end));
  }

  // sections: [{page, place, title, path, text}]. pages: titles by number.
  function prepare(index) {
    const sections = index.sections.map(([page, place, title, text]) => ({
      page: index.pages[page],
      place,
      title,
      text,
    }));
    const postings = new Map();
    let total = 0;
    sections.forEach((section, i) => {
      const weights = new Map();
      const add = (text, weight) => {
        const list = words(text);
        for (const word of list) weights.set(word, (weights.get(word) ?? 0) + weight);
        return list.length;
      };
      section.length = add(section.text, 1);
      add(section.title, TITLE);
      if (section.title !== section.page.title) add(section.page.title, PAGE);
      total += section.length;
      for (const [word, weight] of weights) {
        if (!postings.has(word)) postings.set(word, []);
        postings.get(word).push([i, weight]);
      }
    });
    return { sections, postings, mean: total / Math.max(sections.length, 1) };
  }

  // Pages in the order of how well they fit, each with its best sections:
  // [{section, score, more: [section, ...]}].
  function search(prepared, query) {
    const { sections, postings, mean } = prepared;
    const asked = [...new Set(words(query))];
    const scores = new Map();
    const hits = new Map();
    for (const word of asked) {
      const found = postings.get(word) ?? nearest(postings, word);
      const rarity = Math.log(1 + (sections.length - found.length + 0.5) / (found.length + 0.5));
      for (const [i, weight] of found) {
        const scale = K * (1 - B + (B * sections[i].length) / mean);
        const score = (rarity * weight * (K + 1)) / (weight + scale);
        scores.set(i, (scores.get(i) ?? 0) + score);
        hits.set(i, (hits.get(i) ?? 0) + 1);
      }
    }
    // what has all the words comes before what has some of them often
    const ranked = [...scores]
      .map(([i, score]) => ({
        section: sections[i],
        score: score * (hits.get(i) / asked.length) ** 2 * (sections[i].page.weight ?? 1),
      }))
      .sort((a, b) => b.score - a.score);
    return byPage(ranked).slice(0, SHOWN);
  }

  // A page stands where its best section does, a little higher for further good ones.
  function byPage(ranked) {
    const pages = new Map();
    for (const { section, score } of ranked) {
      const known = pages.get(section.page);
      if (!known) pages.set(section.page, { section, score, best: score, more: [] });
      else if (known.more.length < MORE && score > known.best / 2) {
        known.more.push(section);
        known.score += score / 4;
      }
    }
    return [...pages.values()].sort((a, b) => b.score - a.score);
  }

  // An unfinished word stands for those that begin with it.
  function nearest(postings, word) {
    if (word.length < 3) return [];
    const found = new Map();
    for (const [known, list] of postings) {
      if (!known.startsWith(word)) continue;
      for (const [i, weight] of list) found.set(i, Math.max(found.get(i) ?? 0, weight / 2));
    }
    return [...found];
  }

  // The part of a text around the first word that was asked for.
  function excerpt(text, query, length = 180) {
    const asked = new Set(words(query));
    const tokens = [...text.matchAll(/[A-Za-z0-9]+|[\u3400-\u9fff]+/g)];
    const hit = tokens.find((token) => words(token[0]).some((word) => asked.has(word)));
    const start = Math.max(0, (hit?.index ?? 0) - 60);
    const cut = text.slice(start, start + length).trim();
    return (start ? "… " : "") + cut + (start + length < text.length ? " …" : "");
  }

  const api = { words, prepare, search, excerpt };
  if (typeof module !== "undefined") module.exports = api;
  if (typeof document !== "undefined") document.addEventListener("DOMContentLoaded", start);

  function start() {
    const field = document.getElementById("course-query");
    if (!field || !window.courseIndex) return;
    const prepared = prepare(window.courseIndex);
    field.value = new URLSearchParams(window.location.search).get("q") ?? "";
    const show = () => list(prepared, field.value);
    field.addEventListener("input", show);
    field.form.addEventListener("submit", (event) => {
      event.preventDefault();
      show();
    });
    show();
    field.focus();
  }

  function list(prepared, query) {
    const found = query.trim() ? search(prepared, query) : [];
    const told = document.getElementById("course-found");
    const places = found.length === 1 ? "1 place" : `${found.length} places`;
    told.textContent = query.trim() ? (found.length ? `${places} found.` : "Nothing found.") : "";
    document.getElementById("course-results").replaceChildren(
      ...found.map(({ section, more }) => {
        const { title } = section.page;
        const text = section.title === title ? title : `${section.title} – ${title}`;
        const words = document.createElement("p");
        words.textContent = excerpt(section.text, query);
        const item = document.createElement("li");
        item.append(linkTo(section, text), words);
        if (more.length) item.append(furtherLinks(more));
        return item;
      }),
    );
  }

  function linkTo(section, text) {
    const link = document.createElement("a");
    link.href = section.page.name + ".html" + (section.place ? `#${section.place}` : "");
    link.textContent = text;
    return link;
  }

  function furtherLinks(sections) {
    const line = document.createElement("p");
    line.append("Also there: ");
    sections.forEach((section, i) => {
      if (i) line.append(", ");
      line.append(linkTo(section, `${section.title} (${section.place || "top"})`));
    });
    return line;
  }
})();
