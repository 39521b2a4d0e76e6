#include "open_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>

#include <stdexcept>

#include "attributes.hpp"
#include "file_descriptor.hpp"

namespace aesweep {

void check_format(hid_t file, const std::string& path) {
  if (read_text_attribute(file, path, "format") != kFormat)
    throw std::runtime_error(fmt::format("{}: an HDF5 file, but not a result file of aesweep (no attribute format = \"{}\")", path, kFormat));
  const auto version = read_integer_attribute(file, path, "format_version");
  if (version != kFormatVersion)
    throw std::runtime_error(fmt::format("{}: format version {}, but this program reads version {}", path, version, kFormatVersion));
}

Handle open_for_reading(const std::string& path) {
  silence_hdf5();
  { const FileDescriptor readable{path, O_RDONLY}; }   // the system's own message, where HDF5's would be vague
  const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  H5Pset_file_locking(access, false, true);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  if (H5Fis_hdf5(path.c_str()) <= 0) throw std::runtime_error(path + ": not an HDF5 file");
  Handle file{checked(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), path, "open the file"), H5Fclose};
  check_format(file, path);
  return file;
}

}  // namespace aesweep
