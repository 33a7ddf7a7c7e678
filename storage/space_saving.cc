// The counters of Space-Saving.
#include "storage/space_saving.h"

#include <algorithm>
#include <cassert>

namespace larder {

SpaceSaving::SpaceSaving(size_t counters) : capacity_(counters) {
  elements_.reserve(counters);
  counts_.reserve(counters);
  errors_.reserve(counters);
}

SpaceSaving::Charged SpaceSaving::Add(uint64_t element, uint64_t weight) {
  assert(capacity_ > 0);
  const auto found = std::find(elements_.begin(), elements_.end(), element);
  if (found != elements_.end()) {
    const auto counter = static_cast<size_t>(found - elements_.begin());
    counts_[counter] += weight;
    return {counter, false};
  }
  if (elements_.size() < capacity_) {
    elements_.push_back(element);
    counts_.push_back(weight);
    errors_.push_back(0);
    return {elements_.size() - 1, true};
  }
  const size_t lowest = Lowest();
  elements_[lowest] = element;
  errors_[lowest] = counts_[lowest];
  counts_[lowest] += weight;
  return {lowest, true};
}

void SpaceSaving::Halve() {
  for (uint64_t& count : counts_)
    count /= 2;
  for (uint64_t& error : errors_)
    error /= 2;
}

void SpaceSaving::Clear() {
  elements_.clear();
  counts_.clear();
  errors_.clear();
}

uint64_t SpaceSaving::floor() const {
  return elements_.size() < capacity_ || capacity_ == 0 ? 0 : counts_[Lowest()];
}

size_t SpaceSaving::Lowest() const {
  return static_cast<size_t>(std::min_element(counts_.begin(), counts_.end()) - counts_.begin());
}

}  // namespace larder
