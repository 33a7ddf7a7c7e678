// Reading recipes, and drawing the requests of each kind.
#include "bench/trace_generators.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace larder::bench {
namespace {

using Kind = TraceRecipe::Kind;

template <class Number>
bool ParseAll(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParseKind(std::string_view text, Kind& out) {
  constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"zipf", Kind::kZipf}, {"scans", Kind::kScans}, {"drift", Kind::kDrift}};
  for (const auto& [name, kind] : kKinds) {
    if (name != text) continue;
    out = kind;
    return true;
  }
  return false;
}

// Sets one of the settings; false if there is none of that name, or it cannot have that value.
bool Set(TraceRecipe& recipe, std::string_view name, std::string_view value, std::string& error) {
  if (name == "requests") return ParseAll(value, recipe.requests) && recipe.requests > 0;
  if (name == "ids") return ParseAll(value, recipe.ids) && recipe.ids > 0;
  if (name == "theta")
    return ParseAll(value, recipe.theta) && recipe.theta > 0 && recipe.theta < 10;
  if (name == "seed") return ParseAll(value, recipe.seed);
  if (name == "size") {
    SizeDistribution sizes;
    if (!SizeDistribution::Parse(value, sizes, error)) return false;
    recipe.sizes = std::move(sizes);
    return true;
  }
  if (recipe.kind == Kind::kScans && name == "share")
    return ParseAll(value, recipe.share) && recipe.share > 0 && recipe.share <= 0.5;
  if (recipe.kind == Kind::kScans && name == "length")
    return ParseAll(value, recipe.length) && recipe.length > 0;
  if (recipe.kind == Kind::kDrift && name == "life")
    return ParseAll(value, recipe.life) && recipe.life > 0;
  return false;
}

TraceRecipe WithDefaults(TraceRecipe recipe) {
  if (recipe.length == 0) recipe.length = std::max<uint64_t>(1, recipe.ids / 10);
  if (recipe.life == 0) recipe.life = std::max<uint64_t>(1, recipe.requests / 5);
  return recipe;
}

}  // namespace

std::optional<TraceRecipe> TraceRecipe::Parse(std::string_view text, std::string& error) {
  TraceRecipe recipe;
  const size_t colon = std::min(text.find(':'), text.size());
  if (!ParseKind(text.substr(0, colon), recipe.kind)) {
    error = "'" + std::string(text.substr(0, colon)) + "' is no kind of trace: zipf, scans, drift";
    return std::nullopt;
  }
  for (std::string_view rest = text.substr(std::min(colon + 1, text.size())); !rest.empty();) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view setting = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const size_t equals = std::min(setting.find('='), setting.size());
    const std::string_view value = setting.substr(std::min(equals + 1, setting.size()));
    std::string reason;
    if (Set(recipe, setting.substr(0, equals), value, reason)) continue;
    error = "'" + std::string(setting) + "' does not fit into the recipe of a trace";
    if (!reason.empty()) error += ": " + reason;
    return std::nullopt;
  }
  return recipe;
}

TraceGenerator::TraceGenerator(const TraceRecipe& recipe)
    : recipe_(WithDefaults(recipe)),
      ranks_({KeyDistribution::Kind::kZipf, recipe.theta}, recipe.ids, recipe.seed) {
  if (recipe_.kind != Kind::kDrift) return;
  id_of_rank_.resize(recipe_.ids);
  std::iota(id_of_rank_.begin(), id_of_rank_.end(), uint64_t{0});
}

TraceRequest TraceGenerator::Next() {
  const uint64_t id = NextId();
  ++made_;
  return {id, recipe_.sizes ? recipe_.sizes->At(Mix(id + recipe_.seed)) : 0};
}

uint64_t TraceGenerator::NextId() {
  switch (recipe_.kind) {
    case Kind::kZipf:
      return ranks_.Next();
    case Kind::kScans:
      return NextOfScans();
    case Kind::kDrift:
      return NextOfDrift();
  }
  return 0;
}

// A scan begins every length / share requests, and takes twice its length of them.
uint64_t TraceGenerator::NextOfScans() {
  const auto period = static_cast<uint64_t>(static_cast<double>(recipe_.length) / recipe_.share);
  if (made_ % period == 0) {
    scan_at_ = ranks_.random().Below(recipe_.ids);
    scan_left_ = recipe_.length;
  }
  if (scan_left_ == 0 || made_ % 2 == 0) return ranks_.Next();
  --scan_left_;
  return scan_at_++ % recipe_.ids;
}

uint64_t TraceGenerator::NextOfDrift() {
  // Each exchange of two ranks ends the place of two ids.
  exchanges_due_ += static_cast<double>(recipe_.ids) / (2.0 * static_cast<double>(recipe_.life));
  for (; exchanges_due_ >= 1; exchanges_due_ -= 1) {
    const uint64_t first = ranks_.random().Below(recipe_.ids);
    const uint64_t second = ranks_.random().Below(recipe_.ids);
    std::swap(id_of_rank_[first], id_of_rank_[second]);
  }
  return id_of_rank_[ranks_.Next()];
}

Trace GenerateTrace(const TraceRecipe& recipe) {
  TraceGenerator generator(recipe);
  Trace trace;
  trace.reserve(recipe.requests);
  for (uint64_t i = 0; i < recipe.requests; ++i)
    trace.push_back(generator.Next());
  return trace;
}

}  // namespace larder::bench
