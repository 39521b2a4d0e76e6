#pragma once
#include <string>
#include <vector>

namespace aesweep {

/// A panel of a phase diagram: values on a grid, the first row at the top.
struct Panel {
  std::string title;                               ///< "activation = erf"
  std::string x_name, y_name;
  std::vector<std::string> x_labels, y_labels;     ///< y from top to bottom
  std::vector<double> values;                      ///< (y, x); NaN: no value
  std::vector<char> pending;                       ///< (y, x)
  std::vector<char> boundary;                      ///< (y, x): cells with a mark in place of a digit
};

/// How values become cells.
struct Scale {
  bool categorical = false;   ///< whole numbers with a colour and a digit each (learnt components)
  double low = 0.0, high = 1.0;
  std::string meaning;        ///< under the panel
};

/// Range of all panels' values; categorical for counts up to 9.
Scale scale_of(const std::vector<Panel>& panels, bool count, const std::string& meaning);

/// Draws a panel at most `width` columns wide; columns are thinned out where it would not fit, and the drawing says so.
std::string draw(const Panel& panel, const Scale& scale, int width, bool colour);
/// The legend: what the cells mean, at most `width` columns wide.
std::string legend(const Scale& scale, bool boundary, int width, bool colour);

}  // namespace aesweep
