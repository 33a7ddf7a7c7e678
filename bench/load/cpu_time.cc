// Reading of processor times from /proc and the processes' clocks.
#include "bench/load/cpu_time.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace larder::bench {

CpuTime operator-(const CpuTime& a, const CpuTime& b) {
  return {a.user_seconds - b.user_seconds, a.kernel_seconds - b.kernel_seconds};
}

CpuTime OwnCpuTime() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {seconds(usage.ru_utime), seconds(usage.ru_stime)};
}

CpuTime CpuTimeOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // The name of the program, in parentheses, may contain anything; what follows are numbers.
  size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  static constexpr int kFieldsBeforeUser = 11;
  std::string skipped;
  for (int i = 0; i < kFieldsBeforeUser; ++i)
    fields >> skipped;
  double user = 0;
  double kernel = 0;
  fields >> user >> kernel;

  clockid_t clock;
  timespec total{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &total) != 0) return {};
  double exact = static_cast<double>(total.tv_sec) + static_cast<double>(total.tv_nsec) / 1e9;
  double share = user + kernel > 0 ? user / (user + kernel) : 1;
  return {exact * share, exact * (1 - share)};
}

}  // namespace larder::bench
