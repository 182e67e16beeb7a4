"""The vocabulary of formulas: macros, glyphs with their characters, classes and widths (Computer Modern at 10 pt)."""

from __future__ import annotations

# The notation of Ay, van Oostrum and Datar (2025): name -> (number of arguments, body).
MACROS: dict[str, tuple[int, str]] = {
    "KL": (2, r"D(#1 \,\Vert\, #2)"),
    "grad": (0, r"\operatorname{grad}"),
    "tangent": (1, r"T_{p}#1"),
    "horizontalspace": (0, r"\mathcal{H}_{p}"),
    "verticalspace": (0, r"\mathcal{V}_{p}"),
    "model": (0, r"\mathcal{M}"),
    "visiblemodel": (0, r"\mathcal{M}_{V}"),
    "marginalisation": (0, r"\pi_{V}"),
    "dpi": (0, r"\mathrm{d}\pi_{V}"),
    "defect": (0, r"\Delta"),
    "datamanifold": (0, r"\mathcal{Q}"),
}


ITALIC = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            5.29, 4.29, 4.33, 5.2, 4.66, 5.98, 5.13, 5.76, 3.45, 4.69, 5.53, 3.18, 8.78, 6.0, 4.85, 5.03, 4.82, 4.79,
            4.69, 3.61, 5.72, 5.21, 7.43, 5.72, 5.26, 5.09, 7.5, 8.09, 7.87, 8.28, 7.96, 7.82, 7.86, 9.12, 5.18, 6.51,
            9.2, 6.81, 10.79, 9.12, 7.91, 7.81, 7.91, 7.67, 6.71, 7.23, 7.92, 8.05, 10.83, 9.06, 8.03, 7.54,
        ),
        strict=True,
    )
)  # fmt: skip
ROMAN = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            5.0, 5.56, 4.44, 5.56, 4.44, 3.06, 5.0, 5.56, 2.78, 3.06, 5.28, 2.78, 8.33, 5.56, 5.0, 5.56, 5.28, 3.92,
            3.94, 3.89, 5.56, 5.28, 7.22, 5.28, 5.28, 4.44, 7.5, 7.08, 7.22, 7.64, 6.81, 6.53, 7.85, 7.5, 3.61, 5.14,
            7.78, 6.25, 9.17, 7.5, 7.78, 6.81, 7.78, 7.36, 5.56, 7.22, 7.5, 7.5, 10.28, 7.5, 7.5, 6.11,
        ),
        strict=True,
    )
)  # fmt: skip
GREEK = {
    "alpha": ("α", 6.4), "beta": ("β", 6.2), "gamma": ("γ", 5.7), "delta": ("δ", 4.9), "epsilon": ("ε", 4.1),
    "zeta": ("ζ", 5.1), "eta": ("η", 5.3), "theta": ("θ", 4.9), "iota": ("ι", 3.6), "kappa": ("κ", 5.8),
    "lambda": ("λ", 5.9), "mu": ("μ", 6.1), "nu": ("ν", 5.6), "xi": ("ξ", 4.9), "pi": ("π", 6.1), "rho": ("ρ", 5.2),
    "sigma": ("σ", 6.1), "tau": ("τ", 5.6), "upsilon": ("υ", 5.8), "phi": ("φ", 6.0), "chi": ("χ", 6.3),
    "psi": ("ψ", 6.9), "varphi": ("φ", 6.5), "omega": ("ω", 6.6), "Gamma": ("Γ", 6.3), "Delta": ("Δ", 8.4),
    "Theta": ("Θ", 7.8), "varepsilon": ("ε", 4.7), "vartheta": ("ϑ", 5.9), "varrho": ("ϱ", 5.2), "hbar": ("ℏ", 5.4),
    "Lambda": ("Λ", 7.0), "Xi": ("Ξ", 6.7), "Pi": ("Π", 7.5), "Sigma": ("Σ", 7.3), "Upsilon": ("Υ", 7.8),
    "Phi": ("Φ", 7.3), "Psi": ("Ψ", 7.8), "Omega": ("Ω", 7.3),
}  # fmt: skip
BIN = {"+": ("+", 7.78), "-": ("−", 7.78), "cdot": ("⋅", 2.78), "times": ("×", 7.78), "oplus": ("⊕", 7.78),
        "cap": ("∩", 6.67), "circ": ("∘", 5.0), "setminus": ("∖", 5.0)}  # fmt: skip
