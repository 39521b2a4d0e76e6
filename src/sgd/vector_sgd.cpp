#include "aesweep/sgd/vector_sgd.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <exception>

#include "block_coordinates.hpp"
#include "block_plan.hpp"

namespace aesweep {

namespace {

/// Multiplications between two polls: a fraction of a millisecond with wide vectors, some milliseconds without.
constexpr double kPollInterval = 4e6;
/// What a random number costs, in multiplications, and the numbers that whatever else a step does is worth.
constexpr double kDraw = 20.0, kOverhead = 500.0;

/// out = A Bᵀ of these columns, or the sum of it over all panels up to this one.
void add_dots(lanes::ConstRows A, lanes::ConstRows B, lanes::Matrix out, bool is_first, double* room) {
  if (is_first) return dots(A, B, out);
  const lanes::Matrix part{room, lanes::padded(B.rows)};
  dots(A, B, part);
  for (std::ptrdiff_t i = 0; i < A.rows; ++i)
    for (std::ptrdiff_t j = 0; j < B.rows; ++j) out.row(i)[j] += part.row(i)[j];
}
void add_squares(lanes::ConstRows A, lanes::Matrix out, bool is_first, double* room) {
  if (is_first) return dots_symmetric(A, A, out);
  const lanes::Matrix part{room, lanes::padded(A.rows)};
  dots_symmetric(A, A, part);
  for (std::ptrdiff_t i = 0; i < A.rows; ++i)
    for (std::ptrdiff_t j = 0; j < A.rows; ++j) out.row(i)[j] += part.row(i)[j];
}

}  // namespace

/// The weights in padded rows, the samples of a block, and the block's coordinates.
class VectorSgd::Engine {
 public:
  Engine(const LearningRule& rule, const Weights& start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps);

  std::uint64_t steps() const { return steps_; }
  bool at_rest() const { return at_rest_; }
  Eigen::Index dimension() const { return dimension_; }
  Weights weights() const;
  void advance(std::uint64_t target, const Poll& poll);

 private:
  void run_block(std::uint64_t stop, bool anew);
  void draw();
  void project(bool anew);
  void apply();
  void apply_to(std::ptrdiff_t first, std::ptrdiff_t count);
  void spend(double multiplications);
  double* decoder(std::ptrdiff_t k) { return weights_.row(hidden_ + k); }
  const double* decoder(std::ptrdiff_t k) const { return weights_.row(hidden_ + k); }
  lanes::Rows encoder_part(std::ptrdiff_t first, std::ptrdiff_t count) { return weights_.part(0, hidden_, first, count); }
  /// U of block_coordinates.hpp.
  lanes::Rows residual_part(std::ptrdiff_t first, std::ptrdiff_t count) { return weights_.part(shape_.joined ? 0 : hidden_, hidden_, first, count); }
  lanes::Rows clean(std::ptrdiff_t first, std::ptrdiff_t count) { return clean_.part(0, count_, first, count); }
  lanes::Rows seen(std::ptrdiff_t first, std::ptrdiff_t count) { return (shape_.has_seen_rows() ? seen_ : clean_).part(0, count_, first, count); }

