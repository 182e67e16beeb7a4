"""What an explanation finds, as values and as data: where, how badly, for which objectives, what would mend it.

The data are what ``symelbo explain --json`` prints; exact numbers and expressions are strings.  A certificate is
``{"sha256": ..., "json": text}``: the text, written to a file as it is, is what the checker reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symelbo.explanation.angles import PrincipalAngles, SymbolicAngles
from symelbo.explanation.defect import DefectForm
from symelbo.explanation.mending import ExtendedTangent, Repair
from symelbo.explanation.recognition import RecognitionDependence
from symelbo.explanation.survivors import SurvivingObjectives
from symelbo.geometry import Ranks
from symelbo.loci import CylindricalLocus, LocusComponent, Where
from symelbo.models.parametrization import Parametrization, Point
from symelbo.verification import Proved, Refuted, Verdict


@dataclass(frozen=True)
class Findings:
    """What there is to say about one model.

    Attributes
    ----------
    verdict : of ``is_cylindrical``, at every admissible point or at ``point``
    ranks : generic, or at the point
    point : the point asked for, or None
    example : the point at which angles are given
    locus : where the model is cylindrical (None when a point was asked for)
    defect, angles, symbolic, survivors, tangent, repairs : see the functions of the same names
    recognition : how the projected gradient at the example depends on the parameters of a mean field q(h|v)
    left_out : what was not computed, and why
    """

    model: Parametrization
    verdict: Verdict
    ranks: Ranks
    point: Point | None = None
    example: Point | None = None
    locus: CylindricalLocus | None = None
    defect: DefectForm | None = None
    angles: PrincipalAngles | None = None
    symbolic: SymbolicAngles | None = None
    survivors: SurvivingObjectives | None = None
    tangent: ExtendedTangent | None = None
    recognition: RecognitionDependence | None = None
    repairs: tuple[Repair, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def scope(self) -> str:
        """Where the model is cylindrical, in words."""
        if self.locus is not None:
            return self.locus.scope
        if self.point is None:
            scope = self.verdict.scope
            return str(scope if isinstance(self.verdict, Proved) or scope.is_locus else Where.OPEN)
        return str(Where.HERE if isinstance(self.verdict, Proved) else Where.NOT_HERE)

    def headline(self) -> str:
        """The verdict in one line."""
        name = self.model.name or "The model"
        r = self.ranks
        split = f"{r.joint} = {r.joint - r.vertical} horizontal + {r.joint - r.visible} vertical + {r.oblique} oblique"
        place = "" if self.point is None else f" at {self.point}"
        if isinstance(self.verdict, Proved):
            return f"{name} is cylindrical{place or f' {self.verdict.scope}'}: {split} directions."
        if isinstance(self.verdict, Refuted):
            return f"{name} is not cylindrical{place}: {split} directions."
        return f"Whether {name} is cylindrical{place} is undecided: {getattr(self.verdict, 'reason', '')}"

    def __repr__(self) -> str:
        return f"Explanation of {self.model.name or 'a model'}: cylindrical {self.scope}"

    @property
    def recognition_family(self) -> str:
        """The family of conditional distributions q_phi(h|v) in words."""
        space = self.model.space
        several = space.is_product and len(space.hidden) > 1
        return "mean field, a table for each hidden variable" if several else "free tables"

    def survivors_scope(self) -> Where:
        """Where the conditions on objectives are those that are shown."""
        found, locus = self.survivors, self.locus
        if found is not None and found.point is not None:
            return Where.HERE
        if locus is not None and found is not None and len(found.conditions) == 1 and not locus.where.is_open:
            return Where("off", locus.components) if locus.components else Where.EVERYWHERE
        return Where.EVERYWHERE if found is None or found.everywhere else Where.GENERICALLY

    def as_dict(self) -> dict[str, Any]:
        """Return everything as data: exact numbers and expressions as strings."""
        space, r = self.model.space, self.ranks
        return {
            "model": {
                "name": self.model.name,
                "states": space.n_states,
                "visible_states": space.n_visible,
                "parameters": [str(p) for p in self.model.parameters],
            },
            "point": None if self.point is None else _point(self.point),
            "cylindrical": {
                "verdict": self.verdict.kind,
                "scope": self.scope,
                "certificate": _certificate(getattr(self.verdict, "extent_certificate", None)),
            },
            "ranks": r._asdict(),
            "tangent": {
                "dim": r.joint,
                "horizontal": r.joint - r.vertical,
                "vertical": r.joint - r.visible,
                "oblique": r.oblique,
            },
            "locus": None if self.locus is None else _locus(self.locus),
            "defect": None if self.defect is None else _defect(self.defect),
            "angles": _angles(self.angles, self.symbolic),
            "objectives": None if self.survivors is None else _survivors(self.survivors),
            "recognition": None
            if self.recognition is None
            else {
                "family": self.recognition_family,
                "depends": self.recognition.depends,
                "directions": self.recognition.seen,
                "oblique": self.recognition.oblique,
                "words": self.recognition.words,
            },
            "repairs": _repairs(self.tangent, self.repairs),
            "left_out": list(self.left_out),
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
