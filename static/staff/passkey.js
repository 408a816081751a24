// A passkey that was refused or cancelled is told on the page; allauth tells only the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-failed").hidden = false;
});
