#include "draw.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace aesweep {
namespace {

// 256-colour codes. Categories: dark to light, told apart without red and green; ramp: viridis.
constexpr std::array kCategories{236, 25, 30, 72, 143, 179, 215, 222, 229, 231};
constexpr std::array kRamp{54, 55, 61, 60, 25, 31, 30, 36, 35, 71, 77, 113, 149, 185, 226};
constexpr std::string_view kShades = ".:-=+*#%@";

std::string painted(int code, bool dark_text, const std::string& text) {
  return fmt::format("\x1b[48;5;{}m\x1b[38;5;{}m{}\x1b[0m", code, dark_text ? 16 : 231, text);
}

/// A cell's text without colour: a digit for counts, a shade for quantities.
char symbol(double value, const Scale& scale) {
  if (std::isnan(value)) return 'x';
  if (scale.categorical) return static_cast<char>('0' + std::clamp(static_cast<int>(std::lround(value)), 0, 9));
  const double share = scale.high > scale.low ? std::clamp((value - scale.low) / (scale.high - scale.low), 0.0, 1.0) : 0.0;
  return kShades[static_cast<std::size_t>(std::lround(share * static_cast<double>(kShades.size() - 1)))];
}

constexpr std::string_view kBoundaryMark = "◆";

std::string cell(double value, bool pending, bool boundary, const Scale& scale, int width, bool colour) {
  const auto centred = [&](std::string_view c) {
    const auto before = static_cast<std::size_t>((width - 1) / 2);
    return std::string(before, ' ') + std::string(c) + std::string(static_cast<std::size_t>(width) - before - 1, ' ');
  };
  if (pending) return centred("?");
  if (std::isnan(value)) return centred("x");
  const char own = symbol(value, scale);
  if (!colour) return boundary ? centred(kBoundaryMark) : scale.categorical ? centred({&own, 1}) : std::string(static_cast<std::size_t>(width), own);
  const auto text = boundary ? centred(kBoundaryMark) : scale.categorical ? centred({&own, 1}) : std::string(static_cast<std::size_t>(width), ' ');
  if (scale.categorical) {
    const int category = std::clamp(static_cast<int>(std::lround(value)), 0, 9);
    return painted(kCategories.at(static_cast<std::size_t>(category)), category > 3, text);
  }
  const double share = scale.high > scale.low ? std::clamp((value - scale.low) / (scale.high - scale.low), 0.0, 1.0) : 0.0;
  const auto index = static_cast<std::size_t>(std::lround(share * static_cast<double>(kRamp.size() - 1)));
  return painted(kRamp.at(index), 2 * index > kRamp.size(), text);
}

/// Words gathered into lines of at most `width` columns; a word's columns are told, because colours take bytes and no room.
class Lines {
 public:
  explicit Lines(int width) : width_(static_cast<std::size_t>(std::max(1, width))) {}
  void add(const std::string& word, std::size_t columns) {
    if (used_ > 0 && used_ + 1 + columns > width_) {
      text_ += "\n";
      used_ = 0;
    }
    text_ += (used_ > 0 ? " " : "") + word;
    used_ += columns + (used_ > 0 ? 1 : 0);
  }
  std::string text() const { return text_ + "\n"; }

 private:
  std::string text_;
  std::size_t width_, used_ = 0;
};

std::size_t longest(const std::vector<std::string>& labels) {
  std::size_t length = 0;
  for (const auto& label : labels) length = std::max(length, label.size());
  return length;
}

/// Labels under the columns, as many as fit without touching; the last one is kept.
std::string x_line(const Panel& panel, const std::vector<std::size_t>& columns, int cell_width, std::size_t margin) {
  std::string line(margin, ' ');
  const auto put = [&](std::size_t at, const std::string& label) {
    if (line.size() < at) line.resize(at, ' ');
    line += label;
  };
  const auto last_at = margin + (columns.size() - 1) * static_cast<std::size_t>(cell_width);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto at = margin + c * static_cast<std::size_t>(cell_width);
    const auto& label = panel.x_labels[columns[c]];
    const bool last = c + 1 == columns.size();
    if (c > 0 && at < line.size() + 1) continue;
    if (!last && at + label.size() + 1 > last_at) continue;
    put(at, label);
  }
  return line;
}

}  // namespace

