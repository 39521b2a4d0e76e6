#include <fcntl.h>

#include <cassert>
#include <filesystem>
#include <stdexcept>

#include "aesweep/store/result_file.hpp"
#include "file_descriptor.hpp"
#include "hdf5_handle.hpp"
#include "layout_writer.hpp"

namespace aesweep {
namespace {

namespace fs = std::filesystem;

Handle create_file(const std::string& path) {
  const Handle access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V110);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_file_locking(access, false, true);
  return {checked(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access), path, "create the file"), H5Fclose};
}

void write_layout(hid_t file, const std::string& path, const FileLayout& layout, const Provenance& provenance,
                  const std::vector<std::vector<double>>& reference, const std::vector<bool>& excluded) {
  LayoutWriter writer{file, path, layout};
  writer.write_provenance(provenance);
  writer.write_scales();
  if (!layout.references.empty()) writer.write_references(reference);
  writer.write_engines(excluded);
  writer.write_summaries();
  writer.write_tables();
}

// Removes the unfinished file unless it has got its final name.
struct Unfinished {
  fs::path part;
  ~Unfinished() {
    std::error_code ignored;
    fs::remove(part, ignored);
  }
};

}  // namespace

void create_result_file(const std::string& path, const FileLayout& layout, const Provenance& provenance,
                        const std::vector<std::vector<double>>& reference, const std::vector<bool>& excluded) {
  assert(reference.size() == layout.references.size() && excluded.size() == layout.points());
  silence_hdf5();
  if (fs::exists(path)) throw std::runtime_error(path + ": cannot create the file: it exists already");
  const Unfinished unfinished{path + ".part"};
  const std::string part = unfinished.part.string();
  FileDescriptor{part, O_WRONLY | O_CREAT | O_TRUNC}.reserve(layout.bytes());
  Handle file = create_file(part);
  try {
    write_layout(file, part, layout, provenance, reference, excluded);
    checked(H5Fflush(file, H5F_SCOPE_GLOBAL), part, "write the file");
  } catch (const std::exception&) {
    // HDF5 can't give up a file that it can't write: it keeps a broken identifier and crashes at its end. So give it room to close.
    std::error_code ignored;
    fs::resize_file(part, 0, ignored);
    throw;
  }
  checked(file.close(), part, "close the file");
  FileDescriptor{part, O_RDONLY}.sync();
  fs::rename(part, path);
  const fs::path directory = fs::path{path}.parent_path();
  FileDescriptor{directory.empty() ? "." : directory.string(), O_RDONLY}.sync();
}

}  // namespace aesweep
