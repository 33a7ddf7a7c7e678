// A random play of writes, reads, evictions, expiries and removals, compared with a model.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "tests/storage/limited_store.h"

namespace larder {
namespace {

// What a store should hold: keys and their deadlines, of which some may have been evicted.
class LimitModel {
 public:
  explicit LimitModel(LimitedStore& store, bool is_volatile)
      : store_(store), is_volatile_(is_volatile) {}

  void Step() {
    const std::string name = NameOf(static_cast<int>(random_() % 6000));
    switch (random_() % 16) {
      case 0:
        return Remove(name);
      case 1:
        return store_.Advance(static_cast<int64_t>(random_() % 20), random_() % store_.shards(),
                              random_() % 64);
      case 2:
      case 3:
        store_.Get(name);
        return;
      default:
        return Set(name);
    }
  }

  // Whatever was stored and is not there was evicted, has expired or was removed, once each; and
  // what is there was stored, and has not expired.
  void Check() {
    size_t live = 0;
    for (const auto& [name, deadline] : deadlines_) {
      const bool expired = deadline != kNoDeadline && deadline <= store_.now_ms();
      const bool there = store_.Has(name);
      REQUIRE_FALSE((there && expired));
      if (is_volatile_ && deadline == kNoDeadline) REQUIRE(there);
      live += there;
    }
    REQUIRE(store_.Keys() == live);
    REQUIRE(store_.created() == live + store_.Evicted() + store_.Expired() + removed_);
    REQUIRE(store_.WithinLimit());
  }

 private:
  void Set(const std::string& name) {
    const size_t size = random_() % 300 == 0 ? random_() % 60'000 : random_() % 1000;
    // Most have a deadline, so that a volatile policy finds enough of them.
    const bool timed = random_() % (is_volatile_ ? 20 : 3) != 0;
    const int64_t deadline =
        timed ? store_.now_ms() + 1 + static_cast<int64_t>(random_() % 10'000) : kNoDeadline;
    if (store_.Set(name, std::string(size, 'v'), DeadlineChange::To(deadline))) {
      deadlines_[name] = deadline;
    }
  }
  void Remove(const std::string& name) {
    removed_ += store_.Remove(name);
    deadlines_.erase(name);
  }

  LimitedStore& store_;
  const bool is_volatile_;
  std::mt19937 random_{11};
  std::map<std::string, int64_t> deadlines_;
  uint64_t removed_ = 0;
};

}  // namespace

TEST_CASE("keys that are evicted, expire and are removed all at once add up exactly") {
  const auto play = [](bool is_volatile) {
    return [is_volatile](EvictionPolicy policy) {
      for (const size_t shards : {size_t{1}, size_t{8}}) {
        CAPTURE(shards);
        LimitedStore store(shards, policy, 768 << 10);
        LimitModel model(store, is_volatile);
        for (int i = 1; i <= 20'000; ++i) {
          model.Step();
          if (i % 2'000 == 0) model.Check();
        }
        CHECK(store.Evicted() > 500);
        CHECK(store.Expired() > 50);
      }
    };
  };
  ForEachOf(kAllKeysPolicies, play(false));
  ForEachOf(kVolatilePolicies, play(true));
}

}  // namespace larder
