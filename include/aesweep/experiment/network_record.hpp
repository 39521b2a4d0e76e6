#pragma once
#include <Eigen/Core>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aesweep/data/eigenvectors.hpp"
#include "aesweep/experiment/observable.hpp"
#include "aesweep/outcome/order_parameters.hpp"

namespace aesweep {

/// How an engine's weights relate to what is stored of them.
struct WeightSpace {
  Eigen::VectorXd rho_hat;                                ///< eigenvalues of the modes, shape (n)
  double noise = 0.0;                                     ///< ŝ², part of Q
  Eigen::Index leading = 0;                               ///< modes that are not bulk: spikes, else followed components
  double decoder_unit = 1.0;                              ///< √D: v = √D V̂
  Eigen::Index encoder_norm_from = 0;                     ///< modes that |w| counts begin here: at D = ∞ spikes have no share of |w|²/D
  const Eigenbasis* pixels = nullptr;                     ///< of the engine's weights where they are pixels; null: they lie along the modes
  std::function<Weights(const Weights&)> coordinates{};   ///< engine's weights → all D stored coordinates; empty: as they are
};

/// Keeps what [record] asks of a network itself along one replica: order parameters, weights in the leading components, all weights at the horizon.
/// Values lie as their columns have them, NaN where K or D is smaller than the grid's largest, and after a divergence.
class NetworkRecord {
 public:
  /// @param columns  an engine's; those over neurons are kept, the others are no concern of this class.
  NetworkRecord(const std::vector<Observable>& columns, const Extents& extents, WeightSpace space);

  /// True if some column is over neurons: else there is nothing to keep.
  static bool is_wanted(const std::vector<Observable>& columns);

  /// Keeps time `index`. Allocates at the first and, where all coordinates are stored, at the last one only.
  void see(std::size_t index, const Weights& weights);

  bool has(const std::string& column) const { return values_.contains(column); }
  /// The values of a column, which are given away.
  std::vector<double> take(const std::string& column) { return std::move(values_.at(column)); }

  /// All that is kept, by column: everything that a record consists of.
  using Values = std::map<std::string, std::vector<double>, std::less<>>;
  const Values& values() const { return values_; }
  Values& values() { return values_; }

 private:
  const Weights& along_modes(const Weights& weights);
  void put_order_parameters(std::size_t index, const Weights& weights);
  void put_leading(std::size_t index, const Weights& weights);
  void put_final(const Weights& weights);
  /// Puts a matrix into the corner of the room that a column has for it at one time: as many rows as the grid's largest K, `width` numbers each.
  void put(std::string_view column, std::size_t index, std::size_t width, const Eigen::Ref<const RowMatrix>& matrix, double unit = 1.0);

  Extents extents_;
  WeightSpace space_;
  Values values_;
  std::optional<OrderParameterMeter> meter_;
  Weights rotated_;
};

}  // namespace aesweep
