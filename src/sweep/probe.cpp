#include <fmt/format.h>

#include "reading.hpp"

namespace aesweep {
namespace {

void probe(Reading& reading, const Key& key, const Value& value, const Place& place, const std::vector<ImageFormat>& formats) {
  const auto* one = std::get_if<std::string>(&value);
  for (const std::string& path : one != nullptr ? std::vector{*one} : std::get<std::vector<std::string>>(value)) {
    try {
      reading.grid->files.probe(key.file, path, formats);
    } catch (const std::runtime_error& error) {
      reading.report.add(place, fmt::format("{}: {}", key.path, error.what()));
      reading.faulty.insert(key.path);
    }
  }
}

}  // namespace

void probe_files(Reading& reading) {
  const auto data = data_kinds(reading);
  const auto start = start_kinds(reading);
  const auto formats = image_formats(reading);
  for (const Key& key : schema()) {
    if (key.file == FileKind::none || reading.is_faulty(key.path) || !applies_to_any(key, data) || !applies_to_any(key, start)) {
      continue;
    }
    if (const auto column = reading.grid->moving(key.path)) {
      const GridAxis& axis = reading.grid->axes[column->axis];
      for (std::size_t i = 0; i < axis.size; ++i) {
        probe(reading, key, axis.value(i, column->column), reading.rows[column->axis][i], formats);
      }
    } else if (reading.given.contains(key.path)) {
      probe(reading, key, key.point.get(reading.grid->base), reading.given.at(key.path), formats);
    }
  }
}

}  // namespace aesweep
