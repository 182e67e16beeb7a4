"""Certificates: what a verdict rests on, as data for the independent checker, and as theorems for Coq."""

from symelbo.certificates.claims import Certificate
from symelbo.certificates.coq import coq_gate, coq_source
from symelbo.certificates.data import FORMAT, canonical_json, is_large, model_data, rational_point
from symelbo.certificates.expressions import IdentityCertificate, PositivityCertificate
from symelbo.certificates.gaussian import GaussianCertificate
from symelbo.certificates.identification import identifiability_certificate
from symelbo.certificates.mixtures import MixtureCertificate
from symelbo.certificates.networks import NetworkCertificate

__all__ = [
    "FORMAT",
    "Certificate",
    "GaussianCertificate",
    "IdentityCertificate",
    "MixtureCertificate",
    "NetworkCertificate",
    "PositivityCertificate",
    "canonical_json",
    "coq_gate",
    "coq_source",
    "identifiability_certificate",
    "is_large",
    "model_data",
    "rational_point",
]
