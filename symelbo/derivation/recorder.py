"""The recorder: collects the steps of a derivation while the story is told, with what all of them share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import sympy

from symelbo.budget import LIMITS
from symelbo.certificates.evidence import EVERYWHERE, GENERIC, POINT, SPACE
from symelbo.derivation.document import Derivation
from symelbo.derivation.naming import Distribution, Names
from symelbo.derivation.steps import AS_NOWHERE, SOLVED, Account, Relation, Status, Step, Verdicts
from symelbo.errors import InternalError
from symelbo.exact import Entry
from symelbo.geometry import Ranks, generic_ranks, geometry
from symelbo.loci import Where
from symelbo.models.entries import sides
from symelbo.models.parametrization import Parametrization, Point
from symelbo.spaces import State
from symelbo.statements import statement
from symelbo.typesetting import Printer, length
from symelbo.typesetting.sentences import Words, enumerated, mapped, reason, together, words
from symelbo.verification import Proved, Refuted, Report, Undecided, Verdict
from symelbo.verification.evaluation import is_affordable
from symelbo.verification.report import verdict_reason, verdict_scope
from symelbo.verification.tables import TableExamination

# What a step can rest on that has no certificate.
BASES = {"point": "exact arithmetic at the point", "table": "for every table, as cited",
         "solved": "solved exactly, no certificate"}  # fmt: skip
# A name that says what it is of.
_NOUN = re.compile(r"\b(model|network|machine)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\bS\d+\b")
# States that are listed one by one; vectors that are written out.
STATES_SHOWN = 16
VECTORS_SHOWN = 6
# Symbols in a matrix, or in one line, that is written out.
BRIEF = 150
READABLE = 40


class Recorder:
    """Model, verdicts, names, and the steps recorded so far."""

    def __init__(
        self,
        model: Parametrization,
        report: Report,
        *,
        symbolic: bool = True,
        wanted: str | None = None,
        brief: bool = False,
    ) -> None:
        self.model = model
        self.brief = brief
        self.point = report.point
        self.wanted = wanted
        self.report = report
        self.names = Names(model)
        self.space = model.space
        self.at = geometry(model)
        self.q = Distribution("q", "q", self.names, visible=False)
        self.p_star = Distribution("p*", r"p^{\ast}", self.names, visible=True)
        self.p = Distribution("p", "p", self.names, visible=False)
        self.q_hat = Distribution("qhat", r"\hat{q}_{p}", self.names, visible=False)
        self.ratio = Distribution("r", "r", self.names, visible=True, marginals=False)
        self.covector = Distribution("l", r"\ell", self.names, visible=True, marginals=False)
        self.steps: list[Step] = []
        self.title = model.name or "The model"
        self.called = called(model.name)
        self.subject = self.called.replace("the", "The", 1)
        self.symbols: dict[sympy.Symbol, str] = {}
        self.points: list[Point] = []
        self.certificates: dict[str, Any] = {}
        self.marginal_values: list[sympy.Expr] = []
        heads = {p.name[:1] for p in model.parameters}
        names = {v.name[:1] for v in self.space.variables} | heads
        self.weight = "w" if "w" not in names else r"\omega"
        self.ranks: Ranks = report.ranks or generic_ranks(model)
        # Whether defect, visible metric and decomposition are derived over the field of the parameters.
        self.symbolic = symbolic and self.is_short()
        self.coordinate = next((c for c in "cabufk" if c not in names), r"\gamma")
        self.letter = next((c for c in "abfkmnu" if c not in names and c != self.coordinate), r"\alpha")

    def is_short(self) -> bool:
        """Whether the formulas are short: by the size, and for the defect by the estimate of its denominators.

        Of a network the inverse of G is known.
        """
        if self.model.n_entries > LIMITS.derived_shape:
            return False
        known = isinstance(self.cylindrical, Proved) or self.model.structure.families is not None
        return known or is_affordable(self.model)

    @property
    def listed_states(self) -> Sequence[State]:
        """The states whose probabilities are listed: all of them, or of many the first ones."""
        few = self.space.n_states <= STATES_SHOWN
        return self.space.states[: STATES_SHOWN if few else STATES_SHOWN // 2]

    def at_point(self, point: Point) -> str:
        """A point as formulas between dollars, with its coordinates when it is met first."""
        letter = "P" if self._thetas else r"\theta"
        if point in self.points:
            return f"${letter}_{{{self.points.index(point)}}}$"
        self.points.append(point)
        return f"the point ${letter}_{{{len(self.points) - 1}}}$ with {point_words(self.names, point)}"

    def short(self, relations: Sequence[Relation], symbols: int, most: int) -> tuple[list[Relation], int]:
        """The relations that are written out, and how many are not."""
        shown = [line for line in relations if length(line.right.value) <= symbols][:most]
        return shown, len(relations) - len(shown)

    @property
    def _thetas(self) -> bool:
        """Whether a parameter is called theta."""
        return any(p.name.startswith("theta") for p in self.model.parameters)

    @property
    def is_singular(self) -> bool:
        """Whether G is singular: some direction in the parameters moves no probability."""
        return self.ranks_are_exact and self.ranks.joint < len(self.model.parameters)

    @property
    def ranks_are_exact(self) -> bool:
        """Whether the ranks are the generic ones, and not only lower bounds of them."""
        found = self.cylindrical
        if self.point is not None:
            return True
        if self.brief and isinstance(found, Undecided):
            return False
        if isinstance(found, Refuted):
            bounds_only = found.scope == Where.GENERICALLY and found.point is not None and found.point.is_rational
            return not bounds_only
        return not isinstance(found, Undecided) or TableExamination(self.model).exact_generic_ranks is not None

    @property
    def cylindrical(self) -> Verdict:
        """The verdict on S3."""
        return self.report.cylindrical

    def step(
        self,
        heading: str,
        text: str | Words,
        relations: Iterable[Relation] = (),
        *,
        rule: str,
        cited: str = "",
        status: Status | None = None,
        certificate: Any = None,
        basis: str | Words = (),
        after: str | Words = (),
        more: int = 0,
        point: Point | None = None,
        full: bool = False,
    ) -> None:
        """Record one step: proved by a certificate that says the same, or verified as ``basis`` tells.

        Texts may be templates with formulas between dollars; statements are cited by their numbers.  The basis
        ``"identity"`` is one of functions of the parameters, ``"point"`` exact arithmetic at the point.
        """
        if certificate is not None:
            self.certificates.setdefault(str(certificate.sha256), certificate)
            status, basis = "proved", ()
        elif status is None:
            if not basis:
                raise InternalError(f"the step {heading!r} has neither a certificate nor a basis")
            status = "verified"
        if isinstance(basis, str):
            basis = self.identity if basis == "identity" else (BASES.get(basis, basis),)
        fill = self.names.filled
        self.steps.append(
            Step(
                heading, mapped(_words(text), fill), tuple(_relation(x, fill) for x in relations), fill(rule),
                _NUMBER.sub(lambda m: cites(m.group()), cited), status,
                None if certificate is None else str(certificate.sha256), mapped(basis, fill),
                mapped(_words(after), fill), more, None if point is None else point.as_dict(), full,
            )
        )  # fmt: skip

    def certificate(self, name: str, point: Point | None = None) -> Any:
        """The certificate of a statement for every admissible point, or for one point; None where there is none."""
        found = getattr(self.known(name), "certificate", None)
        if found is None or found.statement.id != name:
            return None
        fits = found.scope in (EVERYWHERE, SPACE) if point is None else found.scope == POINT and found.point == point
        return found if fits else None

    @property
    def identity(self) -> Words:
        """How an identity of functions of the parameters is verified."""
        exponential = any(map(self.model.field.is_exponential, range(len(self.model.field.generators))))
        field = r"\mathbb{Q}(\theta, e^{\theta})" if exponential else r"\mathbb{Q}(\theta)"
        return words(f"identity in ${field}$")

    def declared(self, name: str, latex: str) -> sympy.Symbol:
        """A symbol that is written in this way."""
        symbol = sympy.Symbol(name)
        self.symbols[symbol] = latex
        return symbol

    def printed(self, expression: sympy.Expr) -> str:
        """An expression in parameters and declared symbols."""
        return Printer(self.model.parameters, {**self.names.latex(), **self.symbols}).doprint(expression)

    def conditional(self, x: int) -> sympy.Symbol:
        """The conditional probability p(h|v) of state number x."""
        state = self.space.states[x]
        return self.declared(f"p|({','.join(map(str, state))})", self.names.conditional(state))

    def averaged(self, values: Sequence[Entry], v: int) -> sympy.Expr:
        """``sum_h p(h|v) f(h)`` for the visible state number v; equal values are put together."""
        domain, fibre = self.at.domain, self.space.fibration[v]
        groups: dict[sympy.Expr, list[int]] = {}
        for h, value in enumerate(values):
            groups.setdefault(domain.to_sympy(value), []).append(h)
        if len(groups) == 1:
            return next(iter(groups))
        return sympy.Add(*(e * sympy.Add(*(self.conditional(fibre[h]) for h in hs)) for e, hs in groups.items()))

    def finished(self, title: str, assumptions: tuple[Words, ...] = ()) -> Derivation:
        """The steps as a derivation; a brief one without notation, index, rules and citations."""
        symbols = {
            **self.p.symbols,
            **self.q.symbols,
            **self.q_hat.symbols,
            **self.p_star.symbols,
            **self.ratio.symbols,
            **self.covector.symbols,
            **self.symbols,
        }
        fill = self.names.filled
        raw = Account(
            title, tuple(mapped(a, fill) for a in assumptions),
            () if self.brief else tuple(mapped(n, fill) for n in self.notation()),
            tuple(self.steps), () if self.brief else self.index(), self.model.parameters, symbols, letter=self.letter,
            certificates=tuple(self.certificates.values()), feet="certificates" if self.brief else "whole",
        )  # fmt: skip
        lettering = replace(self.names.lettering, numbered=frozenset({self.coordinate, self.letter, *"HVNO"}))
        return Derivation.of(raw, lettering)

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
            shown += [r"\dots"] * (len(inside) > 20)
            parts.append(words(f"$0 < {enumerated(shown)} < 1$"))
        printer = self.names.printer()
        for p in self.model.parameters:
            alone = [e for e in others if e.free_symbols == {p} and e.is_polynomial(p) and sympy.degree(e, p) == 1]
            below = [e for e in alone if sympy.expand(e).coeff(p) > 0]
            if len(alone) == 2 and len(below) == 1:  # an interval
                ends = [*below, *(e for e in alone if e not in below)]
                low, high = (-sympy.expand(e).coeff(p, 0) / sympy.expand(e).coeff(p) for e in ends)
                parts.append(words(f"${printer.doprint(low)} < {printer.doprint(p)} < {printer.doprint(high)}$"))
                others = [e for e in others if e not in alone]
        for e in others[:12]:
            smaller, larger = sides(e)
            ordered = smaller.free_symbols and larger.free_symbols  # an order of parameters is written as one
            left, sign, right = (smaller, "<", larger) if ordered else (e, ">", sympy.Integer(0))
            parts.append(words(f"${printer.doprint(left)} {sign} {printer.doprint(right)}$"))
        if len(others) > 12:
            parts.append((f"and {len(others) - 12} more such inequalities",))
        return ("The parameters satisfy ", *together(parts), ".")

    def notation(self) -> tuple[Words, ...]:
        """States and spaces."""
        names, space = self.names, self.space
        if space.hidden:
            whole, visible, hidden = (
                _tuple(names.variables(v)) for v in (space.variables, space.visible, space.hidden)
            )  # fmt: skip
            states = (
                rf"States are written ${whole}$, visible variables first: $\visible = {visible}$ is visible and "
                rf"$\hidden = {hidden}$ is hidden; "
            )
            projection = r"$\marginalisation$ is the marginalisation"
        else:
            states = r"States are written $\hidden$, what is seen of them $\visible = \pi(\hidden)$; "
            projection = r"$\marginalisation$ is its action on distributions"
        inverse = "the Moore-Penrose inverse" if self.is_singular else "a generalised inverse"
        return (
            words(
                rf"{states}$\lvert X \rvert = {space.n_states}$, $\lvert V \rvert = {space.n_visible}$. "
                rf"{projection}, $(\dpi A)(\visible) = \sum_{{\hidden}} A(\visible,\hidden)$, and "
                r"$p_V = \marginalisation(p)$."
            ),
            words(
                r"$g_p(A, B) = \sum_{\visible,\hidden} A(\visible,\hidden)\, B(\visible,\hidden) / "
                r"p(\visible,\hidden)$ is the Fisher metric; $G^{+}$ is "
                rf"{inverse} of $G$; "
                r"$\KL{q}{p} = \sum_{\visible,\hidden} q(\visible,\hidden) \log "
                r"(q(\visible,\hidden) / p(\visible,\hidden))$, and "
                r"$\KL{\datamanifold}{p}$ is its minimum over all $q$ with $q_V = p^{\ast}$."
            ),
        )

    def parameter_list(self) -> str:
        """The parameters between dollars."""
        d = len(self.model.parameters)
        shown = [self.names.parameter(i) for i in range(min(d, 12))] + [r"\dots"] * (d > 12)
        return f"${enumerated(shown)}$"

    def partial(self, i: int) -> sympy.Symbol:
        """The coordinate vector of a parameter."""
        return self.declared(f"d/d{self.model.parameters[i].name}", rf"\partial_{{{self.names.parameter(i)}}}")

    def known(self, name: str) -> Verdict | None:
        """The verdict on a statement if it was asked for."""
        try:
            return self.report[name]
        except KeyError:
            return None

    def index(self) -> tuple[Verdicts, ...]:
        """The verdicts as rows; each names the certificate of the scope that is stated last."""
        rows = []
        for v in self.report.verdicts:
            s = v.statement
            if s is not None and (self.wanted is None or s.id == self.wanted):
                scope, certificate = self.scope(v)
                rows.append(Verdicts(s.id, s.title, v.kind, scope, s.reference, certificate))
        return tuple(rows)

    def scope(self, v: Verdict) -> tuple[Words, str | None]:
        """Where a verdict holds, in words, and the hash of the certificate of what is said last."""
        if not isinstance(v, Proved | Refuted):
            return reason(verdict_reason(v)), None
        own, extent = v.certificate, v.extent_certificate
        for certificate in (own, extent):
            if certificate is not None:
                self.certificates.setdefault(str(certificate.sha256), certificate)
        if own is None:
            return reason(verdict_scope(v)), None
        if own.scope == GENERIC:
            first = words(str(Where.GENERICALLY))
        elif own.scope == POINT and v.point is not None:
            known = v.point in self.points
            first = words(f"at {self.at_point(v.point)}" if known else f"at {point_words(self.names, v.point)}")
        else:
            first = words(verdict_scope(v))
        wider = v.scope.is_locus or extent is not None
        if not wider:
            return first, str(own.sha256)
        whole = f"{verdict_scope(v)}{AS_NOWHERE}"
        if isinstance(v, Refuted):
            everywhere = v.scope == Where.NOWHERE
            whole = str(Where.EVERYWHERE) if everywhere else f"it holds {verdict_scope(v)}"
        first = (*first, f" (certificate {own.sha256[:12]}); {whole}")
        if extent is None:
            return (*first, SOLVED), None
        return first, str(extent.sha256)


def called(name: str | None) -> str:
    """A model inside of a sentence."""
    noun = "" if name and _NOUN.search(name) else "model "
    return f"the {noun}{name or ''}".strip()


def cites(name: str) -> str:
    """How a statement is cited: its number here, its name, its source."""
    s = statement(name)
    return f"{s.id} ({s.slug}); {s.reference}"


def _words(text: str | Words) -> Words:
    return words(text) if isinstance(text, str) else text


def _relation(r: Relation, fill: Callable[[str], str]) -> Relation:
    left, right = (replace(s, latex=None if s.latex is None else fill(s.latex)) for s in (r.left, r.right))
    return replace(r, left=left, right=right)


def _tuple(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({enumerated(names)})"


def point_words(names: Names, point: Point | None) -> str:
    """A point as formulas between dollars."""
    if point is None:
        return r"$\theta$"
    printer = names.printer()
    parts = [f"${printer.doprint(g)} = {printer.doprint(v)}$" for g, v in point.substitution().items()]
    return ", ".join(parts[:24] + ([r"$\dots$"] if len(parts) > 24 else []))
