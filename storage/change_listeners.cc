// Passes changes on.
#include "storage/change_listeners.h"

namespace larder {

void ChangeListeners::Watch(std::string_view key, Watcher& watcher, bool missing) {
  if (watches_ == nullptr) watches_ = std::make_unique<WatchTable>();
  watches_->Add(key, watcher, missing);
  Update();
}

void ChangeListeners::Unwatch(std::string_view key, const Watcher& watcher) {
  watches_->Remove(key, watcher);
  if (watches_->empty()) watches_.reset();
  Update();
}

void ChangeListeners::ExchangeWatches(ChangeListeners& other) {
  watches_.swap(other.watches_);
  Update();
  other.Update();
}

void ChangeListeners::Observe(KeyObserver* observer) {
  observer_ = observer;
  Update();
}

void ChangeListeners::TellOfChange(std::string_view key) {
  if (watches_ != nullptr) watches_->Changed(key);
  if (observer_ != nullptr) observer_->Changed(key);
}

void ChangeListeners::TellOfExpiry(std::string_view key) {
  if (watches_ != nullptr) watches_->Expired(key);
  if (observer_ != nullptr) observer_->Changed(key);
}

}  // namespace larder
