"""S3, cylindrical models (Definition 2): T_pM = (T_pM n H_p) + (T_pM n V_p).

Claim. M(a) is cylindrical at every admissible point, M(b) at none.

Why. dim T n V = r - r_V and dim T n H = r - r_vert, and the two meet in 0: the sum is T exactly when r = r_V + r_vert.
For M(a) the ranks are (3, 2, 1); for M(b) they are (5, 3, 3).

False neighbour. Ranks alone at an inadmissible point say nothing: at y1 = y2, z1 = z2 the tangent space of M(b) splits.
"""

import symelbo as se


def main() -> bool:
    """Decompose the tangent spaces of both models and look at an inadmissible point."""
    a, b = se.model_a(), se.model_b()
    verdicts = se.is_cylindrical(a), se.is_cylindrical(b)
    for M, verdict in zip((a, b), verdicts, strict=True):
        print(se.tangent_decomposition(M))
        print(f"  {verdict}")

    inadmissible = {"x": "1/2", "y1": "1/3", "y2": "1/3", "z1": "1/4", "z2": "1/4"}
    found = se.tangent_decomposition(b, at=inadmissible)
    print(f"False neighbour, at an inadmissible point the ranks are {tuple(found.ranks)}:\n  {found}")
    try:
        se.is_cylindrical(b, at=inadmissible)
    except se.DomainError as error:
        print(f"  refused: {error}")
        refused = True
    else:
        refused = False
    locus = se.cylindrical_locus(b)
    print(f"{b.name}: {locus}\n  certificate {verdicts[1].extent_certificate.sha256[:12]}; -o FILE writes the reason")
    decided = isinstance(verdicts[0], se.Proved) and isinstance(verdicts[1], se.Refuted)
    return decided and locus.extent == "nowhere" and found.is_cylindrical and refused


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S3"))
