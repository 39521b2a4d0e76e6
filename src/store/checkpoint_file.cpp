#include "aesweep/store/checkpoint_file.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "file_descriptor.hpp"

namespace aesweep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "AESWCKPT";
constexpr std::size_t kHeader = kMagic.size() + 2 * std::tuple_size_v<Digest>;

std::string text_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

/// Removes the unfinished file unless it has got its final name.
struct Unfinished {
  std::string path;
  ~Unfinished() {
    std::error_code ignored;
    if (!path.empty()) fs::remove(path, ignored);
  }
};

}  // namespace

void write_checkpoint(const std::string& path, const Digest& identity, const std::string& bytes) {
  const fs::path directory = fs::path(path).parent_path();
  std::error_code cause;
  if (!directory.empty()) fs::create_directories(directory, cause);
  if (cause) throw std::runtime_error(directory.string() + ": " + cause.message());
  const std::string named = text_of(identity);
  Unfinished unfinished{path + ".part"};
  {
    const FileDescriptor file(unfinished.path, O_WRONLY | O_CREAT | O_TRUNC);
    for (const auto& part : {std::string(kMagic), named, text_of(sha256(named + bytes)), bytes}) file.write(part);
    file.sync();
  }
  fs::rename(unfinished.path, path, cause);
  if (cause) throw std::runtime_error(path + ": " + cause.message());
  unfinished.path.clear();
  FileDescriptor{directory.empty() ? "." : directory.string(), O_RDONLY}.sync();
}

std::optional<std::string> read_checkpoint(const std::string& path, const Digest& identity) {
  if (!fs::exists(path)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  std::string all{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw std::runtime_error(path + ": can't be read");
  const auto view = std::string_view(all);
  if (all.size() < kHeader || !view.starts_with(kMagic)) throw std::runtime_error(path + ": is cut short, or no checkpoint");
  const std::string named(view.substr(kMagic.size(), identity.size()));
  const auto checksum = view.substr(kMagic.size() + identity.size(), identity.size());
  std::string bytes(view.substr(kHeader));
  if (text_of(sha256(named + bytes)) != checksum) throw std::runtime_error(path + ": is damaged");
  if (named != text_of(identity)) throw std::runtime_error(path + ": is of another build of the program, another instruction set or another sweep");
  return bytes;
}

}  // namespace aesweep
