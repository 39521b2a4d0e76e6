#include "identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace aesweep {
namespace {

/// Lines "key = value" of what one identity covers, in alphabetical order.
class Lines {
 public:
  void add(const std::string& key, const std::string& value) { lines_.push_back(fmt::format("{} = {}\n", key, value)); }
  std::string text() {
    std::sort(lines_.begin(), lines_.end());
    return fmt::format("{}", fmt::join(lines_, ""));
  }

 private:
  std::vector<std::string> lines_;
};

/// record.first has no meaning with linear spacing.
bool is_used(const Key& key, const Sweep& sweep) { return key.path != "record.first" || sweep.record.spacing == Spacing::log; }

void add_shared(Lines& lines, const Key& key, const Sweep& sweep) {
  if (key.quiet && canonical(key.shared.get(sweep)) == canonical(key.shared.get({}))) {
    return;
  }
  if (is_used(key, sweep) && key.shared.get) {
    lines.add(key.path, canonical(key.shared.get(sweep)));
  } else if (!key.fixed.empty()) {
    lines.add(key.path, key.fixed);
  }
}

void add_point(Lines& lines, const Key& key, const PointDraft& draft, const FileFacts& files) {
  if (key.quiet && canonical(key.point.get(draft)) == canonical(key.point.get({}))) {
    return;
  }
  if (key.point.get) {
    lines.add(key.path, identity_text(key, key.point.get(draft), files));
  } else if (!key.fixed.empty()) {
    lines.add(key.path, key.fixed);
  }
}

/// What a point's keys of one identity are.
Lines point_lines(const PointConfig& point, Identity identity, const FileFacts& files) {
  const PointDraft draft{point, {}};
  Lines lines;
  for (const Key& key : schema()) {
    if (key.scope == Scope::point && key.identity == identity && !key.nested() && key.applies(point)) {
      add_point(lines, key, draft, files);
    }
  }
  return lines;
}

/// The values that all points share.
void add_base(Lines& lines, const Reading& reading) {
  const Sweep::Grid& grid = *reading.grid;
  PointDraft base = grid.base;
  grid.files.fill(base.point);
  const auto data = data_kinds(reading);
  const auto start = start_kinds(reading);
  for (const Key& key : schema()) {
    if (key.scope == Scope::shared && !key.aside) {
      add_shared(lines, key, reading.sweep);
      continue;
    }
    const bool moved = grid.moving(key.path) && (!key.nested() || reading.on_axes.contains(key.path));
    // Entries of the spikes stand by themselves only where an axis moves one of them.
    const bool whole = !key.nested() || (grid.moving("data.spikes") && !reading.on_axes.contains("data.spikes"));
    if (key.scope == Scope::point && !moved && whole && holds_somewhere(reading, key.only) && applies_to_any(key, data) && applies_to_any(key, start)) {
      add_point(lines, key, base, grid.files);
    }
  }
}

void add_axes(Lines& lines, const Reading& reading) {
  for (std::size_t a = 0; a < reading.grid->axes.size(); ++a) {
    const GridAxis& axis = reading.grid->axes[a];
    lines.add(fmt::format("axis[{}].name", a), canonical(reading.sweep.axes[a].name));
    for (std::size_t c = 0; c < axis.keys.size(); ++c) {
      std::vector<std::string> texts(axis.size);
      for (std::size_t i = 0; i < axis.size; ++i) {
        texts[i] = identity_text(*axis.keys[c], axis.value(i, c), reading.grid->files);
      }
      lines.add(fmt::format("axis[{}].{}", a, axis.keys[c]->path), fmt::format("[{}]", fmt::join(texts, ", ")));
    }
  }
}

void add_exclusions(Lines& lines, const Reading& reading) {
  std::vector<std::string> texts;
  for (const Exclusion& exclusion : reading.grid->exclusions) {
    texts.push_back(exclusion.text);
  }
  std::sort(texts.begin(), texts.end());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lines.add(fmt::format("exclude[{}]", i), texts[i]);
  }
}

}  // namespace

std::string identity_text(const Key& key, const Value& value, const FileFacts& files) {
  if (key.type == Type::path) {
    return files.identity(std::get<std::string>(value));
  }
  if (key.type != Type::paths) {
    return canonical(value);
  }
  std::vector<std::string> texts;
  for (const std::string& path : std::get<std::vector<std::string>>(value)) {
    texts.push_back(files.identity(path));
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string canonical_text(const Reading& reading) {
  Lines lines;
  add_base(lines, reading);
  add_axes(lines, reading);
  add_exclusions(lines, reading);
  return lines.text();
}

Digest Sweep::id() const { return sha256(canonical); }

Digest Sweep::stream_id(const PointConfig& point) const { return sha256(point_lines(point, Identity::stream, grid->files).text()); }

Digest Sweep::point_id(const PointConfig& point) const {
  Lines lines = point_lines(point, Identity::row, grid->files);
  lines.add("stream", hex(stream_id(point)));
  for (const Key& key : schema()) {
    if (key.scope == Scope::shared && key.identity == Identity::row) {
      add_shared(lines, key, *this);
    }
  }
  return sha256(lines.text());
}

std::uint64_t Sweep::stream_key(const PointConfig& point) const {
  const std::string stream = common_randomness ? "" : fmt::format("stream = {}\n", hex(stream_id(point)));
  return leading_bits(sha256(fmt::format("seed = {}\n{}", seed, stream)));
}

}  // namespace aesweep
