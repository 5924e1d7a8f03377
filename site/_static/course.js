// What the theme leaves unnamed or out of a keyboard's reach. Plain script: no request, nothing kept.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll(".bd-sidenav details > summary")) {
    const page = summary.closest("li").querySelector("a");
    summary.setAttribute("aria-label", `Pages under ${page.textContent.trim()}`);
  }
  // A wide code block, table or formula scrolls by itself: with the keyboard too.
  const reachable = () => {
    for (const box of document.querySelectorAll(".bd-article pre, .bd-article mjx-container[display], .rnnc-wide")) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  for (const table of document.querySelectorAll(".bd-article table")) {
    if (table.closest(".pst-scrollable-table-container, .rnnc-wide")) continue;
    const wide = document.createElement("div");
    wide.className = "rnnc-wide";
    table.replaceWith(wide);
    wide.append(table);
  }
  addEventListener("resize", reachable);
  addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reachable));
});
