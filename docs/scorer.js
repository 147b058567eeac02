// SPDX-License-Identifier: MIT
//
// Guides come first in a search, and what was changed or decided comes last: most words of a
// question are in the titles of many rules and failures. All but `score` are Sphinx's own numbers.
var Scorer = {
  score: ([docname, , , , score, , kind]) => {
    if (/^(guide\/|install|quickstart)/.test(docname)) return score + (kind === "title" ? 6 : 5);
    return /^(changelog|design\/)/.test(docname) ? score - 5 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
