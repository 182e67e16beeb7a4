"""The renderings: golden files, fragments that MathJax and KaTeX read, documents that TeX sets without a complaint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sympy

import symelbo as se
from symelbo.derivation import Collection, derive
from symelbo.derivation.layout import laid_out
from symelbo.errors import DomainError, ModelError
from symelbo.statements import CONDITIONS
from symelbo.typesetting import MACROS, TEXT_WIDTH, mathml, plain, symbol_latex, text_latex, vocabulary, width
from symelbo.typesetting.sentences import Math, ascii_text, read
from tests.derivation.examples import GOLDEN, MODELS, derivation, model

HERE = Path(__file__).parent
HASH = re.compile(r"[0-9a-f]{12}(?:[0-9a-f]{52})?")
needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex; apt: texlive-latex-recommended")


def without_hashes(text):
    """A golden file shows the form; the certificates' hashes are those of their own tests."""
    return HASH.sub("0" * 12, text)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.parametrize(("suffix", "render"), [(".tex", "fragment"), (".txt", "text")])
def test_golden_files(name, suffix, render):
    """Run with SYMELBO_GOLDEN=write to write them anew, and read the difference."""
    file = HERE / "golden" / (name + suffix)
    text = without_hashes(getattr(derivation(name), render)())
    if os.environ.get("SYMELBO_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


SCRIPT = """
import hashlib, symelbo as se
d = se.derive(se.model_b())
m = se.derive(se.boltzmann_machine([("h", "v")], hidden=["h"]))
c = se.derive(se.bayesian_network([("x", "z"), ("y", "z")], hidden=["x"]))
for text in (d.document(), d.markdown(), d.html(), d.text(), m.document(), c.fragment()):
    print(hashlib.sha256(text.encode()).hexdigest())
"""


def test_the_same_bytes_for_every_hash_seed():
    runs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        )
        for seed in ("0", "4242")
    ]
    assert len({r.stdout for r in runs}) == 1


# -- what MathJax and KaTeX know ---------------------------------------------------------------------------------------

OUTSIDE = {
    "raggedright",
    "allowdisplaybreaks",
    "par",
    "textbf",
    "textit",
    "begin",
    "end",
    "backslash",
    *"%#&$_{}\\\"'^`~",
}


@pytest.mark.parametrize("name", MODELS)
def test_a_fragment_uses_only_macros_that_mathjax_and_katex_know(name):
    text = derivation(name).fragment()
    used = set(re.findall(r"\\([A-Za-z]+|.)", text))
    assert used <= vocabulary() | OUTSIDE, used - vocabulary() - OUTSIDE
    assert set(re.findall(r"\\begin\{(\w+\*?)\}", text)) <= {"align*", "array", "pmatrix"}
    assert text.isascii()


@pytest.mark.parametrize("name", MODELS)
def test_markdown_has_no_macro_of_ours_left(name):
    text = derivation(name).markdown()
    assert not re.search(rf"\\({'|'.join(MACROS)}|allowbreak)\b", text)
    formulas = re.findall(r"\$\$\n(.*?)\n\$\$", text, re.DOTALL)
    assert formulas
    assert all("<" not in f for f in formulas)


def test_own_macros_can_be_overridden():
    fragment = derivation("model_b").fragment(macros=True)
    assert r"\providecommand{\KL}[2]{D(#1 \,\Vert\, #2)}" in fragment
    assert r"\newcommand" not in fragment
    assert r"\KL{q}{\cdot}" in fragment


# -- TeX ---------------------------------------------------------------------------------------------------------------


def set_in_tex(source, folder):
    (folder / "paper.tex").write_text(source, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "paper.tex"], cwd=folder, capture_output=True, check=False
    )
    log = (folder / "paper.log").read_text(encoding="latin-1")
    errors = [line for line in log.splitlines() if line.startswith("!")]
    assert not errors, errors
    assert done.returncode == 0
    return log


