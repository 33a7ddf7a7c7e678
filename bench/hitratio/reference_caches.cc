// The models of other policies.
#include "bench/hitratio/reference_caches.h"

#include <algorithm>
#include <array>
#include <list>
#include <set>
#include <utility>

namespace larder::hitratio {
namespace {

// A list in order of arrival or of use, the newest in front; knows where each object stands and how
// many bytes it holds.
class Queue {
 public:
  explicit Queue(const NumberedTrace& trace)
      : places_(trace.keys.size()), bytes_of_(trace.keys.size()) {}

  void Push(uint32_t object, uint64_t bytes) {
    order_.push_front(object);
    places_[object] = order_.begin();
    bytes_of_[object] = bytes;
    bytes_ += bytes;
  }
  void Remove(uint32_t object) {
    order_.erase(places_[object]);
    bytes_ -= bytes_of_[object];
  }
  void MoveToFront(uint32_t object) { order_.splice(order_.begin(), order_, places_[object]); }
  uint32_t last() const { return order_.back(); }
  uint32_t PopLast() {
    const uint32_t object = last();
    Remove(object);
    return object;
  }
  bool empty() const { return order_.empty(); }
  uint64_t bytes() const { return bytes_; }
  uint64_t bytes_of(uint32_t object) const { return bytes_of_[object]; }
  size_t size() const { return order_.size(); }

  std::list<uint32_t>& order() { return order_; }
  std::list<uint32_t>::iterator place(uint32_t object) { return places_[object]; }

 private:
  std::list<uint32_t> order_;
  std::vector<std::list<uint32_t>::iterator> places_;
  std::vector<uint64_t> bytes_of_;
  uint64_t bytes_ = 0;
};

// What all models have in common.
class Model : public Cache {
 public:
  Model(const NumberedTrace& trace, uint64_t capacity)
      : trace_(trace), capacity_(capacity), present_(trace.keys.size()) {}

  bool Request(size_t index) override {
    const Access access = trace_.accesses[index];
    if (present_[access.object]) {
      Hit(access.object, index);
      return true;
    }
    if (access.bytes > capacity_) return false;
    Insert(access.object, access.bytes, index);
    return false;
  }

 protected:
  virtual void Hit(uint32_t object, size_t index) = 0;
  // Requires: the object is absent and not larger than the cache.
  virtual void Insert(uint32_t object, uint64_t bytes, size_t index) = 0;

  const NumberedTrace& trace_;
  const uint64_t capacity_;
  std::vector<char> present_;
};

class Lru : public Model {
 public:
  Lru(const NumberedTrace& trace, uint64_t capacity) : Model(trace, capacity), queue_(trace) {}

 private:
  void Hit(uint32_t object, size_t) override { queue_.MoveToFront(object); }
  void Insert(uint32_t object, uint64_t bytes, size_t) override {
    while (queue_.bytes() + bytes > capacity_)
      present_[queue_.PopLast()] = 0;
    queue_.Push(object, bytes);
    present_[object] = 1;
  }

  Queue queue_;
};

// Evicts by a rank that each object has: the smallest goes.
class Ranked : public Model {
 public:
  Ranked(const NumberedTrace& trace, uint64_t capacity)
      : Model(trace, capacity), ranks_(trace.keys.size()), bytes_of_(trace.keys.size()) {}

 protected:
  using Rank = std::pair<uint64_t, uint64_t>;
  virtual Rank RankOf(uint32_t object, size_t index, bool hit) = 0;
  const Rank& rank(uint32_t object) const { return ranks_[object]; }

 private:
  void Hit(uint32_t object, size_t index) override {
    order_.erase({ranks_[object], object});
    ranks_[object] = RankOf(object, index, true);
    order_.insert({ranks_[object], object});
  }
  void Insert(uint32_t object, uint64_t bytes, size_t index) override {
    while (bytes_ + bytes > capacity_) {
      const uint32_t victim = order_.begin()->second;
      order_.erase(order_.begin());
      present_[victim] = 0;
      bytes_ -= bytes_of_[victim];
    }
    ranks_[object] = RankOf(object, index, false);
    order_.insert({ranks_[object], object});
    bytes_of_[object] = bytes;
    bytes_ += bytes;
    present_[object] = 1;
  }

  std::vector<Rank> ranks_;
  std::vector<uint64_t> bytes_of_;
  std::set<std::pair<Rank, uint32_t>> order_;
  uint64_t bytes_ = 0;
};

class Lfu : public Ranked {
 public:
  using Ranked::Ranked;

