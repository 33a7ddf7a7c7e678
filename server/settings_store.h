// The settings in force: read by all threads, changed by CONFIG SET, kept by CONFIG REWRITE.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/settings.h"

namespace larder {

// Owns the settings in force and whoever wants to hear of changes.
//
// Thread safety: any thread, except that OnChange() is called before other threads know the store.
class SettingsStore {
 public:
  // Applies a change. It is given the settings as they will be, and may refuse them by returning a
  // reason in the words of CONFIG SET. When another subscriber refuses later, it is called once
  // more with the settings as they were. It must not call Set() or Rewrite().
  using Subscriber = std::function<std::optional<std::string>(const Settings& settings)>;
  using NameAndValue = std::pair<std::string_view, std::string_view>;

  // `config_file` is the absolute path of the file to rewrite; empty if there is none.
  SettingsStore(Settings settings, std::string config_file);

  std::shared_ptr<const Settings> Current() const;
  // Grows with each change; an I/O thread compares it once per batch and then fetches Current().
  uint64_t version() const {
    return version_.load(std::memory_order_acquire);  // acquire: pairs with the release in Set()
  }

  void OnChange(std::string_view name, Subscriber subscriber);

  // CONFIG GET: the settings that match one of the patterns, each once, as name and value.
  std::vector<std::pair<std::string_view, std::string>> Get(
      std::span<const std::string_view> patterns) const;
  // CONFIG SET: changes all of them or none. Returns the error to answer ("ERR …").
  [[nodiscard]] std::optional<std::string> Set(std::span<const NameAndValue> changes);
  // CONFIG REWRITE: brings the configuration file up to date. Returns the error to answer ("ERR
  // …").
  [[nodiscard]] std::optional<std::string> Rewrite();

  const std::string& config_file() const { return config_file_; }

 private:
  std::optional<std::string> Apply(const Settings& before, const Settings& after);
  void Publish(std::shared_ptr<const Settings> settings);

  // Constant after construction.
  const std::string config_file_;
  // Constant once other threads know the store.
  std::vector<std::pair<const SettingRow*, Subscriber>> subscribers_;

  // Held while settings change or are rewritten, so that one change ends before the next begins.
  std::mutex change_mutex_;
  // Guarded by current_mutex_.
  mutable std::mutex current_mutex_;
  std::shared_ptr<const Settings> current_;
  // Atomic: written by Set(), read by all threads.
  std::atomic<uint64_t> version_ = 0;
};

}  // namespace larder