@needs_tex
@pytest.mark.parametrize("name", MODELS)
def test_a_document_compiles_without_warning_and_without_an_overfull_box(name, tmp_path):
    source = derivation(name).document()
    log = set_in_tex(source, tmp_path)
    assert "Overfull" not in log, re.findall(r"Overfull.*", log)
    assert "Warning" not in log
    pages = int(re.search(r"Output written on paper.pdf \((\d+) pages?", log).group(1))
    assert pages <= 13


@needs_tex
@pytest.mark.parametrize("name", ["model_a", "model_b", "boltzmann_machine", "collider"])
def test_a_fragment_in_a_plain_article_has_no_overfull_box(name, tmp_path):
    head = "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\nA paper says:\n\n"
    log = set_in_tex(head + derivation(name).fragment() + "\\end{document}\n", tmp_path)
    assert "Overfull" not in log, re.findall(r"Overfull.*", log)


@needs_tex
def test_a_fragment_is_pasted_into_a_paper_that_defines_a_macro_of_its_own(tmp_path):
    source = (
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\newcommand{\\KL}[2]{\\mathrm{KL}(#1\\mid #2)}\n"
        "\\begin{document}\n" + derivation("model_b").fragment(macros=True) + "\\end{document}\n"
    )
    assert "Overfull" not in set_in_tex(source, tmp_path)


@needs_tex
def test_the_widths_are_those_of_tex_within_a_margin(tmp_path):
    """No formula is wider than estimated by more than the margin that the layout leaves."""
    formulas = sorted({row.lines[0] for b in laid_out(derivation("model_b")) for d in b.displays for row in d.rows})
    formulas = [f for f in formulas if "KL" not in f and "space" not in f and "dpi" not in f]
    lines = [rf"\setbox0=\hbox{{$\displaystyle {f}$}}\immediate\write-1{{WIDTH \the\wd0}}" for f in formulas]
    source = (
        "\\documentclass{article}\\usepackage{amsmath,amssymb}\\begin{document}" + "\n".join(lines) + "x\\end{document}"
    )
    log = set_in_tex(source.replace(r"\defect", r"\Delta"), tmp_path)
    real = [float(w) for w in re.findall(r"WIDTH ([\d.]+)pt", log)]
    assert len(real) == len(formulas)
    for formula, measured in zip(formulas, real, strict=True):
        assert measured <= width(formula) + 0.03 * measured + 6, formula
        assert width(formula) <= 1.25 * measured + 12, formula


@needs_tex
def test_a_pdf_is_written(tmp_path):
    path = derive(se.model_a(), "cylindrical").save(tmp_path / "out" / "a.pdf")
    assert path.read_bytes().startswith(b"%PDF")


def test_without_a_tex_engine_the_message_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(ModelError, match="texlive-latex-recommended"):
        derivation("model_a").save(tmp_path / "a.pdf")


def test_files_of_all_kinds(tmp_path):
    for suffix in (".tex", ".md", ".html", ".txt"):
        path = derivation("model_a").save(tmp_path / f"a{suffix}")
        assert "M(a)" in path.read_text(encoding="utf-8")
    with pytest.raises(ModelError, match=r"\.docx"):
        derivation("model_a").save(tmp_path / "a.docx")
    with pytest.raises(ModelError, match="cannot be written"):
        derivation("model_a").save(tmp_path / "a.tex" / "b.tex")


# -- HTML --------------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Checks that elements are closed in order, and collects their names and addresses."""

    def __init__(self):
        super().__init__()
        self.open, self.names, self.addresses = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.addresses += [v for k, v in attrs if k in ("href", "src")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):  # noqa: ARG002  # the signature is that of HTMLParser
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", MODELS)
def test_a_page_shows_offline(name):
    page = Page()
    text = derivation(name).html()
    page.feed(text)
    assert not page.open
    assert not {"script", "link", "img", "iframe"} & page.names
    assert not page.addresses
    assert "math" in page.names
    assert "http" not in text


def test_fractions_and_scripts_have_the_number_of_children_that_mathml_asks_for():
    import xml.etree.ElementTree as ET

    children = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "mover": 2, "munder": 2}
    for name in ("model_b", "boltzmann_machine", "hostile"):
        for formula in re.findall(r"<math.*?</math>", derivation(name).html(), re.DOTALL):
            for element in ET.fromstring(formula).iter():
                assert len(element) == children.get(element.tag, len(element)), formula


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("x", "x"),
        ("y1", "y_{1}"),
        ("x_1_2", "x_{1,2}"),
        ("theta", r"\theta"),
        ("theta2", r"\theta_{2}"),
        ("α", r"\alpha"),
        ("λ_3", r"\lambda_{3}"),
        ("if", r"\mathrm{if}"),
        ("w_v1_h1", r"w_{\mathrm{v1},\mathrm{h1}}"),
        ("%", r"\%"),
        ("#", r"\#"),
        ("\\", r"\backslash"),
        ("lamda_2", r"\lambda_{2}"),
        ("varepsilon", r"\varepsilon"),
        ("hbar", r"\hbar"),
        (r"\theta_1", r"\theta_{1}"),
        ("x_{1}", "x_{1}"),
        ("x1_prime", r"{x_{1}^{\prime}}"),
        ("θ₁", r"\theta_{1}"),
    ],
)
def test_names_of_parameters(name, latex):
    assert symbol_latex(name) == latex


