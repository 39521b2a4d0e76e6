#include <fcntl.h>

#include <filesystem>
#include <stdexcept>

#include "aesweep/store/result_file.hpp"
#include "attributes.hpp"
#include "file_descriptor.hpp"
#include "hdf5_handle.hpp"
#include "open_file.hpp"

namespace aesweep {

namespace fs = std::filesystem;

void replace_attributes(const std::string& path, const Provenance& attributes) {
  silence_hdf5();
  const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_file_locking(access, false, true);
  Handle file{checked(H5Fopen(path.c_str(), H5F_ACC_RDWR, access), path, "open the file"), H5Fclose};
  check_format(file, path);
  for (const auto& [name, value] : attributes) {
    if (checked(H5Aexists(file, name.c_str()), path, "look for attribute", name) > 0)
      checked(H5Adelete(file, name.c_str()), path, "delete attribute", name);
    write_text_attribute(file, path, name, value);
  }
  checked(file.close(), path, "close the file");
}

Replacement::Replacement(const std::string& original, std::string target) : target_(std::move(target)), part_(target_ + ".part") {
  try {
    fs::copy_file(original, part_, fs::copy_options::overwrite_existing);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(part_, ignored);
    throw std::runtime_error(part_ + ": cannot copy " + original + ": " + error.code().message());
  }
}

Replacement::Replacement(std::string target) : target_(std::move(target)), part_(target_ + ".part") { fs::remove(part_); }

Replacement::~Replacement() {
  std::error_code ignored;
  if (!part_.empty()) fs::remove(part_, ignored);
}

void Replacement::commit() {
  FileDescriptor{part_, O_RDONLY}.sync();
  fs::rename(part_, target_);
  part_.clear();
  const fs::path directory = fs::path{target_}.parent_path();
  FileDescriptor{directory.empty() ? "." : directory.string(), O_RDONLY}.sync();
}

}  // namespace aesweep