 private:
  Rank RankOf(uint32_t object, size_t index, bool hit) override {
    return {hit ? rank(object).first + 1 : 1, index};
  }
};

class Belady : public Ranked {
 public:
  Belady(const NumberedTrace& trace, uint64_t capacity)
      : Ranked(trace, capacity), next_use_(trace.accesses.size()) {
    std::vector<uint64_t> next(trace.keys.size(), trace.accesses.size());
    for (size_t i = trace.accesses.size(); i-- > 0;)
      next_use_[i] = std::exchange(next[trace.accesses[i].object], i);
  }

 private:
  // The later the next use, the smaller the rank.
  Rank RankOf(uint32_t, size_t index, bool) override { return {~next_use_[index], 0}; }

  std::vector<uint64_t> next_use_;
};

class Sieve : public Model {
 public:
  Sieve(const NumberedTrace& trace, uint64_t capacity)
      : Model(trace, capacity), queue_(trace), visited_(trace.keys.size()) {
    hand_ = queue_.order().end();
  }

 private:
  void Hit(uint32_t object, size_t) override { visited_[object] = 1; }
  void Insert(uint32_t object, uint64_t bytes, size_t) override {
    while (queue_.bytes() + bytes > capacity_)
      Evict();
    queue_.Push(object, bytes);
    visited_[object] = 0;
    present_[object] = 1;
  }
  // The hand moves from the oldest object to newer ones, and begins again at the end.
  void Evict() {
    std::list<uint32_t>& order = queue_.order();
    auto at = hand_ == order.end() ? std::prev(order.end()) : hand_;
    while (visited_[*at]) {
      visited_[*at] = 0;
      at = at == order.begin() ? std::prev(order.end()) : std::prev(at);
    }
    hand_ = at == order.begin() ? order.end() : std::prev(at);
    present_[*at] = 0;
    queue_.Remove(*at);
  }

  Queue queue_;
  std::vector<char> visited_;
  std::list<uint32_t>::iterator hand_;
};

class S3Fifo : public Model {
 public:
  S3Fifo(const NumberedTrace& trace, uint64_t capacity)
      : Model(trace, capacity),
        small_(trace),
        main_(trace),
        ghost_(trace),
        uses_(trace.keys.size()),
        in_ghost_(trace.keys.size()) {}

 private:
  static constexpr int kMostUses = 3;
  static constexpr uint64_t kSmallShare = 10;

  void Hit(uint32_t object, size_t) override {
    uses_[object] = std::min(uses_[object] + 1, kMostUses);
  }
  void Insert(uint32_t object, uint64_t bytes, size_t) override {
    while (small_.bytes() + main_.bytes() + bytes > capacity_)
      Evict();
    if (in_ghost_[object]) {
      ForgetGhost(object);
      main_.Push(object, bytes);
    } else {
      small_.Push(object, bytes);
    }
    uses_[object] = 0;
    present_[object] = 1;
  }
  void Evict() {
    if (!small_.empty() && (main_.empty() || small_.bytes() >= capacity_ / kSmallShare)) {
      const uint32_t object = small_.last();
      const uint64_t bytes = small_.bytes_of(object);
      small_.PopLast();
      if (uses_[object] > 1) {
        uses_[object] = 0;
        main_.Push(object, bytes);
        return;
      }
      present_[object] = 0;
      ghost_.Push(object, bytes);
      in_ghost_[object] = 1;
      while (ghost_.bytes() > capacity_ - capacity_ / kSmallShare)
        ForgetGhost(ghost_.last());
      return;
    }
    while (uses_[main_.last()] > 0) {
      const uint32_t object = main_.last();
      --uses_[object];
      main_.MoveToFront(object);
    }
    present_[main_.PopLast()] = 0;
  }
  void ForgetGhost(uint32_t object) {
    ghost_.Remove(object);
    in_ghost_[object] = 0;
  }

  Queue small_, main_, ghost_;
  std::vector<int> uses_;
  std::vector<char> in_ghost_;
};

// A window of one percent, and a main cache in two segments, four fifths of it protected. What
// leaves the window is admitted if it was asked for more often than what it would displace.
class WTinyLfu : public Model {
 public:
  WTinyLfu(const NumberedTrace& trace, uint64_t capacity)
      : Model(trace, capacity),
        window_(trace),
        probation_(trace),
        protected_(trace),
        where_(trace.keys.size()),
        sketch_(trace.unique_bytes * 10 / trace.keys.size(), capacity) {}

  bool Request(size_t index) override {
    sketch_.Count(trace_.accesses[index].object);
    return Model::Request(index);
  }

