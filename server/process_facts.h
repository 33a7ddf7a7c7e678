// What the operating system says of this process and of its machine.
#pragma once

#include <cstddef>
#include <string>

namespace larder {

// Bytes of this process that lie in physical memory; zero if the system does not say.
size_t ResidentMemory();
// Bytes of physical memory that the machine has.
size_t SystemMemory();
// The absolute path of the running program; empty if the system does not say.
std::string ExecutablePath();

}  // namespace larder
