"""How mathematics is written: names, expressions, and formulas as LaTeX, MathML and plain text.

Formulas are LaTeX in a small vocabulary that LaTeX, MathJax and KaTeX all know (:mod:`symelbo.typesetting.formula`);
MathML and plain text are made from the same formula, so all renderings say the same.  Nothing is computed here.
"""

from symelbo.typesetting.display import EQUATIONS_SHOWN, aligned, equations, tuple_latex, value_latex
from symelbo.typesetting.formula import FormulaError, expanded, vocabulary, width
from symelbo.typesetting.glyphs import MACROS
from symelbo.typesetting.lines import PAGE, TEXT_WIDTH, Measure, at_commas, broken_lines, page, terminal
from symelbo.typesetting.mathml import mathml
from symelbo.typesetting.names import NAMED, label_latex, plain_text, state_latex, symbol_latex, text_latex
from symelbo.typesetting.plain import plain
from symelbo.typesetting.printer import Form, Printer, in_form, length, oriented
from symelbo.typesetting.unfolding import ShownMatrix, Unfolding, first, unfolding

__all__ = [
    "EQUATIONS_SHOWN",
    "MACROS",
    "NAMED",
    "PAGE",
    "TEXT_WIDTH",
    "Form",
    "FormulaError",
    "Measure",
    "Printer",
    "ShownMatrix",
    "Unfolding",
    "aligned",
    "at_commas",
    "broken_lines",
    "equations",
    "expanded",
    "first",
    "in_form",
    "label_latex",
    "length",
    "mathml",
    "oriented",
    "page",
    "plain",
    "plain_text",
    "state_latex",
    "symbol_latex",
    "terminal",
    "text_latex",
    "tuple_latex",
    "unfolding",
    "value_latex",
    "vocabulary",
    "width",
]
