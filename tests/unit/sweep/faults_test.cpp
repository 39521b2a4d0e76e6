#include <gtest/gtest.h>

#include <algorithm>

#include "sweep_text.hpp"

namespace aesweep {
namespace {

/// A wrong sweep file: its body (behind kHead, so that its first line is line 3), options, and the whole report.
struct Wrong {
  const char* name;
  std::string body;
  std::string report;
  std::vector<std::string> options{};
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

const std::string kHead = "data.spikes = [2, 1]\ndata.dimension = 100\n";

std::string axis(const std::string& rest) { return "[[axis]]\n" + rest + "\n"; }
const std::string kRates = axis("key = \"training.learning_rate\"\nvalues = [1, 2]");

const std::vector<Wrong> kWrong{
    // Keys and tables
    {"MisspeltKey", "[training]\nweight_deca = 1", "decay.toml:4:1: training.weight_deca: unknown key; did you mean training.weight_decay?"},
    {"KeyOfAnotherTable", "[model]\nlearning_rate = 1", "decay.toml:4:1: model.learning_rate: unknown key; did you mean training.learning_rate?"},
    {"KeyWithoutTable", "seed = 3", "decay.toml:3:1: seed: unknown key; did you mean sweep.seed?"},
    {"KeyLikeNoOther", "[model]\nxyzzyplugh = 1",
     "decay.toml:4:1: model.xyzzyplugh: unknown key; the keys of [model] are hidden, activation, tied, bias, width, depth, encoder_widths, decoder_widths"},
    {"MisspeltTable", "[trainng]\nlearning_rate = 1", "decay.toml:3:2: trainng: unknown table; did you mean [training]?"},
    {"UnknownTable", "[zzzzzzzz]", "decay.toml:3:2: zzzzzzzz: unknown table; the tables are sweep, data, model, training, initial, solver, "
        "record, outcome, refine, "
                                   "axis, exclude"},
    {"TableThatIsAValue", "model = 3", "decay.toml:3:1: model: must be a table, written [model] and once"},
    {"AxisAsTable", "[axis]\nkey = \"model.hidden\"", "decay.toml:3:2: axis: must be written [[axis]], once for each"},
    // Types
    {"TextForInteger", "[model]\nhidden = \"four\"", "decay.toml:4:10: model.hidden = \"four\": must be an integer from 1 to 65535"},
    {"FloatForInteger", "[model]\nhidden = 2.0", "decay.toml:4:10: model.hidden = 2.0: must be an integer from 1 to 65535"},
    {"TextForNumber", "[training]\nlearning_rate = \"1.0\"", "decay.toml:4:17: training.learning_rate = \"1.0\": must be a number > 0"},
    {"NumberForText", "[model]\nactivation = 3", "decay.toml:4:14: model.activation = 3: must be one of \"linear\", \"erf\", \"relu\", \"tanh\", \"sigmoid\", \"gelu\", \"softplus\", \"silu\", \"leaky_relu\""},
    {"NumberForBoolean", "[sweep]\ncommon_randomness = 1", "decay.toml:4:21: sweep.common_randomness = 1: must be true or false"},
    {"DateForNumber", "[training]\nhorizon = 2024-01-02", "decay.toml:4:11: training.horizon = 2024-01-02: must be a number > 0 and <= 1000000000"},
    {"NotANumber", "[training]\nhorizon = nan", "decay.toml:4:11: training.horizon = nan: must be a number > 0 and <= 1000000000"},
    {"InfiniteNumber", "[initial]\nbias = inf", "decay.toml:4:8: initial.bias = inf: must be a finite number"},
    {"TextForList", "[sweep]\nengines = \"ode\"", "decay.toml:4:11: sweep.engines = \"ode\": must be a list of \"ode\", \"sgd\", \"exact\", \"descent\", \"deep\", each at most once"},
    // Sequential replicas
    {"ReplicasWithoutUntil", "[sweep]\nreplicas = { min = 3, max = 9 }",
     "decay.toml:4:12: sweep.replicas.until: missing; replicas are an integer, or all of { min, max, until }"},
    {"NoKindOfReplicas", "[sweep]\nreplicas = {}", "decay.toml:4:12: sweep.replicas.min: missing; replicas are an integer, or all of { min, max, until }"},
    {"ReplicasInWords", "[sweep]\nreplicas = \"many\"",
     "decay.toml:4:12: sweep.replicas = \"many\": must be an integer from 1 to 65535, or { min, max, until }"},
    {"ReplicasWithAMisspeltKey", "[sweep]\nreplicas = { min = 3, max = 90, untill = 0.1 }",
     "decay.toml:4:12: sweep.replicas.until: missing; replicas are an integer, or all of { min, max, until }\n"
     "decay.toml:4:33: sweep.replicas.untill: unknown key; did you mean sweep.replicas.until?"},
    {"ReplicasUntilNever", "[sweep]\nreplicas = { min = 3, max = 90, until = 0.0 }",
     "decay.toml:4:41: sweep.replicas.until = 0.0: must be a number > 0 and < 0.5"},
    {"MinAboveMax", "[sweep]\nreplicas = { min = 30, max = 20, until = 0.1 }",
     "decay.toml:4:20: sweep.replicas.min = 30: must be at most max = 20"},
    {"UntilOutOfReach", "[sweep]\nreplicas = { min = 4, max = 35, until = 0.05 }",
     "decay.toml:4:41: sweep.replicas.until = 0.05: out of reach of max = 35; replicas that all agree have an interval of this half width from 36 on"},
    {"SetMinOfANumber", "[sweep]\nreplicas = 4", "--set sweep.replicas.min=2: sweep.replicas.min: sweep.replicas is not a table in the file",
     {"sweep.replicas.min=2"}},
    // Ranges and choices
    {"NegativeSpike", axis("key = \"data.spikes\"\nvalues = [[2, 1], [2, -1]]"), "decay.toml:5:23: data.spikes[1] = -1: must be a number >= 0"},
    {"NegativeDecay", "[training]\nweight_decay = -0.1", "decay.toml:4:16: training.weight_decay = -0.1: must be a number >= 0, or a list of numbers >= 0"},
    {"ZeroRate", "[training]\nlearning_rate = 0", "decay.toml:4:17: training.learning_rate = 0: must be a number > 0"},
    {"NoHiddenUnit", "[model]\nhidden = 0", "decay.toml:4:10: model.hidden = 0: must be an integer from 1 to 65535"},
    {"NegativeSeed", "[sweep]\nseed = -1", "decay.toml:4:8: sweep.seed = -1: must be an integer >= 0"},
    {"ThresholdOfOne", "[outcome]\nlearnt_threshold = 1", "decay.toml:4:20: outcome.learnt_threshold = 1: must be a number > 0 and < 1"},
    {"UnknownActivation", "[model]\nactivation = \"reelu\"",
     "decay.toml:4:14: model.activation = \"reelu\": must be one of \"linear\", \"erf\", \"relu\", \"tanh\", \"sigmoid\", \"gelu\", \"softplus\", \"silu\", \"leaky_relu\"; did you mean \"relu\"?"},
    {"EngineTwice", "[sweep]\nengines = [\"ode\", \"ode\"]",
     "decay.toml:4:11: sweep.engines = [\"ode\", \"ode\"]: must be a list of \"ode\", \"sgd\", \"exact\", \"descent\", \"deep\", each at most once"},
    {"NoEngine", "[sweep]\nengines = []", "decay.toml:4:11: sweep.engines = []: must be a list of \"ode\", \"sgd\", \"exact\", \"descent\", \"deep\", each at most once"},
    {"NameWithSlash", "[sweep]\nname = \"a/b\"",
     "decay.toml:4:8: sweep.name = \"a/b\": must be a text of letters, digits, '.', '_', '-', the first a letter or digit"},
    // Records
    {"WrongWeights", "[record]\norder_parameters = 1\nweights = \"all\"",
     "decay.toml:4:20: record.order_parameters = 1: must be true or false\n"
     "decay.toml:5:11: record.weights = \"all\": must be one of \"none\", \"leading\", \"final\""},
    {"AxisNamedLikeRecordedBias", "[record]\nweights = \"leading\"\n[[axis]]\nkey = \"model.bias\"\nvalues = [\"none\", \"trained\"]",
     "decay.toml:5:1: axis.name = \"bias\": the result file holds a quantity of this name; give the axis another `name`"},
    {"DimensionBeyondAll", "", "--set data.dimension=1000000000001: data.dimension = 1000000000001: must be an integer from 2 to 1000000000000, or "
     "\"infinity\"", {"data.dimension=1000000000001"}},
    // How SGD is simulated
    {"UnknownMethod", "[training]\nsgd_method = \"grams\"",
     "decay.toml:4:14: training.sgd_method = \"grams\": must be one of \"vector\", \"gram\", \"auto\"; did you mean \"gram\"?"},
    {"GramOfAPowerLaw", "[training]\nsgd_method = \"gram\"",
     "decay.toml:4:14: training.sgd_method = \"gram\": the Gram process is that of the spiked model; data.kind must be \"spiked\", not "
     "\"marchenko_pastur\"", {"data.kind=marchenko_pastur"}},
    {"GramOnATrainingSet", "[training]\nsgd_method = \"gram\"",
     "decay.toml:4:14: training.sgd_method = \"gram\": the Gram process draws a fresh input each step; data.training_samples must be \"infinity\"",
     {"data.training_samples=10"}},
    {"GramOfNormalisedRows", "[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"\nnorm_power = 4\nsgd_method = \"gram\"",
     "decay.toml:8:14: training.sgd_method = \"gram\": the Gram process has no D coordinates for a p-norm; training.norm_power must be 2"},
    {"GramWithAllWeights", "[training]\nsgd_method = \"gram\"\n[record]\nweights = \"final\"",
     "decay.toml:4:14: training.sgd_method = \"gram\": the Gram process has no D coordinates of the weights; record.weights must not be \"final\""},
    {"GramInTooFewDimensions", "[training]\nsgd_method = \"gram\"\n[model]\nhidden = 40",
     "decay.toml:4:14: training.sgd_method = \"gram\": the Gram process of 2 followed axes and 40 neurons needs data.dimension >= 114"},
    {"VectorInTooManyDimensions", "[training]\nsgd_method = \"vector\"",
     "decay.toml:4:14: training.sgd_method = \"vector\": vector SGD takes up to 65536 dimensions, data.dimension = 65537; \"gram\" has no such limit",
     {"data.dimension=65537"}},
    {"MoreStepsThanNumbers", "[training]\nhorizon = 1000",
     "--set data.dimension=1000000000000: training.horizon = 1000: makes 1e+15 steps at data.dimension = 1000000000000; SGD takes up to 2.81e+14",
     {"data.dimension=1000000000000"}},
    // Above D = 65536
    {"LargePowerLaw", "", "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; data.kind = "
     "\"marchenko_pastur\" needs all of them, \"spiked\" does not", {"data.dimension=65537", "data.kind=marchenko_pastur"}},
    {"LargeTrainingSet", "", "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; data.training_samples must be "
     "\"infinity\"", {"data.dimension=65537", "data.training_samples=10"}},
    {"LargeSinusoids", "", "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; data.eigenvectors must be "
     "\"identity\"", {"data.dimension=65537", "data.eigenvectors=sinusoidal"}},
    {"LargeFinalWeights", "[record]\nweights = \"final\"", "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; "
     "record.weights must not be \"final\"", {"data.dimension=65537"}},
    {"LargeNorm", "[sweep]\nengines = [\"ode\"]\n[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"\nnorm_power = 4",
     "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; training.norm_power must be 2",
     {"data.dimension=65537"}},
    {"LargeHiddenLayer", "[model]\nhidden = 40000", "--set data.dimension=65537: data.dimension = 65537: above 65536 no coordinate of the bulk is kept; "
     "model.hidden must be at most 32704", {"data.dimension=65537"}},
    // What belongs together
    {"SparsityWithoutSparseLatents", "", "--set data.latent_sparsity=0.2: data.latent_sparsity: applies to data.latent = \"sparse\" only; no point "
     "of the sweep has it", {"data.latent_sparsity=0.2"}},
    {"TimeOfARateThatDoesNotDecay", "[training]\nrate_decay_time = 3",
     "decay.toml:4:19: training.rate_decay_time: applies to training.rate_decay_exponent > 0 only; no point of the sweep has it"},
    {"PowerOfNoNorm", "[training]\nnorm_power = 3",
     "decay.toml:4:14: training.norm_power: applies to training.rule = \"normalised_hebb\" only; no point of the sweep has it"},
    {"RatesUnderThePreset", "[training]\npreset = \"standard\"\nencoder_rate = 2",
     "decay.toml:4:10: training.preset = \"standard\": sets encoder_rate, decoder_rate, bias_rate and tied_rate; leave them out"},
    {"PresetOfAPcaRule", "[model]\nactivation = \"linear\"\n[training]\nrule = \"oja\"\npreset = \"standard\"",
     "decay.toml:6:8: training.rule = \"oja\": it has no rates to set; training.preset must be \"thermodynamic\""},
    {"NormalisedRowsThatDecay", "[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"\nweight_decay = 0.1",
     "decay.toml:6:8: training.rule = \"normalised_hebb\": it keeps the norm of its rows; training.weight_decay must be 0"},
    {"NormalisedRowsOfZeros", "[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"\n[initial]\nencoder_std = 0",
     "decay.toml:6:8: training.rule = \"normalised_hebb\": rows of zeros have no direction; initial.encoder_std (encoder_scale) must not be 0"},
    {"FullBatchOfNormalisedHebb",
     "[sweep]\nengines = [\"descent\"]\n[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"",
     "decay.toml:8:8: training.rule = \"normalised_hebb\": a full-batch step is no step of this rule; sweep.engines must not have \"descent\""},
    {"NormThatDependsOnTheCoordinates", "[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"\nnorm_power = 4",
     "decay.toml:6:8: training.rule = \"normalised_hebb\": training.norm_power = 4 depends on the coordinates, which are not the eigenbasis here; "
     "must be 2", {"data.eigenvectors=sinusoidal"}},
    {"InfinityInSgd", "", "--set data.dimension=infinity: data.dimension = \"infinity\": one-pass SGD takes D steps for each unit of time; "
     "sweep.engines must not have \"sgd\"", {"data.dimension=infinity"}},
    {"InfinityTied", "[sweep]\nengines = [\"ode\"]\n[model]\ntied = true", "--set data.dimension=infinity: data.dimension = \"infinity\": "
     "a tied model's decoder v/sqrt(D) vanishes; model.tied must be false", {"data.dimension=infinity"}},
    {"InfinityWithNoise", "[sweep]\nengines = [\"ode\"]\n[training]\ninput_noise = 1", "--set data.dimension=infinity: data.dimension = "
     "\"infinity\": noise of fixed s vanishes against the spikes, noise ~ sqrt(D) moves the bulk; training.input_noise must be 0",
     {"data.dimension=infinity"}},
    {"InfinityOfOja", "[sweep]\nengines = [\"ode\"]\n[model]\nactivation = \"linear\"\n[training]\nrule = \"oja\"", "--set "
     "data.dimension=infinity: data.dimension = \"infinity\": rule \"oja\" moves the bulk of its rows; give a finite D", {"data.dimension=infinity"}},
    {"InfinityOfPlainRates", "[sweep]\nengines = [\"ode\"]\n[training]\npreset = \"standard\"", "--set data.dimension=infinity: "
     "data.dimension = \"infinity\": the rates of training.preset = \"standard\" depend on D; give a finite D", {"data.dimension=infinity"}},
    {"InfinityOfAPowerLaw", "[sweep]\nengines = [\"ode\"]", "--set data.dimension=infinity: data.dimension = \"infinity\": the limit of the "
     "spiked model; data.kind = \"marchenko_pastur\" has none", {"data.dimension=infinity", "data.kind=marchenko_pastur"}},
    {"InfinityOfSamples", "[sweep]\nengines = [\"descent\"]", "--set data.dimension=infinity: data.dimension = \"infinity\": P inputs span "
     "nothing of an infinite space; data.training_samples must be \"infinity\"", {"data.dimension=infinity", "data.training_samples=10"}},
    {"InfinityOfPixels", "[sweep]\nengines = [\"ode\"]", "--set data.dimension=infinity: data.dimension = \"infinity\": there are no pixels; "
     "data.eigenvectors must be \"identity\"", {"data.dimension=infinity", "data.eigenvectors=sinusoidal"}},
    {"MoreComponentsThanSpikesAtInfinity", "[sweep]\nengines = [\"ode\"]\n[record]\ncomponents = 3",
     "decay.toml:6:14: record.components = 3: must be at most the smallest data.dimension of the grid (at D = infinity the number of spikes), 2",
     {"data.dimension=infinity"}},
    {"MoreLatentsThanTheSampleOfTheirLaw", "", "--set data.latent=rademacher: data.latent = \"rademacher\": averages over its law are known for up to 1000 "
     "spikes, not for 1001; \"gaussian\" has no such limit", {"data.latent=rademacher", "data.dimension=2000",
     "data.spikes={ count = 1001, first = 1, ratio = 1 }"}},
    {"MoreSpikesThanTheSampleShows", "", "--set data.bulk_samples=1: data.bulk_samples = 1: 2 spikes stand out of the bulk, more than 1 samples can show",
     {"data.kind=marchenko_pastur", "data.bulk_samples=1", "data.spikes=[500, 400]"}},
    {"AxisNamedLikeTheTrainingError", "[[axis]]\nname = \"pmse_training\"\nkey = \"data.training_samples\"\nvalues = [5, 10]",
     "decay.toml:4:8: axis.name = \"pmse_training\": the result file holds a quantity of this name; give the axis another `name`"},
    {"ExactOfErf", "[sweep]\nengines = [\"exact\"]", "decay.toml:4:11: sweep.engines: \"exact\" holds for linear networks that learn mode by mode; "
     "model.activation must be \"linear\" and model.bias \"none\""},
    {"ExactOfNormalisedHebb", "[sweep]\nengines = [\"exact\"]\n[model]\nactivation = \"linear\"\n[training]\nrule = \"normalised_hebb\"",
     "decay.toml:4:11: sweep.engines: \"exact\" holds for linear networks that learn mode by mode; normalised_hebb has no closed form here"},
    {"InfinitelyManyWeights", "[sweep]\nengines = [\"ode\"]\n[record]\nweights = \"final\"", "--set data.dimension=infinity: data.dimension = "
     "\"infinity\": weights have infinitely many coordinates; record.weights must not be \"final\"", {"data.dimension=infinity"}},
    {"AlignedBeyondTheSpikesAtInfinity", "[sweep]\nengines = [\"ode\"]\n[model]\nhidden = 3\n[initial]\nkind = \"aligned\"", "--set "
     "data.dimension=infinity: data.dimension = \"infinity\": initial.kind = \"aligned\" puts a neuron on each component, of which there are 2; "
     "model.hidden must not be larger", {"data.dimension=infinity"}},
    {"ExactFromARandomStart", "[sweep]\nengines = [\"exact\"]\n[model]\nactivation = \"linear\"", "decay.toml:4:11: sweep.engines: \"exact\" holds "
     "for linear networks that learn mode by mode; initial.kind must be \"aligned\" or \"perfect\", not \"random\""},
    {"ExactOfADecayingRate", "[sweep]\nengines = [\"exact\"]\n[model]\nactivation = \"linear\"\n[training]\nrate_decay_exponent = 1\n[initial]\n"
     "kind = \"aligned\"", "decay.toml:4:11: sweep.engines: \"exact\" holds for linear networks that learn mode by mode; the learning rate must be "
     "constant: training.rate_decay_exponent must be 0"},
    {"ExactOfAnUnbalancedStartThatDecays", "[sweep]\nengines = [\"exact\"]\n[model]\nactivation = \"linear\"\n[training]\nweight_decay = 0.1\n"
     "[initial]\nkind = \"aligned\"\nencoder_scale = 0.1\ndecoder_scale = 0.2", "decay.toml:4:11: sweep.engines: \"exact\" holds for linear networks "
     "that learn mode by mode; with training.weight_decay > 0 there is a closed form from a balanced start alone: initial.kind = \"aligned\" with "
     "initial.encoder_scale = initial.decoder_scale (each over the square root of its rate)"},
    {"ExactOfAFrozenEncoder", "[sweep]\nengines = [\"exact\"]\n[model]\nactivation = \"linear\"\n[training]\nencoder_rate = 0\n[initial]\n"
     "kind = \"aligned\"", "decay.toml:4:11: sweep.engines: \"exact\" holds for linear networks that learn mode by mode; training.encoder_rate and "
     "decoder_rate must be > 0"},
    {"TrainingSetThatNoEngineSees", "[sweep]\nengines = [\"ode\"]", "--set data.training_samples=10: data.training_samples = 10: is seen by the engines "
     "\"sgd\", \"descent\" and \"deep\"; sweep.engines has none of them", {"data.training_samples=10"}},
    {"TrainingSetBeyondMemory", "[sweep]\nengines = [\"descent\"]", "--set data.training_samples=2000000: data.training_samples = 2000000: descent keeps "
     "the inputs in memory; must be at most 1342177 at D = 100", {"data.training_samples=2000000"}},
    {"TiedRateWithoutTying", "[training]\ntied_rate = 3",
     "decay.toml:4:13: training.tied_rate: applies to model.tied = true only; no point of the sweep has it"},
    {"TiedGradientWithoutTying", "[training]\ntied_gradient = \"encoder\"",
     "decay.toml:4:17: training.tied_gradient: applies to model.tied = true only; no point of the sweep has it"},
    {"RatesOfATiedModel", "[model]\ntied = true\n[training]\nencoder_rate = 0.5",
     "decay.toml:4:8: model.tied = true: encoder and decoder are one; training.encoder_rate and decoder_rate must be 1, tied_rate scales both roles"},
    {"BiasRateWithoutTraining", "[training]\nbias_rate = 2", "decay.toml:4:13: training.bias_rate = 2: applies to model.bias = \"trained\" only"},
    {"DecayForOtherNeurons", "[model]\nhidden = 3\n[training]\nweight_decay = [0.1, 0.2]",
     "decay.toml:6:16: training.weight_decay: 2 values for model.hidden = 3 neurons; give one for all, or one for each"},
    {"NegativeDecayInAList", "[training]\nweight_decay = [0.1, -0.2]",
     "decay.toml:4:22: training.weight_decay[1] = -0.2: must be a number >= 0"},
    {"PcaRuleNeedsLinearUnits", "[training]\nrule = \"oja\"",
     "decay.toml:4:8: training.rule = \"oja\": its units are linear; model.activation = \"erf\" has no meaning for it"},
    {"PcaRuleHasNoDecoder", "[model]\nactivation = \"linear\"\ntied = true\n[training]\nrule = \"sanger\"",
     "decay.toml:7:8: training.rule = \"sanger\": it has neither decoder nor bias; model.tied must be false and model.bias \"none\""},
    {"PcaRuleHasNoNoise", "[model]\nactivation = \"linear\"\n[training]\nrule = \"hebb\"\ninput_noise = 1",
     "decay.toml:6:8: training.rule = \"hebb\": it has no clean target; training.input_noise must be 0"},
    {"ScaleOfARandomStart", "[initial]\nencoder_scale = 1",
     "decay.toml:4:17: initial.encoder_scale: applies to initial.kind = \"aligned\", \"perfect\" only; the sweep has \"random\""},
    {"DecoderScaleOfAPerfectStart", "[initial]\nkind = \"perfect\"\ndecoder_scale = 1",
     "decay.toml:5:17: initial.decoder_scale: applies to initial.kind = \"aligned\" only; the sweep has \"perfect\""},
    {"HiddenNotBelowDimension", "[model]\nhidden = 100", "decay.toml:4:10: model.hidden = 100: must be smaller than data.dimension = 100 (K < D)"},
    {"HiddenOnAnAxisNotBelowDimension", axis("key = \"model.hidden\"\nvalues = [2,\n100,\n200]"),
     "decay.toml:6:1: model.hidden = 100: must be smaller than data.dimension = 100 (K < D); at hidden = 100 and at 1 more combination"},
    {"MoreSpikesThanDimensions", "", "--set data.spikes=[5, 4, 3, 2, 1]: data.spikes: 5 spikes are more than data.dimension = 4",
     {"data.spikes=[5, 4, 3, 2, 1]", "data.dimension=4"}},
    {"NoVariance", "", "--set data.spikes=[0]: data.spikes: with data.bulk = 0 and no spike > 0 the inputs have no variance", {"data.spikes=[0]",
     "data.bulk=0"}},
    {"BiasWithoutBias", "[initial]\nbias = 0.5",
     "decay.toml:4:8: initial.bias = 0.5: must be 0 with model.bias = \"none\"; \"fixed\" and \"trained\" have biases"},
    {"FirstBehindHorizon", "[training]\nhorizon = 2\n[record]\nfirst = 2",
     "decay.toml:6:9: record.first = 2: must be smaller than training.horizon = 2"},
    {"FirstWithLinearSpacing", "[record]\nfirst = 1\nspacing = \"linear\"", "decay.toml:4:9: record.first: applies to record.spacing = \"log\" only"},
    {"MoreComponentsThanDimensions", "[record]\ncomponents = 9",
     "decay.toml:4:14: record.components = 9: must be at most the smallest data.dimension of the grid, 8", {"data.dimension=8"}},
    {"KeyOfAnotherKind", "",
     "decay.toml:1:15: data.spikes: applies to data.kind = \"spiked\", \"marchenko_pastur\" only; the sweep has \"power_law\"", {"data.kind=power_law"}},
    {"KeyOfAnotherStart", "[initial]\nfile = \"start.hdf5\"",
     "decay.toml:4:8: initial.file: applies to initial.kind = \"file\" only; the sweep has \"random\""},
    {"IncompleteSpikes", "", "--set data.spikes={ count = 2, first = 1 }: data.spikes.count: data.spikes.ratio missing; spikes are a list, or all of "
                             "{ count, first, ratio }", {"data.spikes={ count = 2, first = 1 }"}},
    // Axes
    {"EmptyAxis", axis("key = \"model.hidden\"\nvalues = []"),
     "decay.toml:5:10: axis over model.hidden: values = []: must be a list of at least one value"},
    {"AxisWithoutValues", axis("key = \"model.hidden\""), "decay.toml:3:1: axis over model.hidden: has no values; give `values` or `range`"},
    {"AxisWithoutKey", axis("values = [1]"), "decay.toml:3:1: axis.key: missing; an axis has a key, or a list of keys that move together"},
    {"AxisWithMisspeltKey", axis("key = \"model.hiden\"\nvalues = [1]"), "decay.toml:4:7: model.hiden: unknown key; did you mean model.hidden?"},
    {"AxisOverSharedKey", axis("key = \"sweep.seed\"\nvalues = [1, 2]"),
     "decay.toml:4:7: sweep.seed: can't be an axis; the keys of [data], [model], [training] and [initial] can"},
    {"MisspeltKeyOfAxis", axis("key = \"model.hidden\"\nvales = [1]"), "decay.toml:5:1: axis.vales: unknown key; did you mean axis.values?"},
    {"TwoAxesOnOneKey", kRates + axis("name = \"b\"\nkey = \"training.learning_rate\"\nvalues = [3]"),
     "decay.toml:8:7: training.learning_rate: moved by two axes; training.learning_rate is already moved at line 4"},
    {"AxesOnSpikesAndOnTheirRatio", axis("key = \"data.spikes\"\nvalues = [[1]]") + axis("key = \"data.spikes.ratio\"\nvalues = [0.5]"),
     "decay.toml:7:7: data.spikes.ratio: moved by two axes; data.spikes is already moved at line 4"},
    {"ReservedName", axis("name = \"time\"\nkey = \"training.horizon\"\nvalues = [1, 2]"),
     "decay.toml:4:8: axis.name = \"time\": reserved; names that an axis can't have are time, replica, component, k, l, ode, sgd, exact, "
         "descent, deep, "
     "phase, reference, refined"},
    {"TwoAxesWithOneName", axis("key = \"model.bias\"\nvalues = [\"none\"]") + axis("key = \"initial.bias\"\nvalues = [0]"),
     "decay.toml:6:1: axis.name = \"bias\": two axes have this name; give one of them another `name`"},
    {"LinkedAxisWithoutName", axis("keys = [\"model.hidden\", \"model.bias\"]\nvalues = [[2, \"none\"]]"),
     "decay.toml:3:1: axis.name: missing; an axis of several keys needs a name"},
    {"LinkedAxisWithShortRow", axis("name = \"n\"\nkeys = [\"model.hidden\", \"model.bias\"]\nvalues = [[2, \"none\"], [3]]"),
     "decay.toml:6:24: axis over model.hidden, model.bias: [3]: must be a list of 2 values, one a key"},
    {"ValueTwice", axis("key = \"training.learning_rate\"\nvalues = [1, 2, 1.0]"),
     "decay.toml:5:17: axis over training.learning_rate: 1 is there twice; the values of an axis must differ"},
    {"WrongValueOnAxis", axis("key = \"model.activation\"\nvalues = [\"erf\", \"sigmoid\", \"linaer\"]"),
     "decay.toml:5:29: model.activation = \"linaer\": must be one of \"linear\", \"erf\", \"relu\", \"tanh\", \"sigmoid\", \"gelu\", \"softplus\", \"silu\", \"leaky_relu\"; did you mean \"linear\"?"},
    {"RangeOfIntegersWithFractions", axis("key = \"model.hidden\"\nrange = { from = 1, to = 4, count = 3 }"),
     "decay.toml:5:9: axis over model.hidden: the range gives 2.5, which is not an integer; give `values`, or from, to, count that give integers"},
    {"RangeOfTexts", axis("key = \"model.bias\"\nrange = { from = 1, to = 4, count = 3 }"),
     "decay.toml:5:9: axis over model.bias: a range is for one key that takes numbers; give `values`"},
    {"RangeOutOfBounds", axis("key = \"training.learning_rate\"\nrange = { from = 0, to = 4, count = 3 }"),
     "decay.toml:5:9: axis over training.learning_rate: the range gives 0: must be a number > 0"},
    {"LogRangeFromZero", axis("key = \"training.weight_decay\"\nrange = { from = 0, to = 4, count = 3, spacing = \"log\" }"),
     "decay.toml:5:9: axis over training.weight_decay: range from 0 to 4: spacing = \"log\" needs from > 0 and to > 0"},
    {"RangeOfOneWithTwoEnds", axis("key = \"training.weight_decay\"\nrange = { from = 0, to = 4, count = 1 }"),
     "decay.toml:5:9: axis over training.weight_decay: range from 0 to 4 with count = 1: count = 1 and from = to go together"},
    {"RangeFinerThanItsDigits", axis("key = \"training.weight_decay\"\nrange = { from = 1, to = 1.0000000000001, count = 3 }"),
     "decay.toml:5:9: axis over training.weight_decay: 1 is there twice; the values of an axis must differ"},
    {"IncompleteRange", axis("key = \"training.weight_decay\"\nrange = { from = 0, to = 4 }"),
     "decay.toml:5:9: axis over training.weight_decay: range has no count; it is written { from, to, count, spacing }"},
    {"ValuesAndRange", axis("key = \"training.weight_decay\"\nvalues = [1]\nrange = { from = 0, to = 4, count = 2 }"),
     "decay.toml:3:1: axis over training.weight_decay: has either values or range, not both"},
    {"TooManyPoints", axis("key = \"training.weight_decay\"\nrange = { from = 0, to = 1, count = 40000 }") +
                          axis("key = \"training.learning_rate\"\nrange = { from = 1, to = 2, count = 40000 }"),
     "decay.toml:3:1: the grid has 1.6e+09 points: must be at most 1e+09"},
    // Exclusions
    {"ExclusionOfMisspeltKey", kRates + "[[exclude]]\n\"training.learning_rat\" = 1",
     "decay.toml:7:1: exclude: training.learning_rat: unknown key; did you mean training.learning_rate?"},
    {"ExclusionOfKeyWithoutAxis", kRates + "[[exclude]]\n\"model.hidden\" = 1",
     "decay.toml:7:1: exclude: model.hidden: no axis moves it; conditions are on keys of axes"},
    {"ExclusionWithoutQuotes", kRates + "[[exclude]]\ntraining.learning_rate = 1",
     "decay.toml:7:1: exclude: training: must be a value or a list of values; put the key in quotes, \"model.activation\" = ..."},
    {"ExclusionOfWrongType", kRates + "[[exclude]]\n\"training.learning_rate\" = \"a\"",
     "decay.toml:7:28: training.learning_rate = \"a\": must be a number > 0"},
    {"EmptyExclusion", kRates + "[[exclude]]", "decay.toml:6:1: exclude: has no condition; write \"model.activation\" = \"linear\" below it, say"},
    {"ExclusionOfEverything", kRates + "[[exclude]]\n\"training.learning_rate\" = [1, 2]", "decay.toml:6:1: exclude: the exclusions leave no point"},
    // Options
    {"MisspeltOption", "", "--set model.hiden=4: model.hiden: unknown key; did you mean model.hidden?", {"model.hiden=4"}},
    {"OptionWithoutTable", "", "--set eta=4: eta: unknown key; keys are written TABLE.KEY, the tables being sweep, data, model, training, "
        "initial, solver, "
                               "record, outcome, refine, axis, exclude", {"eta=4"}},
    {"OptionOfTwoLines", "", "--set model.hidden=2\nfoo=3: must be one line", {"model.hidden=2\nfoo=3"}},
    {"OptionWithoutValue", "", "--set model.hidden: must be written --set key=value", {"model.hidden"}},
    {"OptionThatIsNoToml", "", "--set data.spikes=[1, 2: data.spikes: not a TOML value: Error while parsing array: encountered end-of-file",
     {"data.spikes=[1, 2"}},
    {"OptionOfWrongType", "", "--set model.hidden=4.5: model.hidden = 4.5: must be an integer from 1 to 65535", {"model.hidden=4.5"}},
    {"OptionOnAnAxis", kRates, "--set training.learning_rate=3: training.learning_rate: moved by the axis at line 4, which overrides it",
     {"training.learning_rate=3"}},
    {"OptionForAnAxis", kRates, "--set axis.name=a: axis.name: --set reaches the keys of the tables, not those of [[axis]] and [[exclude]]",
     {"axis.name=a"}},
    {"OptionBelowAList", "", "--set data.spikes.ratio=0.5: data.spikes.ratio: data.spikes is not a table in the file", {"data.spikes.ratio=0.5"}},
};

class WrongFile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFile, IsRefusedWithAReportToActOn) { EXPECT_EQ(report_on(kHead + GetParam().body + "\n", GetParam().options), GetParam().report); }

INSTANTIATE_TEST_SUITE_P(Faults, WrongFile, testing::ValuesIn(kWrong), [](const auto& one) { return std::string(one.param.name); });

TEST(Faults, RequiredKeysThatAreMissing) {
  EXPECT_EQ(report_on("[model]\nhidden = 2\n"),
            "decay.toml:1:1: data.spikes: missing; data.kind = \"spiked\" needs a list of numbers >= 0, or { count, first, ratio }");
  EXPECT_EQ(report_on("\n[data]\nkind = \"spectrum\"\n[initial]\nkind = \"file\"\n"),
            "decay.toml:2:1: data.file: missing; data.kind = \"spectrum\" needs the name of a file\n"
            "decay.toml:4:1: initial.file: missing; initial.kind = \"file\" needs the name of a file");
  EXPECT_EQ(report_on("[data]\nkind = \"images\"\n"), "decay.toml:1:1: data.files: missing; data.kind = \"images\" needs a list of names of files");
  EXPECT_EQ(report_on("[data]\nspikes = [2, 1]\n[[axis]]\nkey = \"data.spikes.ratio\"\nvalues = [0.5]\n"),
            "decay.toml:4:7: data.spikes.ratio: data.spikes.count, data.spikes.first missing; spikes are a list, or all of { count, first, ratio }");
  EXPECT_EQ(report_on("[[axis]]\nkey = \"data.spikes\"\nvalues = [{ count = 2, ratio = 0.5 }]\n"),
            "decay.toml:3:11: data.spikes = { count = 2, ratio = 0.5 }: must be a list of numbers >= 0, or { count, first, ratio }");
}

TEST(Faults, FilesThatDoNotFit) {
  const std::string spectrum = "[data]\nkind = \"spectrum\"\n";
  EXPECT_TRUE(contains(report_on(spectrum + "file = \"nowhere.h5\"\n"), "decay.toml:3:8: data.file: "));
  EXPECT_TRUE(contains(report_on(spectrum + "file = \"nowhere.h5\"\n"), "/hdf5_inputs/nowhere.h5: "));
  EXPECT_EQ(report_on(spectrum + "file = \"spectrum_float64.hdf5\"\ndimension = 6\n"),
            "decay.toml:4:13: data.dimension = 6: the data file has D = 5; leave the key out, or give that number");
  EXPECT_EQ(report_on(spectrum + "file = \"spectrum_float64.hdf5\"\n[model]\nhidden = 5\n"),
            "decay.toml:5:10: model.hidden = 5: must be smaller than data.dimension = 5 (K < D)");
  const std::string start = report_on("[data]\nspikes = [1]\n[model]\nhidden = 2\n[initial]\nkind = \"file\"\nfile = \"start.hdf5\"\n");
  EXPECT_TRUE(contains(start, "decay.toml:7:8: initial.file = "));
  EXPECT_TRUE(contains(start, "has weights of shape (3, 4); the model needs (2, 1000)"));
  const std::string biased =
      report_on("[data]\nspikes = [1]\ndimension = 4\n[model]\nhidden = 3\n[initial]\nkind = \"file\"\nfile = \"start.hdf5\"\n");
  EXPECT_TRUE(contains(biased, "its biases must be 0 with model.bias = \"none\"; \"fixed\" and \"trained\" have biases")) << biased;
}

TEST(Faults, ImagesThatDoNotFit) {
  const ImageFolder folder;
  folder.write("a.idx", 5, 2, 3);
  folder.write("b.idx", 5, 2, 4);
  const std::string head = "[data]\nkind = \"images\"\nfiles = [\"a.idx\"]\n";
  EXPECT_EQ(report_on(head + "samples = 6\n", {}, folder.path()), "decay.toml:4:11: data.samples = 6: the files have 5 images");
  EXPECT_TRUE(contains(report_on(head + "format = \"cifar10\"\n", {}, folder.path()), "decay.toml:3:9: data.files: " + folder.path() + "/a.idx"));
  EXPECT_EQ(report_on(head + "[[axis]]\nkey = \"data.format\"\nvalues = [\"idx\", \"cifar10\"]\n", {}, folder.path()),
            "decay.toml:3:9: data.files: " + folder.path() + "/a.idx is no file of data.format = \"cifar10\"; at format = cifar10");
  EXPECT_EQ(report_on("[data]\nkind = \"images\"\nfiles = [\"a.idx\", \"b.idx\"]\n", {}, folder.path()),
            "decay.toml:3:9: data.files: " + folder.path() + "/a.idx has images of 6 pixels, " + folder.path() +
             "/b.idx of 8; all must have one size");
  EXPECT_TRUE(contains(report_on("[data]\nkind = \"images\"\nfiles = [\"c.idx\"]\n", {}, folder.path()), "decay.toml:3:9: data.files: "));
}

TEST(Faults, ComeAllTogetherInTheOrderOfTheFile) {
  const std::string text = "[training]\nlerning_rate = 1\n[sweep]\nseed = 1.5\n[model]\nhidden = 20\n[data]\nspikes = [1]\ndimension = 20\n"
                           "[[axis]]\nkey = \"training.horizon\"\nvalues = [1, -1]\n[initial]\nbias = 1\n";
  const std::string expected =
      "decay.toml:2:1: training.lerning_rate: unknown key; did you mean training.learning_rate?\n"
      "decay.toml:4:8: sweep.seed = 1.5: must be an integer >= 0\n"
      "decay.toml:6:10: model.hidden = 20: must be smaller than data.dimension = 20 (K < D)\n"
      "decay.toml:12:14: training.horizon = -1: must be a number > 0 and <= 1000000000\n"
      "decay.toml:14:8: initial.bias = 1: must be 0 with model.bias = \"none\"; \"fixed\" and \"trained\" have biases\n"
      "--set solver.tolerance=1: solver.tolerance: unknown key; the keys of [solver] are relative_tolerance, absolute_tolerance";
  EXPECT_EQ(report_on(text, {"solver.tolerance=1"}), expected);
}

TEST(Faults, CarryPlaceAndMessageApart) {
  try {
    parse("[data]\nspikes = [1]\n[model]\nhidden = 0\n", {"model.bias=maybe"});
    FAIL() << "accepted";
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.faults().size(), 2U);
    EXPECT_EQ(error.faults()[0].where, "decay.toml:4:10");
    EXPECT_EQ(error.faults()[1].where, "--set model.bias=maybe");
    EXPECT_EQ(error.faults()[1].message, "model.bias = \"maybe\": must be one of \"none\", \"fixed\", \"trained\"");
  }
}

TEST(Faults, ASyntaxErrorStandsAlone) {
  const std::string report = report_on("[data]\nspikes = \n[model]\nhiden = 1\n");
  EXPECT_TRUE(contains(report, "decay.toml:2:10: not TOML: "));
  EXPECT_EQ(std::count(report.begin(), report.end(), '\n'), 0);
}

TEST(Faults, AFaultOfOneKeyDoesNotMakeOthers) {
  EXPECT_EQ(report_on("[data]\nspikes = [1]\ndimension = \"large\"\n[model]\nhidden = 5000\n"),
            "decay.toml:3:13: data.dimension = \"large\": must be an integer from 2 to 1000000000000, or \"infinity\"");
  EXPECT_EQ(report_on("[data]\nkind = \"spikd\"\nexponent = 2\n"),
            "decay.toml:2:8: data.kind = \"spikd\": must be one of \"spiked\", \"power_law\", \"marchenko_pastur\", \"spectrum\", \"images\", \"manifold\"; did you mean \"spiked\"?");
  EXPECT_EQ(report_on("[data]\nspikes = [1]\n[[axis]]\nkey = \"model.hidden\"\nvalues = [0, 1]\n[[exclude]]\n\"model.hidden\" = 1\n"),
            "decay.toml:5:11: model.hidden = 0: must be an integer from 1 to 65535");
}

}  // namespace
}  // namespace aesweep
