// Tests of loading a file into a keyspace.
#include "storage/rdb_loader.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "storage/rdb_encoder.h"
#include "tests/server/temporary_directory.h"
#include "tests/storage/rdb_files.h"

namespace larder {
namespace {

using namespace std::string_literals;

constexpr int64_t kNow = 1'700'000'000'000;

// A keyspace and what is loaded into it.
class Loading {
 public:
  explicit Loading(size_t shards = 16) : keyspace_(shards, 16, kNow) {}

  std::optional<RdbError> Load(std::string_view file, bool keep_readable = false,
                               size_t threads = 2) {
    const std::string path = directory_.Write("dump.rdb", file);
    RdbLoader::Options options;
    options.threads = threads;
    options.keep_readable = keep_readable;
    RdbLoader loader(keyspace_, progress_, options, {}, [] { return kNow; });
    return loader.Load(path);
  }
  // The string under a key; "(none)" if it is missing.
  std::string Get(size_t database, std::string_view name) {
    const Key key{name, HashKey(name)};
    Shard& shard = keyspace_.shard(keyspace_.ShardOf(key.hash));
    const ShardGuard guard(shard);
    const Entry* entry = shard.database(database).Find(key, kNow);
    IntegerText text;
    return entry != nullptr ? std::string(entry->String(text)) : "(none)";
  }
  size_t Size() {
    size_t keys = 0;
    for (size_t i = 0; i < keyspace_.shard_count(); ++i) {
      const ShardGuard guard(keyspace_.shard(i));
      for (size_t database = 0; database < 16; ++database)
        keys += keyspace_.shard(i).database(database).size();
    }
    return keys;
  }
  Keyspace& keyspace() { return keyspace_; }
  uint64_t loaded() const { return progress_.loaded; }
  const LoadProgress& progress() const { return progress_; }

