// How much of the machine this process may use, by its affinity and its control groups.
#include "server/usable_cpus.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "server/whole_file.h"

namespace larder {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// The first number in a file; nothing if there is no such file or it says "max" or a negative
// number.
std::optional<uint64_t> ReadNumber(const std::string& path) {
  std::istringstream text(ReadWholeFile(path).value_or(""));
  int64_t number = -1;
  if (!(text >> number) || number < 0) return std::nullopt;
  return static_cast<uint64_t>(number);
}

uint64_t DivideRoundingUp(uint64_t a, uint64_t b) {
  return a / b + (a % b == 0 ? 0 : 1);
}

// Version 2 has "quota period" in one file.
uint64_t CpuLimitV2(const std::string& directory) {
  std::istringstream text(ReadWholeFile(directory + "/cpu.max").value_or(""));
  int64_t quota = 0;
  int64_t period = 0;
  if (!(text >> quota >> period) || quota <= 0 || period <= 0) return kNoLimit;
  return DivideRoundingUp(static_cast<uint64_t>(quota), static_cast<uint64_t>(period));
}

uint64_t CpuLimitV1(const std::string& directory) {
  const uint64_t quota = ReadNumber(directory + "/cpu.cfs_quota_us").value_or(0);
  const uint64_t period = ReadNumber(directory + "/cpu.cfs_period_us").value_or(0);
  return quota == 0 || period == 0 ? kNoLimit : DivideRoundingUp(quota, period);
}

uint64_t MemoryLimitV2(const std::string& directory) {
  return ReadNumber(directory + "/memory.max").value_or(kNoLimit);
}

uint64_t MemoryLimitV1(const std::string& directory) {
  return ReadNumber(directory + "/memory.limit_in_bytes").value_or(kNoLimit);
}

// The tightest limit of a control group and of those it lies in. A container may see its own group
// as the root, thus the path is followed as far up as `mount` and levels that are not there limit
// nothing.
template <typename Limit>
uint64_t TightestLimit(const std::string& mount, std::string path, Limit limit) {
  uint64_t tightest = kNoLimit;
  while (true) {
    tightest = std::min(tightest, limit(mount + path));
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return tightest;
    path.resize(slash);
  }
}

// One line of /proc/self/cgroup, "id:controllers:path"; version 2 has no controllers on it.
struct GroupLine {
  std::string controllers;
  std::string path;
};

std::vector<GroupLine> ReadGroups(const std::string& file) {
  std::vector<GroupLine> groups;
  std::istringstream text(ReadWholeFile(file).value_or(""));
  GroupLine group;
  for (std::string id; std::getline(text, id, ':') && std::getline(text, group.controllers, ':') &&
                       std::getline(text, group.path);) {
    if (group.path == "/") group.path.clear();
    groups.push_back(group);
  }
  return groups;
}

bool HasController(const std::string& controllers, std::string_view wanted) {
  std::istringstream text(controllers);
  for (std::string controller; std::getline(text, controller, ',');) {
    if (controller == wanted) return true;
  }
  return false;
}

using DirectoryLimit = uint64_t (*)(const std::string& directory);

uint64_t GroupLimit(const MachinePaths& paths, std::string_view controller, DirectoryLimit v1,
                    DirectoryLimit v2) {
  uint64_t tightest = kNoLimit;
  for (const GroupLine& group : ReadGroups(paths.own_cgroups)) {
    if (group.controllers.empty()) {
      tightest = std::min(tightest, TightestLimit(paths.cgroup_root, group.path, v2));
    } else if (HasController(group.controllers, controller)) {
      // Mounted by the controller's name; by all that share the mount where that has no such link.
      for (const std::string& mount : {std::string(controller), group.controllers}) {
        tightest =
            std::min(tightest, TightestLimit(paths.cgroup_root + "/" + mount, group.path, v1));
      }
    }
  }
  return tightest;
}

size_t CpusByAffinity() {
  // The kernel refuses a mask that is smaller than its own, whose size it does not tell.
  for (size_t cpus = 1024; cpus <= 1024 * 1024; cpus *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(
        CPU_ALLOC(cpus), [](cpu_set_t* allocated) { CPU_FREE(allocated); });
    if (sched_getaffinity(0, CPU_ALLOC_SIZE(cpus), mask.get()) == 0) {
      return static_cast<size_t>(CPU_COUNT_S(CPU_ALLOC_SIZE(cpus), mask.get()));
    }
  }
  return std::thread::hardware_concurrency();
}

}  // namespace

size_t UsableCpus(const MachinePaths& paths) {
  const uint64_t quota = GroupLimit(paths, "cpu", CpuLimitV1, CpuLimitV2);
  return static_cast<size_t>(std::max<uint64_t>(1, std::min<uint64_t>(quota, CpusByAffinity())));
}

uint64_t UsableMemory(const MachinePaths& paths) {
  const auto pages = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES));
  const auto page_size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return std::min(pages * page_size, GroupLimit(paths, "memory", MemoryLimitV1, MemoryLimitV2));
}

}  // namespace larder
