#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "aesweep/data/random.hpp"
#include "aesweep/data/spectrum.hpp"
#include "aesweep/gaussian/activation.hpp"

namespace aesweep {

/// Initial weights in the eigenbasis, scaled as in equations.md §2: W = wΨ and V̂ = vΨ/√D, shape (K, D), leading component first; b, shape (K).
struct Start {
  Eigen::MatrixXd encoder;  ///< W
  Eigen::MatrixXd decoder;  ///< V̂
  Eigen::VectorXd bias;
};

/// Entries of w and v (unscaled) independent normals of the given widths. Neuron k's rows depend on k and the stream, never on K:
/// w_k is drawn at step 2k, v_k at step 2k + 1 of Purpose::start. Valid for D ≤ kLargestDrawn.
Start random_start(Eigen::Index hidden, Eigen::Index dimension, double encoder_std, double decoder_std, double bias, const RandomStream& stream);

/// Up to this D a start is D numbers a row, above it the few that matter.
inline constexpr Eigen::Index kLargestDrawn = Eigen::Index{1} << 16;

/// The same in law for any D, without its D numbers: coordinates along `single` axes, and along the 2K further ones on which the rows w_0, v_0, w_1, v_1, ...
/// are lower triangular beyond these. The 2K rows' normals in n = D − single dimensions have the Gram matrix AAᵀ with A_ij ~ N(0, 1) below the diagonal
/// and A_ii² ~ χ²(n − i) on it, independent   [Bartlett 1933; Muirhead, Aspects of Multivariate Statistical Theory, Theorem 3.2.14], and nothing but that Gram
/// matrix matters of the modes of one eigenvalue   [equations.md §2]. Row i (w_k at 2k, v_k at 2k + 1) is drawn at step i of Purpose::start: first its
/// single axes, then A_i0 .. A_i,i−1; A_ii by draw_chi from block 2^30 on. So neuron k's rows depend on k and the stream, never on K.
/// @param dimension  D ≥ single + 2K + 1.   @returns weights of shape (K, single + 2K).
Start random_start_in_law(Eigen::Index hidden, Eigen::Index single, Eigen::Index dimension, double encoder_std, double decoder_std, double bias,
                          const RandomStream& stream);

/// χ with `degrees` ≥ 1 degrees of freedom, a whole number up to 10^15, by rejection   [Marsaglia & Tsang, ACM TOMS 26, 363 (2000)]: attempt j takes the
/// normal of block first_block + 16j, a multiple of 16, and the uniform of block first_block + 16j + 8 of the step. Exact in law as far as these are.
double draw_chi(double degrees, const RandomStream& stream, Purpose purpose, std::uint64_t step, std::uint32_t first_block);

/// Neuron k along eigenvector k: W_kτ = α_W δ_kτ, V̂_kτ = α_V δ_kτ   [equations.md §5; RG24 (C.8)].
Start aligned_start(Eigen::Index hidden, Eigen::Index dimension, double encoder_scale, double decoder_scale, double bias);

/// Whether scaled weights x = α_W/√encoder_rate and y = α_V/√decoder_rate are balanced, |x| = |y|, to 1e-11 (numbers as people and ranges write them): linear
/// networks then stay so, and have closed forms with decay   [equations.md §5, PKK18].
bool are_balanced(double x, double y);

/// Aligned, with the decoder that minimises the error of each neuron by itself: α_V = a α_W ρ̂_k/S, a and S at Q = α_W²(ρ̂_k + ŝ²); 0 where ρ̂_k = 0.
Start perfect_start(Activation activation, const Spectrum& spectrum, Eigen::Index hidden, double encoder_scale, double bias, double noise);

/// Reads `encoder` [K, D], `decoder` [K, D] (unscaled v; divided by √D here) and optional `bias` [K] (default: `bias` everywhere) from an HDF5 file,
/// in the eigenbasis; integers or floating point of any width.
/// @throws std::runtime_error naming file, dataset and fault (missing, expected and found shape, non-finite entry).
Start read_start(const std::string& path, double bias);

}  // namespace aesweep
