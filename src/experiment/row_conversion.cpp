#include "aesweep/experiment/row_conversion.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

namespace aesweep {
namespace {

std::vector<std::size_t> shape_of(const Observable& observable, const Extents& extents) {
  std::vector<std::size_t> shape;
  for (const auto& dim : observable.dims) shape.push_back(extent_of(extents, dim));
  return shape;
}

std::size_t product(const std::vector<std::size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>{});
}

/// The corner that two shapes share, of `from`; everything else is `fill`.
std::vector<double> padded(const std::vector<double>& from, const std::vector<std::size_t>& from_shape, const std::vector<std::size_t>& to_shape,
                           double fill) {
  std::vector<double> to(product(to_shape), fill);
  for (std::size_t i = 0; i < to.size(); ++i) {
    std::size_t rest = i, at = 0, stride = 1;
    bool inside = true;
    for (std::size_t d = to_shape.size(); d-- > 0; rest /= to_shape[d], stride *= from_shape[d]) {
      const std::size_t index = rest % to_shape[d];
      inside = inside && index < from_shape[d];
      at += index * stride;
    }
    if (inside) to[i] = from[at];
  }
  return to;
}

}  // namespace

RowConversion::RowConversion(const std::vector<Observable>& from, const Extents& from_extents, const std::vector<Observable>& to,
                             const Extents& to_extents) {
  const auto stored_as = [&](const std::string& name, const Observable& wanted) -> std::optional<Source> {
    const auto found = std::ranges::find(from, name, &Observable::name);
    if (found == from.end() || found->dims != wanted.dims || found->type != wanted.type) return std::nullopt;
    return Source{true, static_cast<std::size_t>(found - from.begin()), shape_of(*found, from_extents), shape_of(wanted, to_extents), wanted.fill};
  };
  for (const auto& wanted : to) {
    auto source = stored_as(wanted.name, wanted);
    if (!source && (wanted.name == "pmse_clean" || wanted.name == "explained_clean")) {
      source = stored_as(wanted.name.substr(0, wanted.name.rfind('_')), wanted);
      needs_no_noise_ = true;
    }
    if (!source && wanted.name == "pmse_training") needs_no_training_set_ = true;
    if (!source && (wanted.name == "pmse_training" || !wanted.result)) source = Source{false, 0, {}, shape_of(wanted, to_extents), wanted.fill};
    if (!source) missing_.push_back(wanted.name);
    sources_.push_back(source.value_or(Source{}));
  }
}

bool RowConversion::is_possible(const PointConfig& point) const {
  return missing_.empty() && !(needs_no_noise_ && point.training.input_noise > 0.0) &&
         !(needs_no_training_set_ && point.data.training_samples != kInfinity);
}

Row RowConversion::operator()(const Row& row) const {
  Row converted{row.status, {}};
  for (const auto& source : sources_) {
    if (!source.stored) {
      converted.values.emplace_back(product(source.to_shape), source.fill);
    } else if (source.from_shape == source.to_shape) {
      converted.values.push_back(row.values[source.column]);
    } else {
      converted.values.push_back(padded(row.values[source.column], source.from_shape, source.to_shape, source.fill));
    }
  }
  return converted;
}

}  // namespace aesweep
