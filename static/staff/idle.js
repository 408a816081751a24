// Two minutes before the session ends it says so; one key lets people stay. Once it has ended the
// page is covered, with what was typed still on it for when they have signed in again.
(() => {
  const dialog = document.getElementById("idle");
  if (!dialog) return;
  const [idle, notice] = [Number(dialog.dataset.seconds), Number(dialog.dataset.notice)];
  let timer;
  const later = (seconds, what) => { clearTimeout(timer); timer = setTimeout(what, seconds * 1000); };
  const wait = () => later(idle - notice, warn);
  const warn = () => { dialog.showModal(); later(notice, cover); };
  const cover = () => { document.body.classList.add("desk-over"); dialog.dataset.over = "1"; };
  const stay = async () => {
    const answer = await fetch(dialog.dataset.stay, { redirect: "manual" }).catch(() => null);
    if (!answer || !answer.ok) { cover(); dialog.showModal(); return; }
    const { token } = await answer.json();
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((field) => { field.value = token; });
    document.body.classList.remove("desk-over");
    delete dialog.dataset.over;
    wait();
  };
  dialog.addEventListener("close", stay);
  wait();
})();
