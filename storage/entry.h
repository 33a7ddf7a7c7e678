// One key with its value, as it lies in a shard's arena: a single relocatable block.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/arena.h"
#include "storage/blob.h"
#include "storage/integer_text.h"

namespace larder {

enum class ValueType : uint8_t { kString, kList, kSet, kSortedSet, kHash, kStream };

// How the value part of an entry is to be read.
enum class Encoding : uint8_t {
  kInline,   // the bytes of the string
  kInteger,  // a string that is a canonical 64-bit integer: 1, 2, 4 or 8 bytes, little-endian
  kBlob,     // a pointer to a Blob, of which the entry holds one reference
};

// Deadlines are milliseconds since the Unix epoch; this one means "never".
inline constexpr int64_t kNoDeadline = -1;

// Strings of at least this size live in a Blob, outside the arena.
inline constexpr size_t kBlobThreshold = 16 * 1024;

// The block, `?` marking parts that are there only if a flag says so:
//
//   0       2      3      4       5     9           15     19     23      25          29
//   +-------+------+------+-------+-----+-----------+------+------+-------+-----------+-----+-------+
//   | value | key  | type | flags | use | deadline? | next?| prev?| rest? | key size? | key | value
//   | | size  | size | enc  |       |     |           |      |      |       |           |     | |
//   +-------+------+------+-------+-----+-----------+------+------+-------+-----------+-----+-------+
//                                        `- kHasDeadline --------' kFar-   `kLongKey-'
//                                                                  Deadline
//
// Six bytes of milliseconds reach to the year 10889. For who asks for more, `rest` has the others.
//
// `use` is the eviction policy's. Without kQueued it holds the 24 access bits: when, or how often,
// the entry was used. With kQueued it holds where the entry stands in the queues of S3-FIFO:
//
//   31                           2 1       0
//   +-----------------------------+---------+
//   | position                    | uses    |   uses: 0 to 3, since it got there
//   +-----------------------------+---------+
//
// Nothing but the entry's slot in the hash table, its neighbours in the timer wheel and its place
// in the queues refers to the block, so it may be moved whenever these are brought up to date.
//
// Thread safety: guarded by the lock of the shard whose arena holds it.
class Entry {
 public:
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // Bytes of a block with these parts.
  static size_t BlockSize(size_t key_size, size_t value_size, int64_t deadline_ms) {
    return kHeaderSize + TimerSize(deadline_ms) + (key_size >= kLongKeySize ? 4 : 0) + key_size +
           value_size;
  }
  // The most that a block has beside key and value.
  static constexpr size_t kMostBeside = 9 + 16 + 4;

  // Writes the header and the key of a new entry to `memory`; the value part is the caller's to
  // fill. Requires: `memory` has BlockSize() bytes; value_size < 64 Ki.
  static Entry* Format(char* memory, std::string_view key, ValueType type, Encoding encoding,
                       size_t value_size, int64_t deadline_ms);

  ValueType type() const { return static_cast<ValueType>(kind_ & 0x0f); }
  Encoding encoding() const { return static_cast<Encoding>(kind_ >> 4); }
  void set_kind(ValueType type, Encoding encoding) {
    kind_ =
        static_cast<uint8_t>(static_cast<unsigned>(type) | static_cast<unsigned>(encoding) << 4);
  }

  std::string_view key() const { return {key_data(), key_size()}; }
  size_t key_size() const {
    if (!(flags_ & kLongKey)) [[likely]]
      return key_size_;
    uint32_t size;
    std::memcpy(&size, key_data() - sizeof size, sizeof size);
    return size;
  }
  size_t value_size() const {
    uint16_t size;
    std::memcpy(&size, value_size_, sizeof size);
    return size;
  }
  void set_value_size(size_t size) {
    const auto bytes = static_cast<uint16_t>(size);
    std::memcpy(value_size_, &bytes, sizeof bytes);
  }
  char* value_data() { return const_cast<char*>(key_data()) + key_size(); }
  const char* value_data() const { return key_data() + key_size(); }
  size_t block_size() const { return key_offset() + key_size() + value_size(); }

  bool has_deadline() const { return (flags_ & kHasDeadline) != 0; }
  int64_t deadline_ms() const {
    if (!has_deadline()) return kNoDeadline;
    const uint64_t near = Load<uint64_t>(kHeaderSize) & kNearMask;
    if (!(flags_ & kFarDeadline)) [[likely]]
      return static_cast<int64_t>(near);
    return static_cast<int64_t>(near | uint64_t{Load<uint16_t>(kRest)} << kNearBits);
  }
  // Whether a block has room for that deadline, or none.
  bool CanHoldDeadline(int64_t deadline_ms) const { return timer_size() == TimerSize(deadline_ms); }
  // Requires: CanHoldDeadline(deadline_ms), has_deadline(), and the entry is not in the wheel.
  void set_deadline_ms(int64_t deadline_ms) {
    Store(kHeaderSize, static_cast<uint32_t>(deadline_ms));
    Store(kHeaderSize + 4, static_cast<uint16_t>(deadline_ms >> 32));
    if (flags_ & kFarDeadline) Store(kRest, static_cast<uint16_t>(deadline_ms >> kNearBits));
  }
  bool IsExpired(int64_t now_ms) const { return has_deadline() && deadline_ms() <= now_ms; }

  // Links of the timer wheel. Requires: has_deadline().
  Ref timer_next() const { return Load<Ref>(kHeaderSize + 6); }
  Ref timer_prev() const { return Load<Ref>(kHeaderSize + 10); }
  void set_timer_next(Ref ref) { Store(kHeaderSize + 6, ref); }
  void set_timer_prev(Ref ref) { Store(kHeaderSize + 10, ref); }

