// Strings on their way from arguments into entries and from entries into replies.
#include "server/commands/string_value.h"

#include <utility>

#include "server/server_state.h"

namespace larder {

BlobRef TakeOrCopyBlob(CommandContext& c, size_t argument) {
  BlobRef blob = c.TakeBlob(argument);
  if (blob) return blob;
  const std::string_view value = c.args[argument];
  blob = Blob::Create(value.size());
  if (!blob) return blob;
  value.copy(blob->data(), value.size());
  blob->set_size(value.size());
  return blob;
}

StoreStatus StoreArgument(CommandContext& c, size_t argument, DeadlineChange deadline) {
  Database& database = c.database();
  const Key& key = c.keys[0];
  const std::string_view value = c.args[argument];
  if (value.size() >= kBlobThreshold) [[unlikely]] {
    BlobRef blob = TakeOrCopyBlob(c, argument);
    if (!blob) return StoreStatus::kOutOfMemory;
    return database.SetBlob(key, std::move(blob), deadline);
  }
  return database.SetString(key, value, deadline);
}

bool MayHaveSize(const CommandContext& c, uint64_t size) {
  // Every value of the setting allows that much, so nobody has to look at it.
  constexpr uint64_t kAlwaysAllowed = kMegabyte;
  return size <= kAlwaysAllowed || size <= c.server.settings.Current()->proto_max_bulk_len;
}

size_t GrowthOfFirstKey(const CommandContext& c, uint64_t size) {
  // Not worth a look at the key.
  constexpr uint64_t kLittle = 1024;
  if (size <= kLittle) return size;
  if (!MayHaveSize(c, size)) return 0;
  const size_t before = c.StoredSize(c.keys[0]);
  return size > before ? size - before : 0;
}

void ReplyWithBlob(CommandContext& c, Blob* blob, std::string_view part) {
  // A short part is cheaper to copy than to send on its own.
  if (part.size() < kBlobThreshold) return c.reply.Bulk(part);
  c.reply.SharedBulk(SharedBytes(part, BlobRef::Share(blob).Release(),
                                 [](void* owner) { BlobRef::Adopt(static_cast<Blob*>(owner)); }));
}

FormerString::FormerString(const Entry* entry) : present_(entry != nullptr) {
  if (!present_) return;
  if (entry->encoding() == Encoding::kBlob) {
    blob_ = BlobRef::Share(entry->blob());
  } else {
    IntegerText text;
    bytes_ = entry->String(text);
  }
}

void FormerString::Reply(CommandContext& c) const {
  if (!present_) return c.reply.Null();
  if (!blob_) return c.reply.Bulk(bytes_);
  ReplyWithBlob(c, blob_.get(), {blob_->data(), blob_->size()});
}

}  // namespace larder
