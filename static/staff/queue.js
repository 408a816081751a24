// The work queue's counts, asked for every half minute while somebody looks. No row is ever moved.
"use strict";
(() => {
  const page = document.querySelector("[data-counts]");
  const news = document.querySelector(".desk-news");
  if (!page || !news || !window.fetch) return;
  const address = `${page.dataset.counts}?since=${encodeURIComponent(page.dataset.opened)}`;
  let failures = 0;

  const say = (words) => {
    if (news.dataset.said === words) return; // said once, not every half minute
    news.dataset.said = words;
    news.textContent = `${words} `;
    const link = document.createElement("a");
    link.href = window.location.pathname;
    link.textContent = news.dataset.reload;
    if (words) news.append(link);
  };

  const show = ({ sections, arrived }) => {
    let more = false;
    for (const [key, count] of Object.entries(sections)) {
      const figure = page.querySelector(`[data-count="${key}"]`);
      const empty = page.querySelector(`[data-empty="${key}"]`);
      if (figure) figure.textContent = count;
      if (empty) {
        empty.hidden = count !== "0";
        more ||= empty.hidden;
      }
    }
    if (arrived === "1") say(news.dataset.one);
    else if (arrived !== "0") say(news.dataset.many.replace("{n}", arrived));
    else say(more ? news.dataset.other : "");
  };

  const timer = setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    try {
      // "X-Background": the page asks by itself, which keeps nobody signed in.
      const headers = { Accept: "application/json", "X-Background": "1" };
      const answer = await fetch(address, { headers });
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.json());
      failures = 0;
    } catch {
      failures += 1;
      if (failures < 4) return;
      clearInterval(timer);
      say(news.dataset.lost);
    }
  }, 30000);
})();
