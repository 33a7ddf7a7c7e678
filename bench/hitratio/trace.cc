// Reads traces, and draws them from simple models of popularity.
#include "bench/hitratio/trace.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <stdexcept>
#include <unordered_map>

namespace larder::hitratio {
namespace {

constexpr double kZipfExponent = 0.9;

// Numbers objects in the order of their first request.
class Numbering {
 public:
  explicit Numbering(Trace& trace) : trace_(trace) {}
  void Add(const std::string& key, uint32_t bytes) {
    const auto [found, is_new] =
        numbers_.try_emplace(key, static_cast<uint32_t>(trace_.keys.size()));
    if (is_new) {
      trace_.keys.push_back(key);
      trace_.unique_bytes += bytes;
    }
    trace_.accesses.push_back({found->second, bytes});
  }

 private:
  Trace& trace_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

// Draws ranks, of which low ones are likely.
class Zipf {
 public:
  Zipf(size_t objects, double exponent) : sums_(objects) {
    double sum = 0;
    for (size_t i = 0; i < objects; ++i)
      sums_[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  }
  size_t operator()(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> draw(0, sums_.back());
    const auto found = std::lower_bound(sums_.begin(), sums_.end(), draw(random));
    return static_cast<size_t>(found - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

}  // namespace

Trace ReadTrace(const std::string& path, uint32_t default_bytes) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read '" + path + "'");
  Trace trace;
  trace.name = path.substr(path.rfind('/') + 1);
  Numbering numbering(trace);
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    const size_t comma = line.find(',');
    const uint32_t bytes = comma == std::string::npos
                               ? default_bytes
                               : static_cast<uint32_t>(std::stoul(line.substr(comma + 1)));
    numbering.Add(line.substr(0, comma), bytes);
  }
  if (trace.accesses.empty()) throw std::runtime_error("'" + path + "' holds no requests");
  return trace;
}

Trace GenerateTrace(const std::string& name, size_t requests, size_t objects, uint32_t bytes,
                    uint64_t seed) {
  const bool scans = name == "scan";
  const bool drifts = name == "drift";
  if (!scans && !drifts && name != "zipf") throw std::runtime_error("no generator '" + name + "'");
  Trace trace;
  trace.name = name;
  Numbering numbering(trace);
  std::mt19937_64 random(seed);
  const Zipf zipf(objects, kZipfExponent);
  std::vector<size_t> object_of_rank(objects);
  std::iota(object_of_rank.begin(), object_of_rank.end(), size_t{0});
  // A tenth of the requests belong to scans, each as long as a twentieth of the objects; and in the
  // course of the trace each rank is dealt out anew about twice.
  const size_t scan_length = objects / 20;
  const size_t scan_distance = scan_length * 10;
  const size_t drift_distance = std::max<size_t>(1, requests / (2 * objects));
  size_t scanned = objects;  // objects from here on are scanned once and never again
  while (trace.accesses.size() < requests) {
    const size_t now = trace.accesses.size();
    if (scans && now % scan_distance == scan_distance - scan_length) {
      for (size_t i = 0; i < scan_length; ++i)
        numbering.Add(std::to_string(scanned++), bytes);
      continue;
    }
    if (drifts && now % drift_distance == 0) {
      std::swap(object_of_rank[random() % objects], object_of_rank[zipf(random)]);
    }
    numbering.Add(std::to_string(object_of_rank[zipf(random)]), bytes);
  }
  return trace;
}

}  // namespace larder::hitratio