  LearningRule rule_;
  RuleShape shape_;
  const InputSource& inputs_;
  RandomStream stream_;
  std::ptrdiff_t dimension_, hidden_;
  BlockPlan plan_;
  std::ptrdiff_t block_, most_;   // steps of a whole block, and the larger of it and K
  std::ptrdiff_t count_ = 0;      // steps of the present one
  PaddedRows weights_, clean_, seen_;   // the encoder's rows, and the decoder's after them unless they are joined
  BlockCoordinates coordinates_;
  Eigen::VectorXd bias_;
  AlignedNumbers ones_, sums_, room_;
  std::uint64_t steps_;
  const Poll* poll_ = nullptr;
  double spent_ = 0.0;            // multiplications since the last poll
  bool at_rest_ = true;           // weights and number of steps are what the replica can go on from
  std::exception_ptr stop_;       // thrown by a poll where they are not
};

VectorSgd::Engine::Engine(const LearningRule& rule, const Weights& start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps)
    : rule_(rule), shape_(rule), inputs_(inputs), stream_(stream), dimension_(start.modes()), hidden_(start.hidden()),
      plan_(plan_blocks(rule, hidden_, dimension_)), block_(static_cast<std::ptrdiff_t>(plan_.steps)), most_(std::max(hidden_, block_)),
      weights_(shape_.joined ? hidden_ : 2 * hidden_, dimension_), clean_(block_, dimension_),
      seen_(shape_.has_seen_rows() ? block_ : 0, dimension_), coordinates_(rule, hidden_, dimension_, block_), bias_(start.bias), ones_(most_),
      sums_(dimension_ > plan_.panel ? 2 * most_ * lanes::padded(most_) : 0), room_(coordinates_.has_propagator() ? lanes::combine_room(hidden_) : 0), steps_(steps) {
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) {
    std::copy_n(start.encoder.row(k).data(), dimension_, weights_.row(k));
    if (!shape_.joined) std::copy_n(start.decoder.row(k).data(), dimension_, decoder(k));
  }
  std::fill_n(ones_.data(), most_, 1.0);
}

Weights VectorSgd::Engine::weights() const {
  assert(at_rest_);
  Weights weights{RowMatrix(hidden_, dimension_), RowMatrix(hidden_, dimension_), bias_};
  for (std::ptrdiff_t k = 0; k < hidden_; ++k) {
    std::copy_n(weights_.row(k), dimension_, weights.encoder.row(k).data());
    if (!shape_.joined) std::copy_n(decoder(k), dimension_, weights.decoder.row(k).data());
  }
  if (shape_.joined) weights.decoder = shape_.alpha * weights.encoder;
  return weights;
}

void VectorSgd::Engine::advance(std::uint64_t target, const Poll& poll) {
  if (steps_ >= target) return;
  poll_ = &poll;
  stop_ = nullptr;
  spent_ = kPollInterval;
  spend(0.0);
  for (bool anew = true; steps_ < target; anew = at_rest_) {
    run_block(std::min(target, (steps_ / plan_.steps + 1) * plan_.steps), anew);
    at_rest_ = steps_ == target || steps_ % plan_.epoch == 0;
    if (at_rest_ && stop_) std::rethrow_exception(stop_);
  }
}

/// Polls when it is time. Where the weights can't be left as they are, what the poll throws is put off until they can, without further polls.
void VectorSgd::Engine::spend(double multiplications) {
  spent_ += multiplications;
  if (spent_ < kPollInterval || stop_) return;
  spent_ = 0.0;
  if (at_rest_) return (*poll_)();
  try {
    (*poll_)();
  } catch (...) {
    stop_ = std::current_exception();
  }
}

/// @param anew  whether the overlaps are formed from the weights, instead of being carried on.
void VectorSgd::Engine::run_block(std::uint64_t stop, bool anew) {
  count_ = static_cast<std::ptrdiff_t>(stop - steps_);
  draw();
  project(anew);
  std::copy_n(bias_.data(), hidden_, coordinates_.bias());
  coordinates_.begin(count_);
  const auto small_work = static_cast<double>(3 * hidden_ * (hidden_ + count_));
  for (std::ptrdiff_t s = 0; s < count_; ++s) {
    coordinates_.step(s, steps_ + static_cast<std::uint64_t>(s));
    spend(small_work);
  }
  coordinates_.end();
  apply();
  steps_ = stop;
}

void VectorSgd::Engine::draw() {
  const auto size = static_cast<std::size_t>(dimension_);
  const double width = std::sqrt(rule_.noise);
  for (std::ptrdiff_t s = 0; s < count_; ++s) {
    const std::uint64_t step = steps_ + static_cast<std::uint64_t>(s);
    inputs_.draw(stream_, step, {clean_.row(s), size});
    if (shape_.corrupted) {
      stream_.scaled_normals(Purpose::corruption, step, width, {seen_.row(s), size});
      for (std::ptrdiff_t i = 0; i < clean_.length(); i += lanes::kLanes)
        lanes::store(seen_.row(s) + i, lanes::load(clean_.row(s) + i) + lanes::load(seen_.row(s) + i));
    } else if (shape_.has_seen_rows()) {
      std::copy_n(clean_.row(s), dimension_, seen_.row(s));
    }
    spend(kDraw * (kOverhead + static_cast<double>(dimension_)));
  }
}