 private:
  TemporaryDirectory directory_;
  Keyspace keyspace_;
  LoadProgress progress_;
};

// Many keys of several sizes, in two databases.
std::string ManyKeys(int count) {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  encoder.WriteHeader();
  for (int i = 0; i < count; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const std::string value = "value " + std::to_string(i) + std::string(i % 300, 'v') +
                              (i % 1000 == 0 ? std::string(100'000, 'w') : "");
    EntryImage image;
    image.database = i % 2 == 0 ? 0 : 7;
    image.key = key;
    image.value = value;
    if (i % 3 == 0) image.deadline_ms = kNow + 1 + i;
    encoder.WriteEntry(image);
  }
  encoder.WriteEnd();
  return sink.Take();
}

TEST_CASE("all keys of a file are loaded, by one thread or by several, into few or many shards") {
  constexpr int kCount = 20'000;
  const std::string file = ManyKeys(kCount);
  for (const size_t shards : {1, 16}) {
    for (const size_t threads : {1, 3}) {
      Loading loading(shards);
      REQUIRE_FALSE(loading.Load(file, false, threads));
      CHECK(loading.loaded() == kCount);
      CHECK(loading.Size() == kCount);
      CHECK(loading.progress().loaded_bytes == file.size());
      CHECK(loading.progress().total_bytes == file.size());
      for (int i = 0; i < kCount; i += 77) {
        CHECK(loading.Get(i % 2 == 0 ? 0 : 7, "key:" + std::to_string(i))
                  .starts_with("value " + std::to_string(i)));
      }
    }
  }
}

TEST_CASE("keys whose deadline has passed are not loaded") {
  StringSink sink;
  RdbEncoder encoder(sink, {});
  encoder.WriteHeader();
  for (const auto& [key, deadline_ms] :
       {std::pair("past", kNow - 1), std::pair("now", kNow), std::pair("ages ago", int64_t{-5}),
        std::pair("future", kNow + 1)}) {
    EntryImage image;
    image.key = key;
    image.value = "v";
    image.deadline_ms = deadline_ms;
    encoder.WriteEntry(image);
  }
  encoder.WriteEnd();
  Loading loading;
  REQUIRE_FALSE(loading.Load(sink.bytes()));
  CHECK(loading.Size() == 1);
  CHECK(loading.Get(0, "future") == "v");
  CHECK(loading.progress().expired == 3);
}

TEST_CASE("a file that is not there is told") {
  Keyspace keyspace(1, 16, kNow);
  LoadProgress progress;
  RdbLoader loader(keyspace, progress, {}, {}, [] { return kNow; });
  const std::optional<RdbError> error = loader.Load("/nonexistent/dump.rdb");
  REQUIRE(error);
  CHECK(error->kind == RdbError::Kind::kUnreadable);
  CHECK(error->what == "cannot open: No such file or directory");
}

TEST_CASE("a file that ends too early gives what comes before, and says where") {
  const std::string file = ManyKeys(1000);
  Loading loading;
  const std::optional<RdbError> error = loading.Load(file.substr(0, file.size() / 2));
  REQUIRE(error);
  CHECK(error->kind == RdbError::Kind::kDamaged);
  CHECK(error->offset <= file.size() / 2);
  CHECK(loading.loaded() > 0);
  CHECK(loading.Size() == loading.loaded());
}

TEST_CASE("a damaged value ends the load, or is passed over if the rest is wanted") {
  // Ten compressed bytes that are none, between two keys.
  const std::string file = RdbFile("\x00\x01"s + "a\x01" + "1" +
                                   "\x00\x01"s
                                   "b\xc3\x04\x0a\x1f\xff\xff\xff"s +
                                   "\x00\x01"s + "c\x01" + "3");
  Loading strict;
  const std::optional<RdbError> error = strict.Load(file);
  REQUIRE(error);
  CHECK(error->Text() == "at byte 17: the compressed value of 'b' is damaged");
  Loading lenient;
  REQUIRE_FALSE(lenient.Load(file, true));
  CHECK(lenient.Size() == 2);
  CHECK(lenient.progress().damaged == 1);
  CHECK(lenient.Get(0, "c") == "3");
}

TEST_CASE("what clients have written, removed or flushed meanwhile wins over the file") {
  Loading loading;
  Keyspace& keyspace = loading.keyspace();
  for (size_t i = 0; i < keyspace.shard_count(); ++i) {
    const ShardGuard guard(keyspace.shard(i));
    keyspace.shard(i).BeginLoad();
    keyspace.shard(i).Flush(7);
  }
  for (const std::string_view name : {"key:0", "key:2"}) {
    const Key key{name, HashKey(name)};
    Shard& shard = keyspace.shard(keyspace.ShardOf(key.hash));
    const ShardGuard guard(shard);
    if (name == "key:0") {
      REQUIRE(shard.database(0).SetString(key, "newer", DeadlineChange::Clear()) ==
              StoreStatus::kStored);
    }
    shard.NoteWrite(0, key.hash);
  }
  REQUIRE_FALSE(loading.Load(ManyKeys(100)));
  CHECK(loading.Get(0, "key:0") == "newer");
  CHECK(loading.Get(0, "key:2") == "(none)");
  CHECK(loading.Get(0, "key:4").starts_with("value 4"));
  CHECK(loading.Get(7, "key:1") == "(none)");
  CHECK(loading.progress().superseded == 52);
  CHECK(loading.Size() == 49);
}

TEST_CASE("the limit on memory holds: others go, or the load ends where none may") {
  const std::string file = ManyKeys(30'000);
  for (const EvictionPolicy policy :
       {EvictionPolicy::kAllKeysS3Fifo, EvictionPolicy::kAllKeysLru, EvictionPolicy::kNoEviction}) {
    Loading loading;
    EvictionSettings settings;
    settings.policy = policy;
    loading.keyspace().budget().set_policy(settings);
    constexpr size_t kLimit = 4 * 1024 * 1024;
    loading.keyspace().budget().SetLimit(kLimit, loading.keyspace().shard_count());
    const std::optional<RdbError> error = loading.Load(file);
    CHECK(loading.keyspace().budget().used() <= kLimit + kLimit / 10);
    CHECK(loading.Size() > 1000);
    CHECK(loading.Size() < 30'000);
    if (policy == EvictionPolicy::kNoEviction) {
      REQUIRE(error);
      CHECK(error->kind == RdbError::Kind::kRefused);
      CHECK(error->what == "maxmemory is reached, and the policy allows nothing to be evicted");
    } else {
      CHECK_FALSE(error);
    }
  }
}

TEST_CASE("a load that is stopped ends soon, without an error") {
  const TemporaryDirectory directory;
  const std::string path = directory.Write("dump.rdb", ManyKeys(20'000));
  Keyspace keyspace(4, 16, kNow);
  LoadProgress progress;
  RdbLoader loader(keyspace, progress, {}, {}, [] { return kNow; });
  loader.set_on_progress([&] { loader.Stop(); });
  CHECK_FALSE(loader.Load(path));
  CHECK(progress.loaded < 20'000);
}

}  // namespace
}  // namespace larder
