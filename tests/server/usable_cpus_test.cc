// What control groups of version 1 and 2 leave of the machine, on directories made up for the test.
#include "server/usable_cpus.h"

#include <doctest/doctest.h>
#include <sched.h>

#include <algorithm>

#include "tests/server/temporary_directory.h"

namespace larder {
namespace {

MachinePaths PathsOf(const TemporaryDirectory& directory, std::string_view own_cgroups) {
  return {directory.path() + "/cgroup", directory.Write("own", own_cgroups)};
}

size_t CpusWithoutGroups() {
  return UsableCpus({"/nonexistent", "/nonexistent"});
}

TEST_CASE("without control groups the affinity mask counts") {
  cpu_set_t mask;
  REQUIRE(sched_getaffinity(0, sizeof(mask), &mask) == 0);
  CHECK(CpusWithoutGroups() == static_cast<size_t>(CPU_COUNT(&mask)));
}

TEST_CASE("one CPU is left by the tightest affinity") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof(before), &before) == 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; cpu++) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
  const size_t cpus = CpusWithoutGroups();
  REQUIRE(sched_setaffinity(0, sizeof(before), &before) == 0);
  CHECK(cpus == 1);
}

TEST_CASE("a quota of version 2 is rounded up, and no quota limits nothing") {
  struct Case {
    std::string_view cpu_max;
    size_t cpus;
  };
  const size_t all = CpusWithoutGroups();
  const Case kCases[] = {
      {"100000 100000\n", 1},     {"50000 100000\n", 1}, {"100001 100000\n", std::min(all, {2})},
      {"99900000 100000\n", all}, {"max 100000\n", all}, {"", all},
      {"not a number 0\n", all},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.cpu_max);
    const TemporaryDirectory directory;
    directory.Write("cgroup/app/cpu.max", c.cpu_max);
    CHECK(UsableCpus(PathsOf(directory, "0::/app\n")) == c.cpus);
  }
}

TEST_CASE("a quota of a group further up counts") {
  const TemporaryDirectory directory;
  directory.Write("cgroup/slice/cpu.max", "100000 100000\n");
  directory.Write("cgroup/slice/app/cpu.max", "max 100000\n");
  CHECK(UsableCpus(PathsOf(directory, "0::/slice/app\n")) == 1);
}

TEST_CASE("in a container, whose group is mounted as the root, the quota is found") {
  const TemporaryDirectory directory;
  directory.Write("cgroup/cpu.max", "100000 100000\n");
  CHECK(UsableCpus(PathsOf(directory, "0::/\n")) == 1);
  CHECK(UsableCpus(PathsOf(directory, "0::/docker/0123abc\n")) == 1);
}

TEST_CASE("a quota of version 1 counts, under either name of its mount") {
  for (const char* mount : {"cpu", "cpu,cpuacct"}) {
    CAPTURE(mount);
    const TemporaryDirectory directory;
    const std::string group = "cgroup/" + std::string(mount) + "/app/";
    directory.Write(group + "cpu.cfs_quota_us", "100000\n");
    directory.Write(group + "cpu.cfs_period_us", "100000\n");
    CHECK(UsableCpus(PathsOf(directory, "3:memory:/\n2:cpu,cpuacct:/app\n0::/\n")) == 1);
    directory.Write(group + "cpu.cfs_quota_us", "-1\n");
    CHECK(UsableCpus(PathsOf(directory, "2:cpu,cpuacct:/app\n")) == CpusWithoutGroups());
  }
}

TEST_CASE("memory is the machine's, or what a control group allows of it") {
  const uint64_t machine = UsableMemory({"/nonexistent", "/nonexistent"});
  CHECK(machine > 0);
  const TemporaryDirectory v2;
  v2.Write("cgroup/app/memory.max", "1048576\n");
  CHECK(UsableMemory(PathsOf(v2, "0::/app\n")) == 1048576);
  v2.Write("cgroup/app/memory.max", "max\n");
  CHECK(UsableMemory(PathsOf(v2, "0::/app\n")) == machine);
  const TemporaryDirectory v1;
  v1.Write("cgroup/memory/memory.limit_in_bytes", "2097152\n");
  CHECK(UsableMemory(PathsOf(v1, "4:memory:/\n")) == 2097152);
  v1.Write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(UsableMemory(PathsOf(v1, "4:memory:/\n")) == machine);
}

}  // namespace
}  // namespace larder
