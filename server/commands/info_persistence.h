// The fields of INFO persistence.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "server/commands/info_table.h"
#include "server/commands/info_writer.h"

namespace larder {

inline uint64_t Figure(const std::atomic<uint64_t>& value) {
  return value.load(std::memory_order_relaxed);  // a statistic, orders nothing
}

inline int64_t LoadStartedMs(const InfoSource& source) {
  return source.server.load.started_ms.load(std::memory_order_relaxed);  // a statistic
}

inline double LoadedPart(const InfoSource& source) {
  const LoadProgress& progress = source.server.load.progress;
  const uint64_t total = std::max<uint64_t>(Figure(progress.total_bytes), 1);
  return static_cast<double>(Figure(progress.loaded_bytes)) / static_cast<double>(total);
}

inline int64_t LoadEtaSeconds(const InfoSource& source) {
  const double part = LoadedPart(source);
  const int64_t elapsed_ms = std::max<int64_t>(source.c.now_ms - LoadStartedMs(source), 0);
  if (part <= 0) return 0;
  return static_cast<int64_t>(static_cast<double>(elapsed_ms) * (1 - part) / part) / 1000;
}

// redis-cli and others look here whether the server is busy with loading or saving.
inline constexpr InfoField kPersistenceFields[] = {
    {"loading", "", "1 while a snapshot is loaded.",
     [](const InfoSource& source, InfoWriter& info) {
       info.Number(source.server.load.active() ? 1 : 0);
     }},
    {"async_loading", "", "Always 0: no replica loads what it is sent.",
     [](const InfoSource&, InfoWriter& info) { info.Number(0); }},
    {"current_cow_peak", "bytes",
     "The most that the save in progress has held of entries that were changed before it came to "
     "them.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.copied_peak); }},
    {"current_cow_size", "bytes", "What it holds of them now.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.copied_bytes); }},
    {"current_save_keys_processed", "keys", "Keys that the save in progress has written.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.keys_done); }},
    {"current_save_keys_total", "keys", "Keys that it has to write.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.keys_total); }},
    {"current_save_bytes", "bytes", "Bytes that it has written.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.bytes_done); }},
    {"current_save_seconds_left", "seconds",
     "How long it will take from now on, at its pace so far; -1 if there is none, or it has just "
     "begun.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.seconds_left); }},
    {"rdb_changes_since_last_save", "changes",
     "Changes to keys since the last save that succeeded was begun, or since the server was "
     "started.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.changes_since); }},
    {"rdb_bgsave_in_progress", "", "1 while the data is being saved, else 0.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.running); }},
    {"rdb_last_save_time", "seconds",
     "When the data was last saved, since 1970; at first when the server was started.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.last_save_s); }},
    {"rdb_last_bgsave_status", "", "`ok` or `err`: how the last save ended.",
     [](const InfoSource& source, InfoWriter& info) {
       info.Text(source.save.last_error.empty() ? "ok" : "err");
     }},
    {"rdb_last_bgsave_error", "", "Why it failed; empty if it did not.",
     [](const InfoSource& source, InfoWriter& info) { info.Text(source.save.last_error); }},
    {"rdb_last_bgsave_time_sec", "seconds", "How long it took; -1 if there was none.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.last_duration_s); }},
    {"rdb_current_bgsave_time_sec", "seconds",
     "For how long the save in progress has run; -1 if there is none.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.current_s); }},
    {"rdb_saves", "saves", "Saves that succeeded.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.saves); }},
    {"rdb_last_cow_size", "bytes", "What `current_cow_peak` was at the end of the last save.",
     [](const InfoSource& source, InfoWriter& info) { info.Number(source.save.last_copied_peak); }},
    {"rdb_last_load_keys_expired", "keys",
     "Keys of the snapshot that was loaded at the start whose deadline had passed.",
     [](const InfoSource& source, InfoWriter& info) {
       info.Number(Figure(source.server.load.progress.expired));
     }},
    {"rdb_last_load_keys_loaded", "keys", "Keys that were loaded from it.",
     [](const InfoSource& source, InfoWriter& info) {
       info.Number(Figure(source.server.load.progress.loaded));
     }},
    {"aof_enabled", "", "Always 0: there is no append-only file.",
     [](const InfoSource&, InfoWriter& info) { info.Number(0); }},
    {"aof_rewrite_in_progress", "", "Always 0, as above.",
     [](const InfoSource&, InfoWriter& info) { info.Number(0); }},
    {"loading_start_time", "seconds since 1970",
     "When the load began. This and what follows is there while it lasts.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active()) info.Number(LoadStartedMs(source) / 1000);
     }},
    {"loading_total_bytes", "bytes", "The size of the snapshot.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active())
         info.Number(Figure(source.server.load.progress.total_bytes));
     }},
    {"loading_rdb_used_mem", "bytes",
     "What the server used that has written it, as it says itself.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active()) info.Number(Figure(source.server.load.used_memory));
     }},
    {"loading_loaded_bytes", "bytes", "How much of it was read.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active())
         info.Number(Figure(source.server.load.progress.loaded_bytes));
     }},
    {"loading_loaded_perc", "percent", "The same as a part of the whole.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active()) info.Decimal(100 * LoadedPart(source));
     }},
    {"loading_eta_seconds", "seconds", "How long the rest takes if it goes on at this speed.",
     [](const InfoSource& source, InfoWriter& info) {
       if (source.server.load.active()) info.Number(LoadEtaSeconds(source));
     }},
};

}  // namespace larder
