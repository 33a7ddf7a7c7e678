// LATENCY: how long commands take, and what made clients wait.
#pragma once

#include "server/command.h"

namespace larder {

void LatencyDoctorCommand(CommandContext& c);
void LatencyGraphCommand(CommandContext& c);
void LatencyHistogramCommand(CommandContext& c);
void LatencyHistoryCommand(CommandContext& c);
void LatencyLatestCommand(CommandContext& c);
void LatencyResetCommand(CommandContext& c);

}  // namespace larder
