#include "dimensions.hpp"

#include <hdf5_hl.h>

#include <algorithm>

#include "slab.hpp"

namespace aesweep {
namespace {

std::string scale_name(hid_t scale) {
  std::string name(static_cast<std::size_t>(std::max<ssize_t>(0, H5DSget_scale_name(scale, nullptr, 0))), '\0');
  if (!name.empty()) H5DSget_scale_name(scale, name.data(), name.size() + 1);
  return name;
}

herr_t take_name(hid_t /*dataset*/, unsigned /*dimension*/, hid_t scale, void* name) {
  *static_cast<std::string*>(name) = scale_name(scale);
  return 1;
}

}  // namespace

std::vector<std::string> dimension_names(hid_t dataset) {
  std::vector<std::string> names(shape_of(dataset).size());
  if (H5DSis_scale(dataset) > 0) return {scale_name(dataset)};
  for (unsigned d = 0; d < names.size(); ++d)
    if (H5DSget_num_scales(dataset, d) > 0) H5DSiterate_scales(dataset, d, nullptr, take_name, &names[d]);
  return names;
}

}  // namespace aesweep
