"""Which theorems a certificate becomes, and what none is written for."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.claims import Certificate
from symelbo.certificates.coq.cylinder import write_cylinder, write_cylinder_at_point
from symelbo.certificates.coq.identities import write_identity, write_positivity
from symelbo.certificates.coq.instance import write_instance
from symelbo.certificates.coq.locality import write_locality
from symelbo.certificates.coq.nowhere import write_nowhere
from symelbo.certificates.coq.refutation import write_refutation
from symelbo.certificates.coq.table import Table, point_text, write_table
from symelbo.certificates.coq.vernacular import Vernacular
from symelbo.certificates.evidence import NOWHERE
from symelbo.certificates.expressions import IdentityCertificate, PositivityCertificate
from symelbo.errors import ModelError
from symelbo.models.parametrization import Parametrization

__all__ = ["STATE_LIMIT", "coq_source"]

STATE_LIMIT = LIMITS.coq_states
"""States beyond which no file is written: use the checker."""

_PREAMBLE = """\
From Coq Require Import QArith Qfield Lqa Ring_polynom Ring_theory BinList List Bool Arith Lia.
Import ListNotations.
Open Scope Q_scope."""


_GUIDE = (
    "How to read this file.  theta gives rational values to the generators; what is an identity or a rank over Q is",
    "one over R.  Compare the table w with the model in the paper.  Read the definitions of value and D (derivatives),",
    "prob, J, marginal, along (the tangent vector J c), tangent, horizontal, vertical, cylindrical_at, elbo_gradient",
    "and evidence_gradient (normal equations), and, where ranks are stated, independent, rank_at_least, regular and",
    "admissible.  Then read the theorems, which are named at the end.  Lemmas are steps of proofs, checked by Coq.",
)


def coq_source(
    certificate: Certificate | IdentityCertificate | PositivityCertificate,
    extent: Certificate | None = None,
    *,
    theory: bool = False,
) -> str:
    """Return a Coq file with the theorems of a certificate.

    Parameters
    ----------
    certificate
        That of a verdict on S3 or S10, of :func:`symelbo.check_equal`, or of positive expressions.
    extent
        The certificate that extends a verdict at a point: with a refutation of S3 that the model is cylindrical at no
        admissible point, proved in the same file; with a proof that it is cylindrical at all of them, proved instead.
    theory
        Whether the file ends with what the general theory (``proofs/theory``, on mathcomp) says of the model at the
        point: S3, and S8 or S9, over any ordered field.  Such a file is compiled with ``-R proofs/theory Symelbo``.

    Raises
    ------
    ModelError
        The table is too large, or the certificate is of a kind that has no form in Coq.

    >>> from symelbo.models import model_a
    >>> from symelbo.verification import is_cylindrical
    >>> print(coq_source(is_cylindrical(model_a()).certificate).splitlines()[0])
    (* cylindrical: proved, scope every-admissible-point
    """
    if extent is not None and isinstance(certificate, Certificate) and certificate.witness["kind"] == "conditions":
        certificate, extent = extent, None  # at every admissible point, which is more than at the one examined
    data = certificate.as_dict()
    claim = data["claim"]
    page = Vernacular()
    page.comment(
        f"{claim['statement']}: {claim['verdict']}, scope {claim['scope']}", f"SHA-256 of the claim: {data['sha256']}"
    )
    if "states" in claim.get("model", {}):
        raise ModelError(
            "Coq files are written of products of visible and hidden variables; this model has other states"
        )
    generators = claim.get("model", {}).get("generators", ())
    if any(isinstance(c, list) for g in generators for c in g.get("exponent", ())):
        raise ModelError("Coq: exponents that are not linear have no form in Coq; use the certificate and the checker")
    if claim["statement"] in _MODELS:
        page.comment(*_GUIDE)
    page.text(_PREAMBLE)
    if claim["statement"] == "identity":
        write_identity(page, data)
    elif claim["statement"] == "positivity":
        write_positivity(page, data)
    elif data["witness"]["kind"] in _MODELS.get(claim["statement"], ()):
        if "weights" not in claim["model"] or len(claim["model"]["weights"]) > STATE_LIMIT:
            raise ModelError(f"a Coq file is written for at most {STATE_LIMIT} states; the checker has no such limit")
        if not isinstance(certificate, Certificate):
            raise ModelError("Coq: a statement on a model needs the certificate of a model")
        _write_model(page, certificate.model, data, extent, theory=theory)
    else:
        raise ModelError(
            f"Coq: the proof of {claim['statement']} by {data['witness']['kind']} has no form in Coq; there is one for "
            "the verdicts on S3 and S10 of a model, for equalities of expressions and for positive ones; use the "
            "certificate and the checker"
        )
    return page.source()


_MODELS = {
    "cylindrical": ("null-vectors", "not-cylindrical", "minors", "sign", "conditions"),
    "converse": ("not-cylindrical", "minors"),
    "elbo-equivalence": ("null-vectors", "conditions"),
    "locality": ("local-tables",),
}


def _write_model(
    page: Vernacular, model: Parametrization, data: dict[str, Any], extent: Certificate | None, *, theory: bool
) -> None:
    claim, witness = data["claim"], data["witness"]
    table = Table(claim["model"])
    point = [Fraction(v) for v in (claim["point"] or data["interior_point"])]
    write_table(page, table)
    fixed = "generators parameters visibles hiddens w d_generator"
    page.text(f"Opaque {fixed}.")
    kind = "normalised" if table.sums_to_one else "weights"
    page.heading("Derivatives, horizontal and vertical vectors, gradients: the same in every file")
    page.theory("calculus", "sums", "slopes", kind, "geometry", f"directions_{kind}", "gradients", "equivalence")
    page.text("Transparent generators.")
    page.theory("reflection")
    page.text(f"Transparent {fixed}.")
    page.heading("Theorems on the table")
    _derivatives(page, table)
    if table.sums_to_one:
        _normalised(page)
    _point(page, table, point)
    if witness["kind"] == "null-vectors":
        write_cylinder(page, table, witness, point)
    elif witness["kind"] == "conditions":
        write_cylinder_at_point(page, table, point)
    elif witness["kind"] == "local-tables":
        write_locality(page, table, witness)
    elif witness["kind"] == "sign":
        write_nowhere(page, table, model, data, point)
    else:
        admissible = write_refutation(page, table, witness, point)
        if admissible and extent is not None and extent.scope == NOWHERE:
            try:
                write_nowhere(page, table, model, extent.as_dict(), point, ranks_known=True)
            except ModelError as error:
                page.comment(str(error))
    if theory and witness["kind"] != "local-tables":
        write_instance(page, table, point)


def _derivatives(page: Vernacular, table: Table) -> None:
    """The derivative along a parameter that is a generator: what changes when e is added to it."""
    plain = table.plain_parameters
    inside = [p for i, p in enumerate(table.parameters) if i not in plain]
    if inside:
        page.comment(
            f"In exponents: {', '.join(inside)}.",
            "Their derivatives are formal: d t = c t for t = exp(c theta + ...).",
        )
    names = [g["name"] for g in table.generators]
    for i in plain:
        variable = table.variables[names.index(table.parameters[i])]
        direction = table.directions[i]
        page.theorem(
            f"derivative_{direction}",
            f"is_derivative (fun e => value (shift theta {variable} e) (w v h)) (value theta (D {direction} (w v h)))",
            "intros. apply D_is_derivative. intros e g. unfold shift. destruct g; cbn -[Qplus Qmult]; ring.",
            binders="theta v h",
        )


def _normalised(page: Vernacular) -> None:
    page.theorem(
        "normalised",
        "total (prob theta) == 1",
        "intros theta. assert (E : same (whole w) 1 = true) by (vm_compute; reflexivity).\n"
        "  apply by_reflection with (theta := theta) in E. rewrite value_whole in E. exact E.",
        binders="theta",
    )
    page.text(
        "Lemma tangent_sum : forall theta i, positive theta -> total (J theta i) == 0.",
        "Proof.",
        "  intros theta i _. assert (E : same (whole (fun v h => D i (w v h))) 0 = true).",
        "  { revert i. apply (every _ _ _ parameters_listed (fun i => same (whole (fun v h => D i (w v h))) 0)).",
        "    vm_compute. reflexivity. }",
        "  apply by_reflection with (theta := theta) in E. rewrite value_whole in E. exact E.",
        "Qed.",
    )


def _point(page: Vernacular, table: Table, point: Sequence[Fraction]) -> None:
    page.comment("A point of the domain.")
    page.text(f"Definition point (g : generator) : Q := {point_text(table, point)}.")
    page.theorem("positive_at_point", "positive point", "apply positive_by. vm_compute. reflexivity.")
