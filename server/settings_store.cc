// The settings in force: CONFIG GET, SET and REWRITE.
#include "server/settings_store.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "protocol/glob_pattern.h"
#include "server/config_file.h"
#include "server/whole_file.h"

namespace larder {
namespace {

using Error = std::optional<std::string>;

std::string CannotSet(std::string_view name, std::string_view reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " +
         std::string(reason);
}

// Finds the rows that the names mean, which may each be set, and once.
Error FindRows(std::span<const SettingsStore::NameAndValue> changes,
               std::vector<const SettingRow*>& rows) {
  for (const auto& [name, value] : changes) {
    const SettingRow* row = FindSetting(name);
    if (row == nullptr) {
      return "ERR Unknown option or number of arguments for CONFIG SET - '" + std::string(name) +
             "'";
    }
    if (!row->at_run_time()) return CannotSet(name, "can't set immutable config");
    if (std::ranges::count(rows, row) > 0) return CannotSet(name, "duplicate parameter");
    rows.push_back(row);
  }
  return std::nullopt;
}

}  // namespace

SettingsStore::SettingsStore(Settings settings, std::string config_file)
    : config_file_(std::move(config_file)),
      current_(std::make_shared<const Settings>(std::move(settings))) {}

std::shared_ptr<const Settings> SettingsStore::Current() const {
  const std::lock_guard lock(current_mutex_);
  return current_;
}

void SettingsStore::OnChange(std::string_view name, Subscriber subscriber) {
  const SettingRow* row = FindSetting(name);
  assert(row != nullptr && "OnChange() names a setting that is not in the table");
  subscribers_.emplace_back(row, std::move(subscriber));
}

std::vector<std::pair<std::string_view, std::string>> SettingsStore::Get(
    std::span<const std::string_view> patterns) const {
  const std::shared_ptr<const Settings> settings = Current();
  std::vector<std::pair<std::string_view, std::string>> found;
  std::vector<const SettingRow*> seen;
  const auto add = [&](const SettingRow* row, std::string_view name) {
    if (row == nullptr || std::ranges::count(seen, row) > 0) return;
    seen.push_back(row);
    found.emplace_back(name, SettingText(*row, *settings));
  };
  for (std::string_view pattern : patterns) {
    if (pattern.find_first_of("*?[") == std::string_view::npos) {
      add(FindSetting(pattern), pattern);  // answered in the client's spelling
      continue;
    }
    for (const SettingRow& row : SettingTable()) {
      if (GlobMatch(pattern, row.name, /*ignore_case=*/true)) add(&row, row.name);
    }
  }
  return found;
}

std::optional<std::string> SettingsStore::Set(std::span<const NameAndValue> changes) {
  const std::lock_guard lock(change_mutex_);
  std::vector<const SettingRow*> rows;
  if (Error error = FindRows(changes, rows)) return error;
  const std::shared_ptr<const Settings> before = Current();
  auto after = std::make_shared<Settings>(*before);
  for (size_t i = 0; i < rows.size(); i++) {
    const std::string_view words[] = {changes[i].second};
    if (Error reason = ParseSetting(*rows[i], words, *after)) {
      return CannotSet(rows[i]->name, *reason);
    }
  }
  if (*after == *before) return std::nullopt;
  if (Error error = Apply(*before, *after)) return error;
  Publish(std::move(after));
  return std::nullopt;
}

// Tells the subscribers of what changed; when one of them refuses, those told before it are told
// the settings as they were, the latest first.
std::optional<std::string> SettingsStore::Apply(const Settings& before, const Settings& after) {
  std::vector<const Subscriber*> told;
  for (const auto& [row, subscriber] : subscribers_) {
    if (SettingText(*row, before) == SettingText(*row, after)) continue;
    if (Error reason = subscriber(after)) {
      for (auto it = told.rbegin(); it != told.rend(); ++it)
        (void)(**it)(before);
      return CannotSet(row->name, *reason);
    }
    told.push_back(&subscriber);
  }
  return std::nullopt;
}

void SettingsStore::Publish(std::shared_ptr<const Settings> settings) {
  {
    const std::lock_guard lock(current_mutex_);
    current_ = std::move(settings);
  }
  // release: who sees the new version finds the new settings.
  version_.fetch_add(1, std::memory_order_release);
}

std::optional<std::string> SettingsStore::Rewrite() {
  const std::lock_guard lock(change_mutex_);
  if (config_file_.empty()) return "ERR The server is running without a config file";
  const auto failed = [](const std::string& reason) {
    return "ERR Rewriting config file: " + reason;
  };
  std::optional<std::string> text = ReadWholeFile(config_file_);
  if (!text && errno != ENOENT) return failed(std::strerror(errno));
  if (!text) text.emplace();  // removed since start-up: written anew
  const std::string directory = config_file_.substr(0, config_file_.rfind('/') + 1);
  Settings readable;
  if (Error mistake = ReadConfigText(*text, config_file_, directory, readable)) {
    return failed(*mistake);
  }
  if (!ReplaceFile(config_file_, RewriteConfigText(*text, directory, *Current()))) {
    return failed(std::strerror(errno));
  }
  return std::nullopt;
}

}  // namespace larder
