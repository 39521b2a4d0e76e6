#pragma once
#include <Eigen/Core>
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
/// w_k is drawn at step 2k, v_k at step 2k + 1 of Purpose::start. Valid for D ≤ 2^16.
Start random_start(Eigen::Index hidden, Eigen::Index dimension, double encoder_std, double decoder_std, double bias, const RandomStream& stream);

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
