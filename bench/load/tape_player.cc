// Writing and reading of one connection under load.
#include "bench/load/tape_player.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace larder::bench {

TapePlayer::TapePlayer(int fd, const RequestTape& tape, const ValueSource& values,
                       size_t first_slot, uint32_t sample)
    : fd_(fd),
      tape_(tape),
      next_slot_(first_slot),
      next_byte_(tape.slot(first_slot).begin),
      checker_(tape, values, first_slot, sample) {}

void TapePlayer::Flush(Tally& tally) {
  while (unsent_ > 0 && !lost_) {
    uint64_t run = std::min<uint64_t>(unsent_, tape_.size() - next_slot_);
    uint64_t end = tape_.EndOf(next_slot_ + run - 1);
    ssize_t sent =
        send(fd_, tape_.bytes() + next_byte_, end - next_byte_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      return Lose(std::strerror(errno), tally);
    }
    tally.bytes_out += sent;
    next_byte_ += sent;
    if (next_byte_ < end) continue;
    unsent_ -= run;
    next_slot_ += run;
    if (next_slot_ == tape_.size()) next_slot_ = next_byte_ = 0;
  }
}

size_t TapePlayer::Receive(char* buffer, size_t size, bool& drained, Tally& tally) {
  ssize_t got = recv(fd_, buffer, size, MSG_DONTWAIT);
  drained = got < static_cast<ssize_t>(size);
  if (got <= 0) {
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    Lose(got == 0 ? "the server closed the connection" : std::strerror(errno), tally);
    return 0;
  }
  size_t done = checker_.Feed(buffer, got, tally);
  if (checker_.broken()) {
    Lose("the reply was not RESP", tally);
  } else if (done > outstanding_) {
    done = outstanding_;
    Lose("more replies than requests", tally);
  }
  outstanding_ -= done;
  return done;
}

void TapePlayer::Lose(std::string_view words, Tally& tally) {
  lost_ = true;
  ++tally.lost;
  tally.NoteProblem("connection lost: " + std::string(words));
}

bool PlayOnce(int fd, const RequestTape& tape, const ValueSource& values, int timeout_ms,
              Tally& tally) {
  static constexpr uint32_t kSample = 64;
  std::vector<char> buffer(64 * 1024);
  TapePlayer player(fd, tape, values, 0, kSample);
  player.Allow(tape.size());
  player.Flush(tally);
  while (player.outstanding() > 0 && !player.lost()) {
    pollfd ready{fd, POLLIN, 0};
    if (!player.all_sent()) ready.events |= POLLOUT;
    int found = poll(&ready, 1, timeout_ms);
    if (found < 0 && errno == EINTR) continue;
    if (found <= 0) {
      tally.NoteProblem("the server does not answer");
      return false;
    }
    player.Flush(tally);
    bool drained = false;
    while (!drained && !player.lost())
      player.Receive(buffer.data(), buffer.size(), drained, tally);
  }
  return !player.lost();
}

}  // namespace larder::bench