  // Requires: encoding() is kBlob.
  Blob* blob() const {
    assert(encoding() == Encoding::kBlob);
    Blob* blob;
    std::memcpy(&blob, value_data(), sizeof blob);
    return blob;
  }
  // Requires: encoding() is kInteger.
  int64_t integer() const;

  // The string that is stored; an integer is written out to `text`.
  // Requires: type() is kString. The view ends with the next change of the entry.
  std::string_view String(IntegerText& text) const {
    if (encoding() == Encoding::kInline) [[likely]]
      return {value_data(), value_size()};
    if (encoding() == Encoding::kInteger) return WriteInteger(integer(), text);
    return {blob()->data(), blob()->size()};
  }
  // Its length in bytes.
  size_t StringSize() const;

  // Bits for the eviction policy: when or how often the entry was used. Requires: !queued().
  uint32_t access() const {
    assert(!queued());
    return use_bits() & kAccessMask;
  }
  void set_access(uint32_t access) {
    flags_ &= static_cast<uint8_t>(~kQueued);
    set_use_bits(access & kAccessMask);
  }
  // The same where the policy keeps queues.
  bool queued() const { return (flags_ & kQueued) != 0; }
  // Requires: queued().
  uint32_t queue_position() const {
    assert(queued());
    return use_bits() >> kUsesBits;
  }
  unsigned uses() const { return use_[0] & kMostUses; }
  void set_queue_position(uint32_t position, unsigned uses) {
    flags_ |= kQueued;
    set_use_bits(position << kUsesBits | uses);
  }
  void set_uses(unsigned uses) { use_[0] = static_cast<uint8_t>((use_[0] & ~kMostUses) | uses); }
  // Whether the running snapshot has what it needs of the entry, or must not have it; only entries
  // that are ahead of it are marked so (storage/snapshot_walk.h).
  bool settled() const { return (flags_ & kSettled) != 0; }
  void set_settled(bool settled) {
    flags_ = static_cast<uint8_t>(settled ? flags_ | kSettled : flags_ & ~kSettled);
  }

  // Takes over what another entry's policy bits say.
  void CopyUse(const Entry& other) {
    flags_ = static_cast<uint8_t>((flags_ & ~kQueued) | (other.flags_ & kQueued));
    set_use_bits(other.use_bits());
  }
  static constexpr unsigned kMostUses = 3;

 private:
  static constexpr uint8_t kHasDeadline = 1;
  static constexpr uint8_t kLongKey = 2;
  static constexpr uint8_t kQueued = 4;
  static constexpr uint8_t kFarDeadline = 8;
  static constexpr uint8_t kSettled = 16;
  static constexpr unsigned kUsesBits = 2;
  static constexpr uint32_t kAccessMask = 0xffffff;
  static constexpr size_t kLongKeySize = 0xff;
  static constexpr size_t kHeaderSize = 9;
  static constexpr size_t kTimerSize = 14;
  static constexpr size_t kRest = kHeaderSize + kTimerSize;
  static constexpr size_t kRestSize = 2;
  static constexpr unsigned kNearBits = 48;
  static constexpr uint64_t kNearMask = (uint64_t{1} << kNearBits) - 1;
  // Bytes before the key, by the lower flags: a table, since every request asks for it.
  static constexpr auto kKeyOffsets = [] {
    std::array<uint8_t, 2 * kFarDeadline> offsets{};
    for (unsigned flags = 0; flags < offsets.size(); ++flags) {
      offsets[flags] = static_cast<uint8_t>(kHeaderSize + (flags & kHasDeadline ? kTimerSize : 0) +
                                            (flags & kFarDeadline ? kRestSize : 0) +
                                            (flags & kLongKey ? sizeof(uint32_t) : 0));
    }
    return offsets;
  }();

  Entry() = default;

  uint32_t use_bits() const {
    uint32_t bits;
    std::memcpy(&bits, use_, sizeof bits);
    return bits;
  }
  void set_use_bits(uint32_t bits) { std::memcpy(use_, &bits, sizeof bits); }
  const char* base() const { return reinterpret_cast<const char*>(this); }
  static bool IsFar(int64_t deadline_ms) {
    return deadline_ms != kNoDeadline && static_cast<uint64_t>(deadline_ms) > kNearMask;
  }
  static size_t TimerSize(int64_t deadline_ms) {
    if (deadline_ms == kNoDeadline) return 0;
    return kTimerSize + (IsFar(deadline_ms) ? kRestSize : 0);
  }
  size_t timer_size() const {
    return (has_deadline() ? kTimerSize : 0) + ((flags_ & kFarDeadline) ? kRestSize : 0);
  }
  size_t key_offset() const { return kKeyOffsets[flags_ & (kKeyOffsets.size() - 1)]; }
  const char* key_data() const { return base() + key_offset(); }
  template <class T>
  T Load(size_t offset) const {
    T value;
    std::memcpy(&value, base() + offset, sizeof value);
    return value;
  }
  template <class T>
  void Store(size_t offset, T value) {
    std::memcpy(reinterpret_cast<char*>(this) + offset, &value, sizeof value);
  }

  uint8_t value_size_[2];
  uint8_t key_size_;  // kLongKeySize: it stands before the key
  uint8_t kind_;
  uint8_t flags_;
  uint8_t use_[4];
};

static_assert(sizeof(Entry) == 9 && alignof(Entry) == 1);

}  // namespace larder
