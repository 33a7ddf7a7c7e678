// What people read of the latency monitor: LATENCY GRAPH and LATENCY DOCTOR.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "server/latency_monitor.h"
#include "server/settings.h"

namespace larder {

// The pauses of one event as columns of characters, the newest one on the right, with how long ago
// each was. Requires: there is a sample.
std::string LatencyGraph(const LatencyHistory& history, int64_t now);

// What happened, and what may help against it.
std::string LatencyReport(std::span<const LatencyHistory> histories, const Settings& settings,
                          int64_t now);

}  // namespace larder