 private:
  enum Segment : char { kWindow, kProbation, kProtected };

  // Counts of four bits in four rows, halved when ten times as many requests were counted as
  // objects fit in.
  class Sketch {
   public:
    Sketch(uint64_t ten_objects_bytes, uint64_t capacity)
        : period_(
              std::max<uint64_t>(100, 100 * capacity / std::max<uint64_t>(1, ten_objects_bytes))) {
      size_t width = 64;
      while (width < period_)
        width *= 2;
      for (auto& row : rows_)
        row.resize(width);
    }
    void Count(uint32_t object) {
      const int least = Estimate(object);
      for (size_t i = 0; i < rows_.size(); ++i) {
        uint8_t& count = rows_[i][Slot(object, i)];
        if (count == least && count < 15) ++count;
      }
      if (++counted_ < period_) return;
      counted_ /= 2;
      for (auto& row : rows_) {
        for (uint8_t& count : row)
          count /= 2;
      }
    }
    int Estimate(uint32_t object) const {
      int least = 15;
      for (size_t i = 0; i < rows_.size(); ++i)
        least = std::min<int>(least, rows_[i][Slot(object, i)]);
      return least;
    }

   private:
    size_t Slot(uint32_t object, size_t row) const {
      uint64_t hash = (object + 1) * (0x9e3779b97f4a7c15 + 2 * row * 0xd1b54a32d192ed03);
      hash ^= hash >> 32;
      return hash * 0xbf58476d1ce4e5b9 >> 24 & (rows_[row].size() - 1);
    }
    uint64_t period_;
    uint64_t counted_ = 0;
    std::array<std::vector<uint8_t>, 4> rows_;
  };

  void Hit(uint32_t object, size_t) override {
    if (where_[object] != kProbation) {
      (where_[object] == kWindow ? window_ : protected_).MoveToFront(object);
      return;
    }
    MoveTo(object, probation_, protected_, kProtected);
    while (protected_.bytes() > (capacity_ - capacity_ / 100) / 5 * 4)
      MoveTo(protected_.last(), protected_, probation_, kProbation);
  }
  void Insert(uint32_t object, uint64_t bytes, size_t) override {
    window_.Push(object, bytes);
    where_[object] = kWindow;
    present_[object] = 1;
    const uint64_t window_share = std::max(capacity_ / 100, bytes);
    while (window_.bytes() > window_share) {
      const uint32_t candidate = window_.last();
      MoveTo(candidate, window_, probation_, kProbation);
      while (Bytes() > capacity_ && present_[candidate])
        Contest(candidate);
    }
    while (Bytes() > capacity_)
      Drop(probation_.empty() ? protected_ : probation_);
  }
  uint64_t Bytes() const { return window_.bytes() + probation_.bytes() + protected_.bytes(); }
  void Contest(uint32_t candidate) {
    Queue& queue = probation_.last() != candidate || protected_.empty() ? probation_ : protected_;
    const uint32_t victim = queue.last();
    if (victim != candidate && sketch_.Estimate(candidate) > sketch_.Estimate(victim)) {
      Drop(queue);
    } else {
      probation_.Remove(candidate);
      present_[candidate] = 0;
    }
  }
  void Drop(Queue& queue) { present_[queue.PopLast()] = 0; }
  void MoveTo(uint32_t object, Queue& from, Queue& to, Segment segment) {
    const uint64_t bytes = from.bytes_of(object);
    from.Remove(object);
    to.Push(object, bytes);
    where_[object] = segment;
  }

  Queue window_, probation_, protected_;
  std::vector<Segment> where_;
  Sketch sketch_;
};

}  // namespace

const std::vector<std::string_view>& ReferenceNames() {
  static const std::vector<std::string_view> names = {"lru",    "lfu",      "sieve",
                                                      "s3fifo", "wtinylfu", "belady"};
  return names;
}

std::unique_ptr<Cache> MakeReference(std::string_view name, const NumberedTrace& trace,
                                     uint64_t capacity) {
  if (name == "lru") return std::make_unique<Lru>(trace, capacity);
  if (name == "lfu") return std::make_unique<Lfu>(trace, capacity);
  if (name == "sieve") return std::make_unique<Sieve>(trace, capacity);
  if (name == "s3fifo") return std::make_unique<S3Fifo>(trace, capacity);
  if (name == "wtinylfu") return std::make_unique<WTinyLfu>(trace, capacity);
  if (name == "belady") return std::make_unique<Belady>(trace, capacity);
  return nullptr;
}

}  // namespace larder::hitratio
