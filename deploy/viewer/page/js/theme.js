// Before the page is drawn: light or dark, as the reader chose here, else as the system says.
(() => {
  const asked = new URLSearchParams(location.search).get("theme");
  let chosen = asked === "light" || asked === "dark" ? asked : null;
  try {
    chosen ??= localStorage.getItem("vigie-theme");
  } catch {
    // storage may be forbidden; then the system's setting holds
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
