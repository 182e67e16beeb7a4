"""The recorder: collects the steps of a derivation while the story is told, with what all of them share."""

from __future__ import annotations

from collections.abc import Iterable

import sympy

from symelbo.derivation.naming import Distribution, Names
from symelbo.derivation.steps import Derivation, Relation, Status, Step, Verdicts
from symelbo.derivation.words import Words, together, words
from symelbo.geometry import Ranks, generic_ranks, geometry
from symelbo.models.parametrization import Parametrization, Point
from symelbo.typesetting import Printer
from symelbo.verification import Report, Scope, Verdict
from symelbo.verification.report import verdict_scope

__all__ = ["STATES_SHOWN", "VECTORS_SHOWN", "Recorder", "hash_of", "point_words", "size"]

# The defect, the visible metric and the decomposition are derived symbolically while |X| * d stays below this.
SYMBOLIC_LIMIT = 200
# States that are listed one by one; vectors that are written out.
STATES_SHOWN = 16
VECTORS_SHOWN = 6


class Recorder:
    """Model, verdicts, names, and the steps recorded so far."""

    def __init__(self, model: Parametrization, report: Report, *, symbolic: bool = True) -> None:
        self.model = model
        self.report = report
        self.names = Names(model)
        self.space = model.space
        self.at = geometry(model)
        self.q = Distribution("q", "q", self.space, visible=False)
        self.p_star = Distribution("p*", r"p^{\ast}", self.space, visible=True)
        self.ratio = Distribution("r", "r", self.space, visible=True, marginals=False)
        self.covector = Distribution("l", r"\ell", self.space, visible=True, marginals=False)
        self.steps: list[Step] = []
        self.title = model.name or "The model"
        self.symbols: dict[sympy.Symbol, str] = {}
        heads = {p.name[:1] for p in model.parameters}
        self.ranks: Ranks = report.ranks or generic_ranks(model)
        # Whether defect, visible metric and decomposition are derived over the field of the parameters.
        self.symbolic = symbolic and self.space.n_states * len(model.parameters) <= SYMBOLIC_LIMIT
        self.coordinate = next((c for c in "cabuwfgk" if c not in heads), r"\gamma")

    @property
    def cylindrical(self) -> Verdict:
        """The verdict on S3."""
        return self.report.cylindrical

    def step(
        self,
        heading: str,
        text: Words,
        relations: Iterable[Relation] = (),
        *,
        rule: str = "",
        cited: str = "",
        status: Status = "proved",
        verdict: Verdict | None = None,
        after: Words = (),
        more: int = 0,
        point: Point | None = None,
    ) -> None:
        """Record one step."""
        self.steps.append(
            Step(
                heading, text, tuple(relations), rule, cited, status, hash_of(verdict), after, more,
                None if point is None else point.as_dict(),
            )
        )  # fmt: skip

    def finished(self, title: str, assumptions: tuple[Words, ...]) -> Derivation:
        """The steps as a derivation."""
        symbols = {
            **self.q.symbols,
            **self.p_star.symbols,
            **self.ratio.symbols,
            **self.covector.symbols,
            **self.symbols,
        }
        return Derivation(
            title, assumptions, self.notation(), tuple(self.steps), self.index(), self.model.parameters, symbols
        )

    def assumptions(self) -> tuple[Words, ...]:
        """The domain, admissibility, and q."""
        domain = self.domain()
        ranks = self.ranks
        admissible = words(
            rf"$\theta$ is admissible: $\operatorname{{rank}} J = {ranks.joint}$ and "
            rf"$\operatorname{{rank}} J_V = {ranks.visible}$, the generic ranks of "
            r"$J = \partial p / \partial \theta$ and $J_V = \dpi J$."
        )
        data = words(r"$q \in P(X)$ has the visible marginal $q_V = p^{\ast}$.")
        return domain, admissible, data

    def domain(self) -> Words:
        """The inequalities of the domain; those of the cube at once."""
        field, constraints = self.model.field, self.model.domain.constraints
        if not constraints:
            return words("The parameters are arbitrary real numbers.")
        elements = [field.to_sympy(c.element) for c in constraints]
        inside = [p for p in self.model.parameters if p in elements and 1 - p in elements]
        others = [e for e in elements if e not in inside and 1 - e not in inside]
        parts: list[Words] = []
        if inside:
            shown = [self.names.parameter(self.model.parameters.index(p)) for p in inside[:20]]
            more = r", \dots" if len(inside) > 20 else ""
            parts.append(words("$0 < " + "$, $".join(shown) + more + " < 1$"))
        printer = Printer(self.model.parameters)
        parts += [words(f"${printer.doprint(e)} > 0$") for e in others[:12]]
        if len(others) > 12:
            parts.append((f"and {len(others) - 12} more such inequalities",))
        return ("The parameters satisfy ", *together(parts), ".")

    def notation(self) -> tuple[Words, ...]:
        """States and spaces."""
        names, space = self.names, self.space
        whole = names.variables(space.variables)
        visible, hidden = names.variables(space.visible), names.variables(space.hidden)
        return (
            words(
                rf"States are written $({whole})$; $v = ({visible})$ is visible and $h = ({hidden})$ is hidden; "
                rf"$\lvert X \rvert = {space.n_states}$, $\lvert V \rvert = {space.n_visible}$. "
                r"$\pi$ is the marginalisation, $(\dpi A)(v) = \sum_{h} A(v,h)$, and $p_V = \pi(p)$."
            ),
            words(
                r"$g_p(A, B) = \sum_{x} A(x) B(x) / p(x)$ is the Fisher metric; $G^{+}$ is a generalised inverse of "
                r"$G$; $\KL{q}{p} = \sum_{x} q(x) \log (q(x) / p(x))$, and "
                r"$\KL{\datamanifold}{p}$ is its minimum over all $q$ with $q_V = p^{\ast}$."
            ),
        )

    def parameter_list(self) -> str:
        """The parameters between dollars."""
        d = len(self.model.parameters)
        shown = [self.names.parameter(i) for i in range(min(d, 12))]
        return "$" + ", ".join(shown) + (r", \dots" if d > 12 else "") + "$"

    def partial(self, i: int) -> sympy.Symbol:
        """The coordinate vector of a parameter."""
        symbol = sympy.Symbol(f"d/d{self.model.parameters[i].name}")
        self.symbols[symbol] = rf"\partial_{{{self.names.parameter(i)}}}"
        return symbol

    def known(self, name: str) -> Verdict | None:
        """The verdict on a statement if it was asked for."""
        try:
            return self.report[name]
        except KeyError:
            return None

    def index(self) -> tuple[Verdicts, ...]:
        """The verdicts as rows."""
        rows = []
        for v in self.report.verdicts:
            s = v.statement
            if s is not None:
                scope = "" if v.kind == "not applicable" else verdict_scope(v)
                if scope and v.scope in (Scope.POINT, Scope.GENERICALLY):
                    scope = "at an exact point"
                rows.append(Verdicts(s.id, s.title, v.kind, scope, s.reference, hash_of(v)))
        return tuple(rows)


def hash_of(verdict: Verdict | None) -> str | None:
    """The hash of the certificate of a verdict, if there is one."""
    certificate = getattr(verdict, "certificate", None)
    return None if certificate is None else str(certificate.sha256)


def size(expression: sympy.Expr) -> int:
    """Symbols and numbers in an expression: how long it is on paper."""
    return sum(map(size, expression.args)) if expression.args else 1


def point_words(model: Parametrization, point: Point | None) -> str:
    """A point as formulas between dollars."""
    if point is None:
        return r"$\theta$"
    printer = Printer(model.parameters)
    parts = [f"${printer.doprint(g)} = {printer.doprint(v)}$" for g, v in point.as_dict().items()]
    return ", ".join(parts[:24] + ([r"$\dots$"] if len(parts) > 24 else []))
