// The processor time that a process has used.
#pragma once

#include <sys/types.h>

namespace larder::bench {

struct CpuTime {
  double user_seconds = 0;
  double kernel_seconds = 0;
};

CpuTime operator-(const CpuTime& a, const CpuTime& b);

// The time of all threads of this process.
CpuTime OwnCpuTime();

// The time of all threads of process `pid`: the sum is exact, its division into user and kernel is
// that of /proc/PID/stat, which counts hundredths of a second. Zero when there is no such process.
CpuTime CpuTimeOf(pid_t pid);

}  // namespace larder::bench
