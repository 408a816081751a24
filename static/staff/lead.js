// A lead's page says every half minute that it is looked at, and hears who else does.
"use strict";
(() => {
  const page = document.querySelector("[data-presence]");
  const line = document.querySelector(".desk-looking");
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  if (!page || !line || !token || !window.fetch) return;
  setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(page.dataset.presence, {
        method: "POST",
        headers: { "X-CSRFToken": token.value, "X-Background": "1" }, // keeps nobody signed in
      });
      if (!answer.ok) return;
      const { words } = await answer.json();
      if (line.textContent !== words) line.textContent = words;
    } catch {
      // Nothing to tell: the line stays as the server last said it.
    }
  }, 30000);
})();
