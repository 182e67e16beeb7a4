"""The statements in the words of Gaussian models and of mixtures: what differs from those about finite tables.

On Gaussian models L is a function of (mu_V, Sigma_VV); q and p* enter through their first two moments, so they need not
be Gaussian.  H_p and V_p are taken within the polynomials of degree 2, which contain every T and on which E[.|v] acts.

On mixtures E[.|v] divides by p_V: it leaves every finite basis of functions, but on the space of scores alone ranks say
all there is to say of S3.  What asks for G_V or for E[.|v] itself is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

from symelbo.statements.catalogue import STATEMENTS, Statement

_GAUSSIAN: dict[str, dict[str, str | tuple[str, ...]]] = {
    "S1": {"quantified": "for every differentiable L of (mu_V, Sigma_VV)"},
    "S2": {
        "claimed": "among polynomials of degree 2, H_p and V_p are orthogonal, dpi on H_p is an isometry, "
        "the projection is the conditional expectation",
    },
    "S4": {"quantified": "for every L of (mu_V, Sigma_VV) and every q with second moments"},
    "S5": {
        "claimed": "-grad D(q||.) = (delta, Sigma_q + delta delta' - Sigma), -grad D(p*||.) = its visible part, "
        "-grad D(Q||.) = C of that, the gap's gradient is vertical",
        "quantified": "for every q with second moments, delta = mu_q - mu, p* = q_V",
    },
    "S6": {
        "claimed": "D(Q||p) = D(p*||p_V), attained at qhat of mean (mu*, alpha + B mu*) and covariance "
        "E Sigma* E' + diag(0, Om); its differential at p0 is that of D(qhat_{p0}||.)",
        "quantified": "for every p* with second moments and q in Q",
    },
    "S7": {
        "claimed": "D(q||p) = D(q_V||p_V) + GAP(q, p), and ln det Sigma = ln det Sigma_VV + ln det Om",
        "quantified": "for all normal p and q",
    },
    "S8": {"quantified": "for every q with second moments, p* = q_V"},
    "S10": {
        "assumed": ("the model is a linear-Gaussian network with free coefficients and variances",),
        "claimed": "G is block diagonal over (node; intercept and coefficients | variance), with the blocks "
        "E[z z'] / w, z = (1, x_pa), and 1 / (2 w^2)",
        "quantified": "for all tangent vectors",
    },
}

GAUSSIAN_STATEMENTS: dict[str, Statement] = {
    s.id: replace(s, formulas=(), **_GAUSSIAN.get(s.id, {}))  # type: ignore[arg-type]  # words and tuples of words
    for s in STATEMENTS
}

_MIXTURE = {
    "S1": "for every L of finitely many means of functions of v",
    "S4": "for every L of finitely many means of functions of v and every q with second moments of s",
    "S8": "for every q with second moments of s, p* = q_V",
}

MIXTURE_STATEMENTS: dict[str, Statement] = {
    s.id: replace(s, formulas=(), quantified=_MIXTURE.get(s.id, s.quantified)) for s in STATEMENTS
}

WITH_VISIBLE_METRIC = ("S1", "S2", "S12")
NOT_EXACT = {
    **dict.fromkeys(
        ("S1", "S12"), "the visible metric G_V of a mixture is an integral over 1/p_V, without an exact formula"
    ),
    **dict.fromkeys(
        ("S2", "S5", "S6"), "E[.|v] of a mixture divides by p_V and leaves every finite-dimensional space of functions"
    ),
    "S7": "the divergences of mixtures are integrals of log p_V, without exact formulas",
}
