"""An explanation as data: what ``symelbo explain --json`` prints; exact numbers and expressions are strings.

A certificate is ``{"sha256": ..., "json": text}``: the text, written to a file as it is, is what the checker reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symelbo.explanation.angles import PrincipalAngles, SymbolicAngles
from symelbo.explanation.defect import DefectForm
from symelbo.explanation.mending import ExtendedTangent, Repair
from symelbo.explanation.survivors import SurvivingObjectives
from symelbo.loci import CylindricalLocus, LocusComponent
from symelbo.models.parametrization import Point

if TYPE_CHECKING:
    from symelbo.explanation.page import Explanation

__all__ = ["data_of"]


def data_of(page: Explanation) -> dict[str, Any]:
    """Return everything as data: exact numbers and expressions as strings."""
    space, r = page.model.space, page.ranks
    return {
        "model": {
            "name": page.model.name,
            "states": space.n_states,
            "visible_states": space.n_visible,
            "parameters": [str(p) for p in page.model.parameters],
        },
        "point": None if page.point is None else _point(page.point),
        "cylindrical": {
            "verdict": page.verdict.kind,
            "scope": page.scope,
            "certificate": _certificate(getattr(page.verdict, "extent_certificate", None)),
        },
        "ranks": r._asdict(),
        "tangent": {
            "dim": r.joint,
            "horizontal": r.joint - r.vertical,
            "vertical": r.joint - r.visible,
            "oblique": r.oblique,
        },
        "locus": None if page.locus is None else _locus(page.locus),
        "defect": None if page.defect is None else _defect(page.defect),
        "angles": _angles(page.angles, page.symbolic),
        "objectives": None if page.survivors is None else _survivors(page.survivors),
        "recognition": None
        if page.recognition is None
        else {
            "family": page.recognition_family,
            "depends": page.recognition.depends,
            "directions": page.recognition.seen,
            "oblique": page.recognition.oblique,
            "words": page.recognition.words,
        },
        "repairs": _repairs(page.tangent, page.repairs),
        "left_out": list(page.left_out),
    }


def _angles(found: PrincipalAngles | None, symbolic: SymbolicAngles | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "point": _point(found.point),
        "cosines_squared": [{"value": str(e), "multiplicity": k} for e, k in found.cosines_squared],
        "degrees": [f"{float(a):.12g}" for a in found.angles()],
        "missing_information": str(found.missing_information),
        "visible_missing_information": str(found.visible_missing_information),
        "kantorovich": str(found.kantorovich),
        "sharp_bound": str(found.sharp_bound),
        "worst_objective": None if found.worst_objective is None else list(map(str, found.worst_objective)),
        "symbolic": None if symbolic is None else _symbolic(symbolic),
    }


def _symbolic(found: SymbolicAngles) -> dict[str, Any]:
    """The squared cosines as functions: the one there is, or sum and product of two."""
    if found.oblique == 1:
        return {"squared_cosine": str(found.sum)}
    return {"sum": str(found.sum), "product": str(found.product)}


def _repairs(tangent: ExtendedTangent | None, repairs: Sequence[Repair]) -> dict[str, Any]:
    return {
        "tangent": None
        if tangent is None
        else {"dimension": tangent.dimension, "added": tangent.added, "words": tangent.words},
        "changes": [
            {
                "kind": r.kind,
                "change": [list(c) for c in r.change],
                "words": r.words,
                "parameters": r.parameters,
                "proved_cheapest": r.cheapest,
                "verdict": None if r.verdict is None else r.verdict.kind,
            }
            for r in repairs
        ],
    }


def _point(point: Any) -> dict[str, str]:
    """The values of the parameters; at an algebraic point those of the generators."""
    values = point.substitution() if isinstance(point, Point) else point.as_dict()
    return {str(k): str(v) for k, v in values.items()}


def _component(component: LocusComponent) -> dict[str, Any]:
    return {
        "equations": [str(e) for e in component.equations],
        "restriction": {str(k): str(v) for k, v in component.solved},
        "dimension": component.dimension,
        "point": _point(component.point),
        "ranks": component.ranks._asdict(),
        "ranks_are_generic": component.largest,
    }


def _locus(locus: CylindricalLocus) -> dict[str, Any]:
    return {
        "extent": locus.extent,
        "components": [_component(c) for c in locus.components],
        "inadmissible": [_component(c) for c in locus.inadmissible],
        "open": [[str(e) for e in s] for s in locus.open],
        "inadmissible_open": [[str(e) for e in s] for s in locus.inadmissible_open],
        "empty": list(locus.empty),
        "holds_at": None if locus.holds is None else _point(locus.holds),
        "fails_at": None if locus.fails is None else _point(locus.fails),
    }


def _defect(form: DefectForm) -> dict[str, Any]:
    return {
        "scalar": str(form.scalar),
        "vector": None if form.vector is None else list(map(str, form.vector)),
        "positive": form.is_positive,
        "certificate": _certificate(form.certificate),
        "witnesses": [s.witness.as_dict() for s in form.witnesses if s.witness is not None],
    }


def _certificate(certificate: Any) -> dict[str, Any] | None:
    """A certificate as the canonical JSON text that the checker reads: saved as it is, it can be checked."""
    return None if certificate is None else {"sha256": certificate.sha256, "json": certificate.to_json()}


def _survivors(found: SurvivingObjectives) -> dict[str, Any]:
    return {
        "conditions": [list(map(str, c)) for c in found.conditions],
        "constant": found.constant,
        "words": found.words,
        "functions": [list(s) for s in found.functions],
        "functions_are_all": found.complete,
        "point": None if found.point is None else _point(found.point),
        "at_every_admissible_point": found.everywhere and found.point is None,
    }
