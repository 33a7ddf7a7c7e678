// Numbers the objects of a trace.
#include "bench/hitratio/numbered_trace.h"

#include <unordered_map>

namespace larder::hitratio {

NumberedTrace Number(const bench::Trace& trace, uint32_t default_bytes) {
  NumberedTrace numbered;
  numbered.accesses.reserve(trace.size());
  std::unordered_map<uint64_t, uint32_t> numbers;
  for (const bench::TraceRequest& request : trace) {
    const uint32_t bytes = request.size != 0 ? request.size : default_bytes;
    const auto next = static_cast<uint32_t>(numbered.keys.size());
    const auto [found, is_new] = numbers.try_emplace(request.id, next);
    if (is_new) {
      numbered.keys.push_back(std::to_string(request.id));
      numbered.unique_bytes += bytes;
    }
    numbered.accesses.push_back({found->second, bytes});
  }
  return numbered;
}

}  // namespace larder::hitratio
