"""The papers' claims as entries of a report: each one's statement, the sweeps it needs, what is measured on them, and the verdict that follows.

    from aesweep_analysis.claims import CLAIMS, assess
    result = assess(CLAIMS["A6"], {"rg24-03b-power-laws-of-the-weights": open_sweep(...)})
    result.verdict, [(m.what, m.value, m.uncertainty, m.state) for m in result.measurements]

No verdict is written down anywhere: it follows from the measurements, which follow from the result files.
"""
from collections.abc import Callable
from dataclasses import dataclass, field

from . import measure_ks24, measure_own, measure_pkk18, measure_rg24
from .measurements import FAILS, HOLDS, Measurement
from .open import Sweep, SweepError

REPLICATED, IN_PART, NOT_REPLICATED, NOT_MEASURED = "replicated", "in part", "not replicated", "not measured"
VERDICTS = (REPLICATED, IN_PART, NOT_REPLICATED, NOT_MEASURED)


@dataclass(frozen=True)
class Claim:
    """`sweeps`: stems of files under sweeps/. `measure`: dict of stem → Sweep ↦ list of Measurement."""

    name: str
    figure: str      # the paper's figure or section
    title: str
    statement: str   # in our own words
    sweeps: tuple[str, ...]
    measure: Callable[[dict[str, Sweep]], list[Measurement]]

    @property
    def paper(self):
        """By the name's letter."""
        return {"A": "RG24", "B": "PKK18", "C": "KS24"}.get(self.name[0], "this project")


@dataclass(frozen=True)
class Result:
    claim: Claim
    measurements: list[Measurement] = field(default_factory=list)
    reason: str = ""  # why nothing was measured

    @property
    def verdict(self):
        """Replicated if every measurement holds, not replicated if some fail and none holds, not measured if none is decided; in part otherwise."""
        states = {measurement.state for measurement in self.measurements}
        if not states & {HOLDS, FAILS}:
            return NOT_MEASURED
        if states == {HOLDS}:
            return REPLICATED
        return IN_PART if HOLDS in states else NOT_REPLICATED

    @property
    def failures(self):
        return [measurement for measurement in self.measurements if measurement.state == FAILS]

    @property
    def undecided(self):
        return [measurement for measurement in self.measurements if measurement.state not in (HOLDS, FAILS)]


def assess(claim, sweeps):
    """Measures a claim on the open sweeps (stem → Sweep) that are there; says what is missing where it can't be."""
    missing = [stem for stem in claim.sweeps if stem not in sweeps]
    if missing:
        return Result(claim, reason=f"no result of {', '.join(missing)}")
    try:
        return Result(claim, claim.measure({stem: sweeps[stem] for stem in claim.sweeps}))
    except (SweepError, KeyError) as error:  # a sweep that was changed until it no longer holds what is asked for
        return Result(claim, reason=f"not in the result files: {error}")


