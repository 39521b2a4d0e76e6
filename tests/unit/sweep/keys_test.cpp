#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

std::map<std::string, KeyInfo> keys() {
  std::map<std::string, KeyInfo> map;
  for (const KeyInfo& info : all_keys()) {
    map.emplace(info.key, info);
  }
  return map;
}

TEST(AllKeys, AreDistinctAndDocumented) {
  const auto list = all_keys();
  EXPECT_EQ(keys().size(), list.size());
  for (const KeyInfo& info : list) {
    EXPECT_FALSE(info.type.empty()) << info.key;
    EXPECT_FALSE(info.allowed.empty()) << info.key;
    EXPECT_FALSE(info.meaning.empty()) << info.key;
  }
}

TEST(AllKeys, SayTypeRangeAndDefault) {
  const auto map = keys();
  EXPECT_EQ(map.at("training.learning_rate").type, "number");
  EXPECT_EQ(map.at("training.learning_rate").allowed, "a number > 0");
  EXPECT_EQ(map.at("training.learning_rate").fallback, "1; of deep networks 0.001");
  EXPECT_EQ(map.at("model.hidden").type, "integer");
  EXPECT_EQ(map.at("model.activation").allowed, 
            "one of \"linear\", \"erf\", \"relu\", \"tanh\", \"sigmoid\", \"gelu\", \"softplus\", \"silu\", \"leaky_relu\"");
  EXPECT_EQ(map.at("model.activation").fallback, "\"erf\"");
  EXPECT_EQ(map.at("sweep.engines").fallback, "[\"ode\", \"sgd\"]");
  EXPECT_EQ(map.at("solver.relative_tolerance").fallback, "1e-08");
  EXPECT_EQ(map.at("model.tied").fallback, "false");
  EXPECT_EQ(map.at("data.spikes").fallback, "") << "required";
}

TEST(AllKeys, DefaultsAreThoseThatAnEmptyFileGets) {
  // Writing every default down must change nothing; what has a default in words, or applies to another kind, is left out.
  std::map<std::string, std::string> tables;
  const std::set<std::string> in_words{"sweep.name", "data.dimension", "data.samples", "record.components", "training.tied_rate", "training.learning_rate",
                                        "training.horizon", "record.first"};
  const std::set<std::string> other_kinds{"data.exponent", "data.trace", "data.format", "data.gaussian_surrogate", "data.bulk_samples", "initial.encoder_scale",
                                          "initial.decoder_scale", "data.manifold", "data.embedding_noise", "model.width", "model.depth",
                                          "model.encoder_widths", "model.decoder_widths", "training.optimizer", "training.batch", "training.precision",
                                          "initial.gain"};
  for (const KeyInfo& info : all_keys()) {
    const std::string table = info.key.substr(0, info.key.find('.'));
    if (table != "axis" && table != "exclude" && table != "refine" && !info.fallback.empty() && !in_words.contains(info.key) && !other_kinds.contains(info.key)) {
      tables[table] += info.key.substr(table.size() + 1) + " = " + info.fallback + "\n";
    }
  }
  tables["data"] += "spikes = [1]\n";
  std::string text;
  for (const auto& [table, lines] : tables) {
    text += "[" + table + "]\n" + lines;
  }
  EXPECT_EQ(parse(text).canonical, parse("[data]\nspikes = [1]\n").canonical) << text;
}

}  // namespace
}  // namespace aesweep
