#include "aesweep/data/start.hpp"

#include <fmt/format.h>

#include <cassert>
#include <algorithm>
#include <cmath>
#include <vector>

#include "aesweep/gaussian/moments.hpp"
#include "hdf5_input.hpp"

namespace aesweep {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Shape {
  Eigen::Index hidden, dimension;
};

Shape shape_of(const Hdf5Input& file) {
  const std::vector<hsize_t> encoder = file.shape("encoder", 2, "[K, D]");
  const std::string expected = shape_text(encoder) + " of 'encoder'";
  if (const auto decoder = file.shape("decoder", 2, expected); decoder != encoder) {
    file.fail("decoder", fmt::format("must have the shape {}, found {}", expected, shape_text(decoder)));
  }
  if (file.has("bias")) {
    const std::string wanted = fmt::format("[{}] (one entry for each row of 'encoder')", encoder[0]);
    if (const auto bias = file.shape("bias", 1, wanted); bias[0] != encoder[0]) {
      file.fail("bias", fmt::format("must have the shape {}, found {}", wanted, shape_text(bias)));
    }
  }
  return {static_cast<Eigen::Index>(encoder[0]), static_cast<Eigen::Index>(encoder[1])};
}

Eigen::MatrixXd read_rows(const Hdf5Input& file, const std::string& dataset, Shape shape) {
  const std::vector<double> values = file.read(dataset);
  return Eigen::Map<const RowMajor>(values.data(), shape.hidden, shape.dimension);
}

}  // namespace

Start random_start(Eigen::Index hidden, Eigen::Index dimension, double encoder_std, double decoder_std, double bias, const RandomStream& stream) {
  assert(dimension <= kLargestDrawn);
  Start start{Eigen::MatrixXd(hidden, dimension), Eigen::MatrixXd(hidden, dimension), Eigen::VectorXd::Constant(hidden, bias)};
  Eigen::VectorXd row(dimension);
  const std::span<double> entries(row.data(), static_cast<std::size_t>(dimension));
  for (Eigen::Index k = 0; k < hidden; ++k) {
    const auto step = static_cast<std::uint64_t>(2 * k);
    stream.normals(Purpose::start, step, entries);
    start.encoder.row(k) = encoder_std * row;
    stream.normals(Purpose::start, step + 1, entries);
    start.decoder.row(k) = decoder_std / std::sqrt(static_cast<double>(dimension)) * row;
  }
  return start;
}

double draw_chi(double degrees, const RandomStream& stream, Purpose purpose, std::uint64_t step, std::uint32_t first_block) {
  // χ² = 2Γ(a), a = degrees/2. Below a = 1 the method needs Γ(a) = Γ(a + 1) u^{1/a}: one degree of freedom is |z| itself.
  double z[1];
  const auto draw = [&](std::uint32_t block) { stream.normals(purpose, step, std::uint64_t{4} * block, z); };   // four a block
  if (degrees < 2.0) {
    draw(first_block);
    return std::abs(z[0]);
  }
  const double d = 0.5 * degrees - 1.0 / 3.0, c = 1.0 / (3.0 * std::sqrt(d));
  for (std::uint32_t block = first_block;; block += 16) {
    draw(block);
    const double root = 1.0 + c * z[0];
    if (root <= 0.0) continue;
    const double excess = root * root * root - 1.0;   // Γ = d (1 + excess)
    const auto uniform = stream.block(purpose, step, block + 8);
    const double u = (static_cast<double>(uniform.word[1]) * 0x1p21 + static_cast<double>(uniform.word[0] >> 11) + 1.0) * 0x1p-53;   // in (0, 1]
    if (std::log(u) < 0.5 * z[0] * z[0] + d * (std::log1p(excess) - excess)) return std::sqrt(2.0 * d) * std::sqrt(1.0 + excess);
  }
}

Start random_start_in_law(Eigen::Index hidden, Eigen::Index single, Eigen::Index dimension, double encoder_std, double decoder_std, double bias,
                          const RandomStream& stream) {
  assert(dimension > single + 2 * hidden);
  constexpr std::uint32_t kChiBlocks = std::uint32_t{1} << 30;
  const Eigen::Index modes = single + 2 * hidden;
  Start start{Eigen::MatrixXd::Zero(hidden, modes), Eigen::MatrixXd::Zero(hidden, modes), Eigen::VectorXd::Constant(hidden, bias)};
  Eigen::VectorXd row(modes);
  for (Eigen::Index i = 0; i < 2 * hidden; ++i) {
    const auto step = static_cast<std::uint64_t>(i);
    stream.normals(Purpose::start, step, {row.data(), static_cast<std::size_t>(single + i)});
    row[single + i] = draw_chi(static_cast<double>(dimension - single - i), stream, Purpose::start, step, kChiBlocks);
    auto& rows = i % 2 == 0 ? start.encoder : start.decoder;
    const double width = i % 2 == 0 ? encoder_std : decoder_std / std::sqrt(static_cast<double>(dimension));
    rows.row(i / 2).head(single + i + 1) = width * row.head(single + i + 1).transpose();
  }
  return start;
}

Start aligned_start(Eigen::Index hidden, Eigen::Index dimension, double encoder_scale, double decoder_scale, double bias) {
  return {encoder_scale * Eigen::MatrixXd::Identity(hidden, dimension), decoder_scale * Eigen::MatrixXd::Identity(hidden, dimension),
          Eigen::VectorXd::Constant(hidden, bias)};
}

bool are_balanced(double x, double y) { return std::abs(std::abs(x) - std::abs(y)) <= 1e-11 * std::max(std::abs(x), std::abs(y)); }

Start perfect_start(Activation activation, const Spectrum& spectrum, Eigen::Index hidden, double encoder_scale, double bias, double noise) {
  Start start = aligned_start(hidden, spectrum.dimension(), encoder_scale, 0.0, bias);
  Moments moments(1);
  for (Eigen::Index k = 0; k < hidden; ++k) {
    const double rho_hat = spectrum[k];
    const Eigen::MatrixXd Q = Eigen::MatrixXd::Constant(1, 1, encoder_scale * encoder_scale * (rho_hat + noise));
    gaussian_moments(activation, Eigen::VectorXd::Constant(1, bias), Q, MomentSet::judge, moments);
    if (rho_hat > 0.0 && moments.S(0, 0) > 0.0) start.decoder(k, k) = moments.a[0] * encoder_scale * rho_hat / moments.S(0, 0);
  }
  return start;
}

Start read_start(const std::string& path, double bias) {
  const Hdf5Input file(path);
  const Shape shape = shape_of(file);
  Start start{read_rows(file, "encoder", shape), read_rows(file, "decoder", shape), Eigen::VectorXd::Constant(shape.hidden, bias)};
  start.decoder /= std::sqrt(static_cast<double>(shape.dimension));
  if (file.has("bias")) {
    const std::vector<double> values = file.read("bias");
    start.bias = Eigen::Map<const Eigen::VectorXd>(values.data(), shape.hidden);
  }
  return start;
}

}  // namespace aesweep
