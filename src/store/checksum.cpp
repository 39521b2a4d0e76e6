#include <fmt/core.h>

#include <stdexcept>
#include <string_view>

#include "aesweep/data/hash.hpp"
#include "row_encoder.hpp"
#include "types.hpp"

namespace aesweep {

const Observable& status_observable() {
  static const Observable observable{.name = "status", .dims = {}, .type = DataType::uint8, .fill = 0, .units = "",
                                     .meaning = "0 pending, 1 done, 2 diverged, 3 failed, 4 excluded, 5 not needed"};
  return observable;
}

const Observable& checksum_observable() {
  static const Observable observable{.name = "checksum", .dims = {}, .type = DataType::uint64, .fill = 0, .units = "",
                                     .meaning = "first 8 bytes of the SHA-256 of the row's results and status; 0 while pending"};
  return observable;
}

Extents extents(const FileLayout& layout) {
  Extents extents{.component = layout.components, .time = layout.times.size(), .hidden = layout.hidden, .coordinate = layout.coordinates};
  for (const auto& [name, values] : layout.scales) extents.further[name] = values.size();
  return extents;
}

RowEncoder::RowEncoder(const EngineLayout& engine, const Extents& extents) {
  for (const auto& observable : engine.observables) {
    const std::size_t values = row_size(observable, extents);
    parts_.push_back({observable, values, 0, values * stored_size(observable.type)});
  }
  std::size_t offset = 0;
  const auto place = [&](bool result) {
    for (auto& part : parts_) {
      if (part.observable.result != result) continue;
      part.offset = offset;
      offset += part.bytes;
    }
  };
  place(true);
  status_offset_ = offset++;
  place(false);
  buffer_.resize(offset);
}

void RowEncoder::encode(const Row& row) {
  if (row.values.size() != parts_.size())
    throw std::invalid_argument(fmt::format("a row of {} observables where {} are stored", row.values.size(), parts_.size()));
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& part = parts_[i];
    if (row.values[i].size() != part.values)
      throw std::invalid_argument(fmt::format("{}: {} values where a row has {}", part.observable.name, row.values[i].size(), part.values));
    try {
      aesweep::encode(part.observable.type, row.values[i], buffer_.data() + part.offset);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(part.observable.name + ": " + error.what());
    }
  }
  buffer_[status_offset_] = static_cast<std::byte>(row.status);
}

std::span<const std::byte> RowEncoder::column(std::size_t observable) const {
  const auto& part = parts_[observable];
  return std::span{buffer_}.subspan(part.offset, part.bytes);
}

std::uint64_t RowEncoder::checksum() const {
  return leading_bits(sha256({reinterpret_cast<const char*>(buffer_.data()), status_offset_ + 1}));
}

Row fill_row(const EngineLayout& engine, const Extents& extents, Status status) {
  Row row{status, {}};
  for (const auto& observable : engine.observables) row.values.emplace_back(row_size(observable, extents), observable.fill);
  return row;
}

}  // namespace aesweep
