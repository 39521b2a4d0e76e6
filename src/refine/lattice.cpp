#include "aesweep/refine/lattice.hpp"

namespace aesweep {

std::uint64_t Lattice::sites() const {
  std::uint64_t product = 1;
  for (std::size_t a = 0; a < dimensions(); ++a) product *= static_cast<std::uint64_t>(sites(a));
  return product;
}

std::uint64_t Lattice::floor_sites() const {
  std::uint64_t product = 1;
  for (const auto cells : floor_cells) product *= static_cast<std::uint64_t>(cells) + 1;
  return product;
}

std::uint64_t Lattice::index(const Site& site) const {
  std::uint64_t index = 0;
  for (std::size_t a = 0; a < dimensions(); ++a) index = index * static_cast<std::uint64_t>(sites(a)) + static_cast<std::uint64_t>(site[a]);
  return index;
}

Site Lattice::site(std::uint64_t index) const {
  Site site{};
  for (std::size_t a = dimensions(); a-- > 0;) {
    const auto size = static_cast<std::uint64_t>(sites(a));
    site[a] = static_cast<std::int64_t>(index % size);
    index /= size;
  }
  return site;
}

}  // namespace aesweep