HOSTILE = [
    "x__1",
    "_",
    "a b",
    "x^2",
    "p'",
    "-1",
    "x|y",
    "<b>",
    "a,b",
    "$",
    "{}",
    "&",
    "~",
    "日本",
    "é",
    "\n",
    '"',
    "`",
    "😀",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_a_formula_and_a_text(name):
    latex = symbol_latex(name)
    assert latex.isascii()
    assert mathml(latex)
    assert plain(latex) is not None
    assert width(latex) > 0
    assert text_latex(name).isascii()


# -- what is said ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", se.STATEMENTS, ids=str)
def test_the_words_of_a_statement_are_those_of_its_claim_and_its_formulas_are_formulas(s):
    conditions = [c.said for c in CONDITIONS] if s.id == "S4" else []
    for text in (*s.assumed, s.claimed, s.quantified, *conditions):
        sentence = read(text)
        assert ascii_text(sentence) == text.replace("$", "")
        formulas = [p for p in sentence if isinstance(p, Math)]
        latex = [f.latex.replace(r"\visible", "v").replace(r"\hidden", "h") for f in formulas]
        assert all(plain(f) and width(f) for f in latex)
        outside = "".join(p for p in sentence if isinstance(p, str))
        assert not re.search(r"[_^|*]|\bdpi\b|\bgrad\b", outside), outside


@pytest.mark.parametrize("id_", [s.id for s in se.STATEMENTS])
@pytest.mark.parametrize("name", ["model_a", "model_b"])
def test_the_derivation_of_one_statement(name, id_):
    found = derive(model(name), id_)
    assert found.title.startswith(id_)
    assert any(id_ in s.cites or "Definition 2" in s.cites for s in found.steps)
    assert id_ in {v.id for v in found.verdicts}
    assert [v.id for v in found.verdicts] == [id_]
    assert found.document()
    assert found.text()


def test_the_derivation_of_locality_writes_the_closed_form_and_that_of_missing_information_its_terms():
    quantities = {r.quantity for s in derive(model("model_b"), "S10").steps for r in s.relations}
    assert "G" in quantities
    text = derive(model("model_b"), "S12").text()
    assert "(G_V)_" in text
    assert "− ∂_i log p_V(v) ∂_j log p_V(v)" in " ".join(text.split())
    for id_ in ("S8", "S9"):
        assert "κ e eᵀ" in derive(model("model_b"), id_).text()


def test_an_unknown_statement_is_an_error():
    with pytest.raises(DomainError, match="S13"):
        derive(model("model_a"), "S13")
    with pytest.raises(ModelError):
        derive("M(b)")


def test_the_story_of_a_cylindrical_model_ends_with_the_equality():
    headings = [s.heading for s in derivation("model_a").steps]
    assert headings[-1] == "Equality of the gradients"
    assert "Counterexample" not in headings


def test_the_story_of_m_b_has_defect_counterexample_and_surviving_objectives():
    text = derivation("model_b").text()
    assert "κ = x y1 (1 − y1) z1 (1 − z1) + (1 − x) y2 (1 − y2) z2 (1 − z2)" in text
    assert "ℓ(1,1) − ℓ(1,0) − ℓ(0,1) + ℓ(0,0) = 0" in text
    assert "5/72" in text
    assert "cylindrical nowhere among its admissible points" in text


def test_every_step_has_a_rule_and_a_status_and_theorems_are_cited():
    for name in GOLDEN:
        for step in derivation(name).steps:
            assert step.rule
            assert step.cites or "definition" in step.rule or step.status == "not decided", step.heading
            assert step.status in ("proved", "verified", "assumed")
            assert step.certificate is None or re.fullmatch(r"[0-9a-f]{64}", step.certificate)
        assert sum(bool(s.certificate) for s in derivation(name).steps) >= 3


def test_names_and_forms_can_be_chosen():
    d = derivation("model_b").written(symbol_names={"x": r"\xi"}, form="expanded")
    assert r"\partial_{\xi}" in d.fragment()
    with pytest.raises(ModelError, match="symbol_names"):
        d.written(symbol_names={"w": "w"})
    with pytest.raises(ModelError, match="form"):
        d.written(form="simplified")


def test_a_parameter_has_one_name_in_the_whole_document():
    d = derive(model("model_b"), symbol_names={"x": r"\xi", sympy.Symbol("y1"): r"\alpha_{1}"})
    for text in (d.fragment(), d.markdown()):
        assert not re.search(r"y_\{1\}|_\{x\}|[^{]x \(?1?[yz]", text)
        assert r"\partial_{\alpha_{1}}" in text
        assert r"c_{\xi}" in text
    text = d.text()
    assert "0 < ξ, α1, y2, z1, z2 < 1" in text
    assert "parameters ξ, α1, y2, z1, z2" in text
    assert "The points with α1 = y2" in text
    assert "θ0 with ξ = 1/2, α1 = 1/2" in " ".join(text.split())
    assert not re.search(r"\by1\b|∂_x|c_x\b", text)
    assert "<mi>y</mi><mn>1</mn>" not in d.html()
    assert "States are written (y, z, x)" in text  # the variable is not the parameter
    assert d.written(symbol_names={"y1": "u"}).text().count("α1") == 0


@pytest.mark.parametrize("name", ["y1", "y_1", "y_{1}", r"\mathrm{y1}"])
def test_the_name_of_another_parameter_is_refused(name):
    with pytest.raises(ModelError, match="x and y1 would both be written"):
        derivation("model_b").written(symbol_names={"x": name})
    exchanged = derivation("model_b").written(symbol_names={"x": "y_{1}", "y1": "x"})
    assert "p(1,1,1) = y1 x z1" in exchanged.text()


@pytest.mark.parametrize("name", [r"\foo", "{", "", "a}b", r"\frac", "x_"])
def test_a_name_that_is_no_formula_is_refused(name):
    with pytest.raises(ModelError, match="symbol_names"):
        derivation("model_b").written(symbol_names={"x": name})


# -- letters of the text and names of the model ------------------------------------------------------------------------

CLASHES = ["p", "q", "pi", "kappa", "Z", "theta", "G", "D", "l", "u", "n", "g", "v", "h", "e", "c", "a", "T", "J", "V",
           "lambda", "i", "r", "S", "H"]  # fmt: skip
SYMBOLS_OF_THE_TEXT = {"p", "q", "pi", "kappa", "theta", "G", "D", "g", "V", "e", "lambda", "i", "r", "S", "J"}


def renamed_network(hidden, *visible):
    return se.bayesian_network([(hidden, v) for v in visible], hidden=[hidden], name="Network")


@cache
def harmless_story():
    return derive(renamed_network("y", "x", "w")).written(symbol_names={"y": r"\Upsilon"})


@pytest.mark.parametrize("names", [CLASHES[k : k + 3] for k in (*range(0, 24, 3), 22)], ids="-".join)
def test_letters_of_the_text_that_are_names_of_the_model_are_bold(names):
    """The same story as that of harmless names, letter by letter, except for what is bold."""
    story = derive(renamed_network(*names)).written(symbol_names={})
    assert len(story.steps) == len(harmless_story().steps)
    bold, text, latex = story.lettering.bold(), " ".join(story.text().split()), story.fragment()
    assert {symbol_latex(name) for name in names} <= set(bold)
    own = [symbol_latex(name) for name in names if name in SYMBOLS_OF_THE_TEXT]
    if own:
        said = re.search("Bold (.*?) (?:is a symbol|are symbols) of this text; ([^.]*?)(?: is | are )", text)
        assert set(said[1].split(", ")) >= {plain("{" + _bold_latex(used) + "}") for used in own}, said[0]
        assert set(said[2].split(", ")) >= set(map(plain, own)), said[0]
        assert all(_bold_latex(used) in latex for used in own)
    if "D" in names:
        assert "𝐃(q ‖ p)" in text
        assert r"\KL" not in latex


def _bold_latex(latex):
    return rf"\boldsymbol{{{latex}}}" if latex.startswith("\\") else rf"\mathbf{{{latex}}}"


def test_divergence_and_distributions_are_told_from_variables_p_and_q():
    d = derive(se.bayesian_network([("p", "q"), ("p", "v")], hidden=["p"], name="Clash"))
    text = " ".join(d.text().split())
    assert "c_p = 𝐪(p=0) − p" in text
    assert "D(𝐪 ‖ 𝐩) = ∑" in text
    assert "Bold 𝐩, 𝐪 are symbols of this text; p, q are names of the model." in text
    for rendered in (d.html(), d.markdown(), d.fragment()):
        assert "Bold" in rendered
    assert "𝐪" in d.html()


@needs_tex
def test_a_document_with_bold_letters_compiles(tmp_path):
    network = se.bayesian_network([("pi", "kappa"), ("pi", "D"), ("kappa", "theta")], hidden=["pi"], name="Clash")
    log = set_in_tex(derive(network).document(), tmp_path)
    assert "Overfull" not in log
    assert "Warning" not in log


def test_basis_vectors_are_no_assumptions():
    text = derivation("model_b").text()
    assert "A1. The parameters" in text
    assert not re.search(r"A[12] =|B[12] =", text)
    assert "H1 =" in derivation("model_a").text()


def test_lines_fit_the_text():
    for name in MODELS:
        for block in laid_out(derivation(name)):
            for shown in block.displays:
                for row in shown.rows:
                    assert width(row.left) + max(map(width, row.lines)) <= TEXT_WIDTH + 25, row


@pytest.mark.parametrize(
    "name", ["model_b", "boltzmann_machine", "naive_bayes", "collider", "sigmoid", "hidden_markov"]
)
def test_a_terminal_of_80_columns_shows_every_line(name):
    """Except entries of a matrix and names that are wider by themselves: a line in fifty, and by a little."""
    lines = derivation(name).text().splitlines()
    wide = [line for line in lines if len(line) > 80]
    assert len(wide) <= 0.02 * len(lines)
    assert all(len(line) <= 110 for line in wide), wide


def test_the_story_of_a_model_says_where_how_badly_and_what_would_mend_it():
    headings = [s.heading for s in derivation("model_b").steps]
    order = ["Verdict", "Natural gradient of the ELBO", "Defect", "Counterexample", "Where", "How badly",
             "What would mend it"]  # fmt: skip
    assert [h for h in headings if h in order] == order
    text = " ".join(derivation("model_b").text().split())
    assert "The model M(b) is cylindrical nowhere among its admissible points" in text
    assert "The points with y1 = y2, z1 = z2 are not admissible" in text
    assert "cos² φ_i ∈ {0 (2 times), 61/1105, 1 (2 times)}" in text
    assert "add the arrow y → z (or z → y), with 2 more parameters" in text
    collider = " ".join(derivation("collider").text().split())
    assert "exactly on {z1 = z3, z2 = z4} among its admissible points" in collider


def test_conditionals_are_named_and_used():
    text = derivation("model_b").text()
    assert "p(1 | 1,1) = x y1 z1/p_V(1,1)" in text
    assert "q̂_p(y=1,x=1) = p*(1,1) p(1 | 1,1) + p*(1,0) p(1 | 1,0)" in text


@pytest.mark.parametrize("id_", [s.id for s in se.STATEMENTS])
def test_a_single_statement_defines_the_names_in_its_identities(id_):
    found = derive(model("model_a"), id_).text()
    claimed = [b for b in found.split("\n\n") if "equivalent to the matrix" in b or "(a) to (g)" in b]
    for block in claimed:
        for name in ("U", "W", "G_V", "P_T", "GAP"):
            if re.search(rf"(?<![\w_]){name}(?!\w)", block):
                assert re.search(rf"(?<![\w_]){name}(\(q, p\))?\s(=|the)", block), (name, block)


def test_a_long_model_gives_a_short_text():
    assert len(derivation("naive_bayes").fragment()) < 20_000
    assert any(s.more for s in derivation("naive_bayes").steps)


@needs_tex
def test_many_derivations_in_one_document(tmp_path):
    both = Collection("Proofs: 100%", (derivation("model_a"), derivation("model_b"), derivation("hostile")))
    source = both.document()
    assert r"\tableofcontents" in source
    assert "Index of verdicts" in source
    set_in_tex(source, tmp_path)
    log = set_in_tex(source, tmp_path)
    assert "Overfull" not in log
    assert "Warning" not in log
    for text in (both.markdown(), both.html(), both.text()):
        assert "M(a)" in text
        assert "M(b)" in text


# -- notebooks ---------------------------------------------------------------------------------------------------------


def test_public_values_show_themselves_in_notebooks():
    M = model("model_b")
    at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    shown = [
        M,
        se.tangent_decomposition(M),
        se.is_cylindrical(M),
        se.is_cylindrical(model("model_a")),
        se.is_cylindrical(M).counterexample,
        se.natural_gradient(se.evidence(["1/4"] * 4), M, at=at),
    ]
    for value in shown:
        latex = value._repr_latex_()
        used = set(re.findall(r"\\([A-Za-z]+)", latex))
        assert used <= vocabulary() - {"KL", "grad", "dpi"}, used
    assert "| S3 cylindrical | Refuted" in se.verify(M)._repr_markdown_()
    bundle = derivation("model_b")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "text/markdown"}


