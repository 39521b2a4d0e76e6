#pragma once
#include <toml++/toml.h>

#include <compare>
#include <string>
#include <vector>

#include "aesweep/sweep/sweep.hpp"

namespace aesweep {

/// Where something stands: a position in the file, or a --set option. Options come after the file.
struct Place {
  std::string option{};  ///< "model.hidden=4"; empty for a position in the file
  toml::source_index line = 1;
  toml::source_index column = 1;
  auto operator<=>(const Place&) const = default;
};
Place place_of(const toml::source_region& region);

/// Gathers faults, to be thrown all together.
class Report {
 public:
  explicit Report(std::string label) : label_(std::move(label)) {}
  void add(const Place& place, std::string message);
  std::size_t size() const { return entries_.size(); }
  /// @throws ConfigError with all faults in the order of the file, if there are any.
  void throw_if_any() const;

 private:
  struct Entry {
    Place place;
    std::string message;
  };
  std::string label_;
  std::vector<Entry> entries_;
};

}  // namespace aesweep
