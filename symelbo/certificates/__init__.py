"""Certificates: what a verdict rests on, as data for the independent checker, and as theorems for Coq."""

from symelbo.certificates.claims import (
    FORMAT,
    VERSION,
    Certificate,
    IdentityCertificate,
    canonical_json,
    is_large,
    model_data,
    rational_point,
)
from symelbo.certificates.coq import coq_gate, coq_source

__all__ = [
    "FORMAT",
    "VERSION",
    "Certificate",
    "IdentityCertificate",
    "canonical_json",
    "coq_gate",
    "coq_source",
    "is_large",
    "model_data",
    "rational_point",
]