Scale scale_of(const std::vector<Panel>& panels, bool count, const std::string& meaning) {
  Scale scale;
  scale.meaning = meaning;
  bool any = false;
  for (const auto& panel : panels)
    for (const double value : panel.values) {
      if (std::isnan(value)) continue;
      scale.low = any ? std::min(scale.low, value) : value;
      scale.high = any ? std::max(scale.high, value) : value;
      any = true;
    }
  scale.categorical = count && scale.high <= 9.0;
  return scale;
}

std::string draw(const Panel& panel, const Scale& scale, int width, bool colour) {
  const std::size_t margin = std::max(longest(panel.y_labels), panel.y_name.size()) + 2;
  const int room = std::max(1, width - static_cast<int>(margin) - 1);
  const auto count = static_cast<int>(panel.x_labels.size());
  const int cell_width = std::clamp(room / std::max(1, count), 1, 5);
  const int shown = std::min(count, room / cell_width);
  std::vector<std::size_t> columns;
  for (int c = 0; c < shown; ++c)
    columns.push_back(static_cast<std::size_t>(shown == 1 ? 0 : std::lround(static_cast<double>(c) * (count - 1) / (shown - 1))));

  std::string text;
  if (!panel.title.empty()) text += panel.title + "\n";
  text += fmt::format("{:>{}}\n", panel.y_name, margin - 2);
  for (std::size_t y = 0; y < panel.y_labels.size(); ++y) {
    text += fmt::format("{:>{}} ", panel.y_labels[y], margin - 2) + "│";
    for (const auto x : columns) {
      const auto i = y * panel.x_labels.size() + x;
      text += cell(panel.values[i], panel.pending[i] != 0, !panel.boundary.empty() && panel.boundary[i] != 0, scale, cell_width, colour);
    }
    text += "\n";
  }
  std::string rule;
  for (int i = 0; i < shown * cell_width; ++i) rule += "─";
  text += std::string(margin - 1, ' ') + "└" + rule + "\n";
  text += x_line(panel, columns, cell_width, margin) + "\n";
  text += std::string(margin, ' ') + panel.x_name + "\n";
  if (shown < count) {
    Lines note(width);
    for (const auto& word : {fmt::format("({} of {} columns shown:", shown, count), std::string("widen the terminal)")}) note.add(word, word.size());
    text += note.text();
  }
  return text;
}

std::string legend(const Scale& scale, bool boundary, int width, bool colour) {
  Lines lines(width);
  for (std::size_t from = 0; from < scale.meaning.size();) {
    const auto space = std::min(scale.meaning.find(' ', from), scale.meaning.size());
    const bool last = space == scale.meaning.size();
    lines.add(scale.meaning.substr(from, space - from) + (last ? ":" : ""), space - from + (last ? 1 : 0));
    from = space + 1;
  }
  if (scale.categorical) {
    for (int value = static_cast<int>(std::lround(scale.low)); value <= static_cast<int>(std::lround(scale.high)); ++value)
      lines.add(cell(value, false, false, scale, 3, colour), 3);
  } else if (scale.low == scale.high) {
    const auto only = fmt::format("{:.4g} everywhere", scale.low);
    lines.add(only, only.size());
  } else {
    const auto low = fmt::format("{:.4g}", scale.low), high = fmt::format("{:.4g}", scale.high);
    std::string ramp;
    for (const int code : kRamp) ramp += painted(code, false, " ");
    const auto shades = colour ? ramp : fmt::format("'{}'", kShades);
    const auto columns = colour ? kRamp.size() : kShades.size() + 2;
    lines.add(fmt::format("{} {} {}", low, shades, high), low.size() + high.size() + columns + 2);
  }
  if (boundary) lines.add(std::string(kBoundaryMark) + " boundary", 10);
  lines.add("? pending", 9);
  lines.add("x no value", 10);
  return lines.text();
}

}  // namespace aesweep
