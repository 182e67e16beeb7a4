"""Which theorems a certificate becomes, and what none is written for."""

from __future__ import annotations

from fractions import Fraction
from importlib.resources import files
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.claims import Certificate
from symelbo.certificates.coq.identities import write_identity, write_positivity
from symelbo.certificates.coq.locality import write_locality
from symelbo.certificates.coq.table import Table, write_table
from symelbo.certificates.coq.theorems import (
    write_everywhere,
    write_nowhere,
    write_point,
    write_refutation,
    write_splitting,
)
from symelbo.certificates.coq.vernacular import Vernacular
from symelbo.certificates.evidence import NOWHERE
from symelbo.certificates.expressions import IdentityCertificate, PositivityCertificate
from symelbo.errors import ModelError
from symelbo.models.parametrization import Parametrization

__all__ = ["coq_source", "theory_files"]

_EXPRESSIONS = """\
From Coq Require Import QArith Qfield Lqa Ring_polynom Ring_theory BinList List Bool Arith Lia.
Import ListNotations.
Open Scope Q_scope."""
_MODEL = """\
From Coq Require Import NArith QArith List ssrbool.
From Symelbo Require Import polynomials models points locality.
Import ListNotations.
Open Scope Q_scope.
Open Scope expr_scope."""
_GUIDE = (
    "How to read this file.  Compare the table with the model in the paper.  theta gives values to the generators, in",
    "any ordered field R.  What the theorems at the end say of M stands in the header of models.v in the theory,",
    "where everything is proved: splitting (S3, S8), failing (S9), positive, spanned, ranks; gradients in points.v,",
    "local_metric in locality.v.  Each theorem here is a theorem from there and one computation.",
)


def coq_source(
    certificate: Certificate | IdentityCertificate | PositivityCertificate,
    extent: Certificate | None = None,
) -> str:
    """Return a Coq file with the theorems of a certificate.

    A file on a model builds on the general theory (:func:`theory_files`): ``coqc -R theory Symelbo FILE.v``.

    Parameters
    ----------
    certificate
        That of a verdict on S3 or S10, of :func:`symelbo.check_equal`, or of positive expressions.
    extent
        The certificate that extends a verdict at a point: with a refutation of S3 that the model is cylindrical at no
        admissible point, proved in the same file; with a proof that it is cylindrical at all of them, proved instead.

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
    generators = claim.get("model", {}).get("generators", ())
    if any(isinstance(c, list) for g in generators for c in g.get("exponent", ())):
        raise ModelError("Coq: exponents that are not linear have no form in Coq; use the certificate and the checker")
    if claim["statement"] in _MODELS:
        page.comment(*_GUIDE)
    page.text(_MODEL if claim["statement"] in _MODELS else _EXPRESSIONS)
    if claim["statement"] == "identity":
        write_identity(page, data)
    elif claim["statement"] == "positivity":
        write_positivity(page, data)
    elif data["witness"]["kind"] in _MODELS.get(claim["statement"], ()):
        if "weights" not in claim["model"] or len(claim["model"]["weights"]) > LIMITS.coq_states:
            raise ModelError(
                f"a Coq file is written for at most {LIMITS.coq_states} states; the checker has no such limit"
            )
        if not isinstance(certificate, Certificate):
            raise ModelError("Coq: a statement on a model needs the certificate of a model")
        _write_model(page, certificate.model, data, extent)
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


def _write_model(page: Vernacular, model: Parametrization, data: dict[str, Any], extent: Certificate | None) -> None:
    claim, witness = data["claim"], data["witness"]
    table = Table(claim["model"])
    point = [Fraction(v) for v in (claim["point"] or data["interior_point"])]
    write_table(page, table)
    write_point(page, point)
    if witness["kind"] == "null-vectors":
        write_everywhere(page, table, witness, point)
    elif witness["kind"] == "conditions":
        write_splitting(page, table, point)
    elif witness["kind"] == "local-tables":
        write_locality(page, table, witness)
    elif witness["kind"] == "sign":
        write_nowhere(page, table, model, data, point)
    else:
        write_refutation(page, table, witness, point)
        if extent is not None and extent.scope == NOWHERE:
            try:
                write_nowhere(page, table, model, extent.as_dict(), point)
            except ModelError as error:
                page.comment(str(error))


def theory_files() -> dict[str, str]:
    """The general theory, by names of files; ``_CoqProject`` lists them in the order in which they compile."""
    folder = files("symelbo") / "theory"
    project = (folder / "_CoqProject").read_text(encoding="ascii")
    names = [line for line in project.split() if line.endswith(".v")]
    return {name: (folder / name).read_text(encoding="ascii") for name in names} | {"_CoqProject": project}
