#include "hdf5_handle.hpp"

#include <fmt/core.h>

#include <stdexcept>
#include <string>

namespace aesweep {
namespace {

struct Messages {
  std::string innermost, outermost;
};

herr_t collect(unsigned depth, const H5E_error2_t* error, void* data) {
  auto& messages = *static_cast<Messages*>(data);
  const std::string text = error->desc == nullptr ? "" : error->desc;
  if (depth == 0) messages.innermost = text;
  messages.outermost = text;
  return 0;
}

// The drivers' messages bury the system's words among addresses: "…, errno = 28, error message = 'No space left on device', buf = 0x…".
std::string system_message(const std::string& text) {
  const std::string mark = "error message = '";
  const auto begin = text.find(mark);
  if (begin == std::string::npos) return text;
  const auto end = text.find('\'', begin + mark.size());
  return text.substr(begin + mark.size(), end - begin - mark.size());
}

}  // namespace

void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

void throw_hdf5_error(std::string_view file, std::string_view action, std::string_view object) {
  Messages messages;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &messages);
  H5Eclear2(H5E_DEFAULT);
  const std::string cause = system_message(messages.innermost);
  const std::string outer = messages.outermost.empty() || messages.outermost == messages.innermost ? "" : messages.outermost + ": ";
  throw std::runtime_error(fmt::format("{}: cannot {}{}{}: {}{}", file, action, object.empty() ? "" : " ", object, outer,
                                       cause.empty() ? "HDF5 gives no reason" : cause));
}

Handle open_dataset(hid_t location, std::string_view file, const char* name) {
  return {checked(H5Dopen2(location, name, H5P_DEFAULT), file, "open dataset", name), H5Dclose};
}

Handle space_of(hid_t dataset, std::string_view file) { return {checked(H5Dget_space(dataset), file, "read a shape"), H5Sclose}; }

Handle type_of(hid_t dataset, std::string_view file) { return {checked(H5Dget_type(dataset), file, "read a type"), H5Tclose}; }

}  // namespace aesweep
