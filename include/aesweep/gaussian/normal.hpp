#pragma once

namespace aesweep {

/// Standard normal density φ(x) and distribution function Φ(x); Φ keeps its relative accuracy in the lower tail.
double normal_pdf(double x);
double normal_cdf(double x);

/// Φ2(h, k; r) = P(X ≤ h, Y ≤ k) for standard normals with correlation r.
/// Absolute accuracy 1e-15 for |r| ≤ 1 (r is clamped to [-1, 1]); h, k may be ±infinity.
/// Sources: Plackett, Biometrika 41, 351 (1954); Drezner & Wesolowsky, J. Stat. Comput. Simul. 35, 101 (1990); Genz, Stat. Comput. 14, 251 (2004).
double bivariate_normal_cdf(double h, double k, double r);

}  // namespace aesweep
