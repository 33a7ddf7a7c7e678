// Traces made up where no recorded one is at hand: zipf, zipf with scans, drifting popularity.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load/key_chooser.h"
#include "bench/load/value_source.h"
#include "bench/trace_file.h"

namespace larder::bench {

// What kind of trace, and how long; written as `zipf`, or with settings after a colon:
// `scans:requests=1000000,ids=50000,theta=0.8,share=0.2,length=5000,seed=7,size=100-4000`.
struct TraceRecipe {
  enum class Kind : uint8_t {
    // Ids are drawn by a zipf distribution that stays the same.
    kZipf,
    // The same, and every now and then somebody walks through `length` ids in order, at every
    // second request, as a crawler or a report does; `share` of all requests are of such walks.
    kScans,
    // Popularity is zipf at any moment, but who is popular changes: an id keeps its place for
    // `life` requests on average.
    kDrift,
  };

  Kind kind = Kind::kZipf;
  uint64_t requests = 1'000'000;
  uint64_t ids = 100'000;
  double theta = 0.9;
  double share = 0.2;   // kScans: at most 0.5
  uint64_t length = 0;  // kScans; 0: a tenth of the ids
  uint64_t life = 0;    // kDrift; 0: a fifth of the requests
  uint64_t seed = 1;
  // Bytes of each id's value; empty: not said.
  std::optional<SizeDistribution> sizes;

  // Nothing, with `error` saying what is wrong, when `text` is no recipe.
  static std::optional<TraceRecipe> Parse(std::string_view text, std::string& error);
};

// What --help says of recipes.
inline constexpr const char* kTraceRecipeHelp =
    "zipf, scans or drift, perhaps with settings: "
    "zipf:requests=1000000,ids=100000,theta=0.9,seed=1,size=100-4000; "
    "scans also has share=0.2 and length=10000, drift has life=200000";

// Makes the requests of a recipe one by one; the same recipe always makes the same ones.
//
// Owns its random numbers and, for drift, who has which rank.
// Thread safety: none.
class TraceGenerator {
 public:
  explicit TraceGenerator(const TraceRecipe& recipe);

  TraceRequest Next();

 private:
  uint64_t NextId();
  uint64_t NextOfScans();
  uint64_t NextOfDrift();

  // Constant after construction.
  const TraceRecipe recipe_;

  KeyChooser ranks_;
  uint64_t made_ = 0;
  // kScans: what is left of the scan that is under way.
  uint64_t scan_at_ = 0;
  uint64_t scan_left_ = 0;
  // kDrift: the id that has each rank, and what is owed in exchanges of two ranks.
  std::vector<uint64_t> id_of_rank_;
  double exchanges_due_ = 0;
};

// All requests of a recipe.
Trace GenerateTrace(const TraceRecipe& recipe);

}  // namespace larder::bench
