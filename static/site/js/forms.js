// Helps on form pages; every one of them works without it.
(function () {
  "use strict";
  var notice = document.getElementById("error-summary") || document.getElementById("problem");
  if (notice) notice.focus();

  document.querySelectorAll("form[method=post]").forEach(function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      form.querySelectorAll("button[type=submit]").forEach(function (button) {
        button.setAttribute("aria-disabled", "true");
      });
      // A lost connection must not leave the button dead; photos take their time.
      setTimeout(wake, form.enctype === "multipart/form-data" ? 120000 : 15000);
    });
    function wake() {
      sent = false;
      form.querySelectorAll("button[aria-disabled]").forEach(function (button) {
        button.removeAttribute("aria-disabled");
      });
    }
    addEventListener("pageshow", wake);
  });

  // Leaves no entry to come back to, and nothing typed, here or in what was kept so far.
  var discard = document.querySelector("form[data-discard]");
  document.querySelectorAll("a[data-leave]").forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      if (discard) navigator.sendBeacon(discard.action, new FormData(discard));
      document.querySelectorAll("form input, form textarea, form select").forEach(function (field) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = false;
        else if (field.type !== "hidden") field.value = "";
      });
      location.replace(link.href);
    });
  });
})();