/// All products of weights and samples that the block's coordinates begin with.
void VectorSgd::Engine::project(bool anew) {
  auto& at = coordinates_;
  double* const room = sums_.data();
  const bool has_overlaps = anew && shape_.has_overlaps();
  const auto products = static_cast<double>(count_ * (2 * hidden_ + count_) + (has_overlaps ? hidden_ * hidden_ / 2 : 0));
  for (std::ptrdiff_t first = 0; first < clean_.length(); first += plan_.panel) {
    const std::ptrdiff_t count = std::min(plan_.panel, clean_.length() - first);
    const bool is_first = first == 0;
    const auto x = clean(first, count), y = seen(first, count), u = residual_part(first, count);
    if (shape_.joined || shape_.corrupted) {
      add_dots(u, x, at.on_clean(), is_first, room);
      if (shape_.corrupted) add_dots(encoder_part(first, count), y, at.on_seen(), is_first, room);
    } else {
      add_dots(weights_.part(0, 2 * hidden_, first, count), x, at.on_seen(), is_first, room);   // all that x̌ = x̃ meets, in one pass
    }
    add_squares(x, at.clean_gram(), is_first, room);
    if (shape_.corrupted) add_squares(y, at.seen_gram(), is_first, room);
    if (shape_.corrupted && shape_.follows) add_dots(x, y, at.cross_gram(), is_first, room);
    if (has_overlaps) add_squares(u, at.overlaps(), is_first, room);
    spend(products * static_cast<double>(count));
  }
}

/// The block's steps in the weights themselves.
void VectorSgd::Engine::apply() {
  at_rest_ = false;
  const auto products = static_cast<double>(3 * count_ * hidden_ + (coordinates_.has_propagator() ? hidden_ * hidden_ : 0));
  for (std::ptrdiff_t first = 0; first < clean_.length(); first += plan_.strip) {
    const std::ptrdiff_t count = std::min(plan_.strip, clean_.length() - first);
    apply_to(first, count);
    spend(products * static_cast<double>(count));
  }
  std::copy_n(coordinates_.bias(), hidden_, bias_.data());
  if (rule_.kind == RuleKind::normalised_hebb && !shape_.normalised)
    for (std::ptrdiff_t k = 0; k < hidden_; ++k) normalise(Eigen::Map<Eigen::RowVectorXd>(weights_.row(k), dimension_), rule_.norm_power);
}

void VectorSgd::Engine::apply_to(std::ptrdiff_t first, std::ptrdiff_t count) {
  auto& at = coordinates_;
  const auto x = clean(first, count), y = seen(first, count), u = residual_part(first, count);
  if (!shape_.joined) combine(at.kept(), at.on_seen(), y, encoder_part(first, count));
  if (at.has_propagator()) {
    combine_in_place(at.propagator(), at.on_clean(), x, u, room_.data());
  } else {
    if (shape_.takes_off) combine(ones_.data(), at.taken(), u, x);
    combine(at.kept(), at.on_clean(), x, u);
  }
  if (shape_.follows) combine(ones_.data(), at.on_seen(), y, u);
}

VectorSgd::VectorSgd(const LearningRule& rule, const Weights& start, const InputSource& inputs, const RandomStream& stream, std::uint64_t steps)
    : engine_(std::make_unique<Engine>(rule, start, inputs, stream, steps)) {
  assert(start.modes() == inputs.dimension());
}
VectorSgd::~VectorSgd() = default;

void VectorSgd::advance(std::uint64_t target, const Poll& poll) { engine_->advance(target, poll); }
std::uint64_t VectorSgd::steps() const { return engine_->steps(); }
bool VectorSgd::at_rest() const { return engine_->at_rest(); }
Eigen::Index VectorSgd::dimension() const { return engine_->dimension(); }
Weights VectorSgd::weights() const { return engine_->weights(); }

}  // namespace aesweep