REL = {"=": ("=", 7.78), "<": ("<", 7.78), ">": (">", 7.78), "ne": ("≠", 7.78), "le": ("≤", 7.78), "ge": ("≥", 7.78),
        "in": ("∈", 6.67), "subset": ("⊂", 7.78), "subseteq": ("⊆", 7.78), "perp": ("⊥", 7.78), "to": ("→", 10.0),
        "Rightarrow": ("⇒", 10.0), "iff": ("⟺", 21.0), "mapsto": ("↦", 10.0), "propto": ("∝", 7.78),
        "approx": ("≈", 7.78), "sim": ("~", 7.78),
        "mid": ("|", 2.78), ":": (":", 2.78), "rightarrow": ("→", 10.0), "leftarrow": ("←", 10.0)}  # fmt: skip
ORD = {"Vert": ("‖", 5.0), "vert": ("|", 2.78), "|": ("|", 2.78), "/": ("/", 5.0), "partial": ("∂", 5.9),
        "nabla": ("∇", 8.33), "infty": ("∞", 10.0), "ell": ("ℓ", 4.17), "top": ("⊤", 7.78), "ast": ("∗", 5.0),
        "*": ("∗", 5.0), "prime": ("′", 2.75), "wedge": ("^", 6.67), "backslash": ("\\", 5.0),
        "forall": ("∀", 5.56), "exists": ("∃", 5.56), "dots": ("…", 11.8), "ldots": ("…", 11.8), "vdots": ("⋮", 2.8),
        "cdots": ("⋯", 12.8), "ddots": ("⋱", 12.8), ".": (".", 2.78), "!": ("!", 2.78), "?": ("?", 4.72),
        "%": ("%", 8.33), "#": ("#", 8.33), "&": ("&", 7.78), "$": ("$", 5.0), "_": ("_", 5.0),
        "emptyset": ("∅", 5.0), "checkmark": ("✓", 8.3)}  # fmt: skip
OP = {"sum": ("∑", 14.5), "prod": ("∏", 13.0), "min": ("min", 15.0), "max": ("max", 16.7), "log": ("log", 12.8),
       "exp": ("exp", 15.3), "cos": ("cos", 13.4), "ker": ("ker", 13.6), "dim": ("dim", 16.7),
       "det": ("det", 13.9)}  # fmt: skip
OPEN = {
    "(": ("(", 3.89),
    "{": ("{", 5.0),
    "[": ("[", 2.78),
    "langle": ("⟨", 3.89),
    "lVert": ("‖", 5.0),
    "lvert": ("|", 2.78),
}
CLOSE = {
    ")": (")", 3.89),
    "}": ("}", 5.0),
    "]": ("]", 2.78),
    "rangle": ("⟩", 3.89),
    "rVert": ("‖", 5.0),
    "rvert": ("|", 2.78),
}
PUNCT = {",": (",", 2.78), ";": (";", 2.78), "colon": (":", 2.78)}
SPACES = {"allowbreak": 0.0, ",": 1.67, ":": 2.2, ";": 2.78, "!": -1.67, " ": 3.33, "quad": 10.0, "qquad": 20.0}
SIZES = {"big": 1.2, "bigl": 1.2, "bigr": 1.2, "Bigl": 1.6, "Bigr": 1.6, "left": 1.8, "right": 1.8}
FONTS = ("mathrm", "mathtt", "mathcal", "mathbb", "mathbf", "operatorname", "text", "boldsymbol")
ACCENTS = {"hat": "^", "widehat": "^", "tilde": "~", "bar": "¯", "acute": "´", "grave": "`", "ddot": "¨",
            "dot": "˙", "check": "ˇ", "breve": "˘"}  # fmt: skip
COMBINING = {"^": "\u0302", "~": "\u0303", "¯": "\u0304", "´": "\u0301", "`": "\u0300", "¨": "\u0308",
              "˙": "\u0307", "ˇ": "\u030c", "˘": "\u0306"}  # fmt: skip
ENVIRONMENTS = ("pmatrix", "matrix", "array", "aligned", "gathered", "cases")
CALLIGRAPHIC = {"H": "ℋ", "V": "𝒱", "Q": "𝒬", "P": "𝒫", "M": "ℳ"}
BLACKBOARD = {"R": "ℝ", "E": "𝔼", "Q": "ℚ", "P": "ℙ"}