_ALL = (
    Claim("A1", "figure 2", "The flow predicts SGD at all times",
          "Already at D = 1000 with as many neurons as components the equations of the limit D → ∞ follow the error of one-pass SGD at every time; what is "
          "left is noise of order √(η/D) and a bias of order η/D.",
          ("a01-theory-predicts-sgd",), measure_rg24.theory_predicts_sgd),
    Claim("A2", "figure 2", "Components are learnt one after another",
          "The error falls in steps. Its plateaus sit at the PCA errors of rank 1, 2, …; larger eigenvalues are learnt first, in times that go like one over "
          "the eigenvalue.",
          ("rg24-02-one-component-after-another",), measure_rg24.one_after_another),
    Claim("A3", "section 3.2", "Plateaus need separate eigenvalues",
          "The steps of the error are visible only when the leading eigenvalues are well apart.",
          ("a03-plateau-length",), measure_rg24.plateau_length),
    Claim("A4", "section 3.2", "The bulk decays but in the encoder",
          "The bulk's parts of the decoder (T1) and of the overlap of encoder and decoder (R) decay exponentially; the encoder's part (Q) stays as it started.",
          ("a04-bulk-decays-exponentially",), measure_rg24.bulk_decays),
    Claim("A5", "figure 3a", "An exponential phase, then a power law",
          "Untied erf networks first turn to the leading subspace exponentially fast; then the error falls as a power of time. A start that is aligned with the "
          "components shows the second phase alone.",
          ("rg24-03a-exponential-then-power-law",), measure_rg24.exponential_then_power_law),
    Claim("A6", "figure 3b–d", "Encoders shrink and decoders grow as powers of time",
          "In the second phase the encoder's weights shrink and the decoder's grow as powers of time, and the network moves into the linear range of its units. "
          "Theory: exponents −1/6 and 1/6, error 0.0709 ρ̂ (ηt)^(−2/3) above the PCA error.",
          ("rg24-03b-power-laws-of-the-weights",), measure_rg24.power_laws),
    Claim("A7", "figures 4a, 7, 9", "Tied sigmoidal networks fail",
          "Untied erf networks reach the PCA error; tied ones fail, hardly below chance. (Excess: 0 the PCA error, 1 chance. The published code passes no gradient "
          "through a tied decoder: “encoder's gradient alone” below.)",
          ("rg24-04a-tied-over-width-and-dimension", "tied"), measure_rg24.tied_networks_fail),
    Claim("A8", "figure 4b", "ReLU needs untied weights and a trained bias",
          "ReLU networks come near the PCA error only with untied weights and a trained bias; without the bias they reach about the PCA error of rank K/2. "
          "(Rank: the number of principal components whose PCA error the network reaches, interpolated.)",
          ("rg24-04b-relu-needs-bias-and-untying",), measure_rg24.relu_needs),
    Claim("A9", "figure 4c", "ReLU's biases end large and positive",
          "The trained biases of ReLU units end large and positive, so that the units work in their linear range; a small residual error remains.",
          ("rg24-04c-biases-of-relu",), measure_rg24.relu_biases),
    Claim("A10", "figure 5a–c", "Truncated SGD finds the components themselves",
          "Where each neuron sees only what those before it leave, the decoder's rows become the principal components; vanilla SGD finds a rotation of them. Both "
          "end at the same error, which may rise in between under the truncated rule.",
          ("truncated",), measure_rg24.truncated_finds_components),
    Claim("A11", "figure 5d", "The first neurons of many reconstruct an image",
          "After truncated SGD the first five of K = 64 neurons reconstruct an image well, after vanilla SGD they do not. (Share: how much of the error that PCA of "
          "the same rank takes away these neurons take away.)",
          ("rg24-05b-first-neurons-of-many",), measure_rg24.first_neurons),
    Claim("A12", "figures 6, 8", "The theory predicts SGD on real images",
          "With the images' covariance the theory predicts the error of SGD on the images themselves, for one neuron to many, and for ReLU and linear units too.",
          ("rg24-06-images-and-their-surrogate", "fashion-mnist"), measure_rg24.images),
    Claim("A13", "figure 7", "Nothing hinges on the scaling with √D",
          "Plain SGD without factors of √D shows the same: tied networks fail, untied ones reach the PCA error, encoders shrink and decoders grow.",
          ("rg24-07-standard-scaling",), measure_rg24.standard_scaling),
    Claim("A14", "figure 9", "The insights hold on real data",
          "Components one after another, the need to untie the weights and ReLU's need of a bias are seen on real images; tied networks do not reach the PCA error "
          "of rank 1.",
          ("rg24-09-networks-on-images",), measure_rg24.insights_on_images),
    Claim("A15", "figure 10", "Random, informed and perfect starts",
          "A perfect start stays at the PCA error; an informed one, aligned with the components, joins the random one after the exponential phase.",
          ("rg24-10-three-starts",), measure_rg24.three_starts),
    Claim("A16", "appendix A", "Hebb, Oja, Sanger",
          "Hebb's rule grows without bound along the first component, Oja's finds the leading subspace, Sanger's the leading components in their order.",
          ("pca-rules",), measure_rg24.pca_rules),
    Claim("B1", "figures 1, 2", "Modes follow a closed form",
          "Each mode of a linear denoising autoencoder follows a closed form; noise lowers its fixed point to λ/(λ + ε), so that directions of low variance are "
          "ignored.",
          ("pkk18-01-closed-forms",), measure_pkk18.closed_forms),
    Claim("B2", "figure 2", "The equivalent decay learns more slowly",
          "Weight decay γ = λε/(λ + ε) has the fixed point of noise ε, but learns more slowly.",
          ("pkk18-02-noise-and-its-decay",), measure_pkk18.noise_and_its_decay),
    Claim("B3", "figure 3", "Two optimal learning rates",
          "Noise and its equivalent decay have different optimal learning rates, in the ratio R = (2λ + γ)/(2λ + 3ε).",
          ("pkk18-03-two-optimal-rates",), measure_pkk18.two_optimal_rates),
    Claim("B4", "figure 4", "Decay keeps the weights smaller",
          "At the same map weight decay keeps the norms of the weights smaller than noise does.",
          ("pkk18-04-norms-under-decay-and-noise",), measure_pkk18.norms),
    Claim("B5", "figure 5", "Theory matches linear networks on images",
          "The closed form describes the modes of linear networks that are trained on real images.",
          ("pkk18-05-linear-networks-on-images",), measure_pkk18.linear_networks_on_images),
    Claim("B6", "figure 6", "ReLU networks behave alike",
          "ReLU networks respond to noise and decay as linear ones do, qualitatively.",
          ("pkk18-06-relu-networks-with-noise",), measure_pkk18.relu_networks),
    Claim("C1", "theorem", "No closed manifold is reconstructed everywhere",
          "A closed k-manifold cannot be reconstructed everywhere through k latent dimensions: the supremum of the error is at least its reach (of the two circles, "
          "of each by itself). Nothing forbids it for an arc or a disc.",
          ("ks24-03-supremum-and-reach",), measure_ks24.supremum_and_reach),
    Claim("C2", "theorem", "But up to a set of small measure",
          "Up to a set of arbitrarily small intrinsic measure it can be reconstructed, to any accuracy.",
          ("ks24-02a-width-and-depth", "ks24-03-supremum-and-reach"), measure_ks24.exceptional_measure),
    Claim("C3", "example", "Two interlaced circles through one latent dimension",
          "Two interlaced circles in R³ through one latent dimension: each circle is cut open at a point, and nearly everything else is reconstructed.",
          ("ks24-01-two-interlaced-circles",), measure_ks24.interlaced_circles),
    Claim("D1", "quickstart", "Each component has a weight decay that stops it",
          "Above κ = η ρ̂_m √(1 − θ) a linear network does not learn component m to the share θ of its variance; erf units stop learning the first component at a "
          "decay that theory gives as well.",
          ("quickstart",), measure_own.decay_thresholds),
)
CLAIMS = {claim.name: claim for claim in _ALL}
