// Formulas as paths, no menu on each of them (it would be a tab stop), and no typesetting of what is not a formula.
window.MathJax = {
  options: { enableMenu: false, ignoreHtmlClass: "tex2jax_ignore|mathjax_ignore|document",
             processHtmlClass: "tex2jax_process|mathjax_process|math|output_area" },
  svg: { fontCache: "global" },
};
