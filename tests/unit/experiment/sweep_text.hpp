#pragma once
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "aesweep/experiment/experiment.hpp"

namespace aesweep {

inline Sweep parse(const std::string& text) { return parse_sweep(text, "/", "test.toml"); }

/// An experiment without files and clock.
inline std::unique_ptr<Experiment> experiment_on(const std::string& text) {
  return make_experiment(parse(text), load_pool, [] { return 0.0; });
}

/// Small enough for milliseconds, large enough to learn something.
inline const std::string kSmall =
    "[sweep]\nseed = 5\nreplicas = 2\n[data]\ndimension = 30\nspikes = [2.0, 1.0]\n[model]\nhidden = 2\n[record]\ncount = 8\n";

/// One named column of one engine's row.
inline const std::vector<double>& column(const Experiment& experiment, const TaskResult& result, std::size_t engine, const std::string& name) {
  return result.rows.at(engine).values.at(experiment.column(experiment.sweep().engines.at(engine), name));
}

/// A small IDX file, and the sweep text that names it. Pixels are smooth enough to have a few leading components.
class ImageFile {
 public:
  static constexpr std::uint8_t kCount = 200, kRows = 3, kColumns = 4;

  ImageFile() : path_(std::filesystem::temp_directory_path() / ("aesweep-experiment-test-" + std::to_string(::getpid()) + ".idx")) {
    std::string bytes{'\0', '\0', '\x08', '\x03', '\0', '\0', '\0', static_cast<char>(kCount), '\0', '\0', '\0', static_cast<char>(kRows),
                      '\0', '\0', '\0', static_cast<char>(kColumns)};
    for (int image = 0; image < kCount; ++image)
      for (int pixel = 0; pixel < kRows * kColumns; ++pixel)
        bytes += static_cast<char>((image * image * 7 + image * (pixel % kColumns) * 3 + pixel * pixel * (image % 5)) % 251);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~ImageFile() { std::filesystem::remove(path_); }
  ImageFile(const ImageFile&) = delete;
  ImageFile& operator=(const ImageFile&) = delete;

  std::string data() const { return "[data]\nkind = \"images\"\nformat = \"idx\"\nfiles = [\"" + path_.string() + "\"]\n"; }

 private:
  std::filesystem::path path_;
};

}  // namespace aesweep
