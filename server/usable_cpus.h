// How much of the machine this process may use, by its affinity and its control groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace larder {

// Where to look; tests point it at directories of their own.
struct MachinePaths {
  std::string cgroup_root = "/sys/fs/cgroup";
  std::string own_cgroups = "/proc/self/cgroup";
};

// CPUs that the process may use: the smaller of its affinity mask and of its CPU quota (cgroup v1
// or v2) rounded up; at least 1.
size_t UsableCpus(const MachinePaths& paths = {});

// Bytes of memory that the process may use: the machine's, or less where a control group says so.
uint64_t UsableMemory(const MachinePaths& paths = {});

}  // namespace larder