def test_a_large_model_shows_its_size():
    M = se.bayesian_network([("c", f"l{i}") for i in range(7)], hidden=["c"])
    assert "240 more" in M._repr_latex_()


def test_metrics_are_matrices_of_sympy_that_show_themselves_up_to_a_size():
    M = model("model_b")
    for metric in (se.fisher_metric(M), se.scores(M), se.defect(M), se.marginals(M)):
        assert isinstance(metric, sympy.Matrix)
        shown = metric._repr_latex_()
        assert shown == metric._repr_mimebundle_()["text/latex"]
        assert set(re.findall(r"\\([A-Za-z]+)", shown)) <= vocabulary()
    assert r"\frac{1 - x}{y_{2} (1 - y_{2})}" in se.fisher_metric(M)._repr_latex_()
    large = se.visible_fisher_metric(M)
    bundle = large._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/latex", "text/html"}
    assert r"\text{... 92 symbols}" in bundle["text/latex"]
    assert "(92 symbols)" in bundle["text/plain"]
    assert len(bundle["text/plain"]) < 1000
    assert bundle["text/html"].count("<tr>") == 25
    assert large == sympy.Matrix(large)


def test_values_show_themselves_in_a_session_in_a_few_lines():
    M, d = model("model_b"), derivation("model_b")
    at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    gradient = repr(se.natural_gradient(se.evidence(["1/4"] * 4), M, at=at))
    assert "visible: (5/72, 1/72, 1/72, -7/72)" in gradient
    assert len(gradient.splitlines()) == 4
    assert repr(se.principal_angles(M, at)) == (
        "Principal angles at x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3: "
        "squared cosines 0 (2 times), 61/1105, 1 (2 times)"
    )
    assert repr(d.steps[0]).startswith("Model: The model M(b) has the visible variables")
    assert repr(d.steps[0].relations[1]) == "p(1,1,1) = x*y1*z1"
    assert all(len(repr(s)) < 200 for s in d.steps)
