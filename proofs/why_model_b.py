"""Why M(b) is not cylindrical: where, how badly, for which objectives, and what would mend it.

The defect is Delta = kappa e e^T with a single function kappa of the parameters.  It is positive on the whole cube,
because it is a sum of products of positive factors of the cube: M(b) is cylindrical nowhere.  A collider with a hidden
parent is the neighbour for which the answer is another one: there the locus is where that parent has no influence.
"""

import symelbo as se
from symelbo.explanation import defect_form
from symelbo.loci import Positivity, verify_positive


def main() -> bool:
    """Print the page on M(b) and check its claims one by one."""
    M = se.model_b()
    print(se.explain(M).text())

    form = defect_form(M)
    ((_, sign),) = form.signs
    known = list(Positivity.of(M).positive.values())
    positive = verify_positive(sign.witness, known)
    print(f"\nkappa = {sign.witness}, multiplied out: {positive}")

    nowhere = se.cylindrical_locus(M)
    mended = [r for r in se.repairs(M) if r.kind == "arrows"]
    slices = [se.is_cylindrical(M.on(where)) for where in ({"y1": "y2"}, {"z1": "z2"}, {"y1": "1 - y2"})]
    print(f"On y1 = y2, z1 = z2 and y1 = 1 - y2: {slices}")

    collider = se.bayesian_network([("x", "z"), ("y", "z")], states=dict.fromkeys("xyz", 2), hidden=["x"])
    locus = se.cylindrical_locus(collider)
    (component,) = locus.components
    there = se.is_cylindrical(collider, component.point)
    elsewhere = se.is_cylindrical(collider, locus.fails)
    print(f"The collider x -> z <- y, x hidden: {locus}\n  there: {there}\n  elsewhere: {elsewhere}")

    return (
        positive
        and nowhere.extent == "nowhere"
        and all(r.verified for r in mended)
        and [v.kind for v in slices] == ["proved", "proved", "refuted"]
        and isinstance(there, se.Proved)
        and isinstance(elsewhere, se.Refuted)
    )


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b()))
