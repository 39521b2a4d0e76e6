#pragma once

namespace aesweep {

/// A correlation r with its complement q = √(1 − r²), which the caller can often give without the cancellation in 1 − r².
struct Correlation {
  double r;
  double q;
};

/// By Plackett's identity ∂Φ2/∂r = φ2, the bivariate density (Biometrika 41, 351 (1954)), so Φ2 is known from either end of the
/// range of r. Beyond |r| = kStrongCorrelation the second integral is the accurate one, below it the first.
constexpr double kStrongCorrelation = 0.945;

/// ∫_0^r φ2(h, k; ρ) dρ = Φ2(h, k; r) − Φ(h)Φ(k) for |r| ≤ kStrongCorrelation.
/// Absolute accuracy 1e-16; relative 1e-13 while |h|, |k| ≤ 3, however small r.
double integral_from_zero(double h, double k, Correlation correlation);

/// ∫_√(1−q²)^1 φ2(h, k; ρ) dρ = Φ(min(h, k)) − Φ2(h, k; √(1−q²)) for q ≤ √(1 − kStrongCorrelation²). Absolute accuracy 1e-16.
double integral_to_one(double h, double k, double q);

/// Φ2(h, k; r) for a caller that already has Φ(h) and Φ(k). Absolute accuracy 1e-15, and relative 1e-12 in the lower tail for r ≥ 0.
double bivariate_normal_cdf(double h, double k, Correlation correlation, double cdf_h, double cdf_k);

}  // namespace aesweep
