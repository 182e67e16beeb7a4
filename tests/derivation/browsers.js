// Reads [[formula, displayed], ...] as JSON from standard input; prints [[reader, message, formula], ...] of those
// that MathJax 3 or KaTeX refuse.  The packages katex and mathjax are looked for along NODE_PATH.
const katex = require("katex");
const formulas = JSON.parse(require("fs").readFileSync(0, "utf8"));
const packages = {"[-]": ["noerrors", "noundefined"]};
require("mathjax").init({loader: {load: ["input/tex"]}, tex: {packages}}).then((mathjax) => {
  const refused = [];
  for (const [formula, display] of formulas) {
    try {
      katex.renderToString(formula, {displayMode: display, strict: "error"});
    } catch (error) {
      refused.push(["KaTeX", error.message, formula]);
    }
    try {
      if (mathjax.tex2mml(formula, {display}).includes("merror")) refused.push(["MathJax", "an error", formula]);
    } catch (error) {
      refused.push(["MathJax", error.message, formula]);
    }
  }
  console.log(JSON.stringify(refused));
});
